"""Reading, the first half of a run: all that scoring a chunk needs, as arrays that can be kept and sent.

Shapes: A accounts by K measures (`values`) and by F facts of rules and flags (`facts`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
        return self.values[:, int(np.flatnonzero(self.keys == key)[0])]

    def fact(self, name: str) -> Floats:
        """One fact's column (A,)."""
        return self.facts[:, int(np.flatnonzero(self.fact_names == name)[0])]

    def to_bytes(self) -> bytes:
        """The arrays, for the chunk's row."""
        buffer = BytesIO()
        np.savez(buffer, **vars(self))
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, blob: bytes) -> "Collected":
        """What `to_bytes` wrote. No pickles are read."""
        with np.load(BytesIO(blob), allow_pickle=False) as arrays:
            return cls(**{name: arrays[name] for name in arrays.files})


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
    """The accounts that percentiles are taken among, per measure, from what all chunks of the run collected."""
    parts = [peers_in(blob, keys) for blob in blobs] if keys else []
    if not parts:
        return {}
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    values = joined.pop("values")
    return {key: PeerPool(values=values[:, n], **joined) for n, key in enumerate(keys)}


def peers_in(blob: bytes, keys: Sequence[str]) -> dict[str, Any]:
    """Of one chunk, only what peers need."""
    with np.load(BytesIO(blob), allow_pickle=False) as arrays:
        columns = [int(np.flatnonzero(arrays["keys"] == key)[0]) for key in keys]
        return {"values": arrays["values"][:, columns], **{name: arrays[name] for name in PEERS_BY}}


def pools_to_bytes(pools: dict[str, PeerPool]) -> bytes:
    """The pools, for the run's row."""
    buffer = BytesIO()
    arrays = {f"{key}/{name}": getattr(pool, name) for key, pool in pools.items() for name in ("values", *PEERS_BY)}
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def pools_from_bytes(blob: bytes) -> dict[str, PeerPool]:
    """What `pools_to_bytes` wrote."""
    columns: dict[str, dict[str, npt.NDArray[np.generic]]] = {}
    with np.load(BytesIO(blob), allow_pickle=False) as arrays:
        for name in arrays.files:
            key, column = name.split("/")
            columns.setdefault(key, {})[column] = arrays[name]
    return {key: PeerPool(**found) for key, found in columns.items()}  # type: ignore[arg-type]
