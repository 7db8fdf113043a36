"""What accounts scored before → arrays."""

from datetime import date, timedelta

import numpy as np
from django.db.models import Max

from scoring.core.arrays import Floats
from scoring.extract.plans import Named
from scoring.extract.scope import Scope
from scoring.extract.shared import shared
from scoring.models import DailySummary, Snapshot

# Where the day itself was not scored, the last one that was stands in for it, up to a week before.
GRACE_DAYS = 7


def replayed(scope: Scope, day: date) -> Floats:
    """What a replay found of the day, with the same cards; unknown where it was not asked."""
    ids, points = (scope.scores_before or {}).get(day, (np.zeros(0, dtype=np.int64), np.zeros(0)))
    places, is_ours = scope.places(ids.astype(float))
    return scope.spread(places[is_ours], points[is_ours])


def score_days_ago(scope: Scope, days: int) -> Floats:
    """The score, in points, of the day so many days before: for flags that compare it with today's."""
    day = scope.as_of - timedelta(days=days)
    if scope.scores_before is not None:
        return replayed(scope, day)
    window = (day - timedelta(days=GRACE_DAYS - 1), day)
    # A day with summaries was scored for all accounts, one with snapshots alone perhaps for a few.
    summaries = DailySummary.objects.filter(as_of__range=window)
    scored_on = shared(("scored on", *window), lambda: summaries.aggregate(last=Max("as_of"))["last"])
    if scored_on is None:
        return scope.unknown()
    then = Named(("scores", scored_on), lambda: Snapshot.objects.filter(as_of=scored_on))
    places, scores = scope.read(then, "score")
    return scope.spread(places, scores / 100)
