"""On which weekdays the organization works, and its holidays: what dates of playbooks are counted with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, can
from accounts.models import AuditEntry, Holiday
from accounts.operations import workdays
from accounts.queries.organization import the_organization
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.deeds import undo_of
from dashboards.pages.files import csv_file

LINES = {"rows": 4, "placeholder": "2027-01-01 New Year"}
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class WeekdaysForm(forms.Form):
    weekdays = forms.MultipleChoiceField(
        choices=[(str(n), name) for n, name in enumerate(NAMES, start=1)], widget=forms.CheckboxSelectMultiple,
        label="At work on", required=False,
    )  # fmt: skip
    before = forms.CharField(widget=forms.HiddenInput, max_length=7, required=False)


class HolidaysForm(forms.Form):
    """One or many, one a line: a whole year is pasted at once."""

    holidays = forms.CharField(
        max_length=20_000, label="Days off", widget=forms.Textarea(attrs=LINES),
        help_text="One a line: the day as year-month-day, then its name.",
        error_messages={"required": "Write a day and its name."},
    )  # fmt: skip

    def clean_holidays(self) -> list[tuple[date, str]]:
        found, problems = [], []
        for number, line in enumerate(self.cleaned_data["holidays"].splitlines(), start=1):
            if line.strip():
                day, _, name = line.strip().replace("\t", " ").partition(" ")
                try:
                    found.append((date.fromisoformat(day), name.strip()))
                except ValueError:
                    problems.append(f"Line {number}: “{day[:20]}” is no day. Write it as 2027-01-01.")
        if problems:
            raise ValidationError(problems)
        return found


@dataclass(frozen=True)
class HolidayRow:
    """`is_off_anyway`: it falls on a weekday that is not at work."""

    pk: int
    day: date
    weekday: str
    name: str
    is_past: bool
    is_off_anyway: bool


@dataclass(frozen=True)
class DaysPage:
    rows: list[HolidayRow]
    weekdays: str
    weekdays_form: WeekdaysForm
    holidays_form: HolidaysForm
    may_edit: bool

    @property
    def is_wrong(self) -> bool:
        return bool(self.weekdays_form.errors or self.holidays_form.errors)


def holiday_rows(*, today: date) -> list[HolidayRow]:
    """Those to come first, then what is past, the newest first."""
    weekdays = {int(number) for number in the_organization().working_days}
    rows = [
        HolidayRow(
            pk=holiday.pk,
            day=holiday.day,
            weekday=NAMES[holiday.day.weekday()],
            name=holiday.name,
            is_past=holiday.day < today,
            is_off_anyway=holiday.day.isoweekday() not in weekdays,
        )
        for holiday in Holiday.objects.order_by("day")
    ]
    return [row for row in rows if not row.is_past] + [row for row in reversed(rows) if row.is_past]


def shown(
    request: UserRequest, *, weekdays: WeekdaysForm | None = None, holidays: HolidaysForm | None = None
) -> HttpResponse:
    now = the_organization().working_days
    page = DaysPage(
        rows=holiday_rows(today=localdate()),
        weekdays=", ".join(NAMES[int(number) - 1] for number in now),
        weekdays_form=weekdays or WeekdaysForm(initial={"weekdays": list(now), "before": now}),
        holidays_form=holidays or HolidaysForm(),
        may_edit=can(request.user, Action.SET_WORKING_DAYS),
    )
    return render(request, "working_days.html", {"page": page}, status=422 if page.is_wrong else 200)


@requires(Action.VIEW_PLANS)
def working_days_page(request: UserRequest) -> HttpResponse:
    return shown(request)


@require_POST
@requires(Action.SET_WORKING_DAYS)
def weekdays(request: UserRequest) -> HttpResponse:
    form = WeekdaysForm(request.POST)
    if form.is_valid():
        chosen = [int(number) for number in form.cleaned_data["weekdays"]]
        try:
            organization = workdays.set_weekdays(
                weekdays=chosen, before=form.cleaned_data["before"], by=request.user, at=timezone.now()
            )
        except workdays.WeekdaysChanged as told:
            form.data = request.POST.copy()
            form.data["before"] = told.now
            form.add_error(None, "Somebody else has set them meanwhile. Save again to put yours in their place.")
        except ValidationError as refused:
            form.add_error("weekdays", refused.messages)
        else:
            undo = undo_of(organization, by=request.user, name="working-days-undo")
            messages.success(request, "The working days are set. Plans keep the dates that they have.", extra_tags=undo)
            return redirect("working-days")
    return shown(request, weekdays=form)


@require_POST
@requires(Action.SET_WORKING_DAYS)
def add(request: UserRequest) -> HttpResponse:
    form = HolidaysForm(request.POST)
    if form.is_valid():
        try:
            made = workdays.add_holidays(holidays=form.cleaned_data["holidays"], by=request.user, at=timezone.now())
        except ValidationError as refused:
            form.add_error("holidays", refused.messages)
        else:
            count = "1 holiday" if len(made) == 1 else f"{len(made)} holidays"
            undo = undo_of(made[0], by=request.user, name="working-days-undo")
            messages.success(request, f"Added {count}. Plans keep the dates that they have.", extra_tags=undo)
            return redirect("working-days")
    return shown(request, holidays=form)


@require_POST
@requires(Action.SET_WORKING_DAYS)
def remove(request: UserRequest, pk: int) -> HttpResponse:
    holiday = get_object_or_404(Holiday, pk=pk)
    workdays.remove_holiday(holiday=holiday, by=request.user, at=timezone.now())
    holiday.pk = pk
    undo = undo_of(holiday, by=request.user, name="working-days-undo")
    messages.success(request, f"{holiday.name} on {formats.day(holiday.day)} is no holiday any more.", extra_tags=undo)
    return redirect("working-days")


@require_POST
@requires(Action.SET_WORKING_DAYS)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(AuditEntry, pk=pk, by=request.user)
    try:
        messages.success(request, workdays.take_back(entry=entry, by=request.user, at=timezone.now()))
    except ValidationError as refused:
        messages.error(request, f"Not undone: {refused.messages[0]}")
    return redirect("working-days")


def lines(rows: list[HolidayRow]) -> Iterator[list[Any]]:
    yield ["Day", "Weekday", "Name"]
    yield from ([row.day, row.weekday, row.name] for row in rows)


@requires(Action.VIEW_PLANS)
def holidays_csv(request: UserRequest) -> HttpResponse:
    return csv_file("holidays", lines(holiday_rows(today=localdate())))
