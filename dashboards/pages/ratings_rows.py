"""Owed values as rows: what is shown of each, what was typed into it, and the same as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.access import visible_accounts
from accounts.models import Account, User
from dashboards import formats
from dashboards.gate import UserRequest
from dashboards.pages.account_values import value_text
from dashboards.pages.measures_values import error_of, number, read_day, state_words
from scoring.catalog import Unit
from scoring.measures import Entry
from scoring.queries import owed
from scoring.queries.measures import Manual, may_enter
from scoring.queries.readings import State, with_readings

MOST_SENT = 50
VALUE, SEEN = "value", "seen"
HEADS = ("Account", "Measure", "CSM", "Owed by", "Last value", "Read on", "Good until", "Due on", "State")
Key = tuple[str, int]  # a measure's slug and an account's id
Entries = dict[Manual, list[Entry]]


@dataclass(frozen=True)
class OwedRow:
    """`field` names the input; `seen` is what the newest reading was when the row was shown."""

    field: str
    seen_field: str
    seen: str
    account: str
    account_pk: int
    measure: str
    range_words: str
    who: str
    newest: str
    read_on: date | None
    state: str
    state_words: str
    may_enter: bool
    typed: str
    error: str


@dataclass(frozen=True)
class Typed:
    """What was sent: values by measure and account, a day for all of them, and what is wrong."""

    values: Mapping[Key, str]
    read_on: str
    errors: Mapping[Key, str]
    day_error: str = ""


def owed_row(manual: Manual, account: Account, *, user: User, typed: Typed | None, today: date) -> OwedRow:
    """`account` is one of `with_readings`."""
    value, read_on = account.read_value, account.read_on  # type: ignore[attr-defined]
    key = (manual.slug, account.pk)
    who = manual.owner or account.owner
    return OwedRow(
        field=f"{VALUE}-{manual.slug}-{account.pk}",
        seen_field=f"{SEEN}-{manual.slug}-{account.pk}",
        seen=edition(account),
        account=account.name,
        account_pk=account.pk,
        measure=manual.label,
        range_words=manual.range_words,
        who=who.name if who else "",
        newest="" if value is None else entered_text(value, manual.unit),
        read_on=read_on,
        state=account.reading_state,  # type: ignore[attr-defined]
        state_words=words_of(manual, account),
        may_enter=may_enter(user, manual),
        typed=typed.values.get(key, "") if typed else "",
        error=typed.errors.get(key, "") if typed else "",
    )


def entered_text(value: float, unit: Unit) -> str:
    """A value as it was entered: 4 of 5, 4.5 of 5; other units as everywhere."""
    return f"{value:g} of 5" if unit == Unit.RATING else value_text(value, unit)


def edition(account: Any) -> str:
    """Another one as soon as somebody has entered another value."""
    return "" if account.read_on is None else f"{account.read_on.isoformat()}={account.read_value:g}"


def words_of(manual: Manual, account: Any) -> str:
    """No value yet; stale since 12 Nov 2026; due; due on 28 Nov 2026."""
    if account.reading_state != State.FRESH:
        return state_words(account)
    due = due_day(manual, account)
    return f"Due on {formats.day(due)}" if due else "Due"


def due_day(manual: Manual, account: Any) -> date | None:
    """When the newest reading is no longer fresh; None where there is none."""
    if account.read_on is None:
        return None
    return owed.due_on(manual, read_on=account.read_on, expires_on=account.expires_on)


def read_typed(request: UserRequest, *, today: date) -> tuple[Typed, Entries]:
    """What was sent for accounts in sight; rows left empty are not meant."""
    day, day_error = read_day(request.POST.get("read_on", ""), today=today)
    values: dict[Key, str] = {}
    errors: dict[Key, str] = {}
    entries: Entries = {}
    for manual in owed.manuals_with_rhythm(request.user):
        if not may_enter(request.user, manual):
            continue
        for account in posted_accounts(request, manual, today=today):
            key, text = (manual.slug, account.pk), request.POST[f"{VALUE}-{manual.slug}-{account.pk}"].strip()
            values[key] = text
            if not text or day_error:
                continue
            error = meanwhile(request, manual, account)
            error = error or error_of(text, account=account, day=day, manual=manual, today=today)
            if error:
                errors[key] = error
            else:
                entries.setdefault(manual, []).append(Entry(account, number(text), day))
    return Typed(values, request.POST.get("read_on", ""), errors, day_error), entries


def posted_accounts(request: UserRequest, manual: Manual, *, today: date) -> list[Account]:
    """The accounts for which a value of the measure was sent, as far as the user sees them."""
    start = f"{VALUE}-{manual.slug}-"
    ids = [name.removeprefix(start) for name in request.POST if name.startswith(start)]
    asked = [int(pk) for pk in ids if pk.isdecimal() and len(pk) < 18][:MOST_SENT]
    among = visible_accounts(request.user).filter(pk__in=asked)
    return list(with_readings(among, manual=manual, today=today)) if asked else []


def meanwhile(request: UserRequest, manual: Manual, account: Account) -> str:
    """What somebody else entered after the row was shown; empty where nobody did."""
    if request.POST.get(f"{SEEN}-{manual.slug}-{account.pk}", "") == edition(account):
        return ""
    value, read_on = account.read_value, account.read_on  # type: ignore[attr-defined]
    if read_on is None:
        return "The last value was taken back meanwhile. Save again if yours holds."
    now = f"{entered_text(value, manual.unit)} was entered for {formats.day(read_on)}"
    return f"Meanwhile {now}. Save again if yours holds."


def lines_of(found: list[owed.Owed], *, today: date) -> Iterator[tuple[object, ...]]:
    yield HEADS
    for one in found:
        for account in owed.in_order(one, today=today).iterator(chunk_size=2_000):
            csm = account.owner.name if account.owner else ""
            who = one.manual.owner.name if one.manual.owner else csm
            last = ("" if account.read_value is None else account.read_value, account.read_on or "")
            until = (account.expires_on or "", due_day(one.manual, account) or "")
            yield (account.name, one.manual.label, csm, who, *last, *until, words_of(one.manual, account))
