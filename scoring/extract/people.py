"""Contacts, rapport, readings entered by hand and business events → arrays."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db.models import Count, Max, Q, Sum

from accounts.models import BusinessEvent, Contact, ManualReading, Persona, Rapport
from scoring.core import series
from scoring.core.arrays import Bools, Floats, divide
from scoring.extract.attributes import Attributes
from scoring.extract.scope import Scope

DECISION_MAKER_WEIGHT = 2.0
ADVOCACY_WINDOW = 365
SPONSORS = (Persona.DECISION_MAKER, Persona.ECONOMIC_BUYER, Persona.CHAMPION)
# How long a departure stays a flag, unless somebody of the same persona comes before.
DEPARTURE_DAYS = 180


@dataclass(frozen=True)
class People:
    scope: Scope
    attributes: Attributes

    @cached_property
    def is_recorded(self) -> bool:
        return Contact.objects.filter(known_from__lte=self.scope.as_of).exclude(persona="").exists()

    @property
    def is_there(self) -> Q:
        day = self.scope.as_of
        return Q(known_from__lte=day) & (Q(left_on=None) | Q(left_on__gt=day))

    def persona_coverage(self) -> Floats:
        """The share of the four personas with somebody there."""
        if not self.is_recorded:
            return np.full(self.scope.size, np.nan)
        rows = list(
            self.scope.rows(Contact.objects.filter(self.is_there).exclude(persona=""))
            .values("account_id")
            .annotate(n=Count("persona", distinct=True))
            .values_list("account_id", "n")
        )
        return divide(self.scope.column(rows, empty=0.0), float(len(Persona.values)))

    def rapport(self) -> Floats:
        """The mean of the newest ratings of contacts still there, decision makers counted twice."""
        rated = Rapport.objects.filter(rated_on__lte=self.scope.as_of).filter(
            Q(contact__left_on=None) | Q(contact__left_on__gt=self.scope.as_of)
        )
        rows = self.scope.rows(rated, column="contact__account_id").order_by("contact_id", "rated_on", "pk")
        newest = {
            contact: (account, persona, rating)
            for contact, account, persona, rating in rows.values_list(
                "contact_id", "contact__account_id", "contact__persona", "rating"
            )
        }
        if not newest:
            return np.full(self.scope.size, np.nan)
        places, is_ours = self.scope.places(row[0] for row in newest.values())
        ratings = np.array([row[2] for row in newest.values()], dtype=float)
        is_decisive = np.array([row[1] == Persona.DECISION_MAKER for row in newest.values()])
        weights = np.where(is_decisive, DECISION_MAKER_WEIGHT, 1.0)
        return series.weighted_mean_of_groups(
            ratings[is_ours], weights=weights[is_ours], group_index=places[is_ours], groups=self.scope.size
        )

    def has_sponsor_left(self) -> Bools:
        """A decision maker, buyer or champion left in 180 days, and nobody of that persona is there now."""
        day = self.scope.as_of
        left = Contact.objects.filter(
            persona__in=SPONSORS, left_on__range=(self.scope.first_day(window_days=DEPARTURE_DAYS), day)
        )
        gone = set(self.scope.rows(left).values_list("account_id", "persona"))
        present = set(
            self.scope.rows(Contact.objects.filter(self.is_there, persona__in=SPONSORS)).values_list(
                "account_id", "persona"
            )
        )
        rows = [(account, 1.0) for account, _ in sorted(gone - present)]
        return self.scope.column(rows, empty=0.0) > 0

    def reading(self, measure: str) -> Floats:
        """The newest reading of a measure that is still good on the day."""
        day = self.scope.as_of
        rows = self.scope.rows(ManualReading.objects.filter(measure=measure, read_on__lte=day, expires_on__gte=day))
        return self.scope.column(list(rows.order_by("account_id", "read_on", "pk").values_list("account_id", "value")))

    def readings_sum(self, measure: str) -> Floats:
        """The sum of a year's readings: for acts that are counted. Nothing read for anyone in it: unknown."""
        window = (self.scope.first_day(window_days=ADVOCACY_WINDOW), self.scope.as_of)
        readings = ManualReading.objects.filter(measure=measure, read_on__range=window)
        if not readings.exists():
            return np.full(self.scope.size, np.nan)
        rows = list(
            self.scope.rows(readings).values("account_id").annotate(n=Sum("value")).values_list("account_id", "n")
        )
        return self.scope.column(rows, empty=0.0)

    def days_since_event(self, *kinds: str) -> Floats:
        """Days since the newest running business event of these kinds; unknown where there is none."""
        day = self.scope.as_of
        running = BusinessEvent.objects.filter(kind__in=kinds, occurred_on__lte=day).filter(
            Q(ended_on=None) | Q(ended_on__gt=day)
        )
        rows = list(
            self.scope.rows(running).values("account_id").annotate(n=Max("occurred_on")).values_list("account_id", "n")
        )
        return day.toordinal() - self.scope.dates(rows)
