"""Filters that live in the address: reading them, writing them, and what a filter bar offers."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from accounts.models import Phase
from dashboards import formats
from scoring.core.bands import CODES, KEYS
from scoring.queries.selection import NONE, RENEWAL_DAYS, RENEWAL_PAST, Facet, Selection, quarter_days
from scoring.queries.words import Words

RENEWAL_WORDS = {key: f"Next {days} days" for key, days in RENEWAL_DAYS.items()} | {RENEWAL_PAST: "Past"}
PLAN_WORDS = {"yes": "With an open plan", "no": "Without a plan"}
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    is_on: bool
    count: int | None = None


@dataclass(frozen=True)
class Filter:
    """One filter of a bar, as _filter.html draws it."""

    name: str
    label: str
    options: tuple[Option, ...]
    clear_url: str
    any_word: str = "All"
    is_single: bool = False

    @property
    def is_set(self) -> bool:
        return any(option.is_on for option in self.options)

    @property
    def summary(self) -> str:
        return ", ".join(option.label for option in self.options if option.is_on) or self.any_word


# Addresses name bands by their part in the order, whatever the workspace calls them: links live longer than names.
def read_selection(params: QueryDict) -> Selection:
    """The choice that an address makes. Words that no page writes are passed over."""
    return Selection(
        segments=tuple(values(params, "segment")),
        phases=tuple(phase for phase in values(params, "phase") if phase in Phase.values),
        owners=tuple(owner for owner in values(params, "owner") if owner == NONE or is_id(owner)),
        bands=tuple(CODES[key] for key in values(params, "band") if key in CODES),
        renewal=one(params, "renewal", among=RENEWAL_WORDS.keys() | quarters(params.get("renewal", ""))),
        flags=tuple(values(params, "flag")),
        plan=one(params, "plan", among=PLAN_WORDS),
        # Not cut at commas: a name may have one.
        regions=whole(params, "region"),
        products=whole(params, "product"),
        text=params.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
    )


def values(params: QueryDict, name: str) -> list[str]:
    """?band=weak,moderate and ?band=weak&band=moderate say the same; each value once."""
    found = [part.strip() for value in params.getlist(name) for part in value.replace("\x00", "").split(",")]
    return list(dict.fromkeys(part for part in found if part))


def whole(params: QueryDict, name: str) -> tuple[str, ...]:
    """The values of a parameter that stands once for each of them."""
    found = [value.replace("\x00", "").strip()[:LONGEST_SEARCH] for value in params.getlist(name)]
    return tuple(dict.fromkeys(value for value in found if value))


def one(params: QueryDict, name: str, *, among: Iterable[str]) -> str:
    value = params.get(name, "")
    return value if value in among else ""


def quarters(word: str) -> dict[str, str]:
    """The quarter that a word names, with its label: 2027-Q1 reads Q1 2027. Nothing for other words."""
    found = quarter_days(word)
    return {word: formats.quarter(found[0])} if found else {}


def is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def address(path: str, selection: Selection, **more: Any) -> str:
    """The path with the selection in its query, and whatever else is not empty."""
    parts = {
        "q": selection.text,
        "band": ",".join(KEYS[code] for code in selection.bands),
        "segment": ",".join(selection.segments),
        "phase": ",".join(selection.phases),
        "owner": ",".join(selection.owners),
        "renewal": selection.renewal,
        "flag": ",".join(selection.flags),
        "plan": selection.plan,
        "region": selection.regions,
        "product": selection.products,
    } | more
    query = urlencode({name: value for name, value in parts.items() if value}, safe=",", doseq=True)
    return f"{path}?{query}" if query else path


def accounts_url(selection: Selection, *, sort: str = "", **narrower: Any) -> str:
    """The accounts table with the selection, narrowed by parts of it, such as bands."""
    return address(reverse("accounts"), replace(selection, **narrower), sort=sort)


@dataclass(frozen=True)
class Bar:
    """Builds filters for one page: its path, what is chosen, what there is, and what the address carries besides."""

    path: str
    selection: Selection
    facets: Sequence[Facet]
    more: dict[str, Any]

    def segments(self) -> Filter:
        known = sorted(self.facets, key=lambda facet: (facet.segment_position is None, facet.segment_position or 0))
        labels = {facet.segment or NONE: facet.segment_name or "No segment" for facet in known}
        return self.checklist("segment", "Segment", labels, part="segments", key=lambda facet: facet.segment or NONE)

    def phases(self) -> Filter:
        labels = {str(value): str(label) for value, label in Phase.choices}
        return self.checklist("phase", "Phase", labels, part="phases", key=lambda facet: facet.phase)

    def owners(self) -> Filter:
        known = sorted(self.facets, key=lambda facet: (facet.owner is None, facet.owner_name or ""))
        labels = {owner_key(facet): facet.owner_name or "No owner" for facet in known}
        return self.checklist("owner", "Owner", labels, part="owners", key=owner_key)

    def bands(self, words: Words) -> Filter:
        there = (*(facet.band for facet in self.facets), *self.selection.bands)
        labels = {KEYS[code]: words.band(code) for code in words.codes(among=there)}
        counts = self.count(lambda facet: KEYS[facet.band])
        chosen = {KEYS[code] for code in self.selection.bands}
        return self.filter("band", "Band", options(labels, chosen, counts), bands=())

    def renewal(self) -> Filter:
        drawn = options(RENEWAL_WORDS | quarters(self.selection.renewal), {self.selection.renewal}, None)
        return replace(self.filter("renewal", "Renewal", drawn, renewal=""), any_word="Any time", is_single=True)

    def flags(self, words: Words) -> Filter:
        labels = dict(words.flags) | {key: words.flag(key) for key in self.selection.flags}
        if NONE in labels:
            labels[NONE] = "No flag"
        drawn = options(labels, set(self.selection.flags), None)
        return replace(self.filter("flag", "Flag", drawn, flags=()), any_word="Any")

    def plan(self) -> Filter:
        drawn = options(PLAN_WORDS, {self.selection.plan}, None)
        return replace(self.filter("plan", "Plan", drawn, plan=""), any_word="Any", is_single=True)

    def places(self) -> Iterator[Filter]:
        """The regions and products that were chosen elsewhere, so that they can be taken back."""
        for name, label, part in (("region", "Region", "regions"), ("product", "Product", "products")):
            if chosen := getattr(self.selection, part):
                drawn = options({value: value for value in chosen}, set(chosen), None)
                yield self.filter(name, label, drawn, **{part: ()})

    def checklist(
        self, name: str, label: str, labels: dict[str, str], *, part: str, key: Callable[[Facet], str]
    ) -> Filter:
        chosen = getattr(self.selection, part)
        # What was chosen stays on the list, so that it can be taken back, also when no account has it any more.
        gone = {value: f"No {label.lower()}" if value == NONE else value for value in chosen if value not in labels}
        return self.filter(name, label, options(labels | gone, set(chosen), self.count(key)), **{part: ()})

    def filter(self, name: str, label: str, drawn: tuple[Option, ...], **without: Any) -> Filter:
        clear_url = address(self.path, replace(self.selection, **without), **self.more)
        return Filter(name=name, label=label, options=drawn, clear_url=clear_url)

    def count(self, key: Callable[[Facet], str]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for facet in self.facets:
            counts[key(facet)] += facet.accounts
        return counts


def owner_key(facet: Facet) -> str:
    return NONE if facet.owner is None else str(facet.owner)


def options(labels: dict[str, str], chosen: set[str], counts: Counter[str] | None) -> tuple[Option, ...]:
    return tuple(
        Option(value=value, label=label, is_on=value in chosen, count=None if counts is None else counts[value])
        for value, label in labels.items()
    )
