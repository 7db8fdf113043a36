"""The measures behind the newest scores of some accounts: for lists that show them beside one another."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from accounts.models import Account
from scoring.breakdown import CHILD_PREFIX, unpack
from scoring.cards import Card, cards_if_any
from scoring.measure import Measure
from scoring.models import Snapshot
from scoring.queries.explanation import cards_of


@dataclass(frozen=True)
class Figure:
    """A measure of one account: the value in its unit, and the points that the account's card gives for it."""

    measure: Measure
    value: float | None
    points: float | None


def measures_of_cards(day: date) -> dict[str, Measure]:
    """The measures that any card in force on the day reads, by key, those of the default card first."""
    cards = cards_if_any(day)
    if cards is None:
        return {}
    return {item.measure.key: item.measure for card in (cards.default, *cards.all()) for item in card.items}


def figures_of(accounts: Iterable[Account]) -> dict[int, Mapping[str, Figure]]:
    """By account and measure, for accounts that were read with their health. A query per day of their scores (all have
    the same day, mostly) and one for the cards. A score that is made of others' has no measures."""
    by_day: dict[date, list[int]] = defaultdict(list)
    for account in accounts:
        if (health := getattr(account, "health", None)) is not None:
            by_day[health.as_of].append(account.pk)
    rows = [row for day, ids in by_day.items() for row in kept_on(day, ids)]
    cards = cards_of({version for _, version, _ in rows})
    return {account: figures_in(kept, cards[version]) for account, version, kept in rows}


def kept_on(day: date, ids: list[int]) -> list[tuple[int, int, bytes | memoryview]]:
    rows = Snapshot.objects.filter(as_of=day, account_id__in=ids)
    return list(rows.values_list("account_id", "version_id", "breakdown"))


def figures_in(kept: bytes | memoryview, card: Card) -> Mapping[str, Figure]:
    breakdown = unpack(kept)
    if any(change.key.startswith(CHILD_PREFIX) for change in breakdown.changes):
        return {}
    lines = zip(card.items, breakdown.measures, strict=True)
    return {item.measure.key: Figure(item.measure, line.value, line.points) for item, line in lines}
