"""The life of an account: its latent health day by day, and whether and when it left."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from accounts.demo import chance
from accounts.demo.cast import AccountCast, history_start
from accounts.demo.chance import Stream
from accounts.demo.dates import DAY, add_months, month_starts
from accounts.demo.people import BY_EMAIL
from accounts.demo.stories import latent_path

# Surveys, reviews and invoices begin so long before the history, so that its first scores have their windows.
LEAD_DAYS = 300
# Who leaves decided so about a quarter before, and looked unwell by then.
DECISION_DAYS = 105
HAZARD = 0.0145
STEEPNESS = 7.0


@dataclass(frozen=True)
class Life:
    """An account from `first_day` (of facts) to `last_day`; `health` has one value per day of these."""

    cast: AccountCast
    today: date
    seed: int
    first_day: date
    last_day: date
    churned_on: date | None
    health: np.ndarray

    def at(self, day: date) -> float:
        """Latent health on a day; before the first and after the last, that of the nearest."""
        place = (day - self.first_day).days
        return float(self.health[min(max(place, 0), len(self.health) - 1)])

    def stream(self, subject: str) -> Stream:
        """The account's own chance for a subject."""
        return chance.stream(seed=self.seed, account=self.cast.external_id, subject=subject)

    def renewals(self) -> list[date]:
        """Every anniversary of the start up to the last day, and the one to come."""
        years = range(1, (self.last_day.year - self.cast.started_on.year) + 3)
        days = [add_months(self.cast.started_on, 12 * year) for year in years]
        passed = [day for day in days if day <= self.last_day]
        return passed + days[len(passed) : len(passed) + 1]


def live(*, cast: AccountCast, seed: int, today: date) -> Life:
    """The account's life up to yesterday, or to the day on which it left."""
    first_day = max(cast.started_on, history_start(today) - timedelta(days=LEAD_DAYS))
    rng = chance.stream(seed=seed, account=cast.external_id, subject="life")
    path = latent_path(
        rng,
        story=cast.story,
        days=(today - first_day).days,
        age=(first_day - cast.started_on).days,
        onset=(cast.onset_on - first_day).days,
        touch=BY_EMAIL[cast.owner].touch,
        # The stars of the guide live their story as it stands.
        spread=cast.story.spread if cast.may_churn else 0.0,
    )
    whole = Life(cast, today, seed, first_day, today - DAY, None, path)
    churned_on = churn_day(chance.stream(seed=seed, account=cast.external_id, subject="churn"), whole)
    if churned_on is None:
        return whole
    return Life(cast, today, seed, first_day, churned_on, churned_on, path[: (churned_on - first_day).days + 1])


def churn_day(rng: Stream, life: Life) -> date | None:
    """The day of leaving: drawn month by month, likelier where health was low, most likely at a renewal."""
    if not life.cast.may_churn:
        return None
    begin = max(history_start(life.today), life.cast.started_on + timedelta(days=120))
    renewals = life.renewals()
    for month in month_starts(begin, life.last_day):
        days = [day for day in renewals if day.replace(day=1) == month and begin < day <= life.last_day]
        day = days[0] if days else month + timedelta(days=chance.whole(rng, 0, 27))
        chance_of_leaving = monthly_hazard(life, day) * (3.0 if days else 0.75)
        if rng.random() < chance_of_leaving and begin < day <= life.last_day:
            return day
    return None


def monthly_hazard(life: Life, day: date) -> float:
    """The chance to leave in the month of `day`, from the health at the time of the decision."""
    then = life.at(day - timedelta(days=DECISION_DAYS))
    return float(min(HAZARD * np.exp(STEEPNESS * (0.41 - then)), 0.5))
