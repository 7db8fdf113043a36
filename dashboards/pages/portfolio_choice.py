"""What the portfolio is asked for: which accounts its blocks are about, beside which day, with which ring."""

from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse

from dashboards.comparison import compared_in
from dashboards.filters import address, is_id, one, read_selection
from scoring.queries.selection import Selection

BY_ARR = "arr"


@dataclass(frozen=True)
class Shape:
    """What the portfolio shows of its accounts: the day it compares with, and what the ring counts."""

    compare: str = ""
    by: str = ""

    @property
    def parts(self) -> dict[str, str]:
        # js/views.js counts on `by` being the last.
        return {"compare": self.compare, "by": self.by}


def portfolio_selection(asked: Selection) -> Selection:
    """The parts of an address that the portfolio can answer for every block, the past included."""
    return Selection(segments=asked.segments, phases=asked.phases, owners=asked.owners)


def read_shape(params: QueryDict) -> Shape:
    return Shape(compared_in(params.getlist("compare")), one(params, "by", among=(BY_ARR,)))


def read_tab(params: QueryDict) -> str:
    """The view that an address names."""
    return params.get("view", "") if is_id(params.get("view", "")) else ""


def query_of(selection: Selection, shape: Shape) -> str:
    """What a saved view keeps: the same words for the same page."""
    return address("", selection, **shape.parts).removeprefix("?")


def plain_query(text: str) -> str:
    """What somebody sent as a view, in the words that pages write."""
    params = QueryDict(text)
    return query_of(portfolio_selection(read_selection(params)), read_shape(params))


def address_of(query: str, *, tab: str = "") -> str:
    """The portfolio of a query, as a view."""
    params = QueryDict(query)
    selection, shape = portfolio_selection(read_selection(params)), read_shape(params)
    return address(reverse("portfolio"), selection, view=tab or read_tab(params), **shape.parts)
