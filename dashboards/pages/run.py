"""One run: how it went, how far it is, the accounts whose scores differ; and cancelling it."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from dashboards.gate import UserRequest, requires
from dashboards.pages.runs_rows import LiveRun, RunRow, run_row
from scoring import runs
from scoring.queries.runs import Progress, all_runs, differences_of, progress_of

PER_PAGE = 50
HUNDREDTHS = 100


@dataclass(frozen=True)
class DifferenceRow:
    account: str
    account_url: str
    at_once: float | None
    score: float | None
    run_url: str


@dataclass(frozen=True)
class RunPage:
    run: RunRow
    live: LiveRun | None
    kind: str
    page: Page
    differences: list[DifferenceRow]


def build_run_page(pk: int, *, number: str | None, now: datetime) -> RunPage:
    """The run, and a page of the accounts that it found to be otherwise."""
    run = get_object_or_404(all_runs(), pk=pk)
    row, page = run_row(run, now=now), Paginator(differences_of(run), PER_PAGE).get_page(number)
    is_live = run.state in runs.NOT_OVER
    return RunPage(
        run=row,
        live=LiveRun(row, progress_of([pk]).get(pk, Progress())) if is_live else None,
        kind=run.kind,
        page=page,
        differences=[
            DifferenceRow(
                account=found.account.name,
                account_url=reverse("account", args=[found.account_id]),
                at_once=points(found.score_at_once),
                score=points(found.score),
                run_url=reverse("run", args=[found.at_once_id]),
            )
            for found in page
        ],
    )


def points(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / HUNDREDTHS


@requires(Action.MANAGE_RUNS)
def run(request: UserRequest, pk: int) -> HttpResponse:
    page = build_run_page(pk, number=request.GET.get("page"), now=timezone.now())
    return render(request, "run.html", {"page": page})


@requires(Action.MANAGE_RUNS)
def progress(request: UserRequest, pk: int) -> HttpResponse:
    """The bar of a run at work, asked for every other second; once it is over, the page is loaded anew."""
    found = get_object_or_404(all_runs(), pk=pk)
    live = LiveRun(run_row(found, now=timezone.now()), progress_of([pk]).get(pk, Progress()))
    response = render(request, "_run_progress.html", {"live": live})
    if found.state not in runs.NOT_OVER:
        response["HX-Refresh"] = "true"
    return response


@requires(Action.MANAGE_RUNS)
@require_POST
def cancel(request: UserRequest, pk: int) -> HttpResponse:
    """Workers stop at their next chunk; readers keep what they saw before the run."""
    found = get_object_or_404(all_runs(), pk=pk)
    if runs.cancel(run=found, by=request.user, at=timezone.now()):
        messages.success(
            request, f"The run of {found.as_of:%Y-%m-%d} is cancelled. Scores stay as they were before it."
        )
    else:
        messages.warning(request, "The run was over already.")
    return redirect("runs")
