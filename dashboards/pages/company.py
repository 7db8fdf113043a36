"""What pages about many accounts need to know of the company: its name, its currency, how it calls its bands."""

from dataclasses import dataclass

from accounts.queries.organization import the_organization
from dashboards.charts.theme import DEFAULT_SCALE, BandScale
from scoring.core.bands import Bands
from scoring.queries.words import words_of_scorecards


@dataclass(frozen=True)
class Company:
    name: str
    currency: str
    scale: BandScale


def company() -> Company:
    """The company as it is set up now."""
    organization = the_organization()
    scale = scale_of(words_of_scorecards().bands)
    return Company(name=organization.name, currency=organization.reporting_currency, scale=scale)


def scale_of(bands: Bands) -> BandScale:
    """The bands' names and limits for charts, which draw three bands."""
    if len(bands.bands) != len(DEFAULT_SCALE.names) - 1:
        return DEFAULT_SCALE
    best, middle, worst = bands.bands
    names = (best.label, middle.label, worst.label, DEFAULT_SCALE.names[-1])
    return BandScale(names=names, strong_from=best.low, moderate_from=middle.low)
