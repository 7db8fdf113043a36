"""What leadership's page is asked for: which accounts, beside which day, moved between which days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.http import QueryDict

from accounts.models import User
from accounts.queries.organization import csms_with_teams, segments_in_order
from dashboards import filters, formats
from dashboards.comparison import Choice, Compared, day_in
from dashboards.filters import Filter
from dashboards.pages.choices import Choices
from scoring.queries.selection import Selection, products_of, regions_of
from scoring.queries.summaries import ScoredDays
from scoring.year import day_months_ago

# What an address calls a span, how it is called, how many months it has. The first is the usual one.
SPANS = {"": ("1 quarter", 3), "1m": ("1 month", 1), "1y": ("1 year", 12)}


@dataclass(frozen=True)
class OverviewChoices(Choices):
    """Segments, regions, teams, CSMs and products; nothing chosen means all."""

    regions: Sequence[str] = ()
    products: Sequence[str] = ()

    @cached_property
    def chosen_regions(self) -> tuple[str, ...]:
        return tuple(name for name in self.regions if name in self.query.getlist("region"))

    @cached_property
    def chosen_products(self) -> tuple[str, ...]:
        return tuple(name for name in self.products if name in self.query.getlist("product"))

    @cached_property
    def filters(self) -> list[Filter]:
        offered = [
            self.checklist("segment", "Segment", {segment.slug: segment.name for segment in self.segments}),
            self.whole("region", "Region", self.regions, self.chosen_regions),
            self.checklist("team", "Team", {str(pk): name for pk, name in self.teams.items()}),
            self.checklist("owner", "CSM", {str(csm.pk): csm.name for csm in self.csms}),
            self.whole("product", "Product", self.products, self.chosen_products),
        ]
        return [found for found in offered if len(found.options) > 1 or found.is_set]

    def whole(self, name: str, label: str, values: Sequence[str], chosen: Sequence[str]) -> Filter:
        """A filter of names, which may have commas."""
        drawn = filters.options({value: value for value in values}, set(chosen), None)
        return Filter(name, label, drawn, clear_url=self.without(name))

    @cached_property
    def selection(self) -> Selection:
        return Selection(
            segments=tuple(self.slugs),
            owners=self.owner_keys(),
            regions=self.chosen_regions,
            products=self.chosen_products,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return not self.selection.is_everything

    def address(self, path: str, **more: Any) -> str:
        """Another page of the same accounts."""
        return filters.address(path, self.selection, **more)


def overview_choices(user: User, *, path: str, query: QueryDict, today: date) -> OverviewChoices:
    """Read from the address; what is not on offer is passed over."""
    return OverviewChoices(
        path=path,
        query=query,
        csms=list(csms_with_teams(user)),
        segments=list(segments_in_order()),
        regions=regions_of(user),
        products=products_of(user, today=today),
    )


def asked_span(query: QueryDict) -> str:
    """The last word that means something: a form has the list and the field of a day."""
    words = [word for word in query.getlist("compare") if word in SPANS or day_in(word)]
    return words[-1] if words else ""


def compared_with(asked: str, *, days: ScoredDays, today: date) -> Compared:
    """The scored day that the page is compared with: of a span the closest, of a day the newest up to it."""
    if asked in SPANS:
        label, months = SPANS[asked]
        found = day_months_ago(days, months)
        return Compared(label, on=found, is_missing=found is None)
    until = day_in(asked)
    found = max((day for day in days.days if until and day <= until), default=None)
    named = found or until
    label = f"Since {formats.near_day(named, today=today)}" if named else SPANS[""][0]
    return Compared(label, on=named, is_missing=found is None)


def spans(made: OverviewChoices, asked: str) -> list[Choice]:
    """The usual spans, each with its address."""
    return [
        Choice(word, label, is_on=asked == word, url=made.url(compare=word or None))
        for word, (label, _) in SPANS.items()
    ]


@dataclass(frozen=True)
class Moved:
    """Between which scored days accounts are followed; `problem` says why not."""

    since: date | None
    until: date | None
    problem: str = ""


def moved_between(query: Mapping[str, str], *, against: Compared, days: ScoredDays) -> Moved:
    """The days of the address (`from` and `to`, each the newest scored day up to it), else since the compared day."""
    asked = {name: day_in(query.get(name, "")) for name in ("from", "to")}
    until = newest_until(days, asked["to"]) if asked["to"] else days.newest
    since = newest_until(days, asked["from"]) if asked["from"] else None if against.is_missing else against.on
    if since is None or until is None:
        return Moved(since, until, "No scores are kept of the first of the two days or before it.")
    if since >= until:
        return Moved(since, until, "The first day must lie before the second one.")
    return Moved(since, until)


def newest_until(days: ScoredDays, until: date) -> date | None:
    return max((day for day in days.days if day <= until), default=None)
