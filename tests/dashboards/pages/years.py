"""Accounts on scored days, for pages that look at a year: snapshots, dated history, and today's health."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from accounts.models import Account, AccountHistory
from scoring.breakdown import Breakdown, FlagFact, packed
from scoring.models import ScorecardVersion, Snapshot
from tests.conftest import NOW
from tests.dashboards.pages.boards import band_of, done_run


def give_score(account: Account, day: date, score: int | None, *, flags: Collection[str] = ()) -> Snapshot:
    """What the account scored on a day, in whole points."""
    hundredths = None if score is None else score * 100
    run = done_run(day)
    return Snapshot.objects.create(
        account=account,
        as_of=day,
        run=run,
        version=ScorecardVersion.objects.get(scorecard__segment=None),
        score=hundredths,
        customer_score=hundredths,
        band=band_of(hundredths),
        coverage=0.0 if score is None else 1.0,
        breakdown=packed(Breakdown((), (), 0, 10_000, tuple(FlagFact(key, None) for key in flags))),
    )


def give_history(account: Account, day: date, **changes: object) -> AccountHistory:
    """From the day on the account is what it was before, but for these changes."""
    last = AccountHistory.objects.filter(account=account, valid_from__lt=day).order_by("-valid_from")[0]
    names = ("segment", "phase", "status", "owner", "arr", "currency", "seats", "renewal_date")
    values = {name: getattr(last, name) for name in names} | changes
    return AccountHistory.objects.create(account=account, valid_from=day, recorded_at=NOW, **values)


def leave(account: Account, day: date) -> None:
    """The account left on the day."""
    give_history(account, day, status="churned", arr=Decimal(0))
    account.status = "churned"
    account.save()
