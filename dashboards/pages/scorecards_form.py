"""The draft's form: what was typed becomes the draft's content, sound or not, and buttons change its lists.

Fields are named by their place in the content: measures-0-weight, bands-1-label. What is no number stays text, so
that nothing is lost and the check can name it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from dashboards.pages.scorecards_bands import PRESETS, preset, split, with_ends, without
from scoring import catalog
from scoring.content import is_in_percent
from scoring.core.scorecard import Missing

Content = dict[str, Any]
FULL_WEIGHT = 100
# The parameters of each kind of curve; lists of pairs are entered row by row.
PARAMS = {
    "thresholds": ("at_risk", "healthy"),
    "linear": ("zero", "full"),
    "percentile": (),
    "target_curve": (),
    "table": (),
}
PAIRS = {"target_curve": "targets", "table": "points_by_value"}
LISTS = ("measures", "adjustments", "flags")


def content_from(posted: Mapping[str, str]) -> Content:
    """The draft as the form holds it."""
    return {
        "measures": [measure_from(posted, place) for place in places(posted, "measures", "key")],
        "min_coverage": percent_from(posted.get("min_coverage", "")),
        "bands": with_ends([band_from(posted, place) for place in places(posted, "bands", "key")]),
        "adjustments": [rule_from(posted, place) for place in places(posted, "adjustments", "key")],
        "flags": [flag_from(posted, place) for place in places(posted, "flags", "key")],
        "pulse": {
            "may_raise": posted.get("pulse-may_raise") == "on",
            "largest_percent": number_from(posted.get("pulse-largest_percent", "")),
        },
    }


def places(posted: Mapping[str, str], part: str, field: str) -> list[str]:
    """The prefixes of a list's entries, in the form's order."""
    found: list[str] = []
    while f"{part}-{len(found)}-{field}" in posted:
        found.append(f"{part}-{len(found)}")
    return found


def measure_from(posted: Mapping[str, str], place: str) -> Content:
    key, kind = posted[f"{place}-key"], posted.get(f"{place}-curve", "linear")
    read = percent_from if is_in_percent(key) else number_from
    params: Content = {name: read(posted.get(f"{place}-{name}", "")) for name in PARAMS.get(kind, ())}
    if kind == "percentile":
        chosen = posted.get(f"{place}-is_higher_better")
        params["is_higher_better"] = is_higher_better(key) if chosen is None else chosen == "yes"
    if kind in PAIRS:
        params[PAIRS[kind]] = pairs_from(posted, f"{place}-{PAIRS[kind]}", read=read, is_target=kind == "target_curve")
    return {
        "key": key,
        "weight": number_from(posted.get(f"{place}-weight", "")),
        "curve": kind,
        "missing": posted.get(f"{place}-missing", Missing.LEAVE_OUT.value),
        **params,
    }


def is_higher_better(key: str) -> bool:
    try:
        return catalog.measure(key).is_higher_better
    except catalog.UnknownMeasure:
        return True


def pairs_from(
    posted: Mapping[str, str], place: str, *, read: Callable[[str], Any], is_target: bool
) -> list[list[Any]]:
    """Rows of two fields, in order; empty ones are none. Of targets the month comes first, of a table the value."""
    rows = [(posted[f"{prefix}-from"], posted.get(f"{prefix}-to", "")) for prefix in places(posted, place, "from")]
    first, second = (number_from, read) if is_target else (read, number_from)
    pairs = [[first(one), second(other)] for one, other in rows if one.strip() or other.strip()]
    is_sortable = all(isinstance(pair[0], int | float) for pair in pairs)
    return sorted(pairs, key=lambda pair: pair[0]) if is_sortable else pairs


def band_from(posted: Mapping[str, str], place: str) -> Content:
    return {
        "key": posted[f"{place}-key"],
        "label": posted.get(f"{place}-label", "").strip(),
        "low": number_from(posted.get(f"{place}-low", "")),
        "color": posted.get(f"{place}-color", ""),
    }


def rule_from(posted: Mapping[str, str], place: str) -> Content:
    kind, amount = posted.get(f"{place}-kind", "percent"), number_from(posted.get(f"{place}-amount", ""))
    return {**condition_from(posted, place), "kind": kind, "amount": amount}


def flag_from(posted: Mapping[str, str], place: str) -> Content:
    return {**condition_from(posted, place), "band_cap": posted.get(f"{place}-band_cap") or None}


def condition_from(posted: Mapping[str, str], place: str) -> Content:
    return {
        "key": posted[f"{place}-key"],
        "label": posted.get(f"{place}-label", "").strip(),
        "fact": posted.get(f"{place}-fact", ""),
        "comparison": posted.get(f"{place}-comparison", "is_true"),
        "limit": number_from(posted.get(f"{place}-limit", "0")),
    }


def number_from(text: str) -> int | float | str:
    """A number as people type it; what is none stays as it was typed."""
    plain = text.strip().replace("\u2212", "-").replace(",", ".").removesuffix("%").strip()
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        return float(plain) if isfinite(float(plain)) else text
    except ValueError:
        return text


def percent_from(text: str) -> int | float | str:
    """A percentage as a ratio: 80 is 0.8, exactly as a file would state it."""
    found = number_from(text)
    if isinstance(found, str):
        return found
    try:
        ratio = Decimal(str(found)) / 100
    except InvalidOperation:
        return text
    return int(ratio) if ratio == ratio.to_integral_value() else float(ratio)


# What the buttons of the form do to the content, by the first word of their value.


def changed_by(action: str, content: Content, posted: Mapping[str, str]) -> Content:
    """The content after a button was pressed; unknown words change nothing."""
    word, _, rest = action.partition(":")
    part, _, place = rest.partition(":")
    if word == "add" and part in LISTS:
        return {**content, part: ADD[part](content[part], posted)}
    if word in MOVES and part in LISTS and place.isdecimal() and int(place) < len(content[part]):
        return {**content, part: MOVES[word](list(content[part]), int(place))}
    if word in BANDS and part.isdecimal() and int(part) < len(content["bands"]):
        return {**content, "bands": BANDS[word](content["bands"], int(part))}
    if word == "preset" and part in PRESETS:
        return {**content, "bands": preset(part)}
    if word == "scale":
        return {**content, "measures": scaled(content["measures"])}
    return content


def add_measure(measures: list[Content], posted: Mapping[str, str]) -> list[Content]:
    """The chosen measure with no weight yet, on a straight line whose ends are still to be given."""
    key = posted.get("add-measure", "")
    if not key or key in {entry["key"] for entry in measures}:
        return measures
    added = {"key": key, "weight": 0, "curve": "linear", "missing": Missing.LEAVE_OUT.value, "zero": "", "full": ""}
    return [*measures, added]


def add_condition(listed: list[Content], posted: Mapping[str, str]) -> Content:
    taken = {entry["key"] for entry in listed}
    key = next(key for key in (f"own_{n}" for n in range(1, len(listed) + 2)) if key not in taken)
    return {"key": key, "label": "", "fact": "", "comparison": "is_true", "limit": 0}


def remove(listed: list[Content], place: int) -> list[Content]:
    return listed[:place] + listed[place + 1 :]


def up(listed: list[Content], place: int) -> list[Content]:
    if place > 0:
        listed[place - 1], listed[place] = listed[place], listed[place - 1]
    return listed


def down(listed: list[Content], place: int) -> list[Content]:
    return up(listed, place + 1) if place + 1 < len(listed) else listed


def scaled(measures: list[Content]) -> list[Content]:
    """The weights in the same proportions, summing to 100; left alone unless all are whole and one is above 0."""
    weights = [entry["weight"] for entry in measures]
    if not all(isinstance(weight, int) and weight >= 0 for weight in weights) or not sum(weights):
        return measures
    total = sum(weights)
    whole = [weight * FULL_WEIGHT // total for weight in weights]
    # What rounding down left over goes to the largest remainders, ties in the card's order.
    order = sorted(range(len(weights)), key=lambda n: -(weights[n] * FULL_WEIGHT % total))
    for n in order[: FULL_WEIGHT - sum(whole)]:
        whole[n] += 1
    return [entry | {"weight": weight} for entry, weight in zip(measures, whole, strict=True)]


BANDS = {"split": split, "without": without}
MOVES: dict[str, Callable[[list[Content], int], list[Content]]] = {"remove": remove, "up": up, "down": down}
ADD: dict[str, Callable[[list[Content], Mapping[str, str]], list[Content]]] = {
    "measures": add_measure,
    "adjustments": lambda listed, posted: [
        *listed, add_condition(listed, posted) | {"kind": "percent", "amount": ""},
    ],
    "flags": lambda listed, posted: [*listed, add_condition(listed, posted) | {"band_cap": None}],
}  # fmt: skip
