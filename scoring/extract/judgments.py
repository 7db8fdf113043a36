"""What people said: the pulses and overrides that act on the day."""

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Override, Pulse
from scoring.extract.plans import Named
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
    acting = Q(starts_on__lte=scope.as_of, ends_on__gte=scope.as_of)
    found = scope.read(Named("pulses", lambda: Pulse.objects.filter(acting).order_by("pk")), "pk", "percent")
    return [ActingPulse(int(pk), int(place), percent) for place, pk, percent in zip(*map(list, found), strict=True)]


def acting_overrides(scope: Scope) -> list[ActingOverride]:
    """Overrides in force; of several for one account the newest comes last and counts."""
    acting = Q(starts_on__lte=scope.as_of, ends_on__gte=scope.as_of)
    rows = Named("overrides", lambda: Override.objects.filter(acting).order_by("pk"))
    found = scope.read(rows, "pk", "score_hundredths")
    return [ActingOverride(int(pk), int(place), int(score)) for place, pk, score in zip(*map(list, found), strict=True)]
