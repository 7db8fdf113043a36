"""Use of the product by user, feature and working day: it follows health, user by user."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from accounts.demo.cast import history_start
from accounts.demo.chance import Stream
from accounts.demo.commerce import Term, seats_on
from accounts.demo.life import Life
from accounts.demo.stories import wander
from accounts.ingest.records import UsageRecord

# Usage begins so long before the first score, so that its windows and the ones before them are filled.
LEAD_DAYS = 60
# The product's own event stream was down for everybody on these days, counted back from today.
OUTAGE_DAYS_AGO = frozenset(range(128, 132))
MONDAY_TO_FRIDAY = 5


@dataclass(frozen=True)
class UsageTable:
    """All use of one account, row by row; users and features as numbers."""

    account: str
    features: tuple[str, ...]
    days: np.ndarray
    users: np.ndarray
    feature_numbers: np.ndarray
    events: np.ndarray
    seconds: np.ndarray
    errors: np.ndarray
    loads: np.ndarray
    failed_loads: np.ndarray
    load_ms: np.ndarray

    def records(self, *, first: date, last: date) -> Iterator[UsageRecord]:
        """The rows of the days between the two, both included."""
        begin, end = np.searchsorted(self.days, (first.toordinal(), last.toordinal() + 1))
        for row in range(int(begin), int(end)):
            day = date.fromordinal(int(self.days[row]))
            user = int(self.users[row]) + 1
            yield UsageRecord(
                external_id=f"{self.account}-U{user:02d}-{day:%Y%m%d}",
                account=self.account,
                day=day,
                user_key=f"{self.account}-user-{user:02d}",
                feature=self.features[int(self.feature_numbers[row])],
                events=int(self.events[row]),
                seconds=int(self.seconds[row]),
                errors=int(self.errors[row]),
                loads=int(self.loads[row]),
                failed_loads=int(self.failed_loads[row]),
                load_ms=int(self.load_ms[row]),
            )


def usage_table(life: Life, terms: tuple[Term, ...]) -> UsageTable | None:
    """One row per user and day of use; None where nothing was used, or no usage has ever reached us."""
    if life.cast.story.key == "silent_gap":
        return None
    rng = life.stream("usage")
    days = delivered_days(life)
    seats = np.array([seats_on(terms, day) for day in days])
    health = np.array([life.at(day) for day in days])
    tilt = rng.normal(0.0, 0.05)
    if not days or not seats.any():
        return None
    is_active = active_users(rng, seats=seats, health=np.clip(health + tilt, 0.02, 1.0))
    day_numbers, users = np.nonzero(is_active)
    if not len(users):
        return None
    seconds = seconds_spent(rng, health=health[day_numbers], habit=rng.lognormal(0.0, 0.12))
    features = (*life.cast.features, "themes", "labs")
    feature_numbers = features_used(rng, users, health=health[day_numbers], keys=len(life.cast.features))
    events = 1 + rng.poisson(seconds / 150)
    loads, failed_loads, load_ms = page_loads(life.stream("loads"), events=events, health=health[day_numbers])
    return UsageTable(
        account=life.cast.external_id,
        features=features,
        days=np.array([day.toordinal() for day in days])[day_numbers],
        users=users,
        feature_numbers=feature_numbers,
        events=events,
        seconds=seconds,
        errors=rng.poisson(0.04 + 0.35 * np.clip(0.6 - health[day_numbers], 0, 1)),
        loads=loads,
        failed_loads=failed_loads,
        load_ms=load_ms,
    )


def delivered_days(life: Life) -> list[date]:
    """Working days from shortly before the history on, without those of the outage."""
    first = max(life.cast.started_on, history_start(life.today) - timedelta(days=LEAD_DAYS))
    days = [first + timedelta(days=n) for n in range((life.last_day - first).days + 1)]
    return [day for day in days if day.weekday() < MONDAY_TO_FRIDAY and (life.today - day).days not in OUTAGE_DAYS_AGO]


def active_users(rng: Stream, *, seats: np.ndarray, health: np.ndarray) -> np.ndarray:
    """Which user was active on which day (days × users): a share of the seats is in use at all, by health."""
    places = np.arange(int(seats.max()))
    # Users of low rank are in the habit; those beyond the share in use have left or never came.
    in_use = np.clip(1.28 * health - 0.2, 0.04, 1.0) * seats
    is_user = places[np.newaxis, :] < np.round(in_use)[:, np.newaxis]
    keenness = rng.beta(2.0, 6.0, len(places)) * 0.5 + 0.07
    mood = np.exp(wander(rng, days=len(health), spread=0.15, memory_days=25.0)) * np.clip(1.6 * health, 0.08, 1.25)
    chance_of_day = keenness[np.newaxis, :] * mood[:, np.newaxis]
    return is_user & (rng.random(is_user.shape) < chance_of_day)


def seconds_spent(rng: Stream, *, health: np.ndarray, habit: float) -> np.ndarray:
    """Time per user and day: a quarter of an hour where health is poor, two hours where it is good."""
    hours = (0.15 + 1.9 * health**1.4) * habit * rng.lognormal(0.0, 0.5, len(health))
    return np.maximum((hours * 3600).astype(int), 60)


def features_used(rng: Stream, users: np.ndarray, *, health: np.ndarray, keys: int) -> np.ndarray:
    """The feature of each row: the better the health, the more of the entitled key features are in use."""
    breadth = np.maximum(np.round(keys * (0.15 + 0.95 * health)), 1)
    chosen = np.floor(breadth * rng.random(len(users)) ** 1.25).astype(int)
    is_minor = rng.random(len(users)) < 0.04
    return np.where(is_minor, keys + rng.integers(0, 2, len(users)), np.minimum(chosen, keys - 1))


def page_loads(rng: Stream, *, events: np.ndarray, health: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Loads, how many of them failed and what the others took together: far sites are slow, and a little less well."""
    loads = 1 + rng.poisson(events * 0.6)
    failed = rng.binomial(loads, np.clip(0.004 + 0.05 * (0.7 - health), 0.002, 0.1))
    site_seconds = 0.7 + rng.gamma(2.0, 0.6) + 1.5 * np.clip(0.6 - health, 0, 1)
    each_ms = 1000 * site_seconds * rng.lognormal(0.0, 0.3, len(loads))
    return loads, failed, ((loads - failed) * each_ms).astype(int)
