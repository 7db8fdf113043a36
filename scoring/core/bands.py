"""Bands: contiguous ranges of the score as people see it (docs/scoring.md, "From points to score").

Shapes: scores are Ints (A,) in hundredths; band codes are Ints (A,). A code is a band's part in the order, the same
however many bands there are, so that what was kept under three bands still tells when there are five: of the usual
three 0 is the best, 1 the middle, 2 the worst; -2 stands above them, 3 below; -1 is Undefined. Of two codes that are
not -1 the larger is the worse band.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.core.arrays import Bools, Ints, divide_rounded

ABOVE, UNDEFINED, STRONG, MODERATE, WEAK, BELOW = -2, -1, 0, 1, 2, 3
# All that a score can be in, the best first.
DEFINED = (ABOVE, STRONG, MODERATE, WEAK, BELOW)
# The word of each in addresses, in the API, and of its usual color; never what people call it.
KEYS = {ABOVE: "above", STRONG: "strong", MODERATE: "moderate", WEAK: "weak", BELOW: "below", UNDEFINED: "undefined"}
CODES = {key: code for code, key in KEYS.items()}
# The bands of a card that has so many, the best one first. Three are the usual; two leave the middle out.
CODES_OF = {
    2: (STRONG, WEAK),
    3: (STRONG, MODERATE, WEAK),
    4: (ABOVE, STRONG, MODERATE, WEAK),
    5: (ABOVE, STRONG, MODERATE, WEAK, BELOW),
}
FEWEST_BANDS, MOST_BANDS = min(CODES_OF), max(CODES_OF)
# At risk: the worst band, and with five the two worst. So what is at risk stays so when a band is added below.
AT_RISK = (WEAK, BELOW)
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
    """The two to five bands of a scorecard, the best one first."""

    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        if len(self.bands) not in CODES_OF:
            raise BadBands(f"There are {FEWEST_BANDS} to {MOST_BANDS} bands beside Undefined; got {len(self.bands)}.")
        if self.bands[0].high != 100 or self.bands[-1].low != 0:
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
    def codes(self) -> tuple[int, ...]:
        """The code of each band, the best one first."""
        return CODES_OF[len(self.bands)]

    @property
    def colors(self) -> dict[int, str]:
        """The token of each band by its code, the best one first."""
        return {code: band.color or KEYS[code] for code, band in self.by_code.items()}

    @property
    def by_code(self) -> dict[int, Band]:
        """Each band by its code, the best one first."""
        return dict(zip(self.codes, self.bands, strict=True))

    @property
    def at_risk(self) -> tuple[int, ...]:
        """The codes of the bands in which an account is at risk, the better one first."""
        return tuple(code for code in self.codes if code in AT_RISK)

    def code(self, key: str) -> int:
        """The code of the band with this key."""
        codes = {band.key: code for code, band in self.by_code.items()}
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


def least_shown_as(points: int) -> int:
    """The lowest score, in hundredths, that people see as so many whole points."""
    return points * 100 - 50


def band_codes(score_hundredths: Ints, is_defined: Bools, bands: Bands) -> Ints:
    """The code of each score's band, -1 where there is no score."""
    # Counting the bands whose low end lies above the score gives the place of the first that does not.
    lows = np.array([band.low for band in bands.bands])
    places = (shown(score_hundredths)[:, np.newaxis] < lows).sum(axis=1)
    return np.where(is_defined, np.array(bands.codes)[places], UNDEFINED)


def cap(band_codes: Ints, at_most: int, is_capped: Bools) -> Ints:
    """The bands, none better than `at_most` where they are capped; Undefined stays Undefined."""
    return np.where(is_capped & (band_codes != UNDEFINED), np.maximum(band_codes, at_most), band_codes)


def bands_from_json(bands: Sequence[Mapping[str, object]]) -> Bands:
    """The bands that a scorecard's JSON or TOML lists, the best one first."""
    expected = set(Band.__dataclass_fields__)
    for band in bands:
        if set(band) | {"color"} != expected:
            raise BadBands(f"A band takes key, label, low and high; got {', '.join(sorted(band)) or 'nothing'}.")
    return Bands(tuple(Band(**band) for band in bands))  # type: ignore[arg-type]


def colors_of(count: int) -> tuple[str, ...]:
    """The usual color of each of so many bands; of more than there can be, those beyond share the last."""
    codes = CODES_OF.get(max(FEWEST_BANDS, min(count, MOST_BANDS)), ())
    return tuple(KEYS[codes[min(n, len(codes) - 1)]] for n in range(count))
