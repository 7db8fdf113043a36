"""Filters that live in the address: reading them, writing them, and what a filter bar offers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from accounts.models import Phase
from dashboards import formats
from scoring.core.bands import CODES, KEYS
from scoring.queries.facets import Facets, Kinds
from scoring.queries.selection import NONE, RENEWAL_DAYS, RENEWAL_PAST, Selection, quarter_days
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
    facets: Facets
    more: dict[str, Any]

    def segments(self) -> Filter:
        return self.checklist("segment", "Segment", self.facets.segments, part="segments")

    def phases(self) -> Filter:
        labels = {str(value): str(label) for value, label in Phase.choices}
        return self.checklist("phase", "Phase", self.facets.phases, part="phases", labels=labels)

    def owners(self) -> Filter:
        return self.checklist("owner", "Owner", self.facets.owners, part="owners")

    def bands(self, words: Words) -> Filter:
        counts = self.facets.by_band()
        labels = {KEYS[code]: words.band(code) for code in words.codes(among=(*counts, *self.selection.bands))}
        chosen = {KEYS[code] for code in self.selection.bands}
        drawn = options(labels, chosen, {KEYS[code]: accounts for code, accounts in counts.items()})
        return self.filter("band", "Band", drawn, bands=())

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
        self, name: str, label: str, kinds: Kinds, *, part: str, labels: Mapping[str, str] | None = None
    ) -> Filter:
        offered, chosen = dict(labels or kinds.labels), getattr(self.selection, part)
        # What was chosen stays on the list, so that it can be taken back, also when no account has it any more.
        gone = {value: f"No {label.lower()}" if value == NONE else value for value in chosen if value not in offered}
        counts = kinds.sums(self.facets.accounts)
        return self.filter(name, label, options(offered | gone, set(chosen), counts), **{part: ()})

    def filter(self, name: str, label: str, drawn: tuple[Option, ...], **without: Any) -> Filter:
        clear_url = address(self.path, replace(self.selection, **without), **self.more)
        return Filter(name=name, label=label, options=drawn, clear_url=clear_url)


def options(labels: dict[str, str], chosen: set[str], counts: Mapping[str, int] | None) -> tuple[Option, ...]:
    return tuple(
        Option(value=value, label=label, is_on=value in chosen, count=None if counts is None else counts.get(value, 0))
        for value, label in labels.items()
    )
