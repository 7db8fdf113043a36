"""Publishes what customers are told of accounts like theirs: once a month, and not for one who comes or goes.

A page that worked the quartiles out when it is opened could be watched: before and after one account joins, the
difference tells where it stands. So the figures of a group are published in the first night of a month and stay. Where
fewer than FEWEST_CHANGES accounts joined or left since the figures were published, they stay for another month.
"""

from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, RollUp, Status
from scoring.core.quartiles import FEWEST, coarse_quartiles, is_steady
from scoring.models import Benchmark

FEWEST_CHANGES = 5
Group = tuple[str, str]


@transaction.atomic
def work_out_benchmarks(*, at: datetime) -> int:
    """Publishes what is due; says for how many groups. The second time in a month it does nothing."""
    today = timezone.localtime(at).date()
    kept = {(one.industry, one.size_tier): one for one in Benchmark.objects.select_for_update()}
    if any(one.checked_on >= today.replace(day=1) for one in kept.values()):
        return 0
    found = scores_by_group()
    for group, benchmark in kept.items():
        check(benchmark, found.get(group, {}), today=today)
    new = [made for group, scores in found.items() if group not in kept and (made := first(group, scores, today))]
    Benchmark.objects.bulk_create(new)
    return len(kept) + len(new)


def scores_by_group() -> dict[Group, dict[int, int]]:
    """The customers' scores of all active accounts with one, by id, by industry and size. One query."""
    scored = Account.objects.filter(
        status=Status.ACTIVE, roll_up=RollUp.OWN, health__customer_score__isnull=False
    ).exclude(industry="").exclude(size_tier="")  # fmt: skip
    groups: dict[Group, dict[int, int]] = {}
    rows = scored.order_by().values_list("pk", "industry", "size_tier", "health__customer_score")
    for pk, industry, size, score in rows.iterator(chunk_size=10_000):
        groups.setdefault((industry, size), {})[pk] = score or 0
    return groups


def check(benchmark: Benchmark, scores: Mapping[int, int], *, today: date) -> None:
    """New figures where enough changed for nobody to be told apart; a group that became too small is hidden."""
    benchmark.checked_on = today
    benchmark.is_shown = len(scores) >= FEWEST
    is_steadied = is_steady(set(benchmark.members), set(scores), fewest_changes=FEWEST_CHANGES)
    if benchmark.is_shown and not is_steadied:
        publish(benchmark, scores, today=today)
    benchmark.save()


def first(group: Group, scores: Mapping[int, int], today: date) -> Benchmark | None:
    """A group's first figures; None while it is too small."""
    if len(scores) < FEWEST:
        return None
    benchmark = Benchmark(industry=group[0], size_tier=group[1], checked_on=today)
    publish(benchmark, scores, today=today)
    return benchmark


def publish(benchmark: Benchmark, scores: Mapping[int, int], *, today: date) -> None:
    quartiles = coarse_quartiles(np.array(list(scores.values()), dtype=np.int64))
    if quartiles is None:
        raise ValueError("A group that is too small has no quartiles.")
    benchmark.low, benchmark.middle, benchmark.high = quartiles.low, quartiles.middle, quartiles.high
    benchmark.accounts, benchmark.as_of = (len(scores) - 1) // 10 * 10, today
    benchmark.members = sorted(scores)
