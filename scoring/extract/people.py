"""Contacts, rapport, readings entered by hand and business events → arrays."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
from django.db.models import Count, Max, Q, QuerySet, Sum

from accounts.models import SUBJECTS, BusinessEvent, Contact, Level, ManualReading, Persona, Rapport
from accounts.operations.readings import ENTERED_HERE
from scoring.core import series
from scoring.core.arrays import Bools, Floats, divide
from scoring.core.groups import is_last_of
from scoring.extract.attributes import Attributes
from scoring.extract.contacts import PERSONAS, Contacts
from scoring.extract.plans import Named
from scoring.extract.scope import Scope

DECISION_MAKER_WEIGHT = 2.0
ADVOCACY_WINDOW = 365
SPONSORS = [PERSONAS.index(who) for who in (Persona.DECISION_MAKER, Persona.ECONOMIC_BUYER, Persona.CHAMPION)]
# How long a departure stays a flag, unless somebody of the same persona comes before.
DEPARTURE_DAYS = 180
# Readings that somebody of ours typed in here, or that say what one of us thinks, however they came.
BY_HAND = Q(source__name=ENTERED_HERE) | Q(measure__in=("csm_sentiment", *(f"{name}_sentiment" for name in SUBJECTS)))


@dataclass(frozen=True)
class People:
    scope: Scope
    attributes: Attributes
    contacts: Contacts

    @cached_property
    def is_recorded(self) -> bool:
        return self.scope.is_any(
            "personas", lambda: Contact.objects.filter(known_from__lte=self.scope.seen).exclude(persona="")
        )

    @property
    def is_there(self) -> Q:
        day = self.scope.seen
        return Q(known_from__lte=day) & (Q(left_on=None) | Q(left_on__gt=day))

    def persona_coverage(self) -> Floats:
        """Personas with somebody there ÷ the four of them.

        Source: the scoring contract; the roles are those of a buying center, Webster and Wind 1972.
        """
        if not self.is_recorded:
            return self.scope.unknown()
        there = self.contacts.have(self.contacts.are_there)
        return divide(there.sum(axis=1).astype(np.float64), float(len(PERSONAS)))

    def level_coverage(self) -> Floats:
        """Levels with somebody there ÷ the four of them: executive, director, manager, staff.

        Source: our own, beside `persona_coverage`. Where nobody records levels, nothing is known.
        """
        known = Q(known_from__lte=self.scope.seen) & ~Q(level="")
        if not self.scope.is_any("levels", lambda: Contact.objects.filter(known)):
            return self.scope.unknown()
        there = Named("levels", lambda: Contact.objects.filter(self.is_there).exclude(level=""))
        levels = self.scope.grouped(there, empty=0.0, levels=Count("level", distinct=True))["levels"]
        return divide(levels, float(len(Level.values)))

    def rapport(self) -> Floats:
        """The mean over personas of the newest ratings, 1 to 5, of contacts still there; decision makers count twice.

        Source: the scoring contract. Contacts without a persona count as one more persona.
        """
        contacts, (days, keys, ratings) = self.contacts.read(
            Named(("rapports", self.scope.ratings_until), self.rated), "rated_on", "pk", "rating", days=("rated_on",)
        )
        order = np.lexsort((keys, days, contacts))
        newest = order[is_last_of(contacts[order])]
        newest = newest[self.contacts.are_there[contacts[newest]]]
        known, seats = self.contacts.known, len(PERSONAS) + 1
        seat = known.places[contacts[newest]] * seats + known.personas[contacts[newest]] + 1
        count = self.scope.size * seats
        by_seat = series.weighted_mean_of_groups(
            ratings[newest], weights=np.ones(len(newest)), group_index=seat, groups=count
        )
        decides = np.arange(count) % seats == PERSONAS.index(Persona.DECISION_MAKER) + 1
        return series.weighted_mean_of_groups(
            by_seat,
            weights=np.where(decides, DECISION_MAKER_WEIGHT, 1.0),
            group_index=np.arange(count) // seats,
            groups=self.scope.size,
        )

    def rated(self) -> QuerySet[Rapport]:
        day = self.scope.seen
        return Rapport.objects.filter(rated_on__lte=min(day, self.scope.ratings_until or day))

    def has_sponsor_left(self) -> Bools:
        """A decision maker, buyer or champion left in 180 days, and nobody of that persona is there now."""
        left, first = self.contacts.known.left, self.scope.first_day(window_days=DEPARTURE_DAYS)
        gone = self.contacts.have((left >= first.toordinal()) & ~self.contacts.are_there)
        present = self.contacts.have(self.contacts.are_there)
        return np.asarray((gone & ~present)[:, SPONSORS].any(axis=1))

    @property
    def readings(self) -> QuerySet[ManualReading]:
        """Readings up to the day; without later ones by hand, where these are not seen."""
        read = ManualReading.objects.filter(read_on__lte=self.scope.seen)
        if self.scope.ratings_until is None:
            return read
        return read.exclude(BY_HAND, read_on__gt=self.scope.ratings_until)

    def reading(self, measure: str, *, shelf_life_days: int | None = None) -> Floats:
        """The newest reading of a measure that is still good on the day: until it says itself, or for so many days.

        Source: whoever enters or pushes it; which readings there are says the scoring contract.
        """
        day = self.scope.as_of
        is_good = (
            Q(expires_on__gte=day) if shelf_life_days is None else Q(read_on__gte=day - timedelta(days=shelf_life_days))
        )
        good = Named(
            ("reading", measure, shelf_life_days),
            lambda: self.readings.filter(is_good, measure=measure).order_by("account_id", "read_on", "pk"),
        )
        places, values = self.scope.read(good, "value")
        return self.scope.spread(places, values)

    def readings_sum(self, measure: str) -> Floats:
        """The sum of a year's readings: for acts that are counted. Nothing read for anyone in it: unknown.

        Source: the scoring contract, which names the acts: references, public reviews, case studies and talks.
        """
        since = self.scope.first_day(window_days=ADVOCACY_WINDOW)
        readings = Named(("readings", measure), lambda: self.readings.filter(measure=measure, read_on__gte=since))
        if not self.scope.is_any(readings.name, readings.make):
            return self.scope.unknown()
        return self.scope.grouped(readings, empty=0.0, total=Sum("value"))["total"]

    def subject_sentiment(self, subject: str, answers: Floats) -> Floats:
        """What answers of 180 days say of a subject on average, else the CSM's newest rating of it that is good.

        Source: our own, after "sentiment about brand, people, product and process: survey tags or the CSM's rating".
        """
        return np.where(np.isnan(answers), self.reading(f"{subject}_sentiment"), answers)

    def seats_assigned(self) -> Floats:
        """Licences given to somebody, as read under `assigned_seats` ÷ licensed seats.

        Source: our own, after "licences: assigned, active, entitled"; `seat_utilisation` tells the active ones.
        """
        return divide(self.reading("assigned_seats"), self.attributes.seats)

    def community_activity(self, active_users: Floats) -> Floats:
        """Members who were active in the community, by the newest good reading ÷ active users, both of 28 days.

        Source: the scoring contract. The community counts its members in `community_members`.
        """
        return divide(self.reading("community_members"), active_users)

    def days_since_event(self, *kinds: str) -> Floats:
        """Days since the newest running business event of these kinds; unknown where there is none."""
        day = self.scope.as_of
        happened = Q(kind__in=kinds, occurred_on__lte=self.scope.seen)
        still = Q(ended_on=None) | Q(ended_on__gt=self.scope.seen)
        running = Named(("events", *kinds), lambda: BusinessEvent.objects.filter(happened & still))
        return day.toordinal() - self.scope.grouped(running, days=("last",), last=Max("occurred_on"))["last"]
