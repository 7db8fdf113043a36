"""Contacts, rapport, readings entered by hand and business events → arrays."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
from django.db.models import Count, Max, Q, QuerySet, Sum

from accounts.models import BusinessEvent, Contact, ManualReading, Persona, Rapport
from accounts.operations.readings import ENTERED_HERE
from scoring.core import series
from scoring.core.arrays import Bools, Floats, divide
from scoring.extract.attributes import Attributes, is_last_of, place_in
from scoring.extract.plans import Named
from scoring.extract.scope import Scope

DECISION_MAKER_WEIGHT = 2.0
ADVOCACY_WINDOW = 365
SPONSORS = (Persona.DECISION_MAKER, Persona.ECONOMIC_BUYER, Persona.CHAMPION)
# How long a departure stays a flag, unless somebody of the same persona comes before.
DEPARTURE_DAYS = 180
# Readings that somebody of ours typed in here, or that say what one of us thinks, however they came.
BY_HAND = Q(source__name=ENTERED_HERE) | Q(measure="csm_sentiment")


@dataclass(frozen=True)
class People:
    scope: Scope
    attributes: Attributes

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
        there = Named("personas", lambda: Contact.objects.filter(self.is_there).exclude(persona=""))
        personas = self.scope.grouped(there, empty=0.0, personas=Count("persona", distinct=True))["personas"]
        return divide(personas, float(len(Persona.values)))

    def rapport(self) -> Floats:
        """The mean over personas of the newest ratings, 1 to 5, of contacts still there; decision makers count twice.

        Source: the scoring contract. Contacts without a persona count as one more persona.
        """
        places, contacts, ratings, personas = self.scope.read(
            Named("rapports", self.rated), "contact_id", "rating", "persona", column="contact__account_id"
        )
        newest = is_last_of(contacts)
        seats = len(Persona.values) + 1
        seat = places[newest] * seats + personas[newest].astype(np.int64) + 1
        count = self.scope.size * seats
        by_seat = series.weighted_mean_of_groups(
            ratings[newest], weights=np.ones(newest.sum()), group_index=seat, groups=count
        )
        decides = np.arange(count) % seats == Persona.values.index(Persona.DECISION_MAKER) + 1
        return series.weighted_mean_of_groups(
            by_seat,
            weights=np.where(decides, DECISION_MAKER_WEIGHT, 1.0),
            group_index=np.arange(count) // seats,
            groups=self.scope.size,
        )

    def rated(self) -> QuerySet[Rapport]:
        day = self.scope.seen
        still_there = Q(contact__known_from__lte=day) & (Q(contact__left_on=None) | Q(contact__left_on__gt=day))
        rated = Rapport.objects.filter(still_there, rated_on__lte=min(day, self.scope.ratings_until or day))
        return rated.annotate(persona=place_in("contact__persona", Persona.values)).order_by(
            "contact_id", "rated_on", "pk"
        )

    def has_sponsor_left(self) -> Bools:
        """A decision maker, buyer or champion left in 180 days, and nobody of that persona is there now."""
        lately = (self.scope.first_day(window_days=DEPARTURE_DAYS), self.scope.seen)
        gone = self.sponsors("sponsors gone", Q(left_on__range=lately))
        present = self.sponsors("sponsors there", self.is_there)
        return np.asarray((gone & ~present).any(axis=1))

    def sponsors(self, name: str, which: Q) -> Bools:
        """(A, sponsors): is somebody of that persona among these contacts?"""
        codes = [str(persona) for persona in SPONSORS]
        contacts = Named(
            name,
            lambda: Contact.objects.filter(which, persona__in=SPONSORS).annotate(place=place_in("persona", codes)),
        )
        places, personas = self.scope.read(contacts, "place")
        found = np.zeros((self.scope.size, len(SPONSORS)), dtype=bool)
        found[places, personas.astype(np.int64)] = True
        return found

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
