"""Facts that their source may amend: created, changed or left, one query for what is there and one write a batch.

A column takes the field of the record that is called like it; a kind says the others. None is kept where the column
can be empty (a ticket without a closing time is open); where it cannot, None means unstated: the stored value, or the
model's default, stays.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet

from accounts import bulk, touches
from accounts.amendments import keep_former
from accounts.ingest.columns import fitted
from accounts.ingest.lookups import KnownAccount, Lookups
from accounts.ingest.outcome import Outcome
from accounts.ingest.parse.refusals import Refusal, Refused
from accounts.models import Fact

Batch = Sequence[tuple[int, Any]]
Values = dict[str, Any]


def load_accounts(batch: Batch, lookups: Lookups) -> None:
    lookups.load_accounts(record.account for _, record in batch)


def account_column(record: Any, lookups: Lookups) -> Values:
    return {"account_id": lookups.account(record.account).pk}


@dataclass(frozen=True, kw_only=True)
class FactKind:
    """How the records of one kind become rows of one model."""

    model: type[Fact]
    load: Callable[[Batch, Lookups], None] = load_accounts
    # Columns that the record does not carry under their name.
    columns: Callable[[Any, Lookups], Values] = account_column
    # Columns that a new row takes when its record leaves them unstated.
    defaults: Callable[[Any, Lookups], Values] = lambda record, lookups: {}
    # Refuses a whole row that makes no sense; what a column cannot hold is refused before.
    check: Callable[[Values], None] = lambda row: None
    # The day of the fact, where one before the account's start or ahead is odd.
    day: Callable[[Any], date] | None = None
    # What else is odd about a record. Such facts are kept.
    odd: Callable[[Any, Lookups], list[str]] = lambda record, lookups: []
    account_of: Callable[[Any, Lookups], int] = lambda record, lookups: lookups.account(record.account).pk
    # Of what kinds no row is a true zero as soon as anybody records one: of all accounts then.
    recorded: tuple[Values, ...] = ()
    # After the rows are written: links to others; returns the ids whose links changed.
    link: Callable[[Batch, Lookups, Outcome], set[str]] | None = None

    def warnings(self, record: Any, lookups: Lookups) -> list[str]:
        """What is odd about the record, its time first."""
        if self.day is None:
            return self.odd(record, lookups)
        account = lookups.account(record.account)
        return [*time_warnings(self.day(record), account, today=lookups.today), *self.odd(record, lookups)]


@dataclass(slots=True)
class Seen:
    """What this run brought already: the first record of an id wins."""

    contents: dict[str, tuple[int, int]] = field(default_factory=dict)
    place: str = "line"

    def repeats(self, *, external_id: str, line: int, content: int) -> bool:
        """Whether the same came before. The same id with other content is refused."""
        first_line, before = self.contents.setdefault(external_id, (line, content))
        if before != content:
            raise Refused("external_id", f"the same id again with other content ({self.place} {first_line} came first)")
        return first_line != line

    def remember(self, records: Iterable[tuple[str, int, Any]]) -> None:
        """Records (id, line, record) of a batch that was taken before."""
        for external_id, line, record in records:
            self.contents.setdefault(external_id, (line, hash(record)))


def take_in_batch(
    *, kind: FactKind, batch: Batch, lookups: Lookups, seen: Seen, at: datetime, outcome: Outcome
) -> set[int]:
    """Writes what is new or changed; returns the accounts of all rows that were accepted."""
    kind.load(batch, lookups)
    stored = stored_rows(kind.model, lookups, [record.external_id for _, record in batch])
    writing: dict[str, Values] = {}
    accepted: list[tuple[int, Any]] = []
    states: dict[str, str] = {}
    for line, record in batch:
        try:
            if seen.repeats(external_id=record.external_id, line=line, content=hash(record)):
                outcome.count("unchanged", line=line)
                continue
            values = complete(kind, record, lookups, stored.get(record.external_id))
        except Refused as refused:
            outcome.refusals.append(Refusal(line, refused.column, refused.reason))
            continue
        accepted.append((line, record))
        outcome.warnings.add(line=line, reasons=kind.warnings(record, lookups))
        states[record.external_id] = state_of(values, stored.get(record.external_id))
        if states[record.external_id] != "unchanged":
            writing[record.external_id] = values
    amended = [external_id for external_id, state in states.items() if state == "changed"]
    keep_former(model=kind.model, rows=former_rows(kind.model, lookups, amended), at=at)
    if is_first_of_its_kind(kind, writing.values()):
        touches.touch_all(at=at)
    write(kind.model, writing, lookups=lookups, at=at)
    if kind.link:
        for external_id in kind.link(accepted, lookups, outcome):
            if states[external_id] == "unchanged":
                states[external_id] = "changed"
    # A fact that moves to another account concerns the one it leaves too.
    left = {row["account_id"] for row in stored.values() if "account_id" in row}
    outcome.touch(*moved_from(stored, writing))
    return left | count(kind, accepted, states, lookups, outcome)


def moved_from(stored: dict[str, Values], writing: dict[str, Values]) -> set[int]:
    """The accounts that lose a fact to another one."""
    moved = (stored[external_id] for external_id in writing if external_id in stored)
    return {row["account_id"] for row in moved if "account_id" in row}


def count(kind: FactKind, accepted: Batch, states: dict[str, str], lookups: Lookups, outcome: Outcome) -> set[int]:
    accounts: set[int] = set()
    for line, record in accepted:
        state = states[record.external_id]
        outcome.count(state, line=line)
        account_id = kind.account_of(record, lookups)
        accounts.add(account_id)
        if state != "unchanged":
            outcome.touch(account_id)
    return accounts


@cache
def content_names(model: type[Fact]) -> list[str]:
    """The columns that say something, apart from origin and time of recording."""
    apart = {"id", "source_id", "external_id", "recorded_at"}
    return [field.attname for field in model._meta.concrete_fields if field.attname not in apart]


def stored_rows(model: type[Fact], lookups: Lookups, ids: list[str]) -> dict[str, Values]:
    names = content_names(model)
    rows = model._default_manager.filter(source=lookups.source, external_id__among=ids)
    return {
        external_id: dict(zip(names, content, strict=True))
        for external_id, *content in rows.values_list("external_id", *names)
    }


def former_rows(model: type[Fact], lookups: Lookups, ids: list[str]) -> list[Values]:
    """All columns of the rows, as they are before they are amended."""
    if not ids:
        return []
    rows: QuerySet[Any, Any] = model._default_manager.filter(source=lookups.source, external_id__among=ids).values()
    return list(rows)


def complete(kind: FactKind, record: Any, lookups: Lookups, before: Values | None) -> Values:
    """Every column of the row: stated, else as it is stored, else the default."""
    check_id(record.external_id)
    names = content_names(kind.model)
    stated = {name: getattr(record, name, None) for name in names}
    values = fitted(model=kind.model, values={**stated, **kind.columns(record, lookups)})
    fallback = before or {**model_defaults(kind.model), **kind.defaults(record, lookups)}
    row = {
        name: fallback[name] if values[name] is None and not is_empty_allowed(kind.model, name) else values[name]
        for name in names
    }
    kind.check(row)
    return row


def check_id(external_id: str) -> None:
    if not external_id or len(external_id) > 200 or "\x00" in external_id:
        raise Refused("external_id", "missing, longer than 200 characters, or with a NUL in it")


@cache
def is_empty_allowed(model: type[Fact], name: str) -> bool:
    return bool(model._meta.get_field(name.removesuffix("_id")).null)


@cache
def model_defaults(model: type[Fact]) -> Values:
    fields = [field for field in model._meta.concrete_fields if not field.null]
    return {field.attname: field.get_default() for field in fields}


def state_of(values: Values, before: Values | None) -> str:
    if before is None:
        return "created"
    return "unchanged" if values == before else "changed"


def is_first_of_its_kind(kind: FactKind, rows: Iterable[Values]) -> bool:
    """Whether a row is the first of which its kind says that it makes others' silence known."""
    rows = list(rows)
    return any(
        any(is_such(row, which) for row in rows) and not kind.model._default_manager.filter(**which).exists()
        for which in kind.recorded
    )


HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "": lambda found, value: found == value,
    "gt": lambda found, value: found is not None and found > value,
    "isnull": lambda found, value: (found is None) is value,
}


def is_such(row: Values, which: Values) -> bool:
    """What the database would say of a row: columns that equal a value, are over it (__gt) or are filled (__isnull)."""
    for lookup, value in which.items():
        name, _, how = lookup.partition("__")
        if not HOLDS[how](row[name], value):
            return False
    return True


def write(model: type[Fact], writing: dict[str, Values], *, lookups: Lookups, at: datetime) -> None:
    if not writing:
        return
    if not model._default_manager.exists():
        # From the first fact of a kind on, an account without any is known to have none.
        touches.touch_all(at=at)
    names = content_names(model)
    bulk.upsert(
        model=model,
        fields=("source_id", "external_id", "recorded_at", *names),
        rows=[
            (lookups.source.pk, external_id, at, *(values[name] for name in names))
            for external_id, values in writing.items()
        ],
        unique=("source_id", "external_id"),
    )


def time_warnings(day: date, account: KnownAccount, *, today: date) -> list[str]:
    if day < account.started_on:
        return ["before the account's start"]
    return ["in the future"] if day > today else []


def in_order(row: Values, first: str, then: str, reason: str) -> None:
    """Refuses what the database would refuse: an end before its start."""
    if row[first] is not None and row[then] is not None and row[then] < row[first]:
        raise Refused(then, reason)


def in_range(row: Values, name: str, low: int, high: int) -> None:
    if row[name] is not None and not low <= row[name] <= high:
        raise Refused(name, f"{row[name]} is not between {low} and {high}")
