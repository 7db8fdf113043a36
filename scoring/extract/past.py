"""What accounts scored before → arrays."""

from datetime import timedelta

from django.db.models import Max

from scoring.core.arrays import Floats
from scoring.extract.plans import Named
from scoring.extract.scope import Scope
from scoring.extract.shared import shared
from scoring.models import DailySummary, Snapshot

# Where the day itself was not scored, the last one that was stands in for it, up to a week before.
GRACE_DAYS = 7


def score_days_ago(scope: Scope, days: int) -> Floats:
    """The score, in points, of the day so many days before: for flags that compare it with today's."""
    day = scope.as_of - timedelta(days=days)
    window = (day - timedelta(days=GRACE_DAYS - 1), day)
    # A day with summaries was scored for all accounts, one with snapshots alone perhaps for a few.
    summaries = DailySummary.objects.filter(as_of__range=window)
    scored_on = shared(("scored on", *window), lambda: summaries.aggregate(last=Max("as_of"))["last"])
    if scored_on is None:
        return scope.unknown()
    then = Named(("scores", scored_on), lambda: Snapshot.objects.filter(as_of=scored_on))
    places, scores = scope.read(then, "score")
    return scope.spread(places, scores / 100)
