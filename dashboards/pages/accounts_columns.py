"""The columns of the accounts table: which there are, which are shown, and what a file says in each."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.models import Account, User
from dashboards.pages.accounts_rows import change_since, health_of, points, shown_percentile, weekly_scores
from scoring.core.bands import UNDEFINED
from scoring.queries.figures import Figure
from scoring.queries.history import Line
from scoring.queries.listing import ebr_due_on
from scoring.queries.staleness import Staleness
from scoring.queries.words import Words


@dataclass(frozen=True)
class About:
    """What the cells of a file need beside the account. `earlier` has the scores of another day than a month ago."""

    words: Words
    today: date
    lines: Mapping[int, Line] = field(default_factory=dict)
    plans: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    stale: Mapping[int, Staleness] = field(default_factory=dict)
    earlier: Mapping[int, int | None] | None = None
    figures: Mapping[int, Mapping[str, Figure]] = field(default_factory=dict)
    percentiles: Mapping[int, float] = field(default_factory=dict)


Cell = Callable[[Account, About], Any]


@dataclass(frozen=True)
class Column:
    """One column; `file` are the heads and cells of a file for what it shows. `sorts`: whether its head orders rows."""

    key: str
    label: str
    file: tuple[tuple[str, Cell], ...]
    kind: str = ""
    is_usual: bool = True
    about: str = ""
    sorts: bool = True

    @property
    def name(self) -> str:
        """What the list of columns calls it."""
        return self.about or self.label


def of_health(name: str) -> Cell:
    """A figure of the account's latest health."""
    return lambda account, about: getattr(health_of(account), name, None)


def score(account: Account, about: About) -> Any:
    health = health_of(account)
    return points(health.score) if health else None


def band(account: Account, about: About) -> str:
    health = health_of(account)
    return about.words.band(health.band if health else UNDEFINED)


def change(account: Account, about: About) -> Any:
    return change_since(account, earlier=about.earlier, places=2)  # the file has scores with two decimals


def trend(account: Account, about: About) -> str:
    line = weekly_scores(about.lines.get(account.pk, ()))
    return " ".join(str(int(each + 0.5)) for each in line if each is not None)


def plan(account: Account, about: About) -> str | None:
    steps = about.plans.get(account.pk)
    return None if steps is None else f"{steps.count('done')} of {len(steps)}"


def touch(account: Account, about: About) -> int | None:
    touched = getattr(health_of(account), "last_touchpoint_on", None)
    return (about.today - touched).days if touched else None


def flags(account: Account, about: About) -> str | None:
    health = health_of(account)
    return ", ".join(about.words.flag(key) for key in health.flags) if health else None


def silent(account: Account, about: About) -> str:
    return ", ".join(about.stale[account.pk].sources) if account.pk in about.stale else ""


def percentile(account: Account, about: About) -> Any:
    found = about.percentiles.get(account.pk)
    return None if found is None else shown_percentile(found)


def column(key: str, label: str, cell: Cell, **more: Any) -> Column:
    return Column(key, label, ((label, cell),), **more)


COLUMNS: tuple[Column, ...] = (
    Column("account", "Account", (
        ("Account", lambda account, about: account.name), ("Flags", flags), ("Silent sources", silent),
    )),
    Column("score", "Score", (("Score", score), ("Band", band))),
    column("change", "1 month", change, about="Change"),
    column("trend", "6 months", trend, about="6 month trend"),
    column("arr", "ARR", of_health("arr_reporting"), kind="num"),
    column("users", "Users", of_health("active_users"), kind="num"),
    column("renewal", "Renewal", lambda account, about: account.renewal_date),
    column("phase", "Phase", lambda account, about: account.get_phase_display()),
    column("segment", "Segment", lambda account, about: account.segment.name if account.segment else None),
    Column("ebr", "EBR", (
        ("EBR", of_health("last_ebr_on")),
        ("EBR due", lambda account, about: ebr_due_on(account, health=health_of(account))),
    )),
    column("plan", "Plan", plan),
    column("nps", "NPS", of_health("nps"), kind="num"),
    column("touch", "Touch", touch, kind="num", about="Last touchpoint"),
    column("owner", "Owner", lambda account, about: account.owner.name if account.owner else None),
    column("domain", "Domain", lambda account, about: account.domain, is_usual=False),
    column("industry", "Industry", lambda account, about: account.industry, is_usual=False),
    column("size", "Size", lambda account, about: account.size_tier, is_usual=False),
    column("country", "Country", lambda account, about: account.country, is_usual=False),
    column("seats", "Seats", lambda account, about: account.seats, kind="num", is_usual=False),
    column("since", "Since", lambda account, about: account.started_on, is_usual=False, about="Customer since"),
    column("coverage", "Coverage", of_health("coverage"), kind="num", is_usual=False, about="Share of the score known"),
    column(
        "percentile", "Percentile", percentile, kind="num", is_usual=False, about="Percentile among peers", sorts=False
    ),
)  # fmt: skip
BY_KEY = {each.key: each for each in COLUMNS}
# A column of a measure, whether or not any card has it: accounts_measures.py makes those that there are.
OF_MEASURE = re.compile(r"(value|points)\.[\w:.-]{1,80}", re.ASCII)
MOST_OF_MEASURES = 40
# They say which account a row is about, and how it is.
FIXED = ("account", "score")


def known_columns(keys: Iterable[str]) -> tuple[str, ...]:
    """Those of the keys that are columns, each once, after the two that stay."""
    asked = [key for key in dict.fromkeys(keys) if key not in FIXED]
    measures = [key for key in asked if key not in BY_KEY and OF_MEASURE.fullmatch(key)][:MOST_OF_MEASURES]
    chosen = [key for key in asked if key in BY_KEY or key in measures]
    return (*FIXED, *chosen) if chosen else ()


def shown_columns(
    asked: Sequence[str], *, user: User, shows_owner: bool, measures: Sequence[Column] = ()
) -> tuple[Column, ...]:
    """The columns of the address, else those that the user keeps, else the usual ones. `measures`: those that cards
    have; of one that none has any more there is no column."""
    kept = known_columns(user.account_columns)
    keys = (
        tuple(asked)
        or kept
        or tuple(each.key for each in COLUMNS if each.is_usual and (each.key != "owner" or shows_owner))
    )
    known = BY_KEY | {each.key: each for each in measures}
    return tuple(known[key] for key in keys if key in known)


def head_of(columns: Sequence[Column]) -> list[str]:
    return [head for each in columns for head, _ in each.file]


def lines_of(accounts: Iterable[Account], *, columns: Sequence[Column], about: About) -> Iterator[list[Any]]:
    """Every account, in the order of the columns."""
    cells = [cell for each in columns for _, cell in each.file]
    for account in accounts:
        yield [cell(account, about) for cell in cells]


def needs_figures(columns: Iterable[Column]) -> bool:
    return any(OF_MEASURE.fullmatch(each.key) for each in columns)


def needs_percentiles(columns: Iterable[Column]) -> bool:
    return any(each.key == "percentile" for each in columns)
