"""What differs between two states of a scorecard, line by line, in words."""

from collections.abc import Iterator
from typing import Any

from scoring import catalog, rules
from scoring.content import CardFile, ItemFile, is_in_percent
from scoring.core.scorecard import Missing

ARROW = "→"
CURVE_NAMES = {
    "thresholds": "thresholds",
    "linear": "straight line",
    "target_curve": "target curve",
    "percentile": "percentile among peers",
    "table": "stated points",
}
PARAM_NAMES = {
    "at_risk": "cut at risk",
    "healthy": "cut healthy",
    "zero": "0 points at",
    "full": "100 points at",
    "is_higher_better": "higher is better",
}
MISSING_NAMES = {
    Missing.LEAVE_OUT: "left out",
    Missing.ZERO: "counted as 0",
    Missing.NEUTRAL: "counted as 50",
}
COMPARISON_NAMES = {
    "at_least": "at least {}",
    "at_most": "at most {}",
    "over": "over {}",
    "fell_by_over": "fell by over {}%",
    "is_true": "is so",
}


FACT_NAMES = {
    "ebr_overdue": "EBR overdue",
    "sponsor_left": "Sponsor or champion left",
    "days_since_acquired": "Days since it was acquired",
    "days_since_opt_out": "Days since an opt-out notice",
    "days_since_legal": "Days since lawyers are involved",
    "days_since_business_event": "Days since a business event",
    "decision_maker_detractor": "A decision maker is a detractor",
    "score_drop_30_days": "Points lost in 30 days",
}


def differences(before: CardFile, after: CardFile) -> list[str]:
    """Every change from one to the other, one a line; none where both say the same."""
    return [
        *measure_differences(before, after),
        *band_differences(before, after),
        *listed_differences(before.adjustments, after.adjustments, describe=rule_words, noun="adjustment"),
        *listed_differences(before.flags, after.flags, describe=flag_words, noun="flag"),
        *changed("Minimum of coverage", percent(before.min_coverage), percent(after.min_coverage)),
        *pulse_differences(before.pulse, after.pulse),
    ]


def measure_differences(before: CardFile, after: CardFile) -> Iterator[str]:
    old, new = ({item.measure: item for item in card.items} for card in (before, after))
    for key, item in new.items():
        if key in old:
            yield from item_differences(old[key], item)
        else:
            yield f"{label(key)}: new measure, weight {item.weight}, {curve_words(item)}"
    yield from (f"{label(key)}: removed, its weight was {item.weight}" for key, item in old.items() if key not in new)
    yield from order_difference([key for key in old if key in new], [key for key in new if key in old], "measures")


def item_differences(old: ItemFile, new: ItemFile) -> Iterator[str]:
    name = label(new.measure)
    yield from changed(f"{name}: weight", str(old.weight), str(new.weight))
    if old.curve != new.curve:
        yield f"{name}: {curve_words(old)} {ARROW} {curve_words(new)}"
    elif old.params != new.params:
        for key in {**old.params, **new.params}:
            yield from param_differences(key, old, new)
    yield from changed(f"{name}: without a value", missing_words(old.missing), missing_words(new.missing))


def param_differences(key: str, old: ItemFile, new: ItemFile) -> Iterator[str]:
    """A single number, or of a list of pairs each place that differs."""
    name, was, now = label(new.measure), old.params.get(key), new.params.get(key)
    past, present = pairs_in(was), pairs_in(now)
    if past is None or present is None:
        yield from changed(f"{name}: {PARAM_NAMES.get(key, key)}", value(was, old.measure), value(now, new.measure))
        return
    is_target = key == "targets"
    for place in sorted({*past, *present}, key=lambda place: (isinstance(place, str), place)):
        where = f"target at month {place}" if is_target else f"points for {value(place, new.measure)}"
        texts = [
            "none" if place not in pairs else value(pairs[place], new.measure if is_target else "")
            for pairs in (past, present)
        ]
        yield from changed(f"{name}: {where}", *texts)


def band_differences(before: CardFile, after: CardFile) -> Iterator[str]:
    """By place, because the place is what a band is."""
    if len(before.bands) != len(after.bands):
        yield f"Bands: {band_words(before.bands)} {ARROW} {band_words(after.bands)}"
        return
    for n, (old, new) in enumerate(zip(before.bands, after.bands, strict=True), start=1):
        yield from changed(f"Band {n}: name", old["label"], new["label"])
        yield from changed(f"{new['label']}: from", str(old["low"]), str(new["low"]))
        yield from changed(f"{new['label']}: color", old["color"], new["color"])


def listed_differences(
    before: list[dict[str, Any]], after: list[dict[str, Any]], *, describe: Any, noun: str
) -> Iterator[str]:
    """Of adjustments or flags: what changed by key, what is new, what is gone, and their order."""
    old, new = ({entry["key"]: entry for entry in entries} for entries in (before, after))
    for key, entry in new.items():
        if key not in old:
            yield f"{entry['label']}: new {noun}, {describe(entry)}"
            continue
        yield from changed(f"{old[key]['label']}: name", old[key]["label"], entry["label"])
        yield from changed(entry["label"], describe(old[key]), describe(entry))
    yield from (f"{entry['label']}: {noun} removed" for key, entry in old.items() if key not in new)
    yield from order_difference([key for key in old if key in new], [key for key in new if key in old], f"{noun}s")


def order_difference(old: list[str], new: list[str], what: str) -> Iterator[str]:
    if old != new:
        yield f"Order of {what}: now {', '.join(label(key) for key in new)}"


def pulse_differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    yield from changed("Pulses may raise a score", yes_or_no(before["may_raise"]), yes_or_no(after["may_raise"]))
    largest = (f"{plain(pulse['largest_percent'])}%" for pulse in (before, after))
    yield from changed("Largest pulse", *largest)


def changed(what: str, was: str, now: str) -> Iterator[str]:
    if was != now:
        yield f"{what} {was} {ARROW} {now}"


def curve_words(item: ItemFile) -> str:
    """A curve with its parameters: thresholds (at risk 30 days, healthy 7)."""
    name = CURVE_NAMES.get(item.curve, item.curve)
    simple = {key: held for key, held in item.params.items() if not isinstance(held, list | bool)}
    parts = [f"{PARAM_NAMES.get(key, key)} {value(held, item.measure)}" for key, held in simple.items()]
    parts += [f"{len(held)} entries" for held in item.params.values() if isinstance(held, list)]
    return f"{name} ({', '.join(parts)})" if parts else name


def rule_words(rule: dict[str, Any]) -> str:
    unit = "%" if rule["kind"] == "percent" else " points"
    return f"{plain(rule['amount'])}{unit} when {condition_words(rule)}"


def flag_words(flag: dict[str, Any]) -> str:
    capped = f", at most {flag['band_cap']}" if flag["band_cap"] else ""
    return f"on when {condition_words(flag)}{capped}"


def condition_words(stated: dict[str, Any]) -> str:
    """What turns a rule or a flag on: Days since a login at least 14; EBR overdue."""
    if stated["comparison"] == "is_true":
        return label(stated["fact"])
    said = COMPARISON_NAMES.get(stated["comparison"], stated["comparison"])
    return f"{label(stated['fact'])} {said.format(plain(stated['limit']))}"


def band_words(bands: list[dict[str, Any]]) -> str:
    return ", ".join(f"{band['label']} from {band['low']}" for band in bands)


def missing_words(policy: str) -> str:
    return MISSING_NAMES.get(policy, policy)  # type: ignore[call-overload, no-any-return]  # a StrEnum's member is its text


def yes_or_no(value: object) -> str:
    return "yes" if value is True else "no" if value is False else str(value)


def label(key: str) -> str:
    """What a measure or a fact is called; one that is not known by its key."""
    if key in rules.FACTS:
        return FACT_NAMES.get(key) or key.replace("_", " ").capitalize()
    try:
        return catalog.measure(key).label
    except catalog.UnknownMeasure:
        return key.replace("_", " ").capitalize()


def value(held: object, key: str) -> str:
    """A parameter as people read it: shares and ratios in percent, all else as it was entered."""
    if isinstance(held, bool):
        return yes_or_no(held)
    if isinstance(held, int | float) and key and is_in_percent(key):
        return percent(held)
    return plain(held)


def pairs_in(held: object) -> dict[Any, Any] | None:
    """A list of pairs as a dictionary; None for anything else."""
    if not isinstance(held, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in held):
        return None
    return {pair[0]: pair[1] for pair in held}


def percent(ratio: object) -> str:
    return f"{plain(round(ratio * 100, 6))}%" if isinstance(ratio, int | float) else str(ratio)


def plain(held: object) -> str:
    """A number without needless decimals and with a true minus."""
    return f"{held:g}".replace("-", "\u2212") if isinstance(held, int | float) else str(held)
