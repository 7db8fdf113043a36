"""Usage records → usage rows. A usage row never changes: the same id with other content is refused.

This is the one kind that comes by the million, so it is written with plain tuples and one pass.
"""

from collections.abc import Sequence
from datetime import date, datetime

from accounts import bulk
from accounts.ingest.lookups import Lookups
from accounts.ingest.outcome import Outcome
from accounts.ingest.parse.refusals import Refusal, Refused
from accounts.ingest.records import UsageRecord
from accounts.models import UsageRow

Batch = Sequence[tuple[int, UsageRecord]]
Content = tuple[int, int | None, str, str, date, int, int | None, int | None, int | None, int | None, int | None]
CONTENT = (
    "account_id", "feature_id", "user_key", "contract_key", "day", "events", "seconds", "errors",
    "loads", "failed_loads", "load_ms",
)  # fmt: skip
FIELDS = (*CONTENT, "external_id", "source_id", "recorded_at")
# In one row, hence of one day. Larger figures are errors of units, and their sums would leave the column.
LARGEST = 10_000_000
# Ten million loads of a quarter of a minute each.
LARGEST_MS = 150_000_000_000
EARLIEST, LATEST = date(1970, 1, 1), date(2100, 1, 1)
AGAIN = "the same id again with other content"


def take_in_batch(*, batch: Batch, lookups: Lookups, at: datetime, outcome: Outcome) -> set[date]:
    """Writes the new rows; returns every day that the batch names, whether its rows were new or not."""
    lookups.load_contracts(record.contract for _, record in batch)
    lookups.load_accounts(record.account for _, record in batch)
    lookups.load_features(record.feature for _, record in batch)
    stored = stored_content(lookups, [record.external_id for _, record in batch])
    new: dict[str, Content] = {}
    days: set[date] = set()
    for line, record in batch:
        try:
            content, warnings = resolve(record, lookups)
            is_new = compare(record.external_id, content, stored, new)
        except Refused as refused:
            outcome.refusals.append(Refusal(line, refused.column, refused.reason))
            continue
        days.add(record.day)
        if warnings:
            outcome.warnings.add(line=line, reasons=warnings)
        if is_new:
            outcome.touched_accounts.add(content[0])
            outcome.touched_days.add(record.day)
        else:
            outcome.unchanged += 1
        if outcome.states is not None:
            outcome.states[line] = "created" if is_new else "unchanged"
    outcome.created += len(new)
    write(new, source_id=lookups.source.pk, at=at)
    return days


def write(new: dict[str, Content], *, source_id: int, at: datetime) -> None:
    rows = ((*content, external_id, source_id, at) for external_id, content in new.items())
    bulk.insert(model=UsageRow, fields=FIELDS, rows=rows)


def stored_content(lookups: Lookups, ids: list[str]) -> dict[str, Content]:
    rows = UsageRow.objects.filter(source=lookups.source, external_id__among=ids)
    return {external_id: tuple(content) for external_id, *content in rows.values_list("external_id", *CONTENT)}


def compare(external_id: str, content: Content, stored: dict[str, Content], new: dict[str, Content]) -> bool:
    """Whether it is new, which then is noted. The first of two rows with the same id wins."""
    before = stored.get(external_id) or new.get(external_id)
    if before is None:
        new[external_id] = content
        return True
    if before != content:
        raise Refused("external_id", AGAIN)
    return False


def resolve(record: UsageRecord, lookups: Lookups) -> tuple[Content, list[str]]:
    """The row's content with our ids, and what is odd about it."""
    check(record)
    account_id, warnings = account_of(record, lookups)
    if record.day > lookups.today:
        warnings.append("in the future")
    feature_id = lookups.feature(record.feature) if record.feature else None
    content = (
        account_id,
        feature_id,
        record.user_key or "",
        record.contract or "",
        record.day,
        record.events,
        record.seconds,
        record.errors,
        record.loads,
        record.failed_loads,
        record.load_ms,
    )
    return content, warnings


def check(record: UsageRecord) -> None:
    """Refuses what the table could not hold or no day could contain."""
    in_range("events", record.events)
    in_range("seconds", record.seconds)
    in_range("errors", record.errors)
    if record.loads is not None or record.failed_loads is not None or record.load_ms is not None:
        check_loads(record)
    if not EARLIEST <= record.day < LATEST:
        raise Refused("day", f"{record.day} is not between {EARLIEST} and {LATEST}")
    for column, text in (("external_id", record.external_id), ("user_key", record.user_key)):
        if text and (len(text) > 200 or "\x00" in text):
            raise Refused(column, "longer than 200 characters, or with a NUL in it")
    if not record.external_id:
        raise Refused("external_id", "missing")


def in_range(column: str, value: int | None, largest: int = LARGEST) -> None:
    if value is not None and not 0 <= value <= largest:
        raise Refused(column, f"{value} is not between 0 and {largest}")


def check_loads(record: UsageRecord) -> None:
    """How many loads failed, and how long the others took, says something only beside how many there were."""
    if record.loads is None or record.failed_loads is None or record.load_ms is None:
        raise Refused("loads", "loads, failed_loads and load_ms come together")
    in_range("loads", record.loads)
    in_range("load_ms", record.load_ms, LARGEST_MS)
    if not 0 <= record.failed_loads <= record.loads:
        raise Refused("failed_loads", f"{record.failed_loads} of {record.loads} loads")


def account_of(record: UsageRecord, lookups: Lookups) -> tuple[int, list[str]]:
    """The account named by itself or by its contract, with warnings about the time of the row."""
    if record.contract is None:
        if record.account is None:
            raise Refused("account", "neither an account nor a contract is named")
        account = lookups.account(record.account)
        return account.pk, ["before the account's start"] if record.day < account.started_on else []
    contract = lookups.contract(record.contract)
    if record.account is not None and lookups.account(record.account).pk != contract.account_id:
        raise Refused("contract", f"contract {record.contract!r} is not one of account {record.account!r}")
    if record.day < contract.starts_on:
        return contract.account_id, ["before its contract's start"]
    if contract.ends_on is not None and record.day >= contract.ends_on:
        return contract.account_id, ["after its contract's end"]
    return contract.account_id, []
