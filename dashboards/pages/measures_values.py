"""Entering values of a measure: accounts with what was read last, those that are due first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from accounts.access import Action, visible_accounts
from accounts.models import Account, User
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_values import value_text
from scoring.measures import Entry, check_entry, enter_readings
from scoring.models import Rhythm
from scoring.preview import last_scored_day
from scoring.queries.measures import Manual, manual_of, may_enter
from scoring.queries.readings import WANTED, Duty, State, duties, in_states, with_readings

PER_PAGE = 25
FIELD = "value-"


@dataclass(frozen=True)
class EntryRow:
    pk: int
    account: str
    owner: str
    newest: str
    read_on: date | None
    state: str
    state_words: str
    typed: str
    error: str


@dataclass(frozen=True)
class Typed:
    """What was sent: a value per account, a day for all of them, and what is wrong."""

    values: Mapping[int, str]
    read_on: str
    errors: Mapping[int, str]
    day_error: str = ""


@dataclass(frozen=True)
class ValuesPage:
    manual: Manual
    rows: list[EntryRow]
    page: Page
    duties: list[Duty]
    shows_all: bool
    text: str
    read_on: str
    day_error: str
    today: date

    @property
    def wanted(self) -> int:
        return sum(duty.wanted for duty in self.duties)

    @property
    def accounts(self) -> int:
        return sum(duty.accounts for duty in self.duties)

    @property
    def has_errors(self) -> bool:
        return bool(self.day_error) or any(row.error for row in self.rows)

    @property
    def rhythm(self) -> str:
        return Rhythm(self.manual.rhythm).label.lower() if has_rhythm(self.manual) else ""


def build_values_page(
    user: User, *, manual: Manual, query: Mapping[str, str], today: date, typed: Typed | None = None
) -> ValuesPage:
    """One page of accounts that the user sees: those that want a value, or with `show=all` every one."""
    accounts = with_readings(visible_accounts(user), manual=manual, today=today)
    shows_all, text = query.get("show") == "all" or not has_rhythm(manual), query.get("q", "").strip()[:100]
    kept = in_states(accounts.filter(name__icontains=text), () if shows_all or text else WANTED)
    if typed:  # the rows that were sent, whatever has become of their state
        kept = accounts.filter(pk__in=list(typed.values)).order_by("name", "pk")
    page = Paginator(kept.select_related("owner"), PER_PAGE).get_page(query.get("page"))
    return ValuesPage(
        manual=manual,
        rows=[entry_row(account, manual=manual, typed=typed) for account in page],
        page=page,
        duties=duties(accounts, manual=manual),
        shows_all=shows_all,
        text=text,
        read_on=typed.read_on if typed else today.isoformat(),
        day_error=typed.day_error if typed else "",
        today=today,
    )


def has_rhythm(manual: Manual) -> bool:
    """Without one nothing is ever due: a value is entered when there is one."""
    return manual.rhythm != Rhythm.NONE


def entry_row(account: Account, *, manual: Manual, typed: Typed | None) -> EntryRow:
    value, read_on = account.read_value, account.read_on  # type: ignore[attr-defined]
    return EntryRow(
        pk=account.pk,
        account=account.name,
        owner=account.owner.name if account.owner else "",
        newest="" if value is None else value_text(value, manual.unit),
        read_on=read_on,
        state=account.reading_state,  # type: ignore[attr-defined]
        state_words=state_words(account),
        typed=typed.values.get(account.pk, "") if typed else "",
        error=typed.errors.get(account.pk, "") if typed else "",
    )


def state_words(account: Account) -> str:
    """No value yet; stale since 12 Nov 2026; due; good until 14 Dec 2026."""
    expires_on = account.expires_on  # type: ignore[attr-defined]
    match account.reading_state:  # type: ignore[attr-defined]
        case State.NEVER:
            return "No value yet"
        case State.STALE:
            return f"Stale since {formats.day(expires_on)}"
        case State.DUE:
            return f"Due, good until {formats.day(expires_on)}"
        case _:
            return f"Good until {formats.day(expires_on)}"


def read_typed(data: Mapping[str, str], *, accounts: dict[int, Account], manual: Manual, today: date) -> Typed:
    """What was sent for these accounts, with what is wrong; rows left empty are not meant."""
    values = {pk: data.get(f"{FIELD}{pk}", "").strip() for pk in accounts}
    day, day_error = read_day(data.get("read_on", ""), today=today)
    errors: dict[int, str] = {}
    for pk, text in values.items():
        if text and not day_error:
            error = error_of(text, account=accounts[pk], day=day, manual=manual, today=today)
            errors |= {pk: error} if error else {}
    return Typed(values=values, read_on=data.get("read_on", ""), errors=errors, day_error=day_error)


def error_of(text: str, *, account: Account, day: date, manual: Manual, today: date) -> str:
    """What is wrong with one value; empty where nothing is."""
    try:
        check_entry(manual, Entry(account, number(text), day), today=today)
    except ValidationError as error:
        return error.messages[0]
    except ValueError:
        return f"Write a number, {manual.range_words}."
    return ""


def read_day(text: str, *, today: date) -> tuple[date, str]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today, "Choose the day on which the values were true."
    return day, "The day cannot be in the future." if day > today else ""


def number(text: str) -> float:
    """4, 4.5 or 62%. Raises ValueError for anything else, such as 1_000 or inf."""
    plain = text.removesuffix("%").strip().replace(formats.MINUS, "-")
    if not plain.lstrip("-").replace(".", "", 1).isdecimal():
        raise ValueError(text)
    return float(plain) / (100 if text.endswith("%") else 1)


def posted_accounts(request: UserRequest) -> dict[int, Account]:
    """The accounts for which a field was sent, as far as the user sees them."""
    ids = [int(name.removeprefix(FIELD)) for name in request.POST if name.removeprefix(FIELD).isdecimal()]
    return visible_accounts(request.user).in_bulk(ids[:PER_PAGE])


@requires(Action.ENTER_READINGS)
def measure_values(request: UserRequest, slug: str) -> HttpResponse:
    manual, today = manual_of(slug), localdate()
    if manual is None or manual.is_retired:
        raise Http404(f"No values of {slug} are entered.")
    if not may_enter(request.user, manual):
        raise PermissionDenied("Values of this measure are entered by its owner and by CS operations.")
    typed = None
    if request.method == "POST":
        accounts = posted_accounts(request)
        typed = read_typed(request.POST, accounts=accounts, manual=manual, today=today)
        if not (typed.errors or typed.day_error):
            return save(request, typed, accounts=accounts, manual=manual)
    page = build_values_page(request.user, manual=manual, query=request.GET.dict(), today=today, typed=typed)
    return render(request, "measure_values.html", {"page": page}, status=422 if typed else 200)


def save(request: UserRequest, typed: Typed, *, accounts: dict[int, Account], manual: Manual) -> HttpResponse:
    day = date.fromisoformat(typed.read_on)
    entries = [Entry(accounts[pk], number(text), day) for pk, text in typed.values.items() if text]
    if entries:
        at = timezone.now()
        enter_readings(manual=manual, entries=entries, by=request.user, at=at)
        messages.success(request, entered_words(len(entries)), extra_tags=undo_url(at))
    else:
        messages.info(request, "Nothing was entered: all values were empty.")
    return redirect(request.get_full_path())


def undo_url(at: datetime) -> str:
    """Takes back what was entered at that moment."""
    return f"{reverse('ratings-undo')}?{urlencode({'at': at.isoformat()})}"


def entered_words(count: int) -> str:
    """3 values are entered. Their accounts are scored anew at once."""
    noun, whose = ("value is", "Its account is") if count == 1 else ("values are", "Their accounts are")
    follows = f"{whose} scored anew at once." if last_scored_day() else "The first scores will count with it."
    return f"{formats.plain(count)} {noun} entered. {follows}"
