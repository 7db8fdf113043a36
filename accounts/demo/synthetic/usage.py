"""A day of use, for all accounts at once: as a nightly delivery brings it.

Each active user does something with one feature, which is one raw row; the days of users, features and accounts are
what those rows add up to.

Shapes: N accounts by S users; rows are (R,), one per active user.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from accounts.demo.synthetic.company import (
    DORMANT_DAYS,
    EPOCH,
    FEATURES,
    MOST_USERS,
    WEEKEND_RATIO,
    Array,
    Columns,
    Company,
    as_days,
)

SUBJECT = 20
SATURDAY = 5


@dataclass(frozen=True)
class Habits:
    """How people use the product; made once, asked for each day."""

    company: Company

    @cached_property
    def rate(self) -> Array:
        """The chance that a user is active on a working day, by account."""
        return self.company.chance(SUBJECT).beta(2, 3, self.company.accounts).astype(np.float32)

    @cached_property
    def slope(self) -> Array:
        """How the rate changes over the days of usage: 0.5 is half more at their end."""
        return self.company.chance(SUBJECT + 1).uniform(-0.6, 0.6, self.company.accounts).astype(np.float32)

    @cached_property
    def quiet_from(self) -> Array:
        """The day from which nobody at the account is active: a few went quiet lately."""
        is_dormant = self.company.chance(SUBJECT + 2).random(self.company.accounts) < 0.03
        return np.where(is_dormant, self.company.last - DORMANT_DAYS, self.company.last + 1)

    @cached_property
    def joined(self) -> Array:
        """The first day of each user (N, S): two of three are there before the days of usage begin."""
        late = self.company.chance(SUBJECT + 3).integers(-2 * self.company.days, self.company.days, self.shape)
        return np.maximum(self.company.last - self.company.days + late, self.company.started[:, np.newaxis])

    @cached_property
    def left(self) -> Array:
        """The day on which each user is gone (N, S): most stay."""
        chance = self.company.chance(SUBJECT + 4)
        gone = self.company.last - chance.integers(0, self.company.days, self.shape)
        return np.where(chance.random(self.shape) < 0.15, gone, self.company.last + 1)

    @property
    def shape(self) -> tuple[int, int]:
        return self.company.accounts, MOST_USERS

    def rate_on(self, day: int) -> Array:
        gone_ratio = 1 - (self.company.last - day) / self.company.days
        weekday = (EPOCH + timedelta(days=day)).weekday()
        rate = self.rate * (1 + self.slope * gone_ratio) * (WEEKEND_RATIO if weekday >= SATURDAY else 1.0)
        return np.where(day < self.quiet_from, rate, 0)

    def active_on(self, day: int, chance: np.random.Generator) -> Array:
        """Who is active (N, S)."""
        is_somebody = np.arange(MOST_USERS) < self.company.users[:, np.newaxis]
        is_there = is_somebody & (self.joined <= day) & (day < self.left)
        drawn = chance.random(self.shape, dtype=np.float32)
        return is_there & (drawn < self.rate_on(day)[:, np.newaxis])


@dataclass(frozen=True)
class DayOfUse:
    """What was used on one day; rows are in the order of accounts and users."""

    company: Company
    day: date
    places: Array  # of the account
    users: Array
    features: Array  # place in FEATURES
    events: Array
    seconds: Array
    errors: Array
    loads: Array
    failed: Array
    ms: Array

    def user_days(self) -> Columns:
        return {
            **self.at(self.places),
            "user_key": self.user_keys,
            "events": self.events,
            "seconds": self.seconds,
        }

    def feature_days(self) -> Columns:
        pairs, back = np.unique(self.places * len(FEATURES) + self.features, return_inverse=True)
        return {
            **self.at(pairs // len(FEATURES)),
            "feature_id": self.company.keys.features[pairs % len(FEATURES)],
            "events": sums(back, self.events),
        }

    def account_days(self) -> Columns:
        places, back = np.unique(self.places, return_inverse=True)
        return {
            **self.at(places),
            "users": np.bincount(back),
            "events": sums(back, self.events),
            "seconds": sums(back, self.seconds),
            "errors": sums(back, self.errors),
            "loads": sums(back, self.loads),
            "failed_loads": sums(back, self.failed),
            "load_ms": sums(back, self.ms),
        }

    def raw_rows(self) -> Columns:
        """The rows from which the days are folded."""
        return {
            "source_id": np.full(len(self.places), self.company.keys.source),
            "external_id": [f"{self.day}-{key}" for key in self.user_keys.astype(str).tolist()],
            "recorded_at": np.full(len(self.places), np.datetime64(self.day, "s") + np.timedelta64(25, "h")),
            **self.user_days(),
            "contract_key": [""] * len(self.places),
            "feature_id": self.company.keys.features[self.features],
            "errors": self.errors,
            "loads": self.loads,
            "failed_loads": self.failed,
            "load_ms": self.ms,
        }

    def at(self, places: Array) -> Columns:
        day = (self.day - EPOCH).days
        return {"account_id": self.company.ids[places], "day": as_days(np.full(len(places), day))}

    @cached_property
    def user_keys(self) -> Array:
        """u, seven digits for the account and two for the user, as bytes of one length."""
        digits = self.company.ids[self.places] * 100 + self.users
        powers = 10 ** np.arange(8, -1, -1)
        letters = np.full((len(digits), 10), ord("u"), dtype=np.uint8)
        letters[:, 1:] = digits[:, np.newaxis] // powers % 10 + ord("0")
        return letters.view("S10").ravel()


def use_on(habits: Habits, day: date) -> DayOfUse:
    """Everything that anybody did on the day."""
    company, number = habits.company, (day - EPOCH).days
    chance = company.chance(SUBJECT + 5, number)
    places, users = np.nonzero(habits.active_on(number, chance))
    size = len(places)
    events = chance.integers(1, 60, size)
    loads = events + chance.integers(0, 5, size)
    failed = np.minimum(loads, chance.poisson(0.1, size))
    return DayOfUse(
        company=company,
        day=day,
        places=places,
        users=users,
        features=(chance.random(size) * company.breadth[places]).astype(np.int64),
        events=events,
        seconds=events * chance.integers(20, 180, size),
        errors=chance.poisson(0.2, size),
        loads=loads,
        failed=failed,
        ms=(loads - failed) * chance.integers(200, 3_000, size),
    )


def sums(groups: Array, values: Array) -> Array:
    return np.bincount(groups, weights=values).astype(np.int64)
