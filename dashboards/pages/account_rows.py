"""The rows behind one figure of an account: what a measure, a rule or a flag was computed from on a day."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.access import Action, visible_accounts
from accounts.models import Account
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_values import source_text, value_text
from dashboards.pages.files import csv_file
from dashboards.pages.movement_block import day_in
from scoring.catalog import CUSTOM_PREFIX, MEASURES
from scoring.custom import READING_PREFIX
from scoring.differences import FACT_NAMES
from scoring.models import Snapshot
from scoring.queries.explanation import explanation_on
from scoring.queries.history import newest_scored_day
from scoring.queries.rows import Evidence, UnknownFigure, evidence_of

PER_PAGE = 50
# Values of snapshots are kept to the millionth.
SAME = 1e-6
NUMBERS = frozenset({"count", "decimal"})


@dataclass(frozen=True)
class Cell:
    """`link` leads on to the rows of a figure that a formula reads."""

    text: str
    is_number: bool
    link: str = ""


@dataclass(frozen=True)
class Given:
    """What is not in the rows and was used beside them."""

    label: str
    text: str


@dataclass(frozen=True)
class RowsPage:
    """`scored` is the value in the score of the day; None where it was not scored, or has no such measure."""

    account: Account
    name: str
    label: str
    about: str
    source: str
    day: date
    window: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[Cell, ...], ...]
    page: Page
    given: tuple[Given, ...]
    value: str
    scored: str | None
    agrees: bool

    @property
    def count(self) -> int:
        return self.page.paginator.count


def build_rows_page(account: Account, *, name: str, query: Mapping[str, Any], today: date) -> RowsPage:
    """One page of the rows. Raises UnknownFigure."""
    found = asked_evidence(account, name=name, query=query, today=today)
    kept = kept_value(account, found)
    page = Paginator(found.found.rows, PER_PAGE).get_page(query.get("page"))
    kinds = [kind for _, kind in found.found.columns]
    return RowsPage(
        account=account,
        name=name,
        label=label_of(found),
        about=found.measure.about if found.measure else "What a rule or a flag of the scorecard asks about.",
        source=source_text(found.measure) if found.measure else "",
        day=found.day,
        window=found.found.window,
        heads=tuple((head, kind in NUMBERS) for head, kind in found.found.columns),
        rows=tuple(tuple(cell_of(value, kind) for value, kind in zip(row, kinds, strict=True)) for row in page),
        page=page,
        given=tuple(Given(label, text_of(value, kind)) for label, value, kind in found.found.inputs),
        value=figure_text(found, found.value),
        scored=None if kept is None else figure_text(found, kept[0]),
        agrees=kept is None or same(kept[0], found.value),
    )


def asked_evidence(account: Account, *, name: str, query: Mapping[str, Any], today: date) -> Evidence:
    """As of the day of the address, else of the newest scored one; never of the future. Raises UnknownFigure."""
    day = day_in(query, "day") or newest_scored_day(account.pk, until=today) or today
    return evidence_of(account, name=name, day=min(day, today))


def label_of(found: Evidence) -> str:
    if found.measure is not None:
        return found.measure.label
    return FACT_NAMES.get(found.name) or found.name.replace("_", " ").capitalize()


def kept_value(account: Account, found: Evidence) -> tuple[float | None] | None:
    """The measure's value in the snapshot of exactly that day; None where the snapshot says nothing about it."""
    if found.measure is None or not Snapshot.objects.filter(account=account, as_of=found.day).exists():
        return None
    explained = explanation_on(account, day=found.day)
    lines = [line for line in explained.measures if line.item.measure.key == found.name] if explained else []
    return (lines[0].value,) if lines else None


def same(a: float | None, b: float | None) -> bool:
    return a is b is None or (a is not None and b is not None and abs(a - b) <= SAME * max(abs(a), 1))


def figure_text(found: Evidence, value: float | None) -> str:
    """The figure as people read it: in its unit, yes or no, or days."""
    if value is None:
        return "unknown"
    if found.measure is not None:
        return value_text(value, found.measure.unit)
    if found.name.startswith("days_"):
        return formats.span(round(value))
    return f"{formats.plain(value, places=2)} points" if found.name.startswith("score_") else yes_or_no(value)


def yes_or_no(value: Any) -> str:
    return "yes" if value else "no"


def cell_of(value: Any, kind: str) -> Cell:
    is_figure = kind == "text" and isinstance(value, str) and value.startswith((CUSTOM_PREFIX, READING_PREFIX))
    is_figure = is_figure or (kind == "text" and value in MEASURES)
    return Cell(text_of(value, kind), kind in NUMBERS, link=value if is_figure else "")


def text_of(value: Any, kind: str) -> str:
    if value is None or value == "":
        return "–"
    match kind:
        case "day":
            return formats.day(value)
        case "count":
            return formats.plain(value)
        case "decimal":
            return formats.plain(float(value), places=2)
        case "yes":
            return yes_or_no(value)
        case _:
            return str(value)


def lines(found: Evidence) -> Iterator[list[Any]]:
    """All rows as a file has them, head first."""
    kinds = [kind for _, kind in found.found.columns]
    yield [head for head, _ in found.found.columns]
    for row in found.found.rows:
        yield [
            float(value) if kind == "decimal" and value is not None else value
            for value, kind in zip(row, kinds, strict=True)
        ]


@requires(Action.VIEW_ACCOUNT)
def account_rows(request: UserRequest, pk: int, name: str) -> HttpResponse:
    found = get_object_or_404(visible_accounts(request.user), pk=pk)
    with no_such_figure(name):
        page = build_rows_page(found, name=name, query=request.GET.dict(), today=timezone.localdate())
    return render(request, "account_rows.html", {"page": page})


@requires(Action.VIEW_ACCOUNT)
def account_rows_csv(request: UserRequest, pk: int, name: str) -> HttpResponse:
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    with no_such_figure(name):
        found = asked_evidence(account, name=name, query=request.GET.dict(), today=timezone.localdate())
    return csv_file(f"account-{account.pk}-{name.replace(':', '-')}-{found.day.isoformat()}", lines(found))


@contextmanager
def no_such_figure(name: str) -> Iterator[None]:
    try:
        yield
    except UnknownFigure:
        raise Http404(f"There is no figure {name}.") from None
