"""Touchpoints by who answered, who called off, of which kind and with whom of ours → arrays.

A pass of its own, beside engagement's: a score whose card does not ask for any of this is not slowed by it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Count, Max, Q

from accounts.models import CancelledBy, Segment, Touchpoint, TouchpointKind, TouchpointState
from scoring.core.arrays import Floats, divide
from scoring.extract.attributes import Attributes
from scoring.extract.plans import Named
from scoring.extract.scope import Scope
from scoring.extract.shared import shared

WINDOW = 90
TRAINING_WINDOW = 180
# Of the other kinds an answer is no question: who came, came.
ANSWERED_KINDS = (TouchpointKind.MAIL, TouchpointKind.CALL)
KINDS = tuple(kind.value for kind in TouchpointKind)
HELD = Q(state=TouchpointState.HELD)


@dataclass(frozen=True)
class Conversations:
    scope: Scope
    attributes: Attributes

    @cached_property
    def counts(self) -> dict[str, Floats]:
        """Per account: trainings of 180 days; of 90 days those held, those the customer cancelled, the answered."""
        recent = Q(day__gte=self.scope.first_day(window_days=WINDOW))
        window = (self.scope.first_day(window_days=TRAINING_WINDOW), self.scope.seen)
        by_customer = Q(state=TouchpointState.CANCELLED, cancelled_by=CancelledBy.CUSTOMER)
        return self.scope.grouped(
            Named("conversations", lambda: Touchpoint.objects.filter(day__range=window)),
            empty=0.0,
            trainings=Count("pk", filter=HELD & Q(kind=TouchpointKind.TRAINING)),
            held=Count("pk", filter=HELD & recent),
            cancelled=Count("pk", filter=by_customer & recent),
            **self.answers_of(recent),
        )

    def answers_of(self, recent: Q) -> dict[str, Any]:
        """Of each kind that is answered: how many, and how many of them were answered by the day."""
        replied = Q(replied_on__lte=self.scope.seen)
        asked = {kind.value: HELD & recent & Q(kind=kind) for kind in ANSWERED_KINDS}
        sent = {kind: Count("pk", filter=which) for kind, which in asked.items()}
        return sent | {f"{kind}_replies": Count("pk", filter=which & replied) for kind, which in asked.items()}

    def is_recorded(self, when: Q | None = None, *, day: str = "day") -> bool:
        return self.scope.is_recorded(Touchpoint, day=day, when=when)

    def reply_rate(self) -> Floats:
        """Mails and calls answered by the day ÷ mails and calls, 90 days.

        Source: our own, after "reply rate" among the customer's touchpoints in the feature list. A kind of which nobody
        recorded an answer for a year does not count: then nobody notes answers to it.
        """
        noted = [kind for kind in ANSWERED_KINDS if self.is_recorded(Q(kind=kind), day="replied_on")]
        zero = np.zeros(self.scope.size)
        replies = sum((self.counts[f"{kind}_replies"] for kind in noted), start=zero)
        return divide(replies, sum((self.counts[kind.value] for kind in noted), start=zero))

    def customer_cancel_rate(self) -> Floats:
        """Touchpoints that the customer cancelled ÷ (those + held), 90 days. Source: our own."""
        if not self.is_recorded():
            return self.scope.unknown()
        return divide(self.counts["cancelled"], self.counts["held"] + self.counts["cancelled"])

    def trainings(self) -> Floats:
        """Trainings held in 180 days. Source: our own; where nobody recorded one for a year, nothing is known."""
        if not self.is_recorded(Q(kind=TouchpointKind.TRAINING)):
            return self.scope.unknown()
        return self.counts["trainings"]

    @cached_property
    def last_held(self) -> dict[str, Floats]:
        """The ordinal of the last touchpoint held of each kind (A,)."""
        last: dict[str, Any] = {kind: Max("day", filter=Q(kind=kind)) for kind in KINDS}
        held = Named("last of kinds", lambda: Touchpoint.objects.filter(HELD, day__lte=self.scope.seen))
        return self.scope.grouped(held, days=KINDS, **last)

    def kinds_on_cadence(self) -> Floats:
        """Kinds held within the cadence that is agreed for them ÷ kinds with one, by the account's segment.

        Source: our own, after "touchpoints by kind against the agreed cadence". A kind is due from the day on which
        the account has lived for its cadence.
        """
        if not self.is_recorded():
            return self.scope.unknown()
        due, kept = np.zeros(self.scope.size), np.zeros(self.scope.size)
        lived = self.scope.as_of.toordinal() - self.attributes.started
        for segment in shared("segments", lambda: list(Segment.objects.all())):
            is_in = self.attributes.segments == segment.pk
            for kind, days in segment.kind_cadences.items():
                since = self.scope.as_of.toordinal() - self.last_held[kind]
                is_due = is_in & ((lived >= days) | (since <= days))
                due += is_due
                kept += is_due & (since <= days)
        return divide(kept, due)

    def people_in_touch(self) -> Floats:
        """Our own people, hosts and colleagues, at touchpoints held in 90 days.

        Source: our own, after "how many of our own people are in touch". Where nobody says who was there for us in a
        year, nothing is known.
        """
        if not self.is_recorded(Q(host__isnull=False) | Q(colleagues__isnull=False)):
            return self.scope.unknown()
        window = (self.scope.first_day(window_days=WINDOW), self.scope.seen)
        held = Named("our people", lambda: Touchpoint.objects.filter(HELD, day__range=window))
        places, hosts, colleagues = self.scope.read(held, "host_id", "colleagues")
        pairs = np.concatenate([np.column_stack([places, hosts]), np.column_stack([places, colleagues])])
        named = np.unique(pairs[~np.isnan(pairs[:, 1])], axis=0)
        return np.bincount(named[:, 0].astype(np.int64), minlength=self.scope.size).astype(np.float64)
