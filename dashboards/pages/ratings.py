"""Owed this month: the values that people owe, entered in place for many accounts at once, by keyboard."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, User
from accounts.operations.readings import take_back_readings
from dashboards import formats
from dashboards.filters import Filter
from dashboards.gate import UserRequest, requires
from dashboards.pages.choices import Choices, choices
from dashboards.pages.files import csv_file
from dashboards.pages.home import back_to
from dashboards.pages.measures_values import entered_words, undo_url
from dashboards.pages.ratings_rows import MOST_SENT, Entries, OwedRow, Typed, lines_of, owed_row, read_typed
from scoring.measures import enter_readings
from scoring.queries import owed
from scoring.queries.measures import Manual
from scoring.queries.readings import with_readings

PER_PAGE = MOST_SENT


@dataclass(frozen=True)
class RatingsPage:
    choices: Choices
    rows: list[OwedRow]
    page: Page
    tabs: list[tuple[str, str, int, bool]]  # label, address, how many, whether it is the present one
    account: Account | None
    until: date
    read_on: str
    day_error: str
    today: date

    @property
    def has_errors(self) -> bool:
        return bool(self.day_error) or any(row.error for row in self.rows)

    @property
    def total(self) -> int:
        return self.tabs[0][2]

    @property
    def may_enter(self) -> bool:
        return any(row.may_enter for row in self.rows)

    @cached_property
    def filters(self) -> list[Filter]:
        return self.choices.filters

    @property
    def csv_url(self) -> str:
        return self.choices.url(path=reverse("ratings-csv"), page=None)


def build_ratings_page(user: User, *, query: QueryDict, today: date, typed: Typed | None = None) -> RatingsPage:
    """As many queries as there are measures with a rhythm, and a few more."""
    made = choices(user, path=reverse("ratings"), query=query)
    account = account_named(user, query)
    found = owed.owed_by(user, accounts=chosen_accounts(user, made, account), today=today)
    sizes = owed.counts(found)
    kept = [
        (one, size) for one, size in zip(found, sizes, strict=True) if query.get("measure", "") in ("", one.manual.slug)
    ]
    page = Paginator(range(sum(size for _, size in kept)), PER_PAGE).get_page(query.get("page"))
    start = page.start_index() - 1 if page.object_list else 0
    rows = owed.page_of(*zip(*kept, strict=True), start=start, end=start + len(page), today=today) if kept else []
    if typed:  # what was sent, whatever has become of its state
        rows = sent_rows(user, typed, manuals={one.manual.slug: one.manual for one in found}, today=today)
    return RatingsPage(
        choices=made,
        rows=[owed_row(manual, account, user=user, typed=typed, today=today) for manual, account in rows],
        page=page,
        tabs=tabs_of([one.manual for one in found], sizes, made=made),
        account=account,
        until=owed.owed_until(today),
        read_on=typed.read_on if typed else today.isoformat(),
        day_error=typed.day_error if typed else "",
        today=today,
    )


def account_named(user: User, query: QueryDict) -> Account | None:
    """The account that the address names, if the user sees it."""
    asked = query.get("account", "")
    return visible_accounts(user).filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None


def chosen_accounts(user: User, made: Choices, account: Account | None) -> QuerySet[Account]:
    found = visible_accounts(user)
    if account is not None:
        found = found.filter(pk=account.pk)
    if made.owner_ids:
        found = found.filter(owner__in=made.owner_ids)
    if made.team_ids:
        found = found.filter(owner__team__in=made.team_ids)
    return found.filter(segment__slug__in=made.slugs) if made.slugs else found


def tabs_of(manuals: list[Manual], sizes: list[int], *, made: Choices) -> list[tuple[str, str, int, bool]]:
    now = made.query.get("measure", "")
    every = ("All", made.url(measure=None, page=None), sum(sizes), now == "")
    rest = zip(manuals, sizes, strict=True)
    each = [(one.label, made.url(measure=one.slug, page=None), size, now == one.slug) for one, size in rest]
    return [every, *each]


def sent_rows(user: User, typed: Typed, *, manuals: dict[str, Manual], today: date) -> list[tuple[Manual, Account]]:
    rows = []
    for slug, manual in manuals.items():
        ids = [pk for name, pk in typed.values if name == slug]
        if ids:
            among = visible_accounts(user).filter(pk__in=ids).select_related("owner")
            rows += [(manual, one) for one in with_readings(among, manual=manual, today=today).order_by("name", "pk")]
    return rows


@requires(Action.ENTER_READINGS)
def ratings(request: UserRequest) -> HttpResponse:
    """What is owed; sent, all values that were typed are entered, or none."""
    today, typed = localdate(), None
    if request.method == "POST":
        typed, entries = read_typed(request, today=today)
        if not (typed.errors or typed.day_error):
            return save(request, entries)
    page = build_ratings_page(request.user, query=request.GET, today=today, typed=typed)
    return render(request, "ratings.html", {"page": page}, status=422 if typed else 200)


def save(request: UserRequest, entries: Entries) -> HttpResponse:
    at, count = timezone.now(), sum(map(len, entries.values()))
    if not count:
        messages.info(request, "Nothing was entered: all values were empty.")
        return redirect(request.get_full_path())
    with transaction.atomic():
        for manual, rows in entries.items():
            enter_readings(manual=manual, entries=rows, by=request.user, at=at)
    messages.success(request, entered_words(count), extra_tags=undo_url(at))
    return redirect(request.get_full_path())


@require_POST
@requires(Action.ENTER_READINGS)
def undo(request: UserRequest) -> HttpResponse:
    """Takes back what the user entered at that moment."""
    entered_at = moment(request.GET.get("at", ""))
    gone = take_back_readings(entered_at=entered_at, by=request.user, at=timezone.now()) if entered_at else []
    if gone:
        noun = "value is" if len(gone) == 1 else "values are"
        messages.success(request, f"{formats.plain(len(gone))} {noun} taken back. The scores follow at once.")
    else:
        messages.error(request, "Nothing that you entered then is there any more.")
    return redirect(back_to(request))


def moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


@requires(Action.ENTER_READINGS)
def ratings_csv(request: UserRequest) -> HttpResponse:
    """All that is owed in this choice, not only the page that is shown."""
    today, user = localdate(), request.user
    made = choices(user, path=reverse("ratings"), query=request.GET)
    among = chosen_accounts(user, made, account_named(user, request.GET))
    found = owed.owed_by(user, accounts=among, today=today)
    kept = [one for one in found if request.GET.get("measure", "") in ("", one.manual.slug)]
    return csv_file(f"owed-ratings-{today.isoformat()}", lines_of(kept, today=today))
