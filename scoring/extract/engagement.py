"""Touchpoints and EBRs → arrays."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db.models import Count, Max, Q

from accounts.models import Segment, Touchpoint, TouchpointKind, TouchpointState
from scoring.core import recency
from scoring.core.arrays import Bools, Floats, Ints, divide
from scoring.extract.attributes import Attributes
from scoring.extract.plans import Named
from scoring.extract.scope import Scope
from scoring.extract.shared import shared

WINDOW = 90
DEFAULT_EBR_MONTHS = 6
DEFAULT_TOUCH_DAYS = 30


@dataclass(frozen=True)
class Engagement:
    scope: Scope
    attributes: Attributes

    @cached_property
    def is_recorded(self) -> bool:
        return self.scope.is_recorded(Touchpoint, day="day")

    @cached_property
    def counts(self) -> dict[str, Floats]:
        """Per account: held and cancelled in 90 days, the last held, the last EBR held (ordinals)."""
        held = Q(state=TouchpointState.HELD)
        recent = Q(day__gte=self.scope.first_day(window_days=WINDOW))
        return self.scope.grouped(
            Named("touchpoints", lambda: Touchpoint.objects.filter(day__lte=self.scope.seen)),
            empty=0.0,
            days=("last", "ebr"),
            held=Count("pk", filter=held & recent),
            cancelled=Count("pk", filter=Q(state=TouchpointState.CANCELLED) & recent),
            last=Max("day", filter=held),
            ebr=Max("day", filter=held & Q(kind=TouchpointKind.EBR)),
        )

    @cached_property
    def cadences(self) -> tuple[Ints, Floats]:
        """(EBR cadence in months, touchpoint cadence in days) per account, from its segment on the day."""
        months = np.full(self.scope.size, DEFAULT_EBR_MONTHS, dtype=np.int64)
        days = np.full(self.scope.size, DEFAULT_TOUCH_DAYS, dtype=np.float64)
        for segment in shared("segments", lambda: list(Segment.objects.all())):
            is_in = self.attributes.segments == segment.pk
            months[is_in], days[is_in] = segment.ebr_cadence_months, segment.touchpoint_cadence_days
        return months, days

    def touchpoint_cadence(self) -> Floats:
        """Held ÷ expected by the segment's cadence, in 90 days, or in the days since the start where these are fewer.

        Source: the scoring contract. Before one cadence has passed, nothing was expected yet.
        """
        if not self.is_recorded:
            return self.scope.unknown()
        lived = self.scope.as_of.toordinal() - self.attributes.started + 1
        expected = np.where(lived >= self.cadences[1], np.clip(lived, 0, WINDOW) / self.cadences[1], np.nan)
        return divide(self.counts["held"], expected)

    def cancel_rate(self) -> Floats:
        """Cancelled ÷ (held + cancelled), 90 days. Source: the scoring contract."""
        if not self.is_recorded:
            return self.scope.unknown()
        return divide(self.counts["cancelled"], self.counts["held"] + self.counts["cancelled"])

    @cached_property
    def last_ebr(self) -> Floats:
        """The last EBR, or the start of the contract for an account that never had one."""
        return np.where(np.isnan(self.counts["ebr"]), self.attributes.started, self.counts["ebr"])

    def months_since_ebr(self) -> Floats:
        """Whole calendar months since the last EBR held, or since the start. Source: the scoring contract."""
        if not self.is_recorded:
            return self.scope.unknown()
        return recency.whole_months_between(self.last_ebr, self.scope.as_of.toordinal())

    def days_since_touchpoint(self) -> Floats:
        """Days since the last touchpoint held, or since the start. Source: the scoring contract."""
        if not self.is_recorded:
            return self.scope.unknown()
        last = np.fmax(self.counts["last"], self.attributes.started)
        return recency.days_between(last, self.scope.as_of.toordinal())

    def is_ebr_overdue(self) -> Bools:
        """By the segment's cadence in calendar months. Where nobody records touchpoints, nothing is overdue."""
        if not self.is_recorded:
            return np.zeros(self.scope.size, dtype=bool)
        return recency.is_overdue(
            self.last_ebr, as_of_ordinal=self.scope.as_of.toordinal(), cadence_months=self.cadences[0]
        )
