"""How the accounts table is asked for, beside which accounts: order, page, columns, and what it compares with."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from dashboards.comparison import Choice, choices, compared_in
from dashboards.filters import address, is_id, read_selection, values
from dashboards.pages.accounts_columns import known_columns
from scoring.queries.listing import ORDERS
from scoring.queries.selection import Selection

PAGE_SIZES = (25, 50, 100)
BUILT_IN = ("all", "renewing", "unplanned", "ebr")


@dataclass(frozen=True)
class View:
    """`compare` is a word of `comparison.WORDS`, a day, or empty for a month; `tab` the view whose tab was opened."""

    sort: str = ""
    page: int = 1
    per_page: int = PAGE_SIZES[0]
    columns: tuple[str, ...] = ()
    compare: str = ""
    tab: str = ""

    @property
    def kept(self) -> dict[str, Any]:
        """What a link that changes the filters takes along."""
        return self.shape | {"view": self.tab}

    @property
    def shape(self) -> dict[str, Any]:
        """How the table looks: what a saved view keeps beside its accounts."""
        return {
            "sort": self.sort,
            "columns": ",".join(self.columns),
            "compare": self.compare,
            "per_page": self.per_page if self.per_page != PAGE_SIZES[0] else "",
        }

    def url(self, selection: Selection, **other: Any) -> str:
        return address(reverse("accounts"), selection, **self.kept | other)

    def query(self, selection: Selection) -> str:
        """What a saved view keeps: the same words for the same table."""
        return address("", replace(selection, text=selection.text), **self.shape).removeprefix("?")


def read_view(params: QueryDict) -> View:
    """From the address; what is not offered reads as the usual."""
    sort, page, per_page, tab = (params.get(name, "") for name in ("sort", "page", "per_page", "view"))
    return View(
        sort=sort if sort.removeprefix("-") in ORDERS else "",
        page=int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 7 and int(page) else 1,
        per_page=int(per_page) if per_page in map(str, PAGE_SIZES) else PAGE_SIZES[0],
        columns=known_columns(values(params, "columns")),
        compare=compared_in(params.getlist("compare")),
        tab=tab if tab in BUILT_IN or is_id(tab) else "",
    )


def plain_query(text: str) -> str:
    """What somebody sent as a view, in the words that pages write."""
    params = QueryDict(text)
    return read_view(params).query(read_selection(params))


def address_of(query: str, *, tab: str = "") -> str:
    """The table of a query, on its first page, as the view of a tab."""
    params = QueryDict(query)
    return read_view(params).url(read_selection(params), view=tab or read_view(params).tab)


def compare_choices(view: View, *, selection: Selection) -> Iterator[Choice]:
    return choices(view.compare, url=lambda word: view.url(selection, compare=word))


def sizes(view: View, *, selection: Selection) -> Iterator[Choice]:
    for size in PAGE_SIZES:
        yield Choice(str(size), str(size), size == view.per_page, url=view.url(selection, per_page=size))
