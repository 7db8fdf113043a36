"""How well the roadmap fits each account: rated each quarter by CS operations with the product managers."""

from dataclasses import dataclass
from datetime import date, timedelta

from accounts.demo import chance
from accounts.demo.dates import add_months, month_starts, workday
from accounts.demo.life import Life

QUARTERS = 3
# Known each quarter but of one account in eight: somebody was away.
RATED = 0.88


@dataclass(frozen=True)
class FitStory:
    """A rating of 1 to 5 for an account on a day."""

    account: str
    value: float
    read_on: date


def fits_of(life: Life) -> tuple[FitStory, ...]:
    """The ratings of the last quarters; what a product lacks for somebody changes slowly."""
    rng = life.stream("roadmap")
    usual = rng.normal(0.4, 0.8)
    found = []
    for month in month_starts(add_months(life.today, -3 * (QUARTERS - 1)), life.today)[::3]:
        day = workday(month + timedelta(days=chance.whole(rng, 7, 16)))
        value = 1.6 + 2.8 * life.at(day) + usual + rng.normal(0, 0.3)
        if chance.happens(rng, RATED) and life.cast.started_on <= day <= life.last_day:
            found.append(FitStory(life.cast.external_id, float(min(max(round(float(value)), 1), 5)), day))
    return tuple(found)
