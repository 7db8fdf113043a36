"""The snapshots behind a flag that compares scores."""

from datetime import timedelta

from django.db.models import Max

from scoring.extract.past import GRACE_DAYS
from scoring.models import Snapshot
from scoring.queries.rows.asked import Asked, Column, Found, Row
from scoring.rules import SCORE_DAYS

SCORES: tuple[Column, ...] = (("Day", "day"), ("Score", "decimal"))


def score_drop_30_days(asked: Asked) -> Found:
    """The score of 30 days before, or of the last scored day of the week up to then, less that of the day."""
    earlier = asked.ago(SCORE_DAYS)
    window = (earlier - timedelta(days=GRACE_DAYS - 1), earlier)
    then = Snapshot.objects.filter(as_of__range=window).aggregate(last=Max("as_of"))["last"]
    found = Snapshot.objects.filter(account=asked.account, as_of__in=[day for day in (then, asked.day) if day])
    scores = {day: score for day, score in found.values_list("as_of", "score") if score is not None}
    rows: list[Row] = [(day, score / 100) for day, score in sorted(scores.items(), reverse=True)]
    both = then is not None and then in scores and asked.day in scores
    value = (scores[then] - scores[asked.day]) / 100 if both else None
    return Found(SCORES, rows, value, f"{SCORE_DAYS} days before, and the day")
