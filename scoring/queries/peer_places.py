"""Where an account stands among accounts like it: its score and each measure of its card, as percentiles.

Peers share industry and size; where fewer than ten of them have the figure, the industry alone; where these are too
few, all active accounts with a score. Under ten nothing is said. The account itself counts among its peers.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Mod

from accounts.models import Account, Status
from scoring.breakdown import unpack
from scoring.core.peers import MIN_PEERS, mid_rank
from scoring.models import Snapshot
from scoring.queries.explanation import Explanation, cards_of
from scoring.queries.lines import MeasureLine

# More are not read: where a group is larger, every n-th account stands for it.
MOST_READ = 300
SCORE = "score"
COUNTED, COUNTED_SECONDS = "peer-groups", 600


@dataclass(frozen=True)
class Group:
    """Accounts that share industry and size, the industry, or nothing. `read` is how many of them stand for all."""

    shared: tuple[str, ...]
    count: int
    read: int


@dataclass(frozen=True)
class Place:
    """A percentile, 0 to 100, more is better, and among whom."""

    key: str
    label: str
    percentile: float
    group: Group


@dataclass(frozen=True)
class Peers:
    """The score's place, then those of the measures in the card's order; those that nowhere have ten values are out."""

    score: Place
    measures: tuple[Place, ...]


@dataclass(frozen=True)
class Asked:
    """A figure of the account that is to be placed."""

    key: str
    label: str
    value: float
    is_higher_better: bool


def peers_of(account: Account, explained: Explanation) -> Peers | None:
    """None without a score, for one whose score is made of others', and where no group has ten accounts.

    Up to four queries, and three for each wider group that has to be asked.
    """
    if explained.snapshot.score is None or explained.children:
        return None
    asked = [Asked(SCORE, "Score", float(explained.snapshot.score), is_higher_better=True)]
    asked += [figure(line) for line in explained.measures if line.value is not None]
    places: dict[str, Place] = {}
    for shared, count in groups_of(account):
        waiting = [one for one in asked if one.key not in places]
        if not waiting:
            break
        values, read = values_in(sampled(shared, count=count, like=account), without=account.pk)
        group = Group(tuple(shared.values()), count, read + 1)
        places |= {found.key: found for one in waiting if (found := place(one, values[one.key], group)) is not None}
    if SCORE not in places:
        return None
    return Peers(places[SCORE], tuple(places[one.key] for one in asked[1:] if one.key in places))


def figure(line: MeasureLine) -> Asked:
    measure = line.item.measure
    return Asked(measure.key, measure.label, line.value or 0.0, measure.is_higher_better)


def place(asked: Asked, others: Collection[float], group: Group) -> Place | None:
    """None where, with the account itself, under ten have a value."""
    if len(others) + 1 < MIN_PEERS:
        return None
    percentile = mid_rank(asked.value, np.array(others), is_higher_better=asked.is_higher_better)
    return Place(asked.key, asked.label, percentile, group)


def groups_of(account: Account) -> list[tuple[dict[str, str], int]]:
    """What each group with enough accounts shares, and how many it has, the narrowest first. At most one query."""
    industry, pair = {"industry": account.industry}, {"industry": account.industry, "size_tier": account.size_tier}
    groups = [pair] if all(pair.values()) else []
    groups += [industry] if account.industry else []
    counts = counted(account)
    return [(group, counts[len(group)]) for group in [*groups, {}] if counts[len(group)] >= MIN_PEERS]


def counted(account: Account) -> tuple[int, int, int]:
    """How many scored accounts there are: in all, in the industry, in the industry and size."""
    sizes = group_sizes()
    in_industry = sum(count for (industry, _), count in sizes.items() if industry == account.industry)
    return sum(sizes.values()), in_industry, sizes.get((account.industry, account.size_tier), 0)


def group_sizes() -> dict[tuple[str, str], int]:
    """By industry and size how many scored accounts there are: read through all of them, and kept for ten minutes."""
    found = cache.get(COUNTED)
    if found is None:
        rows = scored().order_by().values("industry", "size_tier").annotate(accounts=Count("pk"))
        counts = rows.values_list("industry", "size_tier", "accounts")
        found = {(industry, size): count for industry, size, count in counts}
        cache.set(COUNTED, found, COUNTED_SECONDS)
    return dict(found)


def scored() -> QuerySet[Account]:
    return Account.objects.filter(status=Status.ACTIVE, health__score__isnull=False)


def sampled(shared: dict[str, str], *, count: int, like: Account) -> QuerySet[Account]:
    """The accounts of the group, or every n-th of them by id."""
    group = scored().filter(**shared)
    step = -(-count // MOST_READ)
    return group if step == 1 else group.annotate(turn=Mod(F("pk"), step)).filter(turn=like.pk % step)


def values_in(accounts: QuerySet[Account], *, without: int) -> tuple[dict[str, list[float]], int]:
    """The scores and the values of measures by key, and of how many accounts. Three queries."""
    by_day: dict[date, list[int]] = defaultdict(list)
    for pk, day in accounts.exclude(pk=without).values_list("pk", "health__as_of"):
        by_day[day].append(pk)
    found = [row for day, ids in by_day.items() for row in snapshots(day, ids)]
    cards = cards_of({version for version, _, _ in found})
    values: dict[str, list[float]] = defaultdict(list)
    for version, score, kept in found:
        values[SCORE].append(score)
        for item, line in zip(cards[version].items, unpack(kept).measures, strict=True):
            if line.value is not None:
                values[item.measure.key].append(line.value)
    return values, len(found)


def snapshots(day: date, ids: Collection[int]) -> list[tuple[Any, ...]]:
    rows = Snapshot.objects.filter(as_of=day, account_id__in=ids, score__isnull=False)
    return list(rows.values_list("version_id", "score", "breakdown"))
