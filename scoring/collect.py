"""Reading, the first half of a run: all that scoring a chunk needs, as arrays that can be kept and sent.

Shapes: A accounts by K measures (`values`) and by F facts of rules and flags (`facts`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring import catalog, rules
from scoring.cards import Card, Cards
from scoring.core.arrays import Floats, Ints
from scoring.core.peers import PeerPool
from scoring.custom import read_once
from scoring.extract.facts import Facts
from scoring.extract.judgments import acting_overrides, acting_pulses
from scoring.extract.scope import Scope

PEERS_BY = ("account_ids", "industries", "sizes", "segments")


@dataclass(frozen=True)
class Collected:
    """What is known about each account on the day. Ids and codes are -1 where there is none."""

    account_ids: Ints
    segments: Ints
    phases: Ints
    owners: Ints
    arr_cents: Ints
    months: Floats
    industries: Ints
    sizes: Ints
    keys: npt.NDArray[np.str_]  # (K,)
    values: Floats  # (A, K)
    fact_names: npt.NDArray[np.str_]  # (F,)
    facts: Floats  # (A, F)
    pulse_ids: Ints  # (P,) in the order in which they were made
    pulse_places: Ints
    pulse_percents: Floats
    override_ids: Ints  # (O,)
    override_places: Ints
    override_scores: Ints
    active_users: Floats
    last_ebr: Floats  # ordinal
    last_touchpoint: Floats  # ordinal
    nps: Floats

    def value(self, key: str) -> Floats:
        """One measure's column (A,)."""
        return self.values[:, self.columns_of_values[key]]

    def fact(self, name: str) -> Floats:
        """One fact's column (A,)."""
        return self.facts[:, self.columns_of_facts[name]]

    @cached_property
    def columns_of_values(self) -> dict[str, int]:
        return {key: n for n, key in enumerate(self.keys.tolist())}

    @cached_property
    def columns_of_facts(self) -> dict[str, int]:
        return {name: n for n, name in enumerate(self.fact_names.tolist())}

    def for_peers(self, keys: Sequence[str]) -> bytes:
        """Of these measures what others need to rank among these accounts, for the chunk's row. No pickles."""
        values = np.column_stack([self.value(key) for key in keys])
        buffer = BytesIO()
        np.savez(buffer, values=values, **{name: getattr(self, name) for name in PEERS_BY})
        return buffer.getvalue()


def collect(scope: Scope, cards: Cards) -> Collected:
    """Read the facts of all measures, rules and flags that any of the cards uses."""
    return collect_from(Facts(scope), cards.all())


@read_once()
def collect_from(facts: Facts, cards: Iterable[Card]) -> Collected:
    """The same from facts of which some may be read already."""
    cards, scope = tuple(cards), facts.scope
    keys = sorted({item.measure.key for card in cards for item in card.items})
    names = sorted({name for card in cards for name in card.fact_names})
    a = facts.attributes
    pulses, overrides = acting_pulses(scope), acting_overrides(scope)
    return Collected(
        account_ids=a.account_ids,
        segments=a.segments,
        phases=a.phases,
        owners=a.owners,
        arr_cents=a.arr_cents,
        months=a.months,
        industries=a.industries,
        sizes=a.sizes,
        keys=np.array(keys, dtype=np.str_),
        values=table([catalog.measure(key).compute(facts) for key in keys], scope),
        fact_names=np.array(names, dtype=np.str_),
        facts=table([rules.fact(name)(facts) for name in names], scope),
        pulse_ids=ints(pulse.pulse_id for pulse in pulses),
        pulse_places=ints(pulse.place for pulse in pulses),
        pulse_percents=np.array([pulse.percent for pulse in pulses], dtype=np.float64),
        override_ids=ints(override.override_id for override in overrides),
        override_places=ints(override.place for override in overrides),
        override_scores=ints(override.score_hundredths for override in overrides),
        active_users=facts.usage.active_users,
        last_ebr=facts.engagement.counts["ebr"],
        last_touchpoint=facts.engagement.counts["last"],
        nps=facts.sentiment.nps(),
    )


def table(columns: list[Floats], scope: Scope) -> Floats:
    return np.column_stack(columns) if columns else np.zeros((scope.size, 0))


def ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)


def pools_of(blobs: Iterable[bytes], keys: Sequence[str]) -> dict[str, PeerPool]:
    """The accounts that percentiles are taken among, per measure, from what all chunks keep `for_peers`."""
    parts = [arrays_in(blob) for blob in blobs] if keys else []
    if not parts:
        return {}
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    values = joined.pop("values")
    return {key: PeerPool(values=values[:, n], **joined) for n, key in enumerate(keys)}


def arrays_in(blob: bytes) -> dict[str, Any]:
    with np.load(BytesIO(blob), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def pools_to_bytes(pools: dict[str, PeerPool]) -> bytes:
    """The pools that `pools_of` gave, for the run's row. All are of the same accounts, which are written once."""
    buffer = BytesIO()
    arrays: dict[str, Any] = {f"{key}/values": pool.values for key, pool in pools.items()}
    for pool in [*pools.values()][:1]:
        arrays |= {f"/{name}": getattr(pool, name) for name in PEERS_BY}
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def pools_from_bytes(blob: bytes) -> dict[str, PeerPool]:
    """What `pools_to_bytes` wrote; before, it wrote the accounts with each pool."""
    columns: dict[str, dict[str, npt.NDArray[np.generic]]] = {}
    with np.load(BytesIO(blob), allow_pickle=False) as arrays:
        for name in arrays.files:
            key, column = name.split("/")
            columns.setdefault(key, {})[column] = arrays[name]
    of_all = columns.pop("", {})
    return {key: PeerPool(**of_all, **found) for key, found in columns.items()}  # type: ignore[arg-type]
