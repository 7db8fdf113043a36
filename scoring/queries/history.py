"""One account's score over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scoring.models import Snapshot
from scoring.store import MONTH_SLACK_DAYS, months_before


@dataclass(frozen=True)
class ScoredDay:
    """What an account scored at the end of a day, in hundredths, and which version of a card said so."""

    day: date
    score: int | None
    customer_score: int | None
    band: int
    coverage: float
    version_id: int


def scored_days(account_id: int, *, first: date | None = None, last: date | None = None) -> list[ScoredDay]:
    """The account's scored days, oldest first; both ends count. One query."""
    rows = Snapshot.objects.filter(account_id=account_id)
    if first is not None:
        rows = rows.filter(as_of__gte=first)
    if last is not None:
        rows = rows.filter(as_of__lte=last)
    fields = ("as_of", "score", "customer_score", "band", "coverage", "version_id")
    return [ScoredDay(*row) for row in rows.order_by("as_of").values_list(*fields)]


def month_before(days: Sequence[ScoredDay]) -> date | None:
    """The scored day that is a month before the newest, or a little more; None where history is too short."""
    return newest_until(days, day=months_before(days[-1].day, months=1)) if days else None


def newest_until(days: Sequence[ScoredDay], *, day: date) -> date | None:
    """The newest scored day up to a day, unless it is too old to stand for it."""
    oldest = day - timedelta(days=MONTH_SLACK_DAYS)
    return next((scored.day for scored in reversed(days) if oldest <= scored.day <= day), None)


def newest_scored_day(account_id: int, *, until: date) -> date | None:
    """The account's newest scored day up to a day. One query."""
    rows = Snapshot.objects.filter(account_id=account_id, as_of__lte=until)
    return rows.order_by("-as_of").values_list("as_of", flat=True).first()
