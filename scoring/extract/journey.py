"""Milestones, outcomes and the phase → arrays."""

from dataclasses import dataclass

import numpy as np
from django.db.models import Count, F, Min, Q

from accounts.models import Milestone, MilestoneKind, Outcome
from scoring.core import recency
from scoring.core.arrays import Floats, divide
from scoring.extract.attributes import Attributes
from scoring.extract.plans import Named
from scoring.extract.scope import Scope


@dataclass(frozen=True)
class Journey:
    scope: Scope
    attributes: Attributes

    def milestones_on_time(self) -> Floats:
        """Milestones reached by their due date ÷ milestones due by the day. Source: the scoring contract."""
        on_time = Q(reached_on__lte=F("due_on")) & Q(reached_on__lte=self.scope.seen)
        due = Named("milestones due", lambda: Milestone.objects.filter(due_on__lte=self.scope.as_of))
        found = self.scope.grouped(due, due=Count("pk"), reached=Count("pk", filter=on_time))
        return divide(found["reached"], found["due"])

    def progress(self) -> Floats:
        """Kinds of milestones reached by the day ÷ all kinds of them.

        Source: our own, after "progress" of the journey. Where no milestone was due or reached for anyone, nobody
        records them.
        """
        known = Q(reached_on__lte=self.scope.seen) | Q(due_on__lte=self.scope.as_of)
        if not self.scope.is_any("milestones", lambda: Milestone.objects.filter(known)):
            return self.scope.unknown()
        reached = Named("milestones reached", lambda: Milestone.objects.filter(reached_on__lte=self.scope.seen))
        kinds = self.scope.grouped(reached, empty=0.0, kinds=Count("kind", distinct=True))["kinds"]
        return divide(kinds, float(len(MilestoneKind.values)))

    def tenure_months(self) -> Floats:
        """Whole calendar months since the account's start. Source: our own, after "tenure" of the journey."""
        return self.attributes.months

    def outcomes_met(self) -> Floats:
        """Desired outcomes met by the day ÷ outcomes due by the day.

        Source: the scoring contract; desired outcomes as in Mehta, Steinman and Murphy, Customer Success (2016).
        """
        day = self.scope.as_of
        due = Named("outcomes due", lambda: Outcome.objects.filter(due_on__lte=day))
        found = self.scope.grouped(due, due=Count("pk"), met=Count("pk", filter=Q(met_on__lte=self.scope.seen)))
        return divide(found["met"], found["due"])

    def months_in_phase(self) -> Floats:
        """Whole calendar months since the present phase began, from history. Source: the scoring contract."""
        return recency.whole_months_between(self.attributes.phase_since, self.scope.as_of.toordinal())

    def time_to_first_value(self) -> Floats:
        """Days from the start to the first-value milestone, or elapsed so far.

        Source: the scoring contract. Where no such milestone was due or reached for anyone, nobody records it.
        """
        day, seen = self.scope.as_of, self.scope.seen
        kind = Q(kind=MilestoneKind.FIRST_VALUE)
        known = Q(reached_on__lte=seen) | Q(due_on__lte=day)
        if not self.scope.is_any("first values", lambda: Milestone.objects.filter(kind, known)):
            return self.scope.unknown()
        first = Named("first values", lambda: Milestone.objects.filter(kind, reached_on__lte=seen))
        reached = self.scope.grouped(first, days=("on",), on=Min("reached_on"))["on"]
        until = np.where(np.isnan(reached), float(day.toordinal()), reached)
        return np.maximum(until - self.attributes.started, 0.0)
