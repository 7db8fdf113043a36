"""Account records → accounts and their dated history.

Every record is a row of history from its `valid_from` (else its start) on; what it leaves unstated is carried forward
from the row before. `Account` is what history says of today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts import bulk
from accounts.ingest.columns import fitted
from accounts.ingest.facts import Seen, check_id
from accounts.ingest.lookups import Lookups
from accounts.ingest.outcome import Former, Outcome
from accounts.ingest.parse.refusals import Refusal, Refused
from accounts.ingest.records import AccountRecord
from accounts.models import Account, AccountHistory, Phase, RollUp, Status
from accounts.operations import history

Batch = Sequence[tuple[int, AccountRecord]]
Values = dict[str, Any]
# Under which former names and former parents are kept.
ACCOUNTS, PARENTS = "accounts.account", "accounts.account parent"
NAMING = ("name", "domain", "industry", "size_tier", "country", "started_on", "is_arr_from_contracts")


@dataclass(slots=True)
class Draft:
    """An account while the records of a batch are laid upon it. `pk` 0: not stored yet."""

    pk: int
    naming: Values
    rows: history.Rows
    held: set[str]
    state: str = "unchanged"


def starts(record: AccountRecord) -> date:
    return record.valid_from or record.started_on


def key_of(record: AccountRecord) -> str:
    """Once in a file: what an account is from a day on."""
    return f"{record.external_id} {starts(record)}"


def take_in_batch(*, batch: Batch, lookups: Lookups, seen: Seen, at: datetime, outcome: Outcome) -> set[int]:
    """Writes accounts and history; returns the accounts of all rows that were accepted."""
    lookups.load_people()
    lookups.load_segments()
    lookups.load_currency()
    drafts = load_drafts(lookups, {record.external_id for _, record in batch})
    named = {draft.pk: dict(draft.naming) for draft in drafts.values()}
    before = {draft.pk: {day: dict(row) for day, row in draft.rows.items()} for draft in drafts.values()}
    accepted: list[tuple[int, str, str]] = []
    for line, record in batch:
        try:
            if seen.repeats(external_id=key_of(record), line=line, content=hash(record)):
                outcome.count("unchanged", line=line)
                continue
            stated = stated_values(record, lookups)
        except Refused as refused:
            outcome.refusals.append(Refusal(line, refused.column, refused.reason))
            continue
        state = lay(record, stated, drafts, lookups)
        accepted.append((line, record.external_id, state))
        outcome.warnings.add(line=line, reasons=oddities(record, lookups))
    write(drafts, before, lookups=lookups, at=at)
    outcome.keep_former(
        Former(ACCOUNTS, draft.pk, named[draft.pk], dict(draft.naming))
        for draft in drafts.values()
        if draft.pk in named and draft.naming != named[draft.pk]
    )
    return count(accepted, drafts, outcome)


def count(accepted: list[tuple[int, str, str]], drafts: dict[str, Draft], outcome: Outcome) -> set[int]:
    accounts: set[int] = set()
    for line, external_id, state in accepted:
        outcome.count(state, line=line)
        account_id = drafts[external_id].pk
        accounts.add(account_id)
        if state != "unchanged":
            outcome.touch(account_id)
    return accounts


def load_drafts(lookups: Lookups, ids: set[str]) -> dict[str, Draft]:
    stored = Account.objects.filter(source=lookups.source, external_id__among=list(ids))
    rows = list(stored.values_list("external_id", "pk", *NAMING))
    pks = [pk for _, pk, *_ in rows]
    histories, terms = history.load(pks), history.load_terms(pks)
    return {
        external_id: Draft(
            pk=pk,
            naming=dict(zip(NAMING, naming, strict=True)),
            rows=histories.get(pk, {}),
            held=history.held_columns(terms[pk]),
        )
        for external_id, pk, *naming in rows
    }


def stated_values(record: AccountRecord, lookups: Lookups) -> tuple[Values, Values]:
    """What the record says for Account's own columns and for the dated ones; None is unsaid."""
    check_id(record.external_id)
    if not record.name:
        raise Refused("name", "missing")
    if record.parent == record.external_id:
        raise Refused("parent", "an account is not its own parent")
    naming = {name: getattr(record, name) for name in NAMING[:-1]}
    dated = {
        "segment_id": segment_of(record, lookups),
        "phase": record.phase,
        "status": record.status,
        "owner_id": lookups.user(record.owner_email),
        "arr": record.arr,
        "currency": record.currency,
        "seats": record.seats,
        "renewal_date": record.renewal_date,
    }
    naming, dated = fitted(model=Account, values=naming), fitted(model=Account, values=dated)
    fitted(model=AccountHistory, values={"valid_from": starts(record)})
    if record.arr is not None and record.arr < 0:
        raise Refused("arr", f"{record.arr} is negative")
    return naming, dated


def segment_of(record: AccountRecord, lookups: Lookups) -> int | None:
    if record.segment is None or record.segment in lookups.segments:
        return lookups.segments.get(record.segment or "")
    raise Refused(
        "segment", f"no segment {record.segment!r}; there are {', '.join(sorted(lookups.segments)) or 'none'}"
    )


def oddities(record: AccountRecord, lookups: Lookups) -> list[str]:
    odd = []
    if record.owner_email and lookups.user(record.owner_email) is None:
        odd.append("the owner is no user")
    if starts(record) < record.started_on:
        odd.append("before the account's start")
    if starts(record) > lookups.today:
        odd.append("in the future")
    return odd


def lay(record: AccountRecord, stated: tuple[Values, Values], drafts: dict[str, Draft], lookups: Lookups) -> str:
    """Lays one record upon its account; says whether it was created, changed or left unchanged."""
    naming, dated = stated
    draft = drafts.get(record.external_id)
    if draft is None:
        drafts[record.external_id] = new_draft(record, naming, dated, currency=lookups.currency)
        return "created"
    was_named, had_row = dict(draft.naming), starts(record) in draft.rows
    if starts(record) >= max(draft.rows, default=starts(record)):
        draft.naming.update({name: value for name, value in naming.items() if value is not None})
    if record.arr is not None:
        draft.naming["is_arr_from_contracts"] = False
    has_changed = lay_row(draft, starts(record), dated)
    if not had_row or has_changed or draft.naming != was_named:
        draft.state = "changed"
        return "changed"
    return "unchanged"


def new_draft(record: AccountRecord, naming: Values, dated: Values, *, currency: str) -> Draft:
    texts = dict.fromkeys(NAMING[1:5], "")
    row = {
        "phase": Phase.ONBOARDING.value,
        "status": Status.ACTIVE.value,
        "arr": Account._meta.get_field("arr").get_default(),
        "currency": currency,
    }
    return Draft(
        pk=0,
        naming={
            **texts,
            **{name: value for name, value in naming.items() if value is not None},
            "is_arr_from_contracts": record.arr is None,
        },
        rows={
            starts(record): {**dated, **{name: dated[name] if dated[name] is not None else row[name] for name in row}}
        },
        held=set(),
        state="created",
    )


def lay_row(draft: Draft, day: date, dated: Values) -> bool:
    """Amends or adds the row of that day, carrying forward what is unstated; says whether it was amended.

    An amended row, and any row where contracts added later ones, speaks for the rows after it too, as long as those
    said the same as it did: they had only carried it forward.
    """
    is_carried = day in draft.rows or draft.naming["is_arr_from_contracts"]
    held = draft.held if draft.naming["is_arr_from_contracts"] else set()
    row = history.row_at(draft.rows, day)
    later = sorted(start for start in draft.rows if start > day)
    has_changed = False
    for name, value in dated.items():
        if value is None or name in held or row[name] == value:
            continue
        has_changed, was = True, row[name]
        row[name] = value
        for start in later if is_carried else ():
            if draft.rows[start][name] != was:
                break
            draft.rows[start][name] = value
    return has_changed


def write(drafts: dict[str, Draft], before: history.Histories, *, lookups: Lookups, at: datetime) -> None:
    write_accounts(drafts, lookups=lookups, at=at)
    after = {draft.pk: draft.rows for draft in drafts.values() if draft.state != "unchanged"}
    history.store(before=before, after=after, at=at)
    history.settle(histories=after, at=at)


def write_accounts(drafts: dict[str, Draft], *, lookups: Lookups, at: datetime) -> None:
    """New accounts, and new names of those that are there."""
    new = {external_id: draft for external_id, draft in drafts.items() if not draft.pk}
    bulk.insert(
        model=Account,
        fields=("source_id", "external_id", "recorded_at", "roll_up", *NAMING, *history.DATED),
        rows=[new_row(external_id, draft, lookups, at) for external_id, draft in new.items()],
    )
    for external_id, pk in Account.objects.filter(source=lookups.source, external_id__among=list(new)).values_list(
        "external_id", "pk"
    ):
        drafts[external_id].pk = pk
    bulk.update(
        model=Account,
        fields=("changed_at", *NAMING),
        rows=[
            (draft.pk, at, *(draft.naming[name] for name in NAMING))
            for draft in drafts.values()
            if draft.state == "changed"
        ],
    )


def new_row(external_id: str, draft: Draft, lookups: Lookups, at: datetime) -> tuple[Any, ...]:
    today = history.in_force(draft.rows, lookups.today)
    naming = (draft.naming[name] for name in NAMING)
    return (lookups.source.pk, external_id, at, RollUp.OWN.value, *naming, *(today[name] for name in history.DATED))


def link_parents(*, parents: dict[str, tuple[int, str]], lookups: Lookups, at: datetime, outcome: Outcome) -> None:
    """After all rows, since a parent may stand below its children. An unknown one is a warning and is left empty."""
    lookups.accounts.clear()
    lookups.load_accounts([*parents, *(parent for _, parent in parents.values())])
    stored = dict(
        Account.objects.filter(source=lookups.source, external_id__among=list(parents)).values_list("pk", "parent_id")
    )
    moved = []
    for external_id, (line, parent) in parents.items():
        child, known = lookups.accounts.get(external_id), lookups.accounts.get(parent)
        if child is None:
            continue
        if known is None:
            outcome.warnings.add(line=line, reasons=["the parent is no account"])
        elif stored[child.pk] != known.pk:
            moved.append((child.pk, known.pk))
    outcome.keep_former(Former(PARENTS, pk, {"parent_id": stored[pk]}, {"parent_id": parent}) for pk, parent in moved)
    bulk.update(model=Account, fields=("parent_id", "changed_at"), rows=[(*pair, at) for pair in moved])
    # What a parent scores may come from its children.
    outcome.touch(*(pk for pair in moved for pk in pair), *(stored[pk] for pk, _ in moved if stored[pk]))
