"""The accounts table as a file: the same rows, columns and order, all pages of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

from accounts.access import Action
from accounts.models import Account, User
from dashboards.comparison import compared
from dashboards.filters import read_selection
from dashboards.gate import UserRequest, requires
from dashboards.pages.accounts_columns import (
    About,
    Column,
    head_of,
    lines_of,
    needs_figures,
    needs_percentiles,
    shown_columns,
)
from dashboards.pages.accounts_measures import measure_columns
from dashboards.pages.accounts_view import View, read_view
from dashboards.pages.files import streamed_csv
from scoring.queries.facets import facets
from scoring.queries.figures import figures_of, measures_of_cards
from scoring.queries.freshness import counting_day
from scoring.queries.history import weekly_lines
from scoring.queries.listing import earlier_scores, in_order, listed, plan_steps
from scoring.queries.peer_ranks import percentiles_of
from scoring.queries.selection import Selection, selected_accounts
from scoring.queries.staleness import stale_of_all
from scoring.queries.summaries import scored_days
from scoring.queries.words import words_of_scorecards

ROWS_AT_ONCE = 2_000


def accounts_lines(user: User, *, selection: Selection, view: View, today: date) -> Iterator[list[Any]]:
    """The head, then every row; what the shown columns do not need is not read."""
    found = facets(user)
    day = counting_day(found.newest, today=today)
    chosen = selected_accounts(user, selection=selection, today=day)
    of_measures = tuple(measure_columns(measures_of_cards(today)))
    shows_owner = found.has_owners
    columns = shown_columns(view.columns, user=user, shows_owner=shows_owner, measures=of_measures)
    keys = {column.key for column in columns}
    against = compared(view.compare, days=scored_days(), today=day)
    about = About(
        words=words_of_scorecards(),
        today=day,
        plans=plan_steps(chosen.values("pk"), today=today) if "plan" in keys else {},
        lines=weekly_lines(chosen.values("pk"), as_of=found.newest) if "trend" in keys else {},
        stale=stale_of_all(chosen),
        earlier=earlier_scores(chosen.values("pk"), day=against.on) if against.on and "change" in keys else None,
    )
    rows = listed(in_order(chosen, sort=view.sort, compared_on=against.on)).iterator(chunk_size=ROWS_AT_ONCE)
    return in_parts(rows, columns=columns, about=about)


def in_parts(rows: Iterator[Account], *, columns: Sequence[Column], about: About) -> Iterator[list[Any]]:
    """The head, then the rows, some thousand at a time, with what is behind the columns of measures."""
    yield head_of(columns)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        yield from lines_of(some, columns=columns, about=with_measures(about, some, columns=columns))


def with_measures(about: About, some: list[Account], *, columns: Sequence[Column]) -> About:
    """What the columns of measures and percentiles need, of some thousand accounts."""
    figures = figures_of(some) if needs_figures(columns) else {}
    percentiles = percentiles_of(some) if needs_percentiles(columns) else {}
    return replace(about, figures=figures, percentiles=percentiles)


@requires(Action.VIEW_ACCOUNT)
def accounts_csv(request: UserRequest) -> StreamingHttpResponse:
    selection, view, today = read_selection(request.GET), read_view(request.GET), timezone.localdate()
    lines = accounts_lines(request.user, selection=selection, view=view, today=today)
    return streamed_csv(f"accounts-{today.isoformat()}", lines)
