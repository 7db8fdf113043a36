"""How many scores of a group depend on a silent source: for means, which stand for many accounts.

The database decides, by the same rule as staleness.py does for accounts one by one.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.deliveries import EVENTS
from accounts.models import Account, AccountDay, RollUp, Status, StreamAccount
from accounts.queries.facts import STORED
from accounts.queries.silence import Silent, silent_sources
from scoring.cards import Card
from scoring.models import AccountHealth
from scoring.queries.explanation import cards_of
from scoring.queries.staleness import ACCOUNTS, USAGE, by_kind, kinds_asked, kinds_read, stale_of_all


def stale_counts(accounts: QuerySet[Account], *by: str) -> dict[tuple[Any, ...], int]:
    """How many of the scored accounts depend on a silent source, for each value of these columns; none are left out.

    One query while no source is silent, a few otherwise.
    """
    silent = silent_sources()
    condition = stale_condition(silent) if silent else None
    if condition is None:
        return {}
    rows = accounts.filter(condition, health__score__isnull=False, status=Status.ACTIVE).order_by()
    return {tuple(row[:-1]): row[-1] for row in rows.values_list(*by).annotate(stale=Count("pk", distinct=True))}


def stale_count(accounts: QuerySet[Account]) -> int:
    """How many of all these scores."""
    return sum(stale_counts(accounts, "status").values())


def stale_by_owner(owners: Collection[int]) -> dict[int, int]:
    """How many scores of whose portfolio."""
    accounts = Account.objects.filter(owner__in=owners)
    return {owner: stale for (owner,), stale in stale_counts(accounts, "owner_id").items()}


def stale_condition(silent: Sequence[Silent]) -> Q | None:
    """What holds for an account whose score depends on a silent source; None where no score can."""
    versions = set(AccountHealth.objects.order_by().values_list("version_id", flat=True).distinct())
    reading = versions_reading(cards_of(versions))
    parts = [
        Q(health__version_id__in=reading[read]) & brought
        for kind, sources in by_kind(silent).items()
        if reading[read := USAGE if kind == EVENTS else kind] and (brought := brought_by(kind, sources)) is not None
    ]
    return reduce(or_, parts) | Q(pk__in=stale_parents()) if parts else None


def versions_reading(cards: dict[int, Card]) -> dict[str, set[int]]:
    """Kind of fact → the versions of cards that read it."""
    found: dict[str, set[int]] = defaultdict(set)
    for version, card in cards.items():
        weighed = (kinds_read(item.measure) for item in card.items if item.weight)
        for kinds in (*weighed, *map(kinds_asked, card.fact_names)):
            for kind in kinds:
                found[kind].add(version)
    return found


def brought_by(kind: str, sources: Sequence[int]) -> Q | None:
    """That one of the sources has brought such facts about the account. Use is one of the account's own source."""
    if kind == EVENTS:
        return Q(Exists(StreamAccount.objects.filter(source__in=sources, account=OuterRef("pk"))))
    if kind == USAGE:
        return Q(Exists(AccountDay.objects.filter(account=OuterRef("pk"))), source__in=sources)
    if kind == ACCOUNTS:
        return Q(source__in=sources)
    if kind not in STORED:
        return None
    model, account = STORED[kind].model, STORED[kind].account
    return Q(Exists(model._default_manager.filter(source__in=sources, **{account: OuterRef("pk")})))


def stale_parents() -> list[int]:
    """The accounts with a score made of those below that is stale: there are few, and each is looked at by itself."""
    made_of_others = Account.objects.exclude(roll_up=RollUp.OWN).exclude(children=None).distinct()
    return list(stale_of_all(made_of_others))
