"""Bands: contiguous ranges of the score as people see it (docs/scoring.md, "From points to score").

Shapes: scores are Ints (A,) in hundredths; band codes are Ints (A,): 0 is the best band, 1 the next, and so on;
-1 is Undefined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from scoring.core.arrays import Bools, Ints, divide_rounded

UNDEFINED = -1
# Which tokens color so many bands, the best one first. Three are the usual; two leave the middle out.
COLORS = {
    1: ("strong",),
    2: ("strong", "weak"),
    3: ("strong", "moderate", "weak"),
    4: ("above", "strong", "moderate", "weak"),
    5: ("above", "strong", "moderate", "weak", "below"),
}
MOST_BANDS = max(COLORS)
COLOR_NAMES = ("above", "strong", "green", "moderate", "weak", "below")


class BadBands(ValueError):
    """The bands do not cover 0 to 100 once; the message says where."""


@dataclass(frozen=True)
class Band:
    """One band; low and high are whole points, both included. `color` names a token; empty is that of its place."""

    key: str
    label: str
    low: int
    high: int
    color: str = ""


@dataclass(frozen=True)
class Bands:
    """The bands of a scorecard, the best one first; a band's code is its place here."""

    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        if not self.bands or self.bands[0].high != 100 or self.bands[-1].low != 0:
            raise BadBands("Bands must run from 100, the best band first, down to 0.")
        for better, worse in zip(self.bands, self.bands[1:], strict=False):
            if worse.high != better.low - 1:
                raise BadBands(f"Band {worse.key} must end at {better.low - 1}, just below {better.key}.")
        if any(
            not isinstance(edge, int) or band.low > band.high for band in self.bands for edge in (band.low, band.high)
        ):
            raise BadBands("The low and high of a band must be whole points, the low one not above the high one.")
        if len({band.key for band in self.bands}) != len(self.bands):
            raise BadBands("Two bands have the same key.")
        if odd := next((band.color for band in self.bands if band.color and band.color not in COLOR_NAMES), None):
            raise BadBands(f"There is no color {odd!r}; the colors are {', '.join(COLOR_NAMES)}.")

    @property
    def colors(self) -> tuple[str, ...]:
        """The token of each band, the best one first."""
        return tuple(band.color or usual for band, usual in zip(self.bands, colors_of(len(self.bands)), strict=True))

    def code(self, key: str) -> int:
        """The code of the band with this key."""
        codes = {band.key: code for code, band in enumerate(self.bands)}
        if key not in codes:
            raise BadBands(f"There is no band {key!r}; the bands are {', '.join(codes)}.")
        return codes[key]


DEFAULT_BANDS = Bands(
    (
        Band(key="strong", label="Strong", low=70, high=100),
        Band(key="moderate", label="Moderate", low=50, high=69),
        Band(key="weak", label="Weak", low=0, high=49),
    )
)


def shown(score_hundredths: Ints) -> Ints:
    """The score as people see it: rounded half up to whole points."""
    return divide_rounded(score_hundredths, 100)


def band_codes(score_hundredths: Ints, is_defined: Bools, bands: Bands) -> Ints:
    """The code of each score's band, -1 where there is no score."""
    # Counting the bands whose low end lies above the score gives the place of the first that does not.
    lows = np.array([band.low for band in bands.bands])
    codes = (shown(score_hundredths)[:, np.newaxis] < lows).sum(axis=1)
    return np.where(is_defined, codes, UNDEFINED)


def cap(band_codes: Ints, caps: Ints) -> Ints:
    """The bands, none better than its cap (-1: no cap); Undefined stays Undefined."""
    return np.where(band_codes == UNDEFINED, UNDEFINED, np.maximum(band_codes, caps))


def bands_from_json(bands: Sequence[Mapping[str, object]]) -> Bands:
    """The bands that a scorecard's JSON or TOML lists, the best one first."""
    expected = set(Band.__dataclass_fields__)
    for band in bands:
        if set(band) | {"color"} != expected:
            raise BadBands(f"A band takes key, label, low and high; got {', '.join(sorted(band)) or 'nothing'}.")
    return Bands(tuple(Band(**band) for band in bands))  # type: ignore[arg-type]


def bands_to_json(bands: Bands) -> list[dict[str, object]]:
    """The list from which `bands_from_json` makes the same bands."""
    return [{name: value for name, value in asdict(band).items() if value != ""} for band in bands.bands]


def colors_of(count: int) -> tuple[str, ...]:
    """The usual color of each of so many bands; those beyond the most that have one share the last."""
    return COLORS.get(count) or (*COLORS[MOST_BANDS], *[COLORS[MOST_BANDS][-1]] * (count - MOST_BANDS))
