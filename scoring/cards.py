"""Scorecard versions as the core needs them, and the rule which card applies to an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Phase
from scoring import catalog, content
from scoring.checks import check
from scoring.core.adjustments import Adjustment
from scoring.core.arrays import Ints
from scoring.core.bands import Bands, bands_from_json
from scoring.core.curves import Curve, Percentile, curve_from_json
from scoring.core.flags import FlagRule
from scoring.core.scorecard import Missing
from scoring.custom import read_once
from scoring.extract.shared import shared
from scoring.models import ScorecardDraft, ScorecardVersion

PHASES = [phase.value for phase in Phase]
# Of a segment, of a phase, or of neither.
Scope = tuple[int | None, str]
DEFAULT_SCOPE: Scope = (None, "")


@dataclass(frozen=True)
class Item:
    measure: catalog.Measure
    weight: int
    curve: Curve
    missing: Missing


@dataclass(frozen=True)
class Rule:
    """An adjustment with the fact that turns it on."""

    label: str
    fact: str
    adjustment: Adjustment
    comparison: FlagRule


@dataclass(frozen=True)
class Flag:
    label: str
    rule: FlagRule


@dataclass(frozen=True)
class Card:
    """A scorecard version, or a draft (with an id below 1), ready to score with."""

    version_id: int
    segment_id: int | None
    segment_name: str
    phase: str
    slug: str
    name: str
    number: int
    items: tuple[Item, ...]
    rules: tuple[Rule, ...]
    flags: tuple[Flag, ...]
    bands: Bands
    min_coverage: float
    may_pulses_raise: bool
    largest_pulse_percent: float

    @property
    def scope(self) -> Scope:
        return self.segment_id, self.phase

    @property
    def because(self) -> str:
        """The rule by which it applies, as the end of a sentence."""
        if self.segment_id is not None:
            return f"the account is in segment {self.segment_name}"
        if self.phase:
            return f"the account is in phase {Phase(self.phase).label} and its segment has no card of its own"
        return "neither the account's segment nor its phase has a card of its own"

    @property
    def reason(self) -> str:
        """The card and why it applies to an account to which it applies: Enterprise card, because …"""
        return f"{self.name}, because {self.because}"

    @cached_property
    def weights(self) -> Ints:
        return np.array([item.weight for item in self.items], dtype=np.int64)

    @property
    def is_draft(self) -> bool:
        return self.version_id < 1

    @cached_property
    def percentile_keys(self) -> tuple[str, ...]:
        return tuple(item.measure.key for item in self.items if isinstance(item.curve, Percentile))

    @cached_property
    def fact_names(self) -> tuple[str, ...]:
        """What rules and flags ask about."""
        return tuple(rule.fact for rule in self.rules) + tuple(flag.rule.fact for flag in self.flags)


class NoScorecard(LookupError):
    """Nothing to score with."""


def card_of(version: ScorecardVersion) -> Card:
    """The version with its items (prefetched by the caller where there are many)."""
    return Card(
        version_id=version.pk,
        segment_id=version.scorecard.segment_id,
        segment_name=version.scorecard.segment.name if version.scorecard.segment else "",
        phase=version.scorecard.phase,
        slug=version.scorecard.slug,
        name=version.scorecard.name,
        number=version.number,
        items=tuple(
            Item(
                measure=catalog.measure(item.measure),
                weight=item.weight,
                curve=curve_from_json(item.curve, item.params),
                missing=Missing(item.missing),
            )
            for item in sorted(version.items.all(), key=lambda item: item.position)
        ),
        rules=tuple(rule_from_json(rule) for rule in version.adjustments),
        flags=tuple(Flag(label=flag["label"], rule=flag_rule(flag)) for flag in version.flags),
        bands=bands_from_json(version.bands),
        min_coverage=version.min_coverage,
        may_pulses_raise=version.pulse.get("may_raise", False),
        largest_pulse_percent=version.pulse.get("largest_percent", 30.0),
    )


def card_of_draft(draft: ScorecardDraft) -> Card:
    """The draft as if it were published, with an id below 0. Raises BadScorecard for what cannot be scored with."""
    stated = content.card_of_draft(draft)
    check(stated)
    version = ScorecardVersion(
        pk=-draft.pk,
        scorecard=draft.scorecard,
        number=draft.based_on.number + 1 if draft.based_on else 1,
        min_coverage=stated.min_coverage,
        bands=stated.bands,
        adjustments=stated.adjustments,
        flags=stated.flags,
        pulse=stated.pulse,
    )
    items = content.items_of(stated, version=version)
    version._prefetched_objects_cache = {"items": items}  # type: ignore[attr-defined]  # what `card_of` reads
    return card_of(version)


def rule_from_json(rule: Mapping[str, Any]) -> Rule:
    """An adjustment as a scorecard file writes it: key, label, fact, kind, amount and when it is on."""
    return Rule(
        label=rule["label"],
        fact=rule["fact"],
        adjustment=Adjustment(key=rule["key"], kind=rule["kind"], amount=float(rule["amount"])),
        comparison=flag_rule(rule),
    )


def flag_rule(flag: Mapping[str, Any]) -> FlagRule:
    return FlagRule(
        key=flag["key"],
        fact=flag["fact"],
        comparison=flag.get("comparison", "is_true"),
        limit=float(flag.get("limit", 0)),
        band_cap=flag.get("band_cap"),
    )


@dataclass(frozen=True)
class Cards:
    """The cards in force on a day. One visible rule: the card of the segment, else of the phase, else the default.

    Phases are places in the order of `Phase`; -1 stands for none, in segments as in phases.
    """

    by_segment: Mapping[int, Card]
    by_phase: Mapping[int, Card]
    default: Card

    def all(self) -> tuple[Card, ...]:
        """Each card once: those of segments, those of phases, the default."""
        return self._all

    @cached_property
    def _all(self) -> tuple[Card, ...]:
        return (*self.by_segment.values(), *self.by_phase.values(), self.default)

    @cached_property
    def percentile_keys(self) -> tuple[str, ...]:
        """The measures that some card ranks among peers."""
        return tuple(sorted({key for card in self.all() for key in card.percentile_keys}))

    def card(self, segment_id: int, phase: int) -> Card:
        """The card that applies to one account."""
        return self.by_segment.get(segment_id) or self.by_phase.get(phase) or self.default

    def apply(self, segments: Ints, phases: Ints) -> Ints:
        """For each account the place in `all()` of the card that applies to it."""
        places = np.full(len(segments), len(self.all()) - 1, dtype=np.int64)
        # The stronger rule is written last.
        for n, phase in enumerate(self.by_phase, start=len(self.by_segment)):
            places[phases == phase] = n
        for n, segment in enumerate(self.by_segment):
            places[segments == segment] = n
        return places

    def reason(self, segment_id: int, phase: int) -> str:
        """Which card applies, and by which rule."""
        return self.card(segment_id, phase).reason


@read_once()
def cards_on(day: date, *, draft: Card | None = None) -> Cards:
    """The versions in force on the day; `draft` takes the place of the card with its scope.

    Raises NoScorecard where there is no default: an account must never be left without a rule.
    """
    cards = shared(("cards", day), lambda: [card_of(version) for version in versions_in_force(day)])
    if draft is not None:
        cards = [card for card in cards if card.scope != draft.scope] + [draft]
    default = next((card for card in cards if card.scope == DEFAULT_SCOPE), None)
    if default is None:
        raise NoScorecard(f"No default scorecard is in force on {day}. Publish one: manage.py publish_scorecards")
    return Cards(
        by_segment={card.segment_id: card for card in cards if card.segment_id is not None},
        by_phase={PHASES.index(card.phase): card for card in cards if card.phase},
        default=default,
    )


def cards_if_any(day: date, *, draft: Card | None = None) -> Cards | None:
    """The same; None where no default was in force yet."""
    try:
        return cards_on(day, draft=draft)
    except NoScorecard:
        return None


def versions_in_force(day: date) -> QuerySet[ScorecardVersion]:
    """Of each card the newest version that applies on the day, with all that `card_of` reads."""
    of_card = ScorecardVersion.objects.filter(scorecard=OuterRef("scorecard"), effective_from__lte=day)
    newest = of_card.order_by("-effective_from", "-number").values("pk")[:1]
    found = ScorecardVersion.objects.filter(pk=Subquery(newest)).order_by("scorecard__slug")
    return found.select_related("scorecard__segment").prefetch_related("items")
