"""Hand-worked snapshots of the shipped SMB card, for the pages that explain one account's score.

The card weighs adoption against target 30, usage trend 20, days since login 15, unresolved tickets 15, days overdue 10,
time to first value 5 and NPS 5. On TODAY the usage trend is missing, so 80 percent of the weight counts:

    30 × 50 / 80 = 18.75     15 × 100 / 80 = 18.75 (twice)     10 × 100 / 80 = 12.50     5 × 80 / 80 = 5.00
    5 × 50 / 80 = 3.125, which takes the odd hundredth: 3.13
    base 76.88; EBR overdue −20 % is −15.38, leaves 61.50; a pulse of −10 % is −6.15, leaves 55.35

A month before all was known (15 + 20 + 15 + 15 + 10 + 4 + 2.5 = 81.50) and nothing was taken off.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import Account, Pulse, PulseCategory, Segment, User
from scoring.breakdown import packed, unpacked_json
from scoring.models import ScorecardVersion, Snapshot
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import band_of, done_run

MONTH_AGO = date(2026, 5, 30)
MEASURES = [
    [0.4, 50.0, 1875],
    [None, None, 0],
    [3.0, 100.0, 1875],
    [0.0, 100.0, 1875],
    [0.0, 100.0, 1250],
    [40.0, 80.0, 500],
    [0.0, 50.0, 313],
]
MEASURES_MONTH_AGO = [
    [0.4, 50.0, 1500],
    [1.1, 100.0, 2000],
    [3.0, 100.0, 1500],
    [0.0, 100.0, 1500],
    [0.0, 100.0, 1000],
    [40.0, 80.0, 400],
    [0.0, 50.0, 250],
]
NOTHING_KNOWN = [[None, None, 0]] * 7


def version_for(segment: Segment | None) -> ScorecardVersion:
    """The shipped version of the segment's card, or the default."""
    done_run()
    return ScorecardVersion.objects.filter(scorecard__segment=segment).first() or ScorecardVersion.objects.get(
        scorecard__segment=None
    )


def give_snapshot(
    account: Account,
    *,
    day: date,
    score: int | None,
    measures: list[list[Any]],
    customer_score: int | None = None,
    changes: list[list[Any]] | None = None,
    flags: list[list[Any]] | None = None,
    coverage: float = 1.0,
    low: int = 0,
    high: int = 10_000,
) -> Snapshot:
    """What the account scored on a day; without a customer score, the same for the customer."""
    return Snapshot.objects.create(
        account=account,
        as_of=day,
        version=version_for(account.segment),
        run=done_run(day),
        score=score,
        customer_score=score if customer_score is None else customer_score,
        band=band_of(score),
        coverage=coverage,
        breakdown=packed(unpacked_json([measures, changes or [], [low, high], flags or []])),
    )


def give_pulse(account: Account, *, author: User, reason: str = "New owners review all vendors") -> Pulse:
    return Pulse.objects.create(
        account=account,
        percent=Decimal(-10),
        category=PulseCategory.ACQUIRED,
        reason=reason,
        author=author,
        starts_on=date(2026, 6, 10),
        ends_on=date(2026, 9, 10),
        recorded_at=NOW,
    )


def give_story(account: Account, *, author: User, reason: str = "New owners review all vendors") -> Snapshot:
    """81.50 a month ago and 55.35 today, as worked out above."""
    pulse = give_pulse(account, author=author, reason=reason)
    give_snapshot(account, day=MONTH_AGO, score=8150, measures=MEASURES_MONTH_AGO, low=8150, high=8150)
    return give_snapshot(
        account,
        day=TODAY,
        score=5535,
        customer_score=6150,
        measures=MEASURES,
        changes=[["ebr_overdue", -1538], [f"pulse:{pulse.pk}", -615]],
        flags=[["no_login", 15.0]],
        coverage=0.8,
        low=4428,
        high=5868,
    )


def give_undefined(account: Account) -> Snapshot:
    """Only NPS, of weight 5, is known: no score."""
    measures = [*NOTHING_KNOWN[:6], [0.0, 50.0, 0]]
    return give_snapshot(account, day=TODAY, score=None, measures=measures, coverage=0.05, low=250, high=9750)
