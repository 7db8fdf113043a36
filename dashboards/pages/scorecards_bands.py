"""The bands of a draft: one split in two, one taken out, and the usual sets; between 100 and 0 no gap is ever left."""

from typing import Any

from scoring.core.bands import FEWEST_BANDS, MOST_BANDS, colors_of

Content = dict[str, Any]
# Key, name, where it begins and color of each band, the best one first.
PRESETS: dict[str, list[tuple[str, str, int, str]]] = {
    "two": [("strong", "Healthy", 60, "strong"), ("weak", "At risk", 0, "weak")],
    "usual": [
        ("strong", "Strong", 70, "strong"),
        ("moderate", "Moderate", 50, "moderate"),
        ("weak", "Weak", 0, "weak"),
    ],
    "lights": [("strong", "Green", 70, "green"), ("moderate", "Amber", 50, "moderate"), ("weak", "Red", 0, "weak")],
    "four": [
        ("above", "Excellent", 85, "above"),
        ("strong", "Strong", 70, "strong"),
        ("moderate", "Moderate", 50, "moderate"),
        ("weak", "Weak", 0, "weak"),
    ],
    "five": [
        ("above", "Excellent", 85, "above"),
        ("strong", "Strong", 70, "strong"),
        ("moderate", "Moderate", 50, "moderate"),
        ("weak", "Weak", 30, "weak"),
        ("below", "Critical", 0, "below"),
    ],
}


def preset(name: str) -> list[Content]:
    return with_ends(
        [{"key": key, "label": label, "low": low, "color": color} for key, label, low, color in PRESETS[name]]
    )


def with_ends(bands: list[Content]) -> list[Content]:
    """Each band up to the one above it, from 100 down to 0."""
    for above, band in zip([None, *bands], bands, strict=False):
        band["high"] = 100 if above is None else above["low"] - 1 if isinstance(above["low"], int) else ""
    if bands:
        bands[-1]["low"] = 0
    return bands


def split(bands: list[Content], place: int) -> list[Content]:
    """The band in two halves, the lower one without a name yet; left alone where five are there or one point is all."""
    upper = bands[place]
    low, high = upper["low"], upper["high"]
    is_known = isinstance(low, int) and isinstance(high, int)
    if len(bands) >= MOST_BANDS or (is_known and low >= high):
        return bands
    lower = {"key": free_key(bands), "label": "", "low": low, "color": upper["color"]}
    halved = upper | {"low": (low + high + 1) // 2 if is_known else ""}
    return with_ends(recolored(bands, [*bands[:place], halved, lower, *bands[place + 1 :]]))


def without(bands: list[Content], place: int) -> list[Content]:
    """The band taken out, its range left to the one below, or of the last to the one above; two always stay."""
    if len(bands) <= FEWEST_BANDS:
        return bands
    return with_ends(recolored(bands, bands[:place] + bands[place + 1 :]))


def free_key(bands: list[Content]) -> str:
    taken = {band["key"] for band in bands}
    return next(key for key in (f"band_{n}" for n in range(1, len(bands) + 2)) if key not in taken)


def recolored(before: list[Content], after: list[Content]) -> list[Content]:
    """The usual colors of so many bands where the usual ones stood before; else a new one takes a free one."""
    if [band["color"] for band in before] == list(colors_of(len(before))):
        return [band | {"color": color} for band, color in zip(after, colors_of(len(after)), strict=True)]
    known = {band["key"] for band in before}
    taken = {band["color"] for band in before}
    free = [color for color in colors_of(MOST_BANDS) if color not in taken]
    return [band | ({"color": free[0]} if free and band["key"] not in known else {}) for band in after]
