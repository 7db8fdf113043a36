"""What pages about many accounts need to know of the company: its name, its currency, how it calls its bands."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from accounts.queries.organization import the_organization
from dashboards import formats
from dashboards.charts.theme import BandScale
from scoring.core.bands import Bands
from scoring.queries.words import Words, words_of_scorecards


@dataclass(frozen=True)
class Company:
    name: str
    currency: str
    scale: BandScale


def company(*, among: Iterable[int] = (), days: Collection[date] = ()) -> Company:
    """The company as it is set up now, for a page that shows accounts of these bands on these days."""
    organization = the_organization()
    scale = scale_for(words_of_scorecards(), among=among, days=days)
    return Company(name=organization.name, currency=organization.reporting_currency, scale=scale)


def scale_of(bands: Bands) -> BandScale:
    """The names and limits of a card's own bands."""
    return scale_for(Words(bands=bands))


def scale_for(words: Words, *, among: Iterable[int] = (), days: Collection[date] = ()) -> BandScale:
    """The bands of the default card, with those of the past that are among what these days show."""
    codes, bands = words.codes(among=among), words.bands.by_code
    return BandScale(
        codes=codes,
        names=tuple(words.band(code) for code in codes),
        lows=tuple(bands[code].low if code in bands else None for code in codes),
        at_risk=words.bands.at_risk,
        note=banded_note(words, days=days),
    )


def banded_note(words: Words, *, days: Collection[date]) -> str:
    """Since when the bands are what they are, where they changed among the days that are shown."""
    inside = [day for day in words.banded_on if days and min(days) < day <= max(days)]
    return f"other bands before {formats.day(inside[-1])}" if inside else ""
