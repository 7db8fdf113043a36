"""The accounts themselves, what they were on each date, and what they agreed.

Shapes: A accounts of a batch; rows are (R,).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from accounts.demo.synthetic.company import (
    FEATURES,
    KEY_FEATURES,
    Array,
    Batch,
    Columns,
    as_days,
    chosen,
    optional,
    owner_ids,
    recorded_at,
)

SUBJECT = 40
PHASES = ("onboarding", "adoption", "value", "expansion", "renewal")
INDUSTRIES = 12
TIERS = ("1-50", "51-250", "251-1000", "over 1000")
COUNTRIES = ("Denmark", "France", "Germany", "Spain", "United States")
POSTURES = ("", "silent", "auto_renew", "legal_review", "renewed_early", "opted_out")
MOST_CHANGES = 4
YEAR = 365


@dataclass(frozen=True)
class Life:
    """What the accounts of a batch were, from row to row of their history: (A, MOST_CHANGES), the last is today's."""

    batch: Batch

    @cached_property
    def changes(self) -> Array:
        """How many history rows each account has."""
        return self.batch.chance(SUBJECT).integers(1, MOST_CHANGES + 1, self.batch.size)

    @cached_property
    def nth(self) -> Array:
        """Which of its account's rows each column is, counted so that the last is always there; negative: none."""
        return np.arange(MOST_CHANGES) - (MOST_CHANGES - self.changes)[:, np.newaxis]

    @cached_property
    def valid_from(self) -> Array:
        """The first row begins with the account; the others divide its life."""
        age = self.batch.company.last - self.batch.started
        return self.batch.started[:, np.newaxis] + age[:, np.newaxis] * self.nth // self.changes[:, np.newaxis]

    @cached_property
    def phases(self) -> Array:
        return np.clip(self.nth, 0, len(PHASES) - 1)

    @cached_property
    def segments(self) -> Array:
        """A few accounts moved to their segment with the last change."""
        now = self.batch.of(self.batch.company.segment)
        moved = self.batch.chance(SUBJECT + 1).random(self.batch.size) < 0.03
        before = np.where(moved, (now + 1) % len(self.batch.company.keys.segments), now)
        return np.where(self.is_last, now[:, np.newaxis], before[:, np.newaxis])

    @cached_property
    def owners(self) -> Array:
        now = self.batch.of(self.batch.company.owner)
        before = self.batch.chance(SUBJECT + 2).integers(0, len(self.batch.company.keys.owners), self.batch.size)
        return np.where(self.is_last, now[:, np.newaxis], before[:, np.newaxis])

    @cached_property
    def arr(self) -> Array:
        """Whole units of the account's currency: it changed by up to a half with each row."""
        now = self.batch.of(self.batch.company.dollars)[:, np.newaxis]
        ratios = self.batch.chance(SUBJECT + 3).integers(50, 130, (self.batch.size, MOST_CHANGES))
        return np.where(self.is_last, now, now * ratios // 100)

    @cached_property
    def seats(self) -> Array:
        now = self.batch.of(self.batch.company.seats)[:, np.newaxis]
        return np.where(self.is_last, now, np.maximum(now - 2 * (MOST_CHANGES - 1 - np.arange(MOST_CHANGES)), 1))

    @cached_property
    def churned(self) -> Array:
        """The row in which an account was away: one of a hundred left and came back."""
        came_back = (self.batch.chance(SUBJECT + 4).random(self.batch.size) < 0.01) & (self.changes >= 3)
        return came_back[:, np.newaxis] & (self.nth == self.changes[:, np.newaxis] - 2)

    @property
    def is_last(self) -> Array:
        return np.arange(MOST_CHANGES)[np.newaxis, :] == MOST_CHANGES - 1

    @cached_property
    def renewal(self) -> Array:
        """The next time that the day of the start comes round."""
        ages = self.batch.company.last - self.batch.started
        return self.batch.started + (ages // YEAR + 1) * YEAR

    def state(self, rows: Array, columns: Array) -> Columns:
        """What Account and AccountHistory both say."""
        company = self.batch.company
        return {
            "segment_id": company.keys.segments[self.segments[rows, columns]],
            "phase": chosen(PHASES, self.phases[rows, columns]),
            "status": np.where(self.churned[rows, columns], "churned", "active"),
            "owner_id": owner_ids(company, self.owners[rows, columns]),
            "arr": self.arr[rows, columns],
            "currency": currencies(self.batch, rows),
            "seats": self.seats[rows, columns],
            "renewal_date": as_days(self.renewal[rows]),
        }


def tables(batch: Batch) -> Iterator[tuple[str, Columns]]:
    """Accounts and what is directly about them, parents before children."""
    life = Life(batch)
    yield "Account", accounts(life)
    yield "AccountHistory", history(life)
    yield "ChurnEvent", churn_events(life)
    yield "Contract", contracts(life)
    yield "Entitlement", entitlements(batch)


def accounts(life: Life) -> Columns:
    batch, company = life.batch, life.batch.company
    ids, rows = batch.ids, np.arange(batch.size)
    return {
        "id": ids,
        "source_id": [company.keys.source] * batch.size,
        "external_id": [f"a{key}" for key in ids.tolist()],
        "recorded_at": np.full(batch.size, recorded_at(company)),
        "name": [f"Account {key:06d}" for key in ids.tolist()],
        "domain": [f"account{key}.example" for key in ids.tolist()],
        "industry": [f"Industry {n + 1}" for n in (ids % INDUSTRIES).tolist()],
        "size_tier": chosen(TIERS, ids // INDUSTRIES % len(TIERS)),
        "country": chosen(COUNTRIES, ids % len(COUNTRIES)),
        "started_on": as_days(batch.started),
        "parent_id": optional(ids - 1, empty=ids % 40 != 2),
        **life.state(rows, np.full(batch.size, MOST_CHANGES - 1)),
        "is_arr_from_contracts": [False] * batch.size,
    }


def history(life: Life) -> Columns:
    rows, columns = np.nonzero(life.nth >= 0)
    return {
        "account_id": life.batch.ids[rows],
        "valid_from": as_days(life.valid_from[rows, columns]),
        "recorded_at": np.full(len(rows), recorded_at(life.batch.company)),
        **life.state(rows, columns),
    }


def churn_events(life: Life) -> Columns:
    """Leaving, and coming back with the next row of the history."""
    rows, columns = np.nonzero(life.churned)
    ids, twice, back = life.batch.ids[rows], np.repeat(rows, 2), np.tile([0, 1], len(rows))
    days = life.valid_from[twice, np.repeat(columns, 2) + back]
    return {
        **life.batch.fact(np.repeat(ids, 2), back, prefix="churn-"),
        "account_id": np.repeat(ids, 2),
        "churned_on": as_days(days),
        "reason_code": ["price"] * len(days),
        "note": [""] * len(days),
        "is_reactivation": back == 1,
    }


def contracts(life: Life) -> Columns:
    """The contract of the running year and, for older accounts, that of the year before."""
    batch = life.batch
    rows, nth = batch.several(2)
    starts = life.renewal[rows] - YEAR * (2 - nth)
    keep = starts >= batch.started[rows]
    rows, nth, starts = rows[keep], nth[keep], starts[keep]
    postures = batch.chance(SUBJECT + 5).choice(len(POSTURES), len(rows), p=[0.2, 0.3, 0.3, 0.05, 0.1, 0.05])
    return {
        **batch.fact(batch.ids[rows], nth, prefix="contract-"),
        "account_id": batch.ids[rows],
        "starts_on": as_days(starts),
        "ends_on": as_days(starts + YEAR),
        "renews_on": as_days(starts + YEAR),
        "plan_name": ["Standard"] * len(rows),
        "arr": batch.of(batch.company.dollars)[rows],
        "currency": currencies(batch, rows),
        "seats": batch.of(batch.company.seats)[rows],
        "posture": chosen(POSTURES, postures),
        "is_trial": [False] * len(rows),
    }


def entitlements(batch: Batch) -> Columns:
    """The features that an account uses, and up to three more."""
    more = batch.chance(SUBJECT + 6).integers(0, 4, batch.size)
    counts = np.maximum(np.minimum(batch.of(batch.company.breadth) + more, len(FEATURES)), KEY_FEATURES - 2)
    rows, nth = np.nonzero(np.arange(len(FEATURES)) < counts[:, np.newaxis])
    ended = batch.chance(SUBJECT + 7).random(len(rows)) < 0.03
    return {
        **batch.fact(batch.ids[rows], nth, prefix="entitlement-"),
        "account_id": batch.ids[rows],
        "feature_id": batch.company.keys.features[nth],
        "starts_on": as_days(batch.started[rows]),
        "ends_on": as_days(np.full(len(rows), batch.company.last - 10), empty=~ended),
    }


def currencies(batch: Batch, rows: Array) -> Any:
    return np.where(batch.of(batch.company.is_in_euros)[rows], "EUR", "USD")
