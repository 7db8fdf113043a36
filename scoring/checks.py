"""What stands in the way of publishing a scorecard: every problem at once, in words, with its place."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, get_args

from accounts.models import Phase
from scoring import catalog, rules
from scoring.content import CardFile, ItemFile
from scoring.core.adjustments import Kind
from scoring.core.bands import COLOR_NAMES, FEWEST_BANDS, MOST_BANDS, BadBands, bands_from_json
from scoring.core.curves import CURVES, BadCurve, curve_from_json
from scoring.core.flags import Comparison
from scoring.core.scorecard import Missing

FULL_WEIGHT = 100
MANY_MEASURES = 7
LONGEST_LABEL = 14
LONGEST_NAME = 80
KEY = re.compile(r"[a-z][a-z0-9_]*")
TAKEN_KEYS = {"clamp"}
UNDEFINED_LABEL = "undefined"


class BadScorecard(ValueError):
    """What is wrong with a scorecard, in words."""


@dataclass(frozen=True)
class Problem:
    """`place` is the path in the card's content, such as measures.0.weight; one without a digit is a whole part."""

    place: str
    text: str


def check(card: CardFile) -> None:
    """Refuse what could not be scored with, naming all that is wrong. Raises BadScorecard."""
    found = problems(card)
    if found:
        raise BadScorecard(" ".join(problem.text for problem in found))


def problems(card: CardFile) -> list[Problem]:
    """All that is wrong with a card, in its order; none means that it can be published."""
    return [
        *scope_problems(card),
        *measure_problems(card),
        *band_problems(card.bands),
        *rule_problems(card),
        *flag_problems(card),
        *limit_problems(card),
    ]


def scope_problems(card: CardFile) -> Iterator[Problem]:
    if not card.name.strip() or len(card.name) > LONGEST_NAME:
        yield Problem("name", f"A scorecard needs a name of at most {LONGEST_NAME} characters.")
    if card.segment is not None and card.phase:
        yield Problem("phase", "A scorecard is for a segment or for a phase, not for both.")
    if card.phase and card.phase not in Phase.values:
        yield Problem("phase", f"There is no phase {card.phase!r}; the phases are {', '.join(Phase.values)}.")


def measure_problems(card: CardFile) -> Iterator[Problem]:
    counts = Counter(item.measure for item in card.items)
    for n, item in enumerate(card.items):
        yield from item_problems(item, place=f"measures.{n}", is_twice=counts[item.measure] > 1)
    if not card.items:
        yield Problem("measures", "A scorecard needs at least one measure.")
    elif all(is_whole(item.weight) for item in card.items):
        total = sum(item.weight for item in card.items)
        if total != FULL_WEIGHT:
            yield Problem("measures", f"The weights sum to {total}, not to {FULL_WEIGHT}.")


def item_problems(item: ItemFile, *, place: str, is_twice: bool) -> Iterator[Problem]:
    try:
        name = catalog.measure(item.measure).label
    except catalog.UnknownMeasure as error:
        name = item.measure
        yield Problem(f"{place}.key", str(error.args[0]))
    yield from retired_problems(item.measure, place=f"{place}.key")
    if is_twice:
        yield Problem(f"{place}.key", f"{name} is listed twice.")
    if not is_whole(item.weight) or not 0 <= item.weight <= FULL_WEIGHT:
        yield Problem(f"{place}.weight", f"{name}: the weight is a whole number from 0 to 100; {said(item.weight)}.")
    yield from curve_problems(item, name=name, place=place)
    if item.missing not in list(Missing):
        known = ", ".join(Missing)
        yield Problem(f"{place}.missing", f"{name}: missing counts as one of {known}; {said(item.missing)}.")


def retired_problems(key: str, *, place: str, asked_by: str = "") -> Iterator[Problem]:
    """A retired measure is read for its history; no new card counts with it."""
    try:
        found = catalog.measure(key)
    except catalog.UnknownMeasure:
        return
    if found.is_retired:
        text = f"{found.label} is retired: no new scorecard uses it. Take it out, or choose another measure."
        yield Problem(place, f"{asked_by}: {text}" if asked_by else text)


def curve_problems(item: ItemFile, *, name: str, place: str) -> Iterator[Problem]:
    """Numbers that are none are named one by one; else what the curve itself refuses."""
    simple = {key: value for key, value in item.params.items() if not isinstance(value, list | bool)}
    odd = [key for key, value in simple.items() if not is_number(value)]
    for key in odd:
        yield Problem(f"{place}.{key}", f"{name}: {key.replace('_', ' ')} is a number; {said(simple[key])}.")
    if not odd or item.curve not in CURVES:
        try:
            curve_from_json(item.curve, item.params)
        except (BadCurve, TypeError, ValueError) as error:
            yield Problem(f"{place}.curve", f"{name}: {error}")


def band_problems(bands: list[dict[str, Any]]) -> Iterator[Problem]:
    for n, band in enumerate(bands):
        label = str(band.get("label", "")).strip()
        if not label or len(label) > LONGEST_LABEL:
            yield Problem(f"bands.{n}.label", f"Band {n + 1} needs a name of at most {LONGEST_LABEL} characters.")
        if label.casefold() == UNDEFINED_LABEL:
            yield Problem(f"bands.{n}.label", "Undefined is the name of accounts without a score.")
        if not is_whole(band.get("low")):
            yield Problem(f"bands.{n}.low", f"{label or n + 1} begins at a whole number; {said(band.get('low'))}.")
        if band.get("color") not in COLOR_NAMES:
            yield Problem(f"bands.{n}.color", f"{label or n + 1}: the colors are {', '.join(COLOR_NAMES)}.")
    yield from order_problems(bands)
    labels = Counter(str(band.get("label", "")).strip().casefold() for band in bands)
    if max(labels.values(), default=0) > 1:
        yield Problem("bands", "Two bands have the same name.")
    if not FEWEST_BANDS <= len(bands) <= MOST_BANDS:
        text = f"A scorecard has {FEWEST_BANDS} to {MOST_BANDS} bands beside Undefined; it has {len(bands)}."
        yield Problem("bands", text)
    elif all(is_whole(band.get("low")) for band in bands):
        try:
            bands_from_json(bands)
        except BadBands as error:
            yield Problem("bands", str(error))


def order_problems(bands: list[dict[str, Any]]) -> Iterator[Problem]:
    """Each band begins below the one above it, the best one at 100 at most."""
    named = [(band.get("low"), str(band.get("label", "")).strip() or f"Band {n + 1}") for n, band in enumerate(bands)]
    for n, ((above, better), (low, name)) in enumerate(zip([(101, ""), *named], named, strict=False)):
        if isinstance(low, int) and isinstance(above, int) and low >= above:
            where = f"not below {above}, where {better} begins" if n else "above 100"
            yield Problem(f"bands.{n}.low", f"{name} begins at {low}, which is {where}.")


def rule_problems(card: CardFile) -> Iterator[Problem]:
    for n, rule in enumerate(card.adjustments):
        place, name = f"adjustments.{n}", rule.get("label") or f"Adjustment {n + 1}"
        yield from condition_problems(rule, name=name, place=place)
        if rule.get("fact") in rules.LESS_THE_SCORE:
            text = f"{name}: {rule['fact']} compares with the score, so it can be asked about by a flag only."
            yield Problem(f"{place}.fact", text)
        kind, amount = rule.get("kind"), rule.get("amount")
        if kind not in get_args(Kind):
            yield Problem(f"{place}.kind", f"{name}: it changes the score by percent or points; {said(kind)}.")
        if not is_number(amount) or not 0 < abs(amount) <= 100:  # type: ignore[arg-type]  # a number by then
            yield Problem(f"{place}.amount", f"{name}: the amount is from −100 to 100 and not 0; {said(amount)}.")
    yield from twice(card.adjustments, part="adjustments")


def flag_problems(card: CardFile) -> Iterator[Problem]:
    keys = [band.get("key") for band in card.bands]
    for n, flag in enumerate(card.flags):
        name = flag.get("label") or f"Flag {n + 1}"
        yield from condition_problems(flag, name=name, place=f"flags.{n}")
        if flag.get("band_cap") is not None and flag["band_cap"] not in keys:
            known = ", ".join(map(str, keys))
            text = f"{name}: it caps at a band that there is not; {said(flag['band_cap'])}, the bands are {known}."
            yield Problem(f"flags.{n}.band_cap", text)
    yield from twice(card.flags, part="flags")


def condition_problems(stated: dict[str, Any], *, name: str, place: str) -> Iterator[Problem]:
    """What turns a rule or a flag on: a fact, how it is compared, and with which limit."""
    key = str(stated.get("key", ""))
    if not KEY.fullmatch(key) or key in TAKEN_KEYS:
        yield Problem(f"{place}.key", f"{name}: the key is made of small letters, digits and _; {said(key)}.")
    if not str(stated.get("label", "")).strip():
        yield Problem(f"{place}.label", f"{name} needs a name.")
    try:
        rules.fact(str(stated.get("fact", "")))
    except catalog.UnknownMeasure:
        known = ", ".join(rules.FACTS)
        yield Problem(f"{place}.fact", f"{name}: {said(stated.get('fact'))}; known are {known}, or any measure.")
    yield from retired_problems(str(stated.get("fact", "")), place=f"{place}.fact", asked_by=name)
    if stated.get("comparison") not in get_args(Comparison):
        known = ", ".join(get_args(Comparison))
        yield Problem(f"{place}.comparison", f"{name}: it compares by {known}; {said(stated.get('comparison'))}.")
    if not is_number(stated.get("limit")):
        yield Problem(f"{place}.limit", f"{name}: the limit is a number; {said(stated.get('limit'))}.")


def twice(listed: list[dict[str, Any]], *, part: str) -> Iterator[Problem]:
    for key, count in Counter(str(entry.get("key")) for entry in listed).items():
        if count > 1:
            yield Problem(part, f"Two {part} have the key {key}.")


def limit_problems(card: CardFile) -> Iterator[Problem]:
    if not is_number(card.min_coverage) or not 0 <= card.min_coverage <= 1:
        yield Problem("min_coverage", f"The minimum of coverage is from 0 to 100 %; {said(card.min_coverage)}.")
    largest = card.pulse.get("largest_percent")
    if not is_number(largest) or not 0 <= largest <= 100:  # type: ignore[operator]  # a number by then
        yield Problem("pulse.largest_percent", f"The largest pulse is from 0 to 100 %; {said(largest)}.")
    if not isinstance(card.pulse.get("may_raise"), bool):
        yield Problem("pulse.may_raise", "Whether pulses may raise a score is true or false.")


def warnings(card: CardFile) -> list[str]:
    """What is allowed and still worth a thought."""
    said: list[str] = []
    if len(card.items) > MANY_MEASURES:
        said.append(f"{len(card.items)} measures: a card of 3 to {MANY_MEASURES} is easier to explain and to act on.")
    if any(item.weight == 0 for item in card.items):
        said.append("A measure of weight 0 is shown and changes nothing.")
    return said


def lagging_percent(card: CardFile) -> int:
    """The share of the weight that tells what has happened already, in whole percent."""
    weights = [(item.weight, is_lagging(item.measure)) for item in card.items if is_whole(item.weight)]
    total = sum(weight for weight, _ in weights)
    return round(100 * sum(weight for weight, lags in weights if lags) / total) if total > 0 else 0


def is_lagging(key: str) -> bool:
    """Whether a measure tells what has happened already; unknown ones do not."""
    try:
        return not catalog.measure(key).is_leading
    except catalog.UnknownMeasure:
        return False


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def said(value: object) -> str:
    return "nothing is given" if value in (None, "") else f"given is {value!r}"
