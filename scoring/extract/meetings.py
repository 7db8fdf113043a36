"""Who of ours met whom of theirs → arrays."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db.models import Q

from accounts.models import Contact, Level, Role, Touchpoint, TouchpointState
from scoring.core import series
from scoring.core.arrays import Floats, Ints
from scoring.extract.contacts import Contacts
from scoring.extract.plans import Named
from scoring.extract.scope import Scope

WINDOW = 90
# A contact whom so many of our people met is counted fully: then no single departure cuts the thread.
PEOPLE_FOR_ALL = 2
EXECUTIVE_WINDOW = 180
MANAGEMENT = (Role.MANAGER, Role.LEADER)


@dataclass(frozen=True)
class Meetings:
    scope: Scope
    contacts: Contacts

    @cached_property
    def is_recorded(self) -> bool:
        """Whether anybody says who was met at a touchpoint."""
        return self.scope.is_recorded(Touchpoint, day="day", when=Q(contacts__isnull=False))

    def multithreading(self) -> Floats:
        """Σ min(our people who met the contact, 2) ÷ 2 over the contacts there ÷ their number, 90 days.

        Source: the scoring contract. Host and colleagues of held touchpoints count; where neither is named, somebody
        of ours was there.
        """
        if not self.is_recorded:
            return self.scope.unknown()
        there = self.contacts.are_there
        contacts, places = self.contacts.known.ids[there], self.contacts.known.places[there]
        met, people = self.people_met
        found = np.searchsorted(met, contacts)
        known = found < len(met)
        known[known] = met[found[known]] == contacts[known]
        counts = np.zeros(len(contacts))
        counts[known] = people[found[known]]
        shares = np.minimum(counts, PEOPLE_FOR_ALL) / PEOPLE_FOR_ALL
        return series.weighted_mean_of_groups(
            shares, weights=np.ones(len(shares)), group_index=places, groups=self.scope.size
        )

    def executive_tie(self) -> Floats:
        """Executives there whom a manager or leader of ours met in 180 days ÷ executives there.

        Source: our own, after "executive tie" of the relationship map. Roles of our people are those of today.
        """
        if not self.is_recorded:
            return self.scope.unknown()
        day = self.scope.seen
        is_there = Q(known_from__lte=day) & (Q(left_on=None) | Q(left_on__gt=day)) & Q(level=Level.EXECUTIVE)
        places, executives = self.scope.read(Named("executives", lambda: Contact.objects.filter(is_there)), "pk")
        is_met = np.isin(executives, self.met_by_management).astype(np.float64)
        return series.weighted_mean_of_groups(
            is_met, weights=np.ones(len(is_met)), group_index=places, groups=self.scope.size
        )

    @property
    def met_by_management(self) -> Floats:
        """Contacts whom a manager or leader of ours met in 180 days."""
        days = (self.scope.first_day(window_days=EXECUTIVE_WINDOW), self.scope.seen)
        ours = Q(host__role__in=MANAGEMENT) | Q(colleagues__role__in=MANAGEMENT)
        held = Q(state=TouchpointState.HELD, day__range=days, contacts__isnull=False)
        met_at = Named("meetings of management", lambda: Touchpoint.objects.filter(held, ours))
        _, contacts = self.scope.read(met_at, "contacts")
        return contacts

    @property
    def people_met(self) -> tuple[Floats, Ints]:
        """Contacts met, sorted, and how many of our people met each: at least one."""
        days = (self.scope.first_day(window_days=WINDOW), self.scope.seen)
        held = Q(state=TouchpointState.HELD, day__range=days, contacts__isnull=False)
        met_at = Named("meetings", lambda: Touchpoint.objects.filter(held))
        _, contacts, hosts, colleagues = self.scope.read(met_at, "contacts", "host_id", "colleagues")
        pairs = np.concatenate([np.column_stack([contacts, hosts]), np.column_stack([contacts, colleagues])])
        named = np.unique(pairs[~np.isnan(pairs[:, 1])], axis=0)
        met = np.unique(contacts)
        people = np.bincount(np.searchsorted(met, named[:, 0]), minlength=len(met))
        return met, np.maximum(people, 1)
