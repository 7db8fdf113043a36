"""Rating one account: what is known of its entered measures, and a new value with its effect before it is saved."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, ManualReading, User
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.adjust import Shown, shown_standing
from dashboards.pages.measures_values import number, read_day, undo_url
from dashboards.pages.ratings_rows import entered_text
from dashboards.pages.sheets import is_sheet, saved
from scoring import catalog
from scoring.foresight import Foreseen, foresee
from scoring.measures import Entry, check_entry, enter_readings
from scoring.models import CustomMeasure
from scoring.queries import owed
from scoring.queries.measures import Manual, manual_of, may_enter
from scoring.queries.readings import State

# A scale of so few whole numbers is picked rather than typed.
MOST_PICKS = 10


@dataclass(frozen=True)
class RatingRow:
    """An entered measure of the account, as its newest reading has it."""

    slug: str
    label: str
    value: str
    read_on: date | None
    words: str
    mood: str
    may_enter: bool


@dataclass(frozen=True)
class AccountRatings:
    account: Account
    rows: list[RatingRow]
    today: date


@dataclass(frozen=True)
class RatePage:
    account: Account
    manual: Manual
    question: str
    newest: str
    newest_on: date | None
    seen: str
    value: str
    read_on: str
    picks: list[str]
    value_error: str
    day_error: str
    was_entered: str
    now: Shown | None
    then: Shown | None
    today: date

    # What the preview of an adjustment asks besides.
    waits = ""


def build_account_ratings(account: Account, *, user: User, today: date) -> AccountRatings:
    """Four queries, however many measures there are."""
    manuals = owed.enterable(user)
    newest = owed.newest_readings(account, slugs=[manual.slug for manual in manuals], today=today)
    rows = [rating_row(manual, newest.get(manual.slug), user=user, today=today) for manual in manuals]
    return AccountRatings(account, rows, today)


def rating_row(manual: Manual, reading: ManualReading | None, *, user: User, today: date) -> RatingRow:
    state = owed.state_of_reading(manual, reading, today=today)
    until = formats.near_day(reading.expires_on, today=today) if reading else ""
    words = {
        State.NEVER: "no value yet",
        State.STALE: f"stale since {until}",
        State.DUE: f"due, good until {until}",
        State.FRESH: f"good until {until}",
    }
    return RatingRow(
        slug=manual.slug,
        label=manual.label,
        value=entered_text(reading.value, manual.unit) if reading else "",
        read_on=reading.read_on if reading else None,
        words=words[state],
        mood={State.STALE: "bad", State.DUE: "warn"}.get(state, ""),
        may_enter=may_enter(user, manual),
    )


@requires(Action.VIEW_ACCOUNT)
def account_ratings(request: UserRequest, pk: int) -> HttpResponse:
    """The block of the account's page, which asks for it."""
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    page = build_account_ratings(account, user=request.user, today=localdate())
    template = "_account_ratings.html" if is_sheet(request) else "account_ratings.html"
    return render(request, template, {"page": page})


def asked(request: UserRequest, pk: int, slug: str) -> tuple[Account, Manual]:
    """The account and the measure. 404 where either is not to be seen, 403 where values are another's to enter."""
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    manual = manual_of(slug)
    if manual is None or manual.is_retired:
        raise Http404(f"No values of {slug} are entered.")
    if not may_enter(request.user, manual):
        raise PermissionDenied("Values of this measure are entered by its owner and by CS operations.")
    return account, manual


@requires(Action.ENTER_READINGS)
def rate(request: UserRequest, pk: int, slug: str) -> HttpResponse:
    """The form; sent, the value is entered, unless somebody else has entered another meanwhile."""
    account, manual = asked(request, pk, slug)
    if request.method != "POST":
        return shown(request, page_of(account, manual, today=localdate()))
    at = timezone.now()
    today = timezone.localtime(at).date()
    value, day = request.POST.get("value", ""), request.POST.get("read_on", "")
    try:
        with transaction.atomic():
            entry = entry_of(account, manual, value=value, day=day, today=today)
            Account.objects.select_for_update().get(pk=account.pk)
            newest = newest_of(account, manual, today=today)
            if edition(newest) != request.POST.get("seen", ""):
                told = page_of(account, manual, today=today, value=value, day=day, was_entered=True)
                return shown(request, told, status=409)
            enter_readings(manual=manual, entries=[entry], by=request.user, at=at)
    except ValidationError as refused:
        errors = refused.message_dict
        return shown(request, page_of(account, manual, today=today, value=value, day=day, errors=errors), status=422)
    sentence = f"{manual.label} of {account.name}: {entered_text(entry.value, manual.unit)}."
    messages.success(request, sentence, extra_tags=undo_url(at))
    return saved(request, otherwise=reverse("account", args=[account.pk]))


@require_POST
@requires(Action.ENTER_READINGS)
def rate_preview(request: UserRequest, pk: int, slug: str) -> HttpResponse:
    """What the score and the band would become, by the code that scores; nothing is kept."""
    account, manual = asked(request, pk, slug)
    at = timezone.now()
    today = timezone.localtime(at).date()
    value, day = request.POST.get("value", ""), request.POST.get("read_on", "")
    foreseen = None
    try:
        entry = entry_of(account, manual, value=value, day=day, today=today)
    except ValidationError:
        pass  # the form says so once it is sent
    else:
        write = partial(enter_readings, manual=manual, entries=[entry], by=request.user, at=at)
        foreseen = foresee(account_id=account.pk, write=write, as_of=today, at=at)
    page = page_of(account, manual, today=today, foreseen=foreseen)
    return render(request, "_adjust_preview.html", {"page": page})


def entry_of(account: Account, manual: Manual, *, value: str, day: str, today: date) -> Entry:
    """What was sent. Raises ValidationError by field."""
    read_on, day_error = read_day(day, today=today)
    if day_error:
        raise ValidationError({"read_on": day_error})
    try:
        entry = Entry(account, number(value.strip()), read_on)
    except ValueError:
        raise ValidationError({"value": f"Give a number, {manual.range_words}."}) from None
    check_entry(manual, entry, today=today)
    return entry


def page_of(
    account: Account, manual: Manual, *, today: date, value: str = "", day: str | None = None,
    errors: dict[str, list[str]] | None = None, was_entered: bool = False, foreseen: Foreseen | None = None,
) -> RatePage:  # fmt: skip
    newest = newest_of(account, manual, today=today)
    said = entered_text(newest.value, manual.unit) if newest else ""
    return RatePage(
        account=account,
        manual=manual,
        question=question_of(manual),
        newest=said,
        newest_on=newest.read_on if newest else None,
        seen=edition(newest),
        value=value,
        read_on=today.isoformat() if day is None else day,
        picks=picks_of(manual),
        value_error=(errors or {}).get("value", [""])[0],
        day_error=(errors or {}).get("read_on", [""])[0],
        was_entered=(said or "Nothing") if was_entered else "",
        now=shown_standing(foreseen.now if foreseen else None),
        then=shown_standing(foreseen.then if foreseen else None),
        today=today,
    )


def newest_of(account: Account, manual: Manual, *, today: date) -> ManualReading | None:
    return owed.newest_readings(account, slugs=[manual.slug], today=today).get(manual.slug)


def edition(newest: ManualReading | None) -> str:
    return str(newest.pk) if newest else ""


def question_of(manual: Manual) -> str:
    """What the measure asks, in its own words."""
    if manual.slug in catalog.MEASURES:
        return catalog.MEASURES[manual.slug].question
    return CustomMeasure.objects.values_list("question", flat=True).get(slug=manual.slug)


def picks_of(manual: Manual) -> list[str]:
    """The whole numbers of a short scale; empty where a value is typed."""
    low, high = manual.lowest, manual.highest
    if low is None or high is None or low != int(low) or high != int(high) or high - low > MOST_PICKS:
        return []
    return [str(value) for value in range(int(low), int(high) + 1)] if manual.unit == catalog.Unit.RATING else []


def shown(request: UserRequest, page: RatePage, *, status: int = 200) -> HttpResponse:
    template = "_rate.html" if is_sheet(request) else "rate.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)
