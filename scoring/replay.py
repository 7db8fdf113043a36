"""Any day again, with any cards, as known now or as known then: computed in memory, nothing is written.

The same reading and the same scoring as a run's, over all accounts that were active on the day.
"""

from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings

from accounts.amendments import facts_as_known
from scoring.cards import Cards
from scoring.collect import collect, pools_of
from scoring.conclude import Concluded, conclude
from scoring.core.arrays import Ints
from scoring.extract.attributes import active_account_ids
from scoring.extract.scope import Scope, ScoresBefore
from scoring.extract.shared import read_shared_once
from scoring.families import Families, conclude_parents, families_on, members_in
from scoring.rules import LESS_THE_SCORE, SCORE_DAYS

HUNDREDTHS = 100


def replay(
    *,
    day: date,
    cards: Cards,
    known_at: datetime | None = None,
    account_ids: Collection[int] | None = None,
    earlier: Cards | None = None,
) -> Concluded:
    """What the accounts score on the day with these cards. `account_ids` are the only ones returned, if given.

    Peers are always all accounts, so a card that ranks among peers reads all of them. `known_at`: only what was
    recorded by then counts, amended facts as they stood then. Raises cards.NoScorecard through whoever made the cards.
    A flag that compares with the score of 30 days before takes the one that the `earlier` cards give; without them
    it is unknown under a draft and as known then, and else the kept one (docs/decisions.md, 38).
    """
    before = scores_before(day, cards=cards, known_at=known_at, account_ids=account_ids, earlier=earlier)
    with facts_as_known(known_at, until=day), read_shared_once():
        families = families_on(day, known_at=known_at)
        scopes = scopes_of(day=day, cards=cards, known_at=known_at, only=account_ids, families=families)
        chunks = tuple(collect(replace(scope, scores_before=before), cards) for scope in scopes)
        pools = pools_of((chunk.for_peers(cards.percentile_keys) for chunk in chunks), cards.percentile_keys)
        parts = [conclude(chunk, cards=cards, pools=pools) for chunk in chunks]
        parts += conclude_parents(
            families,
            among=families.children if account_ids is None else account_ids,
            members={key: member for part in parts for key, member in members_in(part, families).items()},
            day=day,
            cards=cards,
            pools=pools,
            known_at=known_at,
            scores_before=before,
        )
    found = in_order_of_ids(joined(parts))
    return (
        found if account_ids is None else chosen(found, np.flatnonzero(np.isin(found.account_ids, list(account_ids))))
    )


def scores_before(
    day: date,
    *,
    cards: Cards,
    known_at: datetime | None,
    account_ids: Collection[int] | None,
    earlier: Cards | None,
) -> ScoresBefore | None:
    """The scores with which flags compare, by day; None means the kept ones."""
    if earlier is None:
        return {} if known_at is not None or any(card.is_draft for card in cards.all()) else None
    if LESS_THE_SCORE.isdisjoint(name for card in cards.all() for name in card.fact_names):
        return {}
    then = day - timedelta(days=SCORE_DAYS)
    found = replay(day=then, cards=earlier, known_at=known_at, account_ids=account_ids)
    is_scored = found.scores >= 0
    return {then: (found.account_ids[is_scored], found.scores[is_scored] / HUNDREDTHS)}


def scopes_of(
    *, day: date, cards: Cards, known_at: datetime | None, only: Collection[int] | None, families: Families
) -> Iterator[Scope]:
    """The accounts of the day in chunks: all, or where no peers are needed those that are asked for."""
    ids = active_account_ids(as_of=day, known_at=known_at)
    if only is not None and not cards.percentile_keys:
        ids = ids[np.isin(ids, list(only))]
    ids = ids[~np.isin(ids, list(families.children))]
    size = settings.SCORING_CHUNK_ACCOUNTS
    for start in range(0, len(ids), size):
        yield Scope(account_ids=ids[start : start + size], as_of=day, known_at=known_at)


def in_order_of_ids(found: Concluded) -> Concluded:
    return chosen(found, np.argsort(found.account_ids, kind="stable"))


def joined(parts: list[Concluded]) -> Concluded:
    """The parts one after the other."""
    if not parts:
        return nothing()
    columns: dict[str, Any] = {}
    for field in fields(Concluded):
        values = [getattr(part, field.name) for part in parts]
        columns[field.name] = sum(values, []) if isinstance(values[0], list) else np.concatenate(values)
    return Concluded(**columns)


def chosen(found: Concluded, places: Ints) -> Concluded:
    """The accounts at these places, in this order."""
    columns: dict[str, Any] = {}
    for field in fields(Concluded):
        column = getattr(found, field.name)
        columns[field.name] = [column[place] for place in places] if isinstance(column, list) else column[places]
    return Concluded(**columns)


def nothing() -> Concluded:
    """The conclusion of a day without accounts."""
    whole, real = np.zeros(0, dtype=np.int64), np.zeros(0)
    lists = {"breakdowns", "flags"}
    reals = {"coverage", "active_users", "last_ebr", "last_touchpoint", "nps"}
    columns: dict[str, Any] = {
        field.name: [] if field.name in lists else real if field.name in reals else whole for field in fields(Concluded)
    }
    return Concluded(**columns)
