"""Scorecard versions as the core needs them, and the rule which card applies to an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from scoring import catalog
from scoring.core.adjustments import Adjustment
from scoring.core.arrays import Ints
from scoring.core.bands import Bands, bands_from_json
from scoring.core.curves import Curve, Percentile, curve_from_json
from scoring.core.flags import FlagRule
from scoring.core.scorecard import Missing
from scoring.models import ScorecardVersion


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
    """A scorecard version, ready to score with."""

    version_id: int
    segment_id: int | None
    name: str
    number: int
    items: tuple[Item, ...]
    rules: tuple[Rule, ...]
    flags: tuple[Flag, ...]
    bands: Bands
    min_coverage: float
    may_pulses_raise: bool
    largest_pulse_percent: float

    @cached_property
    def weights(self) -> Ints:
        return np.array([item.weight for item in self.items], dtype=np.int64)

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


def cards_on(day: date) -> dict[int | None, Card]:
    """The version in force on the day per segment id; None is the default for all others.

    Raises NoScorecard where there is no default: an account must never be left without a rule.
    """
    versions = (
        ScorecardVersion.objects.filter(effective_from__lte=day)
        .select_related("scorecard")
        .prefetch_related("items")
        .order_by("effective_from", "number")
    )
    cards = {version.scorecard.segment_id: card_of(version) for version in versions}
    if None not in cards:
        raise NoScorecard(f"No default scorecard is in force on {day}. Publish one: manage.py publish_scorecards")
    return cards


def card_for(segment_id: int, cards: Mapping[int | None, Card]) -> Card:
    """One visible rule: the segment's card, or else the default."""
    return cards.get(segment_id) or cards[None]
