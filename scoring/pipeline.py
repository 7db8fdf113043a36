"""Extract, score, store: the one page to read first.

A run has two steps, each cut into chunks of accounts that any number of workers take:

1. collect  facts → arrays, kept in the chunk (reading is most of the cost)
2. score    arrays → rows, kept in the chunk; percentiles need all chunks to be collected

and is closed by whoever finishes last: all snapshots and summaries in one transaction.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple
from datetime import date, datetime
from time import sleep
from typing import Any

import numpy as np
from django.db import transaction

from accounts.models import Segment
from accounts.touches import wake_settled_since
from scoring import locks, proof, store
from scoring.cards import Cards, cards_on
from scoring.collect import Collected, collect, pools_of, pools_to_bytes
from scoring.conclude import Concluded, conclude
from scoring.core.peers import PeerPool
from scoring.core.rollup import Member
from scoring.custom import read_once
from scoring.extract.attributes import active_account_ids
from scoring.extract.scope import Scope
from scoring.families import Families, conclude_parents, families_on, members_in
from scoring.models import RunChunk, ScoringRun
from scoring.peers import pools_of_run
from scoring.runs import (
    Claim,
    begin,
    claim_chunk,
    empty_chunks,
    finish_chunk,
    give_back,
    locked,
    others_are_collecting,
    start_run,
)

Clock = Callable[[], datetime]
LOOK_AGAIN_SECONDS = 0.05
Pools = Mapping[str, PeerPool]


def score_days(
    days: Iterable[date],
    *,
    clock: Clock,
    segment: Segment | None = None,
    on_day: Callable[[ScoringRun], None] | None = None,
) -> None:
    """Score each day, oldest first; lists are refreshed once, by the last."""
    ordered = sorted(days)
    for day in ordered:
        run = start_run(as_of=day, at=clock(), segment=segment, refreshes_health=day == ordered[-1])
        work_on(run, worker="command", clock=clock)
        if on_day:
            on_day(ScoringRun.objects.get(pk=run.pk))


@read_once()
def work_on(run: ScoringRun, *, worker: str, clock: Clock) -> None:
    """Take chunks until none is free, then go a step further if all are ready. Any number of workers may do this.

    Who finds no chunk while others still collect theirs waits for them: scoring is for all workers again.
    """
    begin(run, at=clock())
    while True:
        while claim := claim_chunk(run=run, worker=worker, at=clock()):
            try:
                work_on_chunk(claim)
            except Exception as error:
                give_back(claim, error=error)
                raise
        if begin_scoring(run) or close(run, at=clock()):
            continue
        if not others_are_collecting(run, at=clock()):
            return
        sleep(LOOK_AGAIN_SECONDS)


def work_on_chunk(claim: Claim) -> None:
    """One step of one chunk. Where no card ranks accounts among peers, both steps are done at once."""
    cards = cards_on(claim.run.as_of)
    if claim.run.state == ScoringRun.State.SCORING:
        pools = pools_of_run(claim.run.pk)
        keep_score(claim, Collected.from_bytes(bytes(claim.chunk.collected or b"")), cards=cards, pools=pools)
        return
    scope = scope_of(claim)
    if not scope.size:
        finish_chunk(claim, state=RunChunk.State.SCORED, snapshots=b"", health=b"")
    elif cards.percentile_keys:
        found = collect(scope, cards)
        finish_chunk(claim, state=RunChunk.State.COLLECTED, collected=found.to_bytes())
    else:
        keep_score(claim, collect(scope, cards), cards=cards, pools={})


def keep_score(claim: Claim, found: Collected, *, cards: Cards, pools: Pools) -> None:
    concluded = conclude(found, cards=cards, pools=pools)
    members = members_in(concluded, families_on(claim.run.as_of))
    finish_chunk(
        claim,
        state=RunChunk.State.SCORED,
        proof=proof.prove_chunk(claim.run, found, concluded, cards=cards),
        members=[list(astuple(member)) for member in members.values()],
        **vars(store.rows_of(claim.run, concluded)),
    )


def scope_of(claim: Claim) -> Scope:
    """The chunk's accounts: those of its range that were active on the day and do not roll up."""
    ids = active_account_ids(
        as_of=claim.run.as_of, segment_id=claim.run.segment_id, between=(claim.chunk.first_id, claim.chunk.last_id)
    )
    parents = list(families_on(claim.run.as_of).children)
    return Scope(account_ids=ids[~np.isin(ids, parents)] if parents else ids, as_of=claim.run.as_of)


def begin_scoring(run: ScoringRun) -> bool:
    """Collecting → scoring, once all chunks are collected; says whether there is more to do."""
    with transaction.atomic():
        fresh = locked(ScoringRun.objects.filter(pk=run.pk, state=ScoringRun.State.COLLECTING)).first()
        if fresh is None or fresh.chunks.filter(state=RunChunk.State.WAITING).exists():
            return False
        blobs = (bytes(blob) for blob in collected_of(fresh) if blob)
        fresh.peers = stored_peers(fresh) or pools_to_bytes(pools_of(blobs, cards_on(fresh.as_of).percentile_keys))
        fresh.state = ScoringRun.State.SCORING
        fresh.save(update_fields=["peers", "state"])
        return True


def stored_peers(run: ScoringRun) -> bytes | None:
    """A run over one segment ranks it among all accounts, as the day's last full run saw them."""
    if run.segment_id is None:
        return None
    full = ScoringRun.objects.filter(as_of=run.as_of, kind=ScoringRun.Kind.FULL, state=ScoringRun.State.DONE)
    peers = full.order_by("-pk").values_list("peers", flat=True).first()
    return None if peers is None else bytes(peers)


def collected_of(run: ScoringRun) -> Iterator[Any]:
    """What each chunk collected, one after the other."""
    return run.chunks.order_by("first_id").values_list("collected", flat=True).iterator(chunk_size=1)


def close(run: ScoringRun, *, at: datetime) -> bool:
    """Scoring → done, once all chunks are scored: everything becomes visible at once. Never more to do after it."""
    with transaction.atomic():
        fresh = locked(ScoringRun.objects.filter(pk=run.pk, state=ScoringRun.State.SCORING)).first()
        if fresh is None or fresh.chunks.exclude(state=RunChunk.State.SCORED).exists():
            return False
        families = families_on(fresh.as_of)
        parents = parents_of(fresh, families)
        of_parents = proof.prove_parents(fresh, families, parents, cards=cards_on(fresh.as_of)) if parents else {}
        proof.keep(fresh, [*fresh.chunks.values_list("proof", flat=True), of_parents])
        locks.close_alone()
        fresh.changed = store.save_run(fresh, last=[store.rows_of(fresh, found) for found in parents])
        fresh.state, fresh.finished_at, fresh.error = ScoringRun.State.DONE, at, ""
        fresh.save(update_fields=["changed", "state", "finished_at", "error", "compared", "differing"])
        empty_chunks(fresh)
        # Its facts were read before theirs: what was found at once meanwhile is found once more.
        wake_settled_since(fresh.started_at, as_of=fresh.as_of)
    return False


def parents_of(run: ScoringRun, families: Families) -> list[Concluded]:
    """The accounts that roll up, once their children are scored."""
    if not families.levels:
        return []
    kept = [member for members in run.chunks.values_list("members", flat=True) for member in members]
    return conclude_parents(
        families,
        among=active_account_ids(as_of=run.as_of, segment_id=run.segment_id).tolist(),
        members={member[0]: Member(*member) for member in kept},
        day=run.as_of,
        cards=cards_on(run.as_of),
        pools=pools_of_run(run.pk),
    )
