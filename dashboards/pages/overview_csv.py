"""The numbers of the overview's blocks as files: exact, in the order of the page."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone

from accounts.access import Action
from accounts.spreadsheets import MARK, text_of
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from dashboards.pages.overview import BLOCKS, Figures, OverviewPage, build_overview_page
from dashboards.pages.overview_moves import now_name, then_name
from scoring.queries.summaries import Health, added

Lines = list[list[Any]]


def tile_lines(page: OverviewPage, figures: Figures) -> Lines:
    """Each key figure today and on the compared day."""
    tiles, currency = figures.tiles, page.company.currency
    then, year, year_then = tiles.then, tiles.year, tiles.year_then
    renewing = figures.next_quarter
    return [
        ["Figure", str(figures.as_of), str(figures.compared.on) if then else ""],
        ["Accounts", tiles.now.accounts, then and then.accounts],
        [f"ARR {currency}", tiles.now.arr, then and then.arr],
        ["Net revenue retention", *(ratio(one.net if one else None) for one in (year, year_then))],
        ["Gross revenue retention", *(ratio(one.gross if one else None) for one in (year, year_then))],
        ["Mean score", mean_of(tiles.now), mean_of(then) if then else None],
        ["Mean score weighted by ARR", tiles.weighted_score and formats.rounded(tiles.weighted_score, places=2), None],
        [f"ARR at risk {currency}", tiles.at_risk_arr, then and then.at_risk.arr],
        [f"Renewing next quarter {currency}", renewing.arr, None],
        [f"Renewing next quarter at risk {currency}", renewing.at_risk.arr, None],
    ]


def ratio(value: float | None) -> Any:
    return None if value is None else formats.rounded(value, places=4)


def month_lines(page: OverviewPage, figures: Figures) -> Lines:
    """What is stale is known of today's scores; of earlier months nobody counted it, and the cell stays empty."""
    stale = {figures.as_of: figures.tiles.stale}
    rows = [
        [day, *figure_columns(page, health), mean_of(health), stale.get(day)] for day, health in figures.months.items()
    ]
    return [["Month end", *figure_heads(page), "Mean score", "Stale scores"], *rows]


def renewal_lines(page: OverviewPage, figures: Figures) -> Lines:
    rows = [[formats.quarter(day), *figure_columns(page, health)] for day, health in figures.renewals.items()]
    return [["Quarter", *figure_heads(page)], *rows]


def segment_lines(page: OverviewPage, figures: Figures) -> Lines:
    names = {segment.pk: segment.name for segment in page.choices.segments} | {None: "No segment"}
    rows = [
        [names[segment], phase, *figure_columns(page, health), mean_of(health), stale_in(figures, segment, phase)]
        for (segment, phase), health in sorted(figures.groups.items(), key=lambda item: (names[item[0][0]], item[0][1]))
    ]
    return [["Segment", "Phase", *figure_heads(page), "Mean score", "Stale scores"], *rows]


def stale_in(figures: Figures, segment: int | None, phase: str) -> int:
    return sum(stale for (own, its, _), stale in figures.stale.items() if (own, its) == (segment, phase))


def phase_lines(page: OverviewPage, figures: Figures) -> Lines:
    rows = [[line.name, *figure_columns(page, line.health), line.median_days] for line in page.phases]
    whole = added(line.health for line in page.phases)
    return [["Phase", *figure_heads(page), "Median stay in days"], *rows, ["All", *figure_columns(page, whole), None]]


def migration_lines(page: OverviewPage, figures: Figures) -> Lines:
    """ARR is that of the second day; of who left, that of the first."""
    moved = figures.moved
    heads = [f"Band on {moved.since}", f"Band on {moved.until}", "Accounts", f"ARR {page.company.currency}"]
    rows = [
        [then_name(flow.then, page.company), now_name(flow.now, page.company), flow.accounts, flow.arr]
        for flow in figures.flows
    ]
    return [heads, *rows]


def reason_lines(page: OverviewPage, figures: Figures) -> Lines:
    rows = [[reason.name, reason.arr, reason.accounts, reason.arr_change] for reason in page.reasons]
    return [["Reason", f"ARR {page.company.currency}", "Accounts", "Change of ARR"], *rows]


def figure_heads(page: OverviewPage) -> list[str]:
    names = [page.company.scale.name(code) for code in page.company.scale.codes]
    return [*(f"{name} accounts" for name in names), "Accounts",
            *(f"{name} ARR {page.company.currency}" for name in names), f"ARR {page.company.currency}"]  # fmt: skip


def figure_columns(page: OverviewPage, health: Health) -> list[Any]:
    counts = [health.of(code).accounts for code in page.company.scale.codes]
    arrs = [health.of(code).arr for code in page.company.scale.codes]
    return [*counts, health.accounts, *arrs, health.arr]


def mean_of(health: Health) -> Any:
    return None if health.mean_score is None else formats.rounded(health.mean_score, places=2)


LINES: dict[str, Callable[[OverviewPage, Figures], Lines]] = {
    "tiles": tile_lines,
    "months": month_lines,
    "renewals": renewal_lines,
    "segments": segment_lines,
    "phases": phase_lines,
    "migration": migration_lines,
    "reasons": reason_lines,
}


def zip_of(page: OverviewPage, figures: Figures | None) -> HttpResponse:
    """Every block as a file of one archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, lines in LINES.items():
            archive.writestr(f"overview-{key}.csv", MARK + text_of(lines(page, figures) if figures else []))
    response = HttpResponse(buffer.getvalue(), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="overview.zip"'
    return response


@requires(Action.VIEW_OVERVIEW)
def overview_csv(request: UserRequest) -> HttpResponse:
    """The numbers of one block, or of all."""
    block = request.GET.get("block", "months")
    if block not in BLOCKS:
        raise Http404(f"A block is one of {', '.join(BLOCKS)}.")
    page = build_overview_page(request.user, query=request.GET, today=timezone.localdate())
    if block == "all":
        return zip_of(page, page.figures)
    return csv_file(f"overview-{block}", LINES[block](page, page.figures) if page.figures else [])
