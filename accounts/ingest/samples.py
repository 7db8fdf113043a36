"""A few rows as they would become: what is new, and what changes from what to what."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from accounts.ingest.intake import FACT_KINDS, Line
from accounts.ingest.outcome import Outcome
from accounts.models import Account, AccountHistory, Amendment, Fact, Source
from accounts.operations.history import DATED

AT_MOST = 8
LONGEST = 120
APART = {"id", "source_id", "external_id", "recorded_at", "account_id", "valid_from", "is_arr_from_contracts"}
NO_ROW: dict[str, Any] = {}


@dataclass(slots=True)
class Samples:
    """The first rows of each sort: new ones as the file says them, changed ones by what changes."""

    created: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)

    def look(self, *, kind: str, batch: list[Line], outcome: Outcome, source: Source, at: datetime) -> None:
        """After the batch is taken and before it is taken back."""
        states = outcome.states or {}
        by_state: dict[str, list[Line]] = {"created": [], "changed": []}
        for line, record in batch:
            if (found := by_state.get(states.get(line, ""))) is not None and len(found) < AT_MOST:
                found.append((line, record))
        self.created += [as_stated(line, record) for line, record in by_state["created"]]
        del self.created[AT_MOST:]
        if len(self.changed) < AT_MOST and by_state["changed"]:
            changes = changes_of(kind, by_state["changed"], outcome, source, at)
            self.changed += [
                {"line": line, "id": record.external_id, "changes": changes.get(record.external_id, [])}
                for line, record in by_state["changed"]
            ]
            del self.changed[AT_MOST:]


def as_stated(line: int, record: Any) -> dict[str, Any]:
    stated = {each.name: getattr(record, each.name) for each in fields(record)}
    values = [{"field": name, "after": shown(value)} for name, value in stated.items() if value not in (None, "", ())]
    return {
        "line": line,
        "id": record.external_id,
        "values": [each for each in values if each["field"] != "external_id"],
    }


def shown(value: Any) -> str:
    """A value as people read it; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    text = value.isoformat() if isinstance(value, date) else str(value)
    return (text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…").replace("\x00", "\ufffd")


def changes_of(
    kind: str, lines: list[Line], outcome: Outcome, source: Source, at: datetime
) -> dict[str, list[dict[str, str]]]:
    """By id, what changes: read from the rows as they stand now and what was kept of them."""
    ids = [record.external_id for _, record in lines]
    model: type[Fact] = Account if kind == "accounts" else FACT_KINDS[kind].model
    rows = {row.pk: row for row in model._default_manager.filter(source=source, external_id__in=ids)}
    found: dict[str, list[dict[str, str]]] = {}
    for former in outcome.former or []:
        if former.fact_id in rows and not former.table.endswith("_id"):
            row = rows[former.fact_id]
            found.setdefault(row.external_id, []).extend(differences(type(row), former.before, former.after))
    if kind == "accounts":
        return with_history(found, rows, at)
    for amendment in amendments(model, list(rows), at):
        row = rows[amendment.fact_id]
        now = {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields}
        before = {name: python(model, name, value) for name, value in amendment.content.items()}
        found.setdefault(row.external_id, []).extend(differences(model, before, now))
    return found


def amendments(model: type[models.Model], ids: list[int], at: datetime) -> models.QuerySet[Amendment]:
    return Amendment.objects.filter(table=model._meta.label_lower, fact_id__in=ids, amended_at=at)


def with_history(
    found: dict[str, list[dict[str, str]]], accounts: dict[int, Any], at: datetime
) -> dict[str, list[dict[str, str]]]:
    """What accounts are from a day on, beside what they were just before."""
    histories: dict[int, list[AccountHistory]] = {}
    for row in AccountHistory.objects.filter(account_id__in=accounts).order_by("valid_from"):
        histories.setdefault(row.account_id, []).append(row)
    ids = [row.pk for rows in histories.values() for row in rows]
    kept = {each.fact_id: each.content for each in amendments(AccountHistory, ids, at)}
    for account_id, rows in histories.items():
        for before, row in zip([None, *rows], rows, strict=False):
            if row.recorded_at == at:
                was = former_of(row, kept, before)
                now = {name: getattr(row, name) for name in DATED}
                new = differences(AccountHistory, was, now)
                since = f" from {row.valid_from}" if len(rows) > 1 else ""
                found.setdefault(accounts[account_id].external_id, []).extend(
                    {**each, "field": each["field"] + since} for each in new
                )
    return found


def former_of(row: AccountHistory, kept: dict[int, Any], before: AccountHistory | None) -> dict[str, Any]:
    if row.pk in kept:
        return {name: python(AccountHistory, name, kept[row.pk][name]) for name in DATED}
    return {name: getattr(before, name) for name in DATED} if before else NO_ROW


def python(model: type[models.Model], name: str, value: Any) -> Any:
    field = next(each for each in model._meta.concrete_fields if each.attname == name)
    return field.target_field.to_python(value) if isinstance(field, models.ForeignKey) else field.to_python(value)


def differences(model: type[models.Model], before: dict[str, Any], after: dict[str, Any]) -> Iterator[dict[str, str]]:
    for name, value in after.items():
        if name not in APART and before.get(name) != value:
            yield {
                "field": name.removesuffix("_id"),
                "before": shown(named(model, name, before.get(name))),
                "after": shown(named(model, name, value)),
            }


def named(model: type[models.Model], name: str, value: Any) -> Any:
    """What a key points at, by its name."""
    field = next((each for each in model._meta.concrete_fields if each.attname == name), None)
    if value is None or not isinstance(field, models.ForeignKey):
        return value
    return str(field.related_model._default_manager.filter(pk=value).first() or value)
