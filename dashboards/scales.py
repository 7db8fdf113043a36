"""On which scale a page shows scores: the one that the organization chose, read at most once a request."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest, HttpResponse

from accounts.models import DisplayScale
from accounts.queries.organization import organization_remembered, the_organization
from accounts.queries.silence import silences_remembered
from dashboards import formats
from dashboards.formats import HUNDRED, SCALE, Number, ScoreScale
from scoring.core.bands import Bands
from scoring.queries.words import words_of_scorecards, words_remembered


@dataclass(frozen=True)
class BandAlone(ScoreScale):
    """The band alone, by the names of the default scorecard."""

    bands: Bands | None = None
    is_number: bool = False

    def name_of(self, points: Number) -> str:
        shown = formats.rounded(points)
        listed = self.bands.bands if self.bands else ()
        return next((band.label for band in listed if shown >= band.low), "")


SCALES = {
    DisplayScale.HUNDRED: HUNDRED,
    DisplayScale.TEN: ScoreScale(unit=10, highest=10, places=1),
    DisplayScale.FIVE: ScoreScale(unit=25, lowest=1, highest=5),
}


def chosen_scale() -> ScoreScale:
    """The organization's scale."""
    chosen = DisplayScale(the_organization().display_scale)
    return SCALES.get(chosen) or BandAlone(bands=words_of_scorecards().bands)


class ScaleMiddleware:
    """While a request lasts, scores are shown on the organization's scale, and what all pages ask for is read once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = SCALE.set(cache(chosen_scale))
        try:
            with organization_remembered(), words_remembered(), silences_remembered():
                return self.get_response(request)
        finally:
            SCALE.reset(token)
