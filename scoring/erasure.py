"""Erasing an account, with its share of the sums that scoring keeps, and without the exports that still hold it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from accounts.erasure.traces import Tally
from accounts.models import Account, Contact, Erasure, Export, User
from accounts.operations import erasure
from accounts.operations.history import in_force, load
from accounts.queries.exchange import load_rates, reporting_currency
from scoring.models import DailySummary, Snapshot, YearDay

CENTS = Decimal("0.01")


@dataclass(frozen=True)
class Share:
    """What an account adds to the sums of one day."""

    which: dict[str, object]
    score: int
    arr: Decimal


@transaction.atomic
def erase_contact(*, contact: Contact, by: User | None, at: datetime) -> Erasure:
    """The contact without a name, and nothing anywhere that says who it was."""
    forget_exports()
    return erasure.erase_contact(contact=contact, by=by, at=at)


@transaction.atomic
def erase_account(*, account: Account, by: User | None, at: datetime) -> Erasure:
    """The account with all of its facts, scores and its share of the sums."""
    forget_exports()
    return erasure.erase_account(account=account, before=take_from_sums, by=by, at=at)


def forget_exports() -> None:
    """Their files are deleted with all others that cannot be looked into."""
    Export.objects.filter(state=Export.State.DONE).update(state=Export.State.GONE)


def take_from_sums(account: Account, tally: Tally) -> None:
    """The account's share of each day that it was scored on, as its history says it was then."""
    # Packed over all accounts: worked out anew at night, or when somebody looks.
    tally.deleted["scoring.yearday"] += YearDay.objects.all().delete()[0]
    for share in shares_of(account):
        rows = DailySummary.objects.filter(**share.which)
        gone = rows.filter(accounts__lte=1).delete()[0]
        tally.deleted["scoring.dailysummary"] += gone
        tally.rewritten["scoring.dailysummary"] += rows.update(
            accounts=F("accounts") - 1,
            score_sum=F("score_sum") - share.score,
            arr_reporting=F("arr_reporting") - share.arr,
        )


def shares_of(account: Account) -> Iterator[Share]:
    rows, rates, currency = load([account.pk]).get(account.pk, {}), load_rates(), reporting_currency()
    if not rows:
        return
    for as_of, band, score in Snapshot.objects.filter(account=account).values_list("as_of", "band", "score"):
        state = in_force(rows, as_of)
        which = {"as_of": as_of, "band": band, **{name: state[name] for name in ("owner_id", "segment_id", "phase")}}
        arr = rates.convert(state["arr"], state["currency"], currency, as_of).quantize(CENTS)
        yield Share(which, score or 0, arr)
