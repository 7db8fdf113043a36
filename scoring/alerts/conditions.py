"""What a rule of each kind asks: its parameters, checked, and how it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scoring.catalog import Measure, Unit, UnknownMeasure, measure
from scoring.core.bands import CODES, UNDEFINED
from scoring.models import AlertKind
from scoring.queries.words import Words, words_of_scorecards

INTO, WORSE, BETTER = "into", "worse", "better"
FELL, ROSE = "fell", "rose"
BELOW, ABOVE = "below", "above"
LONGEST_DAYS, LONGEST_RENEWAL_DAYS = 365, 730
ANY = ""
# Shares and ratios are said in percent.
PERCENT = (Unit.SHARE, Unit.RATIO)


class BadCondition(ValueError):
    """The parameters of a rule make no condition; the message says why."""


@dataclass(frozen=True)
class BandMove:
    """The band of the day is another than that of the day before."""

    move: str
    band: int

    def words(self, known: Words) -> str:
        if self.move == INTO:
            return f"moves into {known.band(self.band)}"
        return "moves into a worse band" if self.move == WORSE else "moves into a better band"


@dataclass(frozen=True)
class ScoreMove:
    """The score of the day is so many points away from that of so many days before."""

    direction: str
    points: int
    days: int

    def words(self, known: Words) -> str:
        verb = "falls" if self.direction == FELL else "rises"
        return f"score {verb} by {counted(self.points, 'point')} or more within {counted(self.days, 'day')}"


@dataclass(frozen=True)
class FlagOn:
    """A flag, or any, is on that was off the day before."""

    flag: str

    def words(self, known: Words) -> str:
        return f"gets the flag {known.flag(self.flag)}" if self.flag else "gets a flag"


@dataclass(frozen=True)
class Crossing:
    """A measure is beyond a value on the day, and was not the day before."""

    measure: str
    direction: str
    value: float

    def words(self, known: Words) -> str:
        found = known_measure(self.measure)
        return f"{found.label} goes {self.direction} {value_words(self.value, found.unit)}"


@dataclass(frozen=True)
class RenewalNear:
    """The contract renews within so many days."""

    days: int

    def words(self, known: Words) -> str:
        return f"renewal is within {counted(self.days, 'day')}"


@dataclass(frozen=True)
class SourceSilent:
    """A source of the accounts brings nothing for longer than its rhythm."""

    def words(self, known: Words) -> str:
        return "a source of its facts falls silent"


Condition = BandMove | ScoreMove | FlagOn | Crossing | RenewalNear | SourceSilent
Params = Mapping[str, Any]


def condition_of(kind: str, params: Params) -> Condition:
    """The condition that the parameters make. Raises BadCondition."""
    try:
        return READERS[AlertKind(kind)](params)
    except KeyError as missing:
        raise BadCondition(f"It lacks {missing.args[0]}.") from missing


def band_move(params: Params) -> BandMove:
    move, band = params["move"], params.get("band", UNDEFINED)
    if move not in (INTO, WORSE, BETTER) or band not in CODES.values():
        raise BadCondition("Choose a band, or better or worse.")
    return BandMove(move, band)


def score_move(params: Params) -> ScoreMove:
    if params["direction"] not in (FELL, ROSE):
        raise BadCondition("A score falls or rises.")
    points = whole(params["points"], 1, 100, "points")
    return ScoreMove(params["direction"], points, whole(params["days"], 1, LONGEST_DAYS, "days"))


def flag_on(params: Params) -> FlagOn:
    return FlagOn(str(params["flag"]))


def crossing(params: Params) -> Crossing:
    if params["direction"] not in (BELOW, ABOVE):
        raise BadCondition("A measure goes below or above a value.")
    return Crossing(known_measure(params["measure"]).key, params["direction"], float(params["value"]))


def renewal_near(params: Params) -> RenewalNear:
    return RenewalNear(whole(params["days"], 1, LONGEST_RENEWAL_DAYS, "days"))


READERS: dict[AlertKind, Callable[[Params], Condition]] = {
    AlertKind.BAND: band_move,
    AlertKind.SCORE: score_move,
    AlertKind.FLAG: flag_on,
    AlertKind.MEASURE: crossing,
    AlertKind.RENEWAL: renewal_near,
    AlertKind.SILENCE: lambda params: SourceSilent(),
}


def words_of(kind: str, params: Params) -> str:
    """The condition as a sentence goes on after "An account …"; of one that can no longer be read, why."""
    try:
        return condition_of(kind, params).words(words_of_scorecards())
    except BadCondition as error:
        return str(error)


def known_measure(key: str) -> Measure:
    try:
        return measure(key)
    except UnknownMeasure as error:
        raise BadCondition(f"There is no measure {key!r}.") from error


def whole(value: Any, low: int, high: int, noun: str) -> int:
    if not isinstance(value, int) or not low <= value <= high:
        raise BadCondition(f"Give {low} to {high} {noun}.")
    return value


def value_words(value: float, unit: Unit) -> str:
    """A value as it is typed into a rule: percent for shares, the plain number else."""
    return f"{value * 100:.4g}%" if unit in PERCENT else f"{value:.6g}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
