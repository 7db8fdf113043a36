"""Runs of scoring and imports: what was done, what failed and why, what goes on now, and whether both ways agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import Segment
from accounts.queries.imports import newest_imports
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from dashboards.pages.runs_rows import ImportRow, LiveRun, RunRow, import_row, run_row
from scoring import runs, tasks
from scoring.models import ScoringRun
from scoring.queries.runs import (
    MOST_LIVE,
    Progress,
    all_runs,
    differing_runs,
    failed_runs,
    last_full_run,
    live_runs,
    logged_runs,
    progress_of,
    run_counts,
    waiting_count,
)
from scoring.spans import BadSpan, days_of_span

PER_PAGE = 25
IMPORTS = 10
SHOWN = {
    "all": ("All", logged_runs),
    "failed": ("With a failure", failed_runs),
    "differing": ("Differing", differing_runs),
}


class StartForm(forms.Form):
    """The days to be scored by hand, again or for the first time."""

    first = forms.DateField(label="From", error_messages={"required": "Choose a day.", "invalid": "That is no date."})
    last = forms.DateField(label="To", error_messages={"required": "Choose a day.", "invalid": "That is no date."})
    month_ends = forms.BooleanField(label="Only month ends", required=False)
    segment = forms.ModelChoiceField(
        Segment.objects.order_by("position"), label="Accounts", required=False, empty_label="All accounts"
    )

    def __init__(self, data: Mapping[str, object] | None = None, *, now: datetime) -> None:
        self.today = timezone.localtime(now).date()
        yesterday = self.today - timedelta(days=1)
        super().__init__(data, initial={"first": yesterday, "last": yesterday})
        for name in ("first", "last"):
            self.fields[name].widget = forms.DateInput({"type": "date", "max": self.today.isoformat()}, "%Y-%m-%d")

    def clean(self) -> dict[str, object]:
        stated = super().clean() or {}
        if "first" in stated and "last" in stated:
            try:
                if stated["last"] > self.today:
                    raise BadSpan("A day can be scored once it has begun.")
                stated["days"] = days_of_span(
                    first=stated["first"], last=stated["last"], month_ends=stated["month_ends"]
                )
            except BadSpan as error:
                self.add_error("last", str(error))
        return stated


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class RunsPage:
    live: list[LiveRun]
    more_waiting: int
    last: RunRow | None
    tabs: list[Tab]
    shown: str
    page: Page
    rows: list[RunRow]
    imports: list[ImportRow]
    form: StartForm


def build_runs_page(*, shown: str, number: str | None, form: StartForm, now: datetime) -> RunsPage:
    """The run log, a page of it; what is at work first."""
    shown = shown if shown in SHOWN else "all"
    page = Paginator(SHOWN[shown][1](), PER_PAGE).get_page(number)
    last, counts = last_full_run(), run_counts()
    live = live_now(now=now)
    return RunsPage(
        live=live[:MOST_LIVE],
        more_waiting=waiting_count() - MOST_LIVE if len(live) > MOST_LIVE else 0,
        last=run_row(last, now=now) if last else None,
        tabs=[
            Tab(label, reverse("runs") + ("" if key == "all" else f"?show={key}"), counts[key], key == shown)
            for key, (label, _) in SHOWN.items()
        ],
        shown=shown,
        page=page,
        rows=[run_row(run, now=now) for run in page],
        imports=[import_row(run, now=now) for run in newest_imports(IMPORTS)],
        form=form,
    )


def live_now(*, now: datetime) -> list[LiveRun]:
    found = live_runs()
    progress = progress_of([run.pk for run in found]) if found else {}
    return [LiveRun(run_row(run, now=now), progress.get(run.pk, Progress())) for run in found]


@requires(Action.MANAGE_RUNS)
def runs_page(request: UserRequest) -> HttpResponse:
    return shown_page(request, StartForm(now=timezone.now()))


def shown_page(request: UserRequest, form: StartForm) -> HttpResponse:
    page = build_runs_page(
        shown=request.GET.get("show", "all"), number=request.GET.get("page"), form=form, now=timezone.now()
    )
    return render(request, "runs.html", {"page": page}, status=422 if form.errors else 200)


@requires(Action.MANAGE_RUNS)
@require_POST
def start(request: UserRequest) -> HttpResponse:
    """Order runs; workers take them up by themselves, oldest day first."""
    now = timezone.now()
    form = StartForm(request.POST, now=now)
    if not form.is_valid():
        return shown_page(request, form)
    days, segment = form.cleaned_data["days"], form.cleaned_data["segment"]
    ordered = runs.order_runs(days=days, segment=segment, by=request.user, at=now)
    tasks.ring_for(ordered)
    if ordered:
        messages.success(request, f"{formats.span(len(ordered)).capitalize()} will be scored, the oldest first.")
    else:
        messages.warning(request, "These days are being scored already.")
    return redirect("runs")


@requires(Action.MANAGE_RUNS)
def runs_csv(request: UserRequest) -> HttpResponse:
    """The whole run log as a file."""
    head = (
        "run",
        "as_of",
        "what",
        "state",
        "accounts",
        "changed",
        "compared",
        "differing",
        "started_at",
        "finished_at",
        "error",
    )
    return csv_file("runs", [head, *(csv_line(run) for run in all_runs().iterator(chunk_size=1_000))])


def csv_line(run: ScoringRun) -> tuple[object, ...]:
    finished = run.finished_at.isoformat() if run.finished_at else ""
    what = run.segment.name if run.segment else run.get_kind_display()
    return (
        run.pk, run.as_of, what, run.state, run.accounts, run.changed, run.compared, run.differing,
        run.started_at.isoformat(), finished, run.error,
    )  # fmt: skip
