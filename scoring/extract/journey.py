"""Milestones, outcomes and the phase → arrays."""

from dataclasses import dataclass

import numpy as np
from django.db.models import Count, F, Min, Q

from accounts.models import Milestone, MilestoneKind, Outcome
from scoring.core import recency
from scoring.core.arrays import Floats, divide
from scoring.extract.attributes import Attributes
from scoring.extract.scope import Scope


@dataclass(frozen=True)
class Journey:
    scope: Scope
    attributes: Attributes

    def milestones_on_time(self) -> Floats:
        """Milestones reached by their due date ÷ milestones due by the day."""
        on_time = Q(reached_on__lte=F("due_on"))
        rows = list(
            self.scope.rows(Milestone.objects.filter(due_on__lte=self.scope.as_of))
            .values("account_id")
            .annotate(due=Count("pk"), reached=Count("pk", filter=on_time))
            .values_list("account_id", "due", "reached")
        )
        return divide(self.scope.column(rows, field=2), self.scope.column(rows, field=1))

    def outcomes_met(self) -> Floats:
        """Outcomes met by the day ÷ outcomes due by the day."""
        day = self.scope.as_of
        rows = list(
            self.scope.rows(Outcome.objects.filter(due_on__lte=day))
            .values("account_id")
            .annotate(due=Count("pk"), met=Count("pk", filter=Q(met_on__lte=day)))
            .values_list("account_id", "due", "met")
        )
        return divide(self.scope.column(rows, field=2), self.scope.column(rows, field=1))

    def months_in_phase(self) -> Floats:
        return recency.whole_months_between(self.attributes.phase_since, self.scope.as_of.toordinal())

    def time_to_first_value(self) -> Floats:
        """Days from the start to first value, or elapsed so far; unknown where nobody records first value."""
        day = self.scope.as_of
        first_value = Milestone.objects.filter(kind=MilestoneKind.FIRST_VALUE)
        if not first_value.filter(reached_on__lte=day).exists():
            return np.full(self.scope.size, np.nan)
        rows = list(
            self.scope.rows(first_value.filter(reached_on__lte=day))
            .values("account_id")
            .annotate(n=Min("reached_on"))
            .values_list("account_id", "n")
        )
        reached = self.scope.dates(rows)
        until = np.where(np.isnan(reached), float(day.toordinal()), reached)
        return np.maximum(until - self.attributes.started, 0.0)
