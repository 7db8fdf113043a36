"""All measures, built in and our own: what each tells, when it is missing, and which live scorecards use it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.access import Action, can, visible_accounts
from accounts.models import User
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_values import source_text
from dashboards.pages.files import csv_file
from scoring.catalog import is_judgment
from scoring.models import Rhythm
from scoring.queries.measures import BUILT_IN_MANUALS, Listed, Manual, all_measures, manual_from, may_enter
from scoring.queries.readings import wanted_counts

SHOWN = {"enter": "To enter", "all": "All", "used": "In scorecards", "custom": "Our own", "retired": "Retired"}
LEADING, LAGGING = "Leading", "Lagging"


@dataclass(frozen=True)
class MeasureRow:
    key: str  # as scorecards name it
    slug: str  # as formulas name it
    label: str
    element: str
    unit: str
    window: str
    is_higher_better: bool
    signal: str
    source: str
    about: str
    missing: str
    is_judgment: bool  # no customer sees it
    uses: tuple[str, ...]
    kind: str
    url: str  # of a custom one
    manual: Manual | None  # where people enter it
    values_url: str  # where the user may
    wanted: int  # of the user's accounts, those without a reading that is fresh
    retired_on: date | None

    @property
    def cards(self) -> tuple[str, ...]:
        """The scorecards among what uses it."""
        return tuple(name for name in self.uses if not name.startswith("formula "))

    @property
    def has_rhythm(self) -> bool:
        return bool(self.rhythm) and self.retired_on is None

    @property
    def rhythm(self) -> str:
        return Rhythm(self.manual.rhythm).label if self.manual and self.manual.rhythm != Rhythm.NONE else ""

    @property
    def owner(self) -> str:
        """Who sees to it; without an owner each account's own."""
        if self.manual is None:
            return ""
        return self.manual.owner.name if self.manual.owner else "each CSM"


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class MeasuresPage:
    rows: list[MeasureRow]
    tabs: list[Tab]
    shown: str
    may_define: bool
    total: int
    used: int
    own: int


def build_measures_page(user: User, *, shown: str, today: date) -> MeasuresPage:
    """The measures of a tab; the retired ones stand in a tab of their own."""
    tabs = [key for key in SHOWN if key != "enter" or can(user, Action.ENTER_READINGS)]
    shown = shown if shown in tabs else first_tab(user)
    parts = by_tab(measure_rows(user, today=today))
    return MeasuresPage(
        rows=parts[shown],
        tabs=[Tab(SHOWN[key], reverse("measures") + f"?show={key}", len(parts[key]), key == shown) for key in tabs],
        shown=shown,
        may_define=can(user, Action.DEFINE_MEASURES),
        total=len(parts["all"]),
        used=len(parts["used"]),
        own=len(parts["custom"]),
    )


def first_tab(user: User) -> str:
    """Who enters values and defines none comes to enter them."""
    return "enter" if can(user, Action.ENTER_READINGS) and not can(user, Action.DEFINE_MEASURES) else "all"


def by_tab(rows: list[MeasureRow]) -> dict[str, list[MeasureRow]]:
    kept = [row for row in rows if row.retired_on is None]
    return {
        "enter": sorted((row for row in kept if row.values_url), key=lambda row: -row.wanted),
        "all": kept,
        "used": [row for row in kept if row.cards],
        "custom": [row for row in kept if row.url],
        "retired": [row for row in rows if row.retired_on is not None],
    }


def measure_rows(user: User, *, today: date) -> list[MeasureRow]:
    """Every measure, the retired ones last."""
    listed = all_measures(today=today)
    manuals = {row.slug: manual for row in listed if (manual := manual_in(row)) is not None}
    wanted = wanted_counts(manuals.values(), accounts=visible_accounts(user), today=today)
    return [measure_row(row, manual=manuals.get(row.slug), user=user, wanted=wanted) for row in listed]


def manual_in(row: Listed) -> Manual | None:
    if row.declared is None:
        return BUILT_IN_MANUALS.get(row.slug)
    return None if row.declared.is_formula else manual_from(row.declared.measure)


def measure_row(row: Listed, *, manual: Manual | None, user: User, wanted: dict[str, int]) -> MeasureRow:
    measure, custom = row.measure, row.declared.measure if row.declared else None
    may = manual is not None and not manual.is_retired and may_enter(user, manual)
    return MeasureRow(
        key=measure.key,
        slug=row.slug,
        label=measure.label,
        element=measure.element.capitalize(),
        unit=str(measure.unit),
        window=f"{measure.window_days} days" if measure.window_days else measure.window_words,
        is_higher_better=measure.is_higher_better,
        signal=LEADING if measure.is_leading else LAGGING,
        source=source_text(measure).partition(",")[0],
        about=measure.about,
        missing=measure.missing,
        is_judgment=is_judgment(measure),
        uses=row.uses,
        kind=custom.get_kind_display() if custom else "Built in",
        url=reverse("measure", args=[row.slug]) if custom else "",
        manual=manual,
        values_url=reverse("measure-values", args=[row.slug]) if may else "",
        wanted=wanted.get(row.slug, 0),
        retired_on=custom.retired_on if custom else None,
    )


HEAD = [
    "Measure", "Key", "Kind", "Element", "Unit", "Window", "Better", "Signal", "Source", "About", "Used by", "Owner",
    "Rhythm", "Accounts due", "Retired",
]  # fmt: skip


def lines(rows: Sequence[MeasureRow]) -> list[list[Any]]:
    """The measures as a file has them."""
    return [HEAD] + [
        [
            row.label, row.key, row.kind, row.element, row.unit, row.window,
            "higher" if row.is_higher_better else "lower", row.signal.lower(), row.source, row.about,
            ", ".join(row.uses), row.owner, row.rhythm, row.wanted if row.has_rhythm else None, row.retired_on,
        ]
        for row in rows
    ]  # fmt: skip


@requires(Action.VIEW_MEASURES)
def measures(request: UserRequest) -> HttpResponse:
    page = build_measures_page(request.user, shown=request.GET.get("show", ""), today=localdate())
    return render(request, "measures.html", {"page": page})


@requires(Action.VIEW_MEASURES)
def measures_csv(request: UserRequest) -> HttpResponse:
    """All of them, whichever tab is shown."""
    return csv_file("measures", lines(measure_rows(request.user, today=localdate())))
