"""What each account was on the as-of day, from its dated history: a past score must not see the future."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import numpy as np

from accounts.models import AccountHistory, Phase, Status
from accounts.queries.exchange import load_rates
from scoring.core import recency
from scoring.core.arrays import Floats, Ints
from scoring.extract.scope import Scope

PHASES = [phase.value for phase in Phase]
UNKNOWN = -1
HISTORY = (
    "account_id", "valid_from", "status", "segment_id", "phase", "owner_id", "arr", "currency", "seats",
    "renewal_date", "account__started_on", "account__industry", "account__size_tier",
)  # fmt: skip


@dataclass(frozen=True)
class Attributes:
    """One entry per active account, in the order of ids. Ids and codes are -1 where there is none."""

    account_ids: Ints
    segments: Ints
    phases: Ints  # place in PHASES
    owners: Ints
    arr_cents: Ints  # in the reporting currency
    seats: Floats
    started: Floats  # ordinal
    months: Floats  # whole months in contract
    phase_since: Floats  # ordinal of the day on which the present phase began
    industries: Ints
    sizes: Ints


def active_account_ids(*, as_of: date, segment_id: int | None = None, between: tuple[int, int] | None = None) -> Ints:
    """The accounts that were active at the end of the day, sorted; `between` are the first and the last id."""
    rows = AccountHistory.objects.filter(valid_from__lte=as_of, account__started_on__lte=as_of)
    if between:
        rows = rows.filter(account_id__gte=between[0], account_id__lte=between[1])
    latest: dict[int, tuple[str, int | None]] = {}
    for account, status, segment in rows.order_by("account_id", "valid_from").values_list(
        "account_id", "status", "segment_id"
    ):
        latest[account] = (status, segment)
    chosen = [
        account
        for account, (status, segment) in latest.items()
        if status == Status.ACTIVE and segment_id in (None, segment)
    ]
    return np.array(sorted(chosen), dtype=np.int64)


def attributes(scope: Scope) -> Attributes:
    """What the accounts in scope were at the end of the day."""
    newest, phase_since = newest_rows(scope)
    rates = load_rates()
    started = np.array([row["account__started_on"].toordinal() for row in newest], dtype=np.float64)
    return Attributes(
        account_ids=scope.account_ids,
        segments=codes(row["segment_id"] for row in newest),
        phases=codes(PHASES.index(row["phase"]) for row in newest),
        owners=codes(row["owner_id"] for row in newest),
        arr_cents=codes(cents(rates.in_reporting(row["arr"], row["currency"], scope.as_of)) for row in newest),
        seats=np.array([row["seats"] or np.nan for row in newest], dtype=np.float64),
        started=started,
        months=recency.whole_months_between(started, scope.as_of.toordinal()),
        phase_since=np.array(phase_since, dtype=np.float64),
        industries=codes(text_code(row["account__industry"]) for row in newest),
        sizes=codes(text_code(row["account__size_tier"]) for row in newest),
    )


def newest_rows(scope: Scope) -> tuple[list[dict[str, Any]], list[int]]:
    """The history row in force per account, and since when the account has been in its present phase."""
    rows = scope.rows(AccountHistory.objects.filter(valid_from__lte=scope.as_of)).order_by("account_id", "valid_from")
    newest: dict[int, dict[str, Any]] = {}
    since: dict[int, int] = {}
    for row in rows.values(*HISTORY):
        account = row["account_id"]
        if account not in newest or newest[account]["phase"] != row["phase"]:
            since[account] = row["valid_from"].toordinal()
        newest[account] = row
    ids = scope.account_ids.tolist()
    return [newest[account] for account in ids], [since[account] for account in ids]


def cents(amount: Decimal) -> int:
    """Whole cents, rounded half to even as money is."""
    return int((amount * 100).to_integral_value())


def codes(values: Any) -> Ints:
    return np.array([UNKNOWN if value is None else value for value in values], dtype=np.int64)


def text_code(text: str) -> int | None:
    """A number that stands for a text, the same in every chunk and every process; None for no text."""
    if not text:
        return None
    return int.from_bytes(blake2b(text.casefold().encode(), digest_size=7).digest())
