"""One account's score over time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import QuerySet

from accounts.bulk import table_of
from scoring.breakdown import acting_in
from scoring.models import DailySummary, Snapshot
from scoring.store import MONTH_SLACK_DAYS, months_before

WEEKS = 26
FEW_ACCOUNTS = 20


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


# [days before the newest day, score in hundredths or None if Undefined], oldest first.
Line = list[tuple[int, int | None]]


def weekly_lines(accounts: Collection[int] | QuerySet, *, as_of: date | None) -> dict[int, Line]:
    """26 weeks of scores per account id: on each week's day, or the scored day nearest before it.

    One query for a few accounts, of whom all days are read; for many the days are chosen by another one first.
    """
    if as_of is None:
        return {}
    rows = Snapshot.objects.filter(account__in=accounts, as_of__gt=as_of - timedelta(weeks=WEEKS), as_of__lte=as_of)
    if isinstance(accounts, QuerySet) or len(accounts) > FEW_ACCOUNTS:
        rows = rows.filter(as_of__in=weekly_days(scored_days_of_26_weeks(as_of), as_of=as_of))
    scores: dict[int, dict[date, int | None]] = defaultdict(dict)
    for account, day, score in rows.values_list("account_id", "as_of", "score").iterator(chunk_size=10_000):
        scores[account][day] = score
    return {
        account: [((as_of - day).days, found[day]) for day in weekly_days(found, as_of=as_of)]
        for account, found in scores.items()
    }


# The newest day, then the newest before it, and so on: a look into the index for each, where a large company has
# 25,000 summaries of a day.
EACH_DAY = """
WITH RECURSIVE scored (day) AS (
    SELECT max(as_of) FROM {table} WHERE as_of > %s AND as_of <= %s
    UNION ALL
    SELECT (SELECT max(as_of) FROM {table} WHERE as_of > %s AND as_of < scored.day) FROM scored WHERE day IS NOT NULL
)
SELECT day FROM scored WHERE day IS NOT NULL
"""


def scored_days_of_26_weeks(as_of: date) -> set[date]:
    first = as_of - timedelta(weeks=WEEKS)
    with connection.cursor() as cursor:
        cursor.execute(EACH_DAY.format(table=table_of(DailySummary)), [first, as_of, first])
        return {day if isinstance(day, date) else date.fromisoformat(day) for (day,) in cursor.fetchall()}


def weekly_days(scored: Iterable[date], *, as_of: date) -> list[date]:
    """The scored days that stand for the last 26 weeks, oldest first; a week without any is left out."""
    newest: dict[int, date] = {}
    for day in scored:
        week = (as_of - day).days // 7
        newest[week] = max(newest.get(week, day), day)
    return sorted(newest.values())


@dataclass(frozen=True)
class Stretch:
    """Scored days in a row on which a change or a flag acted; `last` is None where it still acts on the newest day."""

    key: str
    first: date
    last: date | None


def stretches(account_id: int, *, first: date, last: date) -> tuple[list[Stretch], list[Stretch]]:
    """When changes (rules, pulses …) and flags began and ended in these days, the oldest first. One query.

    What acted on the first scored day of them began with it or earlier.
    """
    rows = Snapshot.objects.filter(account_id=account_id, as_of__gte=first, as_of__lte=last).order_by("as_of")
    acting = [(day, *acting_in(kept)) for day, kept in rows.values_list("as_of", "breakdown")]
    return (
        stretches_of([(day, changes) for day, changes, _ in acting]),
        stretches_of([(day, flags) for day, _, flags in acting]),
    )


def stretches_of(days: Sequence[tuple[date, Collection[str]]]) -> list[Stretch]:
    """Keys by day as stretches."""
    began: dict[str, date] = {}
    found: list[Stretch] = []
    for before, (day, keys) in zip([None, *(day for day, _ in days)], days, strict=False):
        found += [Stretch(key, began.pop(key), before) for key in sorted(began.keys() - set(keys))]
        for key in keys:
            began.setdefault(key, day)
    found += [Stretch(key, start, None) for key, start in began.items()]
    return sorted(found, key=lambda stretch: (stretch.first, stretch.key))


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
