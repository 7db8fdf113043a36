"""Where facts come from: every source, how fresh it is, and a new one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.operations.sources import LONGEST_NAME, LONGEST_RHYTHM_DAYS, create_source
from accounts.queries.sources import all_sources
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from dashboards.pages.source_rows import SPARK_DAYS, SourceRow, source_row

RHYTHM_WORDS = f"A source delivers every 1 to {LONGEST_RHYTHM_DAYS} days; leave it empty to expect nothing."
HEAD = (
    "source", "kind", "state", "last_delivery_at", "rhythm", "brought", "brought_14_days", "keys", "in_quarantine",
)  # fmt: skip


class RhythmForm(forms.Form):
    """How often something should come."""

    rhythm_days = forms.IntegerField(
        label="Expected every … days",
        required=False,
        min_value=1,
        max_value=LONGEST_RHYTHM_DAYS,
        help_text="Empty: nothing is expected, and silence is no alarm.",
        error_messages={
            "invalid": "Give a whole number of days.", "min_value": RHYTHM_WORDS, "max_value": RHYTHM_WORDS,
        },
    )  # fmt: skip


class SourceForm(RhythmForm):
    """A new source."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        help_text="As people here call it: Web app, CRM, Billing.",
        error_messages={"required": "Give the source a name.", "max_length": f"At most {LONGEST_NAME} characters."},
    )


@dataclass(frozen=True)
class SourcesPage:
    rows: list[SourceRow]
    form: SourceForm
    now: datetime
    days: int = SPARK_DAYS

    @property
    def silent(self) -> list[SourceRow]:
        return [row for row in self.rows if row.is_silent]

    @property
    def in_quarantine(self) -> int:
        return sum(row.in_quarantine for row in self.rows)


def build_sources_page(*, form: SourceForm, now: datetime) -> SourcesPage:
    """Every source by name. As many queries however many there are."""
    return SourcesPage(rows=rows_now(now=now), form=form, now=now)


def rows_now(*, now: datetime) -> list[SourceRow]:
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=SPARK_DAYS - 1)
    return [source_row(facts, now=now) for facts in all_sources(since=since)]


@requires(Action.MANAGE_SOURCES)
def sources(request: UserRequest) -> HttpResponse:
    return shown(request, SourceForm())


def shown(request: UserRequest, form: SourceForm) -> HttpResponse:
    page = build_sources_page(form=form, now=timezone.now())
    return render(request, "sources.html", {"page": page}, status=422 if form.errors else 200)


@require_POST
@requires(Action.MANAGE_SOURCES)
def create(request: UserRequest) -> HttpResponse:
    form = SourceForm(request.POST)
    if not form.is_valid():
        return shown(request, form)
    try:
        made = create_source(**form.cleaned_data, by=request.user, at=timezone.now())
    except ValidationError as error:
        take_errors(form, error)
        return shown(request, form)
    messages.success(request, f"Made the source {made.name}. To send events it needs a key.")
    return redirect("source", made.pk)


def take_errors(form: forms.Form, error: ValidationError) -> None:
    """What an operation refused, beside its fields; what is about none of them, above."""
    told: Mapping[str, Iterable[str]] = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for field, words in told.items():
        for sentence in words:
            form.add_error(field if field in form.fields else None, sentence)


@requires(Action.MANAGE_SOURCES)
def sources_csv(request: UserRequest) -> HttpResponse:
    rows = rows_now(now=timezone.now())
    return csv_file("sources", [HEAD, *map(csv_line, rows)])


def csv_line(row: SourceRow) -> tuple[object, ...]:
    return (
        row.name, row.kind, row.state, row.last_at.isoformat() if row.last_at else None, row.rhythm, row.brought,
        row.total, row.live_keys, row.in_quarantine,
    )  # fmt: skip
