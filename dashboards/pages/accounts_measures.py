"""The columns of the accounts table that show a measure of the scorecards: its value, or its points."""

from collections.abc import Iterator, Mapping
from typing import Any

from accounts.models import Account
from dashboards import formats
from dashboards.pages.account_values import value_text
from dashboards.pages.accounts_columns import About, Cell, Column
from scoring.measure import Measure
from scoring.queries.figures import Figure

VALUE, POINTS = "value", "points"


def measure_columns(measures: Mapping[str, Measure]) -> Iterator[Column]:
    """Two of each measure. They do not sort: what is behind them stands packed in each account's snapshot."""
    for key, measure in measures.items():
        yield column(VALUE, key, measure.label, measure.label)
        yield column(POINTS, key, f"{measure.label}, points", f"{measure.label}: points, 0 to 100")


def column(what: str, key: str, label: str, about: str) -> Column:
    cells = ((label, cell_of(what, key)),)
    return Column(f"{what}.{key}", label, cells, kind="num", is_usual=False, about=about, sorts=False)


def cell_of(what: str, key: str) -> Cell:
    """The plain number, for a file."""

    def cell(account: Account, about: About) -> Any:
        figure = about.figures.get(account.pk, {}).get(key)
        number = getattr(figure, what, None)
        return None if number is None else formats.rounded(number, places=2 if what == POINTS else 4)

    return cell


def texts_of(figures: Mapping[str, Figure]) -> dict[str, str]:
    """By key of its column what a cell of the table says; nothing where the measure is not known."""
    values = {f"{VALUE}.{key}": told(figure) for key, figure in figures.items() if figure.value is not None}
    points = {
        f"{POINTS}.{key}": formats.plain(figure.points, places=0)
        for key, figure in figures.items()
        if figure.points is not None
    }
    return values | points


def told(figure: Figure) -> str:
    return "" if figure.value is None else value_text(figure.value, figure.measure.unit)
