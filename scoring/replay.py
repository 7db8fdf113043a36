"""Any day again, with any cards, as known now or as known then: computed in memory, nothing is written.

The same reading and the same scoring as a run's, over all accounts that were active on the day.
"""

from collections.abc import Collection, Iterator
from dataclasses import fields
from datetime import date, datetime
from typing import Any

import numpy as np
from django.conf import settings

from accounts.amendments import facts_as_known
from scoring.cards import Cards
from scoring.collect import Collected, collect, pools_of
from scoring.conclude import Concluded, conclude
from scoring.core.arrays import Ints
from scoring.extract.attributes import active_account_ids
from scoring.extract.scope import Scope
from scoring.families import Families, conclude_parents, families_on, members_in


def replay(
    *, day: date, cards: Cards, known_at: datetime | None = None, account_ids: Collection[int] | None = None
) -> Concluded:
    """What the accounts score on the day with these cards. `account_ids` are the only ones returned, if given.

    Peers are always all accounts, so a card that ranks among peers reads all of them. `known_at`: only what was
    recorded by then counts, amended facts as they stood then. Raises cards.NoScorecard through whoever made the cards.
    """
    with facts_as_known(known_at):
        families = families_on(day, known_at=known_at)
        chunks = tuple(collected(day=day, cards=cards, known_at=known_at, only=account_ids, families=families))
        pools = pools_of((chunk.to_bytes() for chunk in chunks), cards.percentile_keys)
        parts = [conclude(chunk, cards=cards, pools=pools) for chunk in chunks]
        parts += conclude_parents(
            families,
            among=families.children if account_ids is None else account_ids,
            members={key: member for part in parts for key, member in members_in(part, families).items()},
            day=day,
            cards=cards,
            pools=pools,
            known_at=known_at,
        )
    found = in_order_of_ids(joined(parts))
    return (
        found if account_ids is None else chosen(found, np.flatnonzero(np.isin(found.account_ids, list(account_ids))))
    )


def collected(
    *, day: date, cards: Cards, known_at: datetime | None, only: Collection[int] | None, families: Families
) -> Iterator[Collected]:
    """The accounts of the day in chunks: all, or where no peers are needed those that are asked for."""
    ids = active_account_ids(as_of=day, known_at=known_at)
    if only is not None and not cards.percentile_keys:
        ids = ids[np.isin(ids, list(only))]
    ids = ids[~np.isin(ids, list(families.children))]
    size = settings.SCORING_CHUNK_ACCOUNTS
    for start in range(0, len(ids), size):
        yield collect(Scope(account_ids=ids[start : start + size], as_of=day, known_at=known_at), cards)


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
