"""What accounts' values are when one thing after the other is let change from one day to a later one.

Between the two days stand: the first day's facts with the later day's definitions; the later day with only the facts
up to the first, so that nothing happened but time; the same with all facts but ratings; and the later day itself.

Shapes: A accounts in the order of their ids, active on both days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from django.conf import settings

from accounts.models import Account, KnownDay
from scoring import catalog
from scoring.cards import Card
from scoring.collect import Collected, collect_from, pools_from_bytes, table
from scoring.core.arrays import Bools, Ints
from scoring.core.peers import PeerPool
from scoring.extract.attributes import active_account_ids
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from scoring.models import ScoringRun
from scoring.queries.movement_lines import judged_as

# Use is a stream: every known day is a fact of every account, those on which it did nothing included. So use does not
# age day by day while its source delivers; it stands as it was until the new facts are let in.
STREAMS = ("usage", "features")


@dataclass(frozen=True)
class Between:
    """The chunks of the chain, each read when it is asked for. `cards` are all that any of its steps needs."""

    account_ids: Ints
    first: date
    last: date
    cards: tuple[Card, ...]

    @cached_property
    def first_facts(self) -> Facts:
        return Facts(Scope(self.account_ids, self.first))

    @cached_property
    def then(self) -> Collected:
        """The first day, as it is known now."""
        return collect_from(self.first_facts, self.cards)

    @cached_property
    def redefined(self) -> Collected:
        """The first day's facts with the definitions of the last."""
        scope = replace(self.first_facts.scope, defined_on=self.last)
        return collect_from(like(self.first_facts, scope, without=()), self.cards)

    @cached_property
    def aged(self) -> Collected:
        """The last day if nothing had happened since the first; pulses and overrides as on the first."""
        facts = Facts(Scope(self.account_ids, self.last, facts_until=self.first))
        facts.__dict__.update({name: getattr(self.first_facts, name) for name in STREAMS})
        found = collect_from(facts, self.cards)
        if not self.is_streaming.all():
            stopped = collect_from(like(facts, facts.scope, without=STREAMS), self.cards)
            keep = self.is_streaming[:, np.newaxis]
            found = replace(
                found,
                values=np.where(keep, found.values, stopped.values),
                facts=np.where(keep, found.facts, stopped.facts),
            )
        return judged_as(found, self.then)

    @cached_property
    def is_streaming(self) -> Bools:
        """Whether the source of each account delivered use after the first day."""
        days = KnownDay.objects.filter(day__gt=self.first, day__lte=self.last)
        sources = set(days.values_list("source_id", flat=True).distinct())
        scope = self.first_facts.scope
        places, found = scope.read(Account.objects.all(), "source_id", column="pk")
        return np.isin(scope.spread(places, found), list(sources))

    @cached_property
    def last_facts(self) -> Facts:
        return Facts(Scope(self.account_ids, self.last))

    @cached_property
    def now(self) -> Collected:
        """The last day, as it is known now."""
        return collect_from(self.last_facts, self.cards)

    @cached_property
    def behaved(self) -> Collected:
        """The last day without the ratings since the first; pulses and overrides as on the first."""
        scope = replace(self.last_facts.scope, ratings_until=self.first)
        facts = like(self.last_facts, scope, without=("people",))
        return judged_as(collect_from(facts, self.cards), self.then)


def like(facts: Facts, scope: Scope, *, without: Sequence[str]) -> Facts:
    """Facts of another scope that have been read already, except these and what formulas made of them."""
    found = Facts(scope)
    left_out = {"scope", "remembered", *without}
    found.__dict__.update({name: part for name, part in facts.__dict__.items() if name not in left_out})
    return found


@dataclass(frozen=True)
class Pools:
    """The peers of a day; `are_kept` where they are those that the day was scored with."""

    by_key: dict[str, PeerPool]
    are_kept: bool


def pools_on(day: date, keys: Sequence[str], *, defined_on: date) -> Pools:
    """The peers' values on a day: those that its last full run kept, or else as they are known now."""
    if not keys:
        return Pools({}, are_kept=True)
    full = ScoringRun.objects.filter(as_of=day, segment=None, state=ScoringRun.State.DONE).exclude(peers=None)
    blob = full.order_by("-pk").values_list("peers", flat=True).first()
    kept = pools_from_bytes(bytes(blob)) if blob else {}
    if kept.keys() >= set(keys):
        return Pools(kept, are_kept=True)
    return Pools(kept | read_pools(day, [key for key in keys if key not in kept], defined_on=defined_on), False)


def read_pools(day: date, keys: Sequence[str], *, defined_on: date) -> dict[str, PeerPool]:
    """All accounts that were active on the day, with their values of these measures."""
    chunks = [Facts(scope) for scope in scopes_on(day, defined_on=defined_on)]
    values = [table([catalog.measure(key).compute(facts) for key in keys], facts.scope) for facts in chunks]
    if not chunks:
        return {}
    shared = {
        name: np.concatenate([getattr(facts.attributes, name) for facts in chunks])
        for name in ("account_ids", "industries", "sizes", "segments")
    }
    columns = np.concatenate(values)
    return {key: PeerPool(values=columns[:, n], **shared) for n, key in enumerate(keys)}


def scopes_on(day: date, *, defined_on: date) -> Iterator[Scope]:
    ids, size = active_account_ids(as_of=day), settings.SCORING_CHUNK_ACCOUNTS
    for start in range(0, len(ids), size):
        yield Scope(ids[start : start + size], day, defined_on=defined_on)
