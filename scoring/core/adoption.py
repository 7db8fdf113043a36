"""Counts about use of the product by groups of accounts: cohorts by month, days, flows.

Shapes: A accounts, M months (the oldest first), D days, G groups, K pairs of an account and a feature. A group is a
place from 0 to G - 1.
"""

import numpy as np

from scoring.core.arrays import Bools, Ints


def enough_of_months(known: Bools, *, starts: Ints, edges: Ints) -> Bools:
    """(A, M): whether at least half of the month's days from the account's start on are known.

    `known` (A, D) says it of each day, `starts` (A,) is the column of the account's first day, and month m lies from
    column edges[m] up to edges[m + 1].
    """
    before = np.concatenate([np.zeros((len(known), 1), dtype=np.int64), known.cumsum(axis=1)], axis=1)
    rows = np.arange(len(known))
    found = np.zeros((len(known), len(edges) - 1), dtype=bool)
    for month, (begin, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        first = np.clip(starts, begin, end)
        counted = before[rows, end] - before[rows, first]
        found[:, month] = (end > first) & (2 * counted >= end - first)
    return found


def cohort_counts(*, groups: Ints, cohorts: Ints, known: Bools, active: Bools, count: int) -> tuple[Ints, Ints]:
    """(G, M, M) twice: accounts of which a month's use is known, and those in use, by start month and month.

    `cohorts` (A,) is the month in which each account started; those that started before the first are left out, as
    are months before the start.
    """
    months = known.shape[1]
    found = np.zeros((2, count, months, months), dtype=np.int64)
    within = (cohorts >= 0) & (cohorts < months)
    is_later = np.arange(months)[np.newaxis, :] >= cohorts[within][:, np.newaxis]
    for place, told in enumerate((known, known & active)):
        np.add.at(found[place], (groups[within], cohorts[within]), (told[within] & is_later).astype(np.int64))
    return found[0], found[1]


def months_as_bits(told: Bools) -> Ints:
    """(A,): the months of each row as a whole number whose bit 0 is the newest."""
    weights = np.left_shift(np.int64(1), np.arange(told.shape[1])[::-1].astype(np.int64))
    return np.asarray((told * weights).sum(axis=1), dtype=np.int64)


def most_used(*, accounts: Ints, features: Ints, days: Ints, count: int) -> Ints:
    """(A,): the feature that each account used on most days, of two the one with the lower id; 0 where it used none."""
    found = np.zeros(count, dtype=np.int64)
    used = days > 0
    order = np.lexsort((-features[used], days[used], accounts[used]))
    # The last one written stays: that with most days, and the lowest id among equals.
    found[accounts[used][order]] = features[used][order]
    return found


def flows(*, groups: Ints, before: Ints, now: Ints) -> dict[int, dict[tuple[int, int], int]]:
    """How many accounts of each group went from where to where."""
    rows, counts = np.unique(np.column_stack([groups, before, now]), axis=0, return_counts=True)
    found: dict[int, dict[tuple[int, int], int]] = {}
    for (group, start, end), number in zip(rows.tolist(), counts.tolist(), strict=True):
        found.setdefault(group, {})[start, end] = number
    return found
