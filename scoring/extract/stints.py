"""Dated history and snapshots → stints: an account in one person's hands within a period, and what it scored.

Shapes: R rows of history in the order of account and day, S stints in the order of account and day.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from accounts.queries.exchange import load_rates
from scoring.breakdown import HEAD
from scoring.core.arrays import Bools, Floats, Ints
from scoring.core.groups import is_last_of
from scoring.extract.columns import columns
from scoring.extract.money import in_reporting
from scoring.extract.register import History, read_history
from scoring.extract.scope import Scope
from scoring.models import Snapshot

# So many accounts of a day are named one by one; of more the whole day is read.
BY_ID = 2_000
EVERYBODY = (0, 2**62)


@dataclass(frozen=True)
class Held:
    """Who held which account from when to when (ordinals, both ends count), and what it was then."""

    account_ids: Ints
    owners: Ints
    begins: Ints
    ends: Ints
    segments: Floats
    phases: Floats
    arr_cents: Ints  # at the beginning, in the reporting currency
    kept_cents: Ints  # at the end, no more than at the beginning; 0 where the account left

    def at(self, rows: Ints | Bools) -> "Held":
        return Held(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Scored:
    """Stints that can be compared: scores in points on the first and the last scored day."""

    held: Held
    starts: Floats
    ends: Floats
    cards: Ints  # a code of the change of scorecard version; 0 where it is the same
    hidden: int  # how many have no score at the end and count with the lowest possible


def history_until(as_of: date) -> History:
    """All history up to the day."""
    return read_history(Scope(account_ids=np.zeros(0, dtype=np.int64), as_of=as_of, span=EVERYBODY))


def held_between(history: History, *, since: date, as_of: date) -> Held:
    """The stints that touch the period, cut to it."""
    first, last = since.toordinal(), as_of.toordinal()
    is_last = is_last_of(history.account_ids)
    until = np.full(len(is_last), last)
    until[:-1] = np.where(is_last[:-1], last, history.since[1:].astype(np.int64) - 1)
    leaves = np.zeros(len(is_last), dtype=bool)
    leaves[:-1] = ~is_last[:-1] & (history.statuses[1:] != 0)
    begins = np.maximum(history.since.astype(np.int64), first)
    mine = (history.statuses == 0) & ~np.isnan(history.owners) & (until >= begins)
    rows, begins, until, leaves = history.at(mine), begins[mine], np.minimum(until[mine], last), leaves[mine]
    return joined(rows, begins, until, leaves, since=since)


def joined(rows: History, begins: Ints, until: Ints, leaves: Bools, *, since: date) -> Held:
    """Rows of one account and one owner that follow each other are one stint."""
    new = np.ones(len(begins), dtype=bool)
    new[1:] = (
        (rows.account_ids[1:] != rows.account_ids[:-1])
        | (rows.owners[1:] != rows.owners[:-1])
        | (begins[1:] != until[:-1] + 1)
    )
    first, last = np.flatnonzero(new), np.flatnonzero(np.append(new[1:], True)[: len(new)])
    # One rate for both ends: what a currency does is nobody's merit.
    cents = in_reporting(rows.cents, rows.currencies, load_rates(), since)
    kept = np.where(leaves[last], 0, np.minimum(cents[last], cents[first]))
    return Held(
        account_ids=rows.account_ids[first],
        owners=rows.owners[first].astype(np.int64),
        begins=begins[first],
        ends=until[last],
        segments=rows.segments[first],
        phases=rows.phases[first],
        arr_cents=cents[first],
        kept_cents=kept,
    )


def scored(held: Held, *, days: Sequence[date], fewest_days: int) -> Scored:
    """The stints with a score at their first scored day, moved to scored days; the short ones left out."""
    ordinals = [day.toordinal() for day in days]
    begins = np.array([ordinals[min(bisect_left(ordinals, n), len(ordinals) - 1)] for n in held.begins.tolist()])
    ends = np.array([ordinals[max(bisect_right(ordinals, n) - 1, 0)] for n in held.ends.tolist()])
    long = ends - begins >= fewest_days if len(begins) else np.zeros(0, dtype=bool)
    moved = replace(held, begins=begins.astype(np.int64), ends=ends.astype(np.int64)).at(long)
    (starts, cards), (last, last_cards) = scores_on(moved, moved.begins), scores_on(moved, moved.ends)
    is_hidden = ~np.isnan(starts) & np.isnan(last) & ~np.isnan(last_cards)
    last[is_hidden] = lowest(moved.at(is_hidden))
    known = ~np.isnan(starts) & ~np.isnan(last)
    change = np.where(cards == last_cards, 0, cards * 1_000_003 + last_cards)[known].astype(np.int64)
    return Scored(moved.at(known), starts[known], last[known], change, int((is_hidden & known).sum()))


def scores_on(held: Held, days: Ints) -> tuple[Floats, Floats]:
    """Score without pulses and overrides, in points, and the version of the card; each stint on its day."""
    scores, versions = np.full(len(days), np.nan), np.full(len(days), np.nan)
    for day in np.unique(days).tolist():
        here = np.flatnonzero(days == day)
        ids, found, cards = read_day(date.fromordinal(day), held.account_ids[here])
        if len(ids):
            places = np.minimum(np.searchsorted(ids, held.account_ids[here]), len(ids) - 1)
            is_there = ids[places] == held.account_ids[here]
            scores[here[is_there]] = found[places[is_there]] / 100
            versions[here[is_there]] = cards[places[is_there]]
    return scores, versions


def read_day(day: date, account_ids: Ints) -> tuple[Ints, Floats, Floats]:
    """Ids (sorted), scores in hundredths and versions of a day, of these accounts and perhaps of others."""
    rows = Snapshot.objects.filter(as_of=day)
    if len(account_ids) <= BY_ID:
        rows = rows.filter(account_id__in=account_ids.tolist())
    ids, found, cards = columns(rows, "account_id", "customer_score", "version_id")
    order = np.argsort(ids)
    return ids[order].astype(np.int64), found[order], cards[order]


def lowest(held: Held) -> Floats:
    """The lowest score that what is known allows, of stints that ended without one."""
    found: dict[tuple[int, int], float] = {}
    for day in np.unique(held.ends).tolist():
        ids = held.account_ids[held.ends == day].tolist()
        for start in range(0, len(ids), BY_ID):
            rows = Snapshot.objects.filter(as_of=date.fromordinal(day), account_id__in=ids[start : start + BY_ID])
            for account, kept in rows.values_list("account_id", "breakdown"):
                head = np.frombuffer(bytes(kept)[: HEAD.itemsize], dtype=HEAD)[0]
                found[account, day] = float(head["low"]) / 100
    pairs = zip(held.account_ids.tolist(), held.ends.tolist(), strict=True)
    return np.array([found.get(pair, 0.0) for pair in pairs])
