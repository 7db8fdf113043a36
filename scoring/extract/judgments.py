"""What people said: the pulses and overrides that act on the day."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from accounts.models import Override, Pulse
from scoring.extract.scope import Scope


@dataclass(frozen=True)
class ActingPulse:
    pulse_id: int
    place: int  # of its account in the scope
    percent: float


@dataclass(frozen=True)
class ActingOverride:
    override_id: int
    place: int
    score_hundredths: int


def acting_pulses(scope: Scope) -> list[ActingPulse]:
    """Pulses act from their start to their end, both included, in the order in which they were made."""
    rows = scope.rows(Pulse.objects.filter(starts_on__lte=scope.as_of, ends_on__gte=scope.as_of)).order_by("pk")
    placed = place_rows(scope, list(rows.values_list("account_id", "pk", "percent")))
    return [ActingPulse(pulse_id=pk, place=place, percent=float(percent)) for place, pk, percent in placed]


def acting_overrides(scope: Scope) -> list[ActingOverride]:
    """Overrides in force; of several for one account the newest comes last and counts."""
    rows = scope.rows(Override.objects.filter(starts_on__lte=scope.as_of, ends_on__gte=scope.as_of)).order_by("pk")
    placed = place_rows(scope, list(rows.values_list("account_id", "pk", "score_hundredths")))
    return [ActingOverride(override_id=pk, place=place, score_hundredths=score) for place, pk, score in placed]


def place_rows(scope: Scope, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows of accounts in scope, with the account's place instead of its id."""
    places, is_ours = scope.places(np.array([row[0] for row in rows], dtype=np.float64))
    return [(int(place), *row[1:]) for place, ours, row in zip(places, is_ours, rows, strict=True) if ours]
