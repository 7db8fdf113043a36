"""Extract, score, store: the one page to read first.

A run has two steps, each cut into chunks of accounts that any number of workers take:

1. collect  facts → arrays, kept by the worker (reading is most of the cost), and what peers need of them by the chunk
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
from django.db.models import QuerySet

from accounts.models import Segment
from accounts.touches import wake_settled_since
from scoring import locks, merge, proof, store
from scoring.cards import Cards, cards_on
from scoring.collect import Collected, collect_from, pools_of, pools_to_bytes
from scoring.conclude import Concluded, conclude
from scoring.core.peers import PeerPool
from scoring.core.rollup import Member
from scoring.custom import read_once
from scoring.extract.attributes import active_account_ids
from scoring.extract.facts import Facts
from scoring.extract.register import read_register
from scoring.extract.scope import Scope
from scoring.extract.shared import read_shared_once, shared
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
# What a worker collected, by the key of the chunk.
Held = dict[int, Collected]


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
    # What all accounts share is the same for all chunks of a run.
    with read_shared_once():
        held: Held = {}
        while True:
            while claim := claim_chunk(run=run, worker=worker, at=clock()):
                work_on_claim(claim, held)
            if begin_scoring(run) or close(run, at=clock()):
                continue
            if not others_are_collecting(run, at=clock()):
                return
            sleep(LOOK_AGAIN_SECONDS)


def work_on_claim(claim: Claim, held: Held) -> None:
    """One step of one chunk; a chunk that fails is given back."""
    try:
        work_on_chunk(claim, held)
    except Exception as error:
        give_back(claim, error=error)
        raise


def work_on_chunk(claim: Claim, held: Held | None = None) -> None:
    """One step of one chunk. Where no card ranks accounts among peers, both steps are done at once.

    Who scores a chunk that somebody else collected reads its facts again.
    """
    cards, held = cards_on(claim.run.as_of), {} if held is None else held
    if claim.run.state == ScoringRun.State.SCORING:
        found = held.pop(claim.chunk.pk, None) or collect_from(facts_of(claim), cards.all())
        keep_score(claim, found, cards=cards, pools=pools_of_run(claim.run.pk))
        return
    facts = facts_of(claim)
    if not facts.scope.size:
        finish_chunk(claim, state=RunChunk.State.SCORED, snapshots=b"", health=b"")
    elif cards.percentile_keys:
        found = collect_from(facts, cards.all())
        if finish_chunk(claim, state=RunChunk.State.COLLECTED, peers=found.for_peers(cards.percentile_keys)):
            held[claim.chunk.pk] = found
    else:
        keep_score(claim, collect_from(facts, cards.all()), cards=cards, pools={})


def keep_score(claim: Claim, found: Collected, *, cards: Cards, pools: Pools) -> None:
    concluded = conclude(found, cards=cards, pools=pools)
    members = members_in(concluded, families_of(claim.run))
    finish_chunk(
        claim,
        state=RunChunk.State.SCORED,
        proof=proof.prove_chunk(claim.run, found, concluded, cards=cards),
        members=[list(astuple(member)) for member in members.values()],
        **vars(store.rows_of(claim.run, concluded)),
    )


def facts_of(claim: Claim) -> Facts:
    """The facts of the chunk's accounts: those of its range that were active on the day and do not roll up."""
    run, chunk = claim.run, claim.chunk
    nobody = np.zeros(0, dtype=np.int64)
    register = read_register(Scope(nobody, run.as_of, span=(chunk.first_id, chunk.last_id)))
    ids = register.active(run.as_of, segment_id=run.segment_id)
    ids = ids[~np.isin(ids, list(families_of(run).children))]
    return Facts(Scope(ids, run.as_of), read_before=register)


def families_of(run: ScoringRun) -> Families:
    """The families of the run's day, the same for all of its chunks that a worker takes."""
    return shared(("families", run.as_of), lambda: families_on(run.as_of))


def begin_scoring(run: ScoringRun) -> bool:
    """Collecting → scoring, once all chunks are collected; says whether there is more to do."""
    with transaction.atomic():
        fresh = locked(in_state(run, ScoringRun.State.COLLECTING)).first()
        if fresh is None or fresh.chunks.filter(state=RunChunk.State.WAITING).exists():
            return False
        blobs = (bytes(blob) for blob in peers_in(fresh) if blob)
        fresh.peers = stored_peers(fresh) or pools_to_bytes(pools_of(blobs, cards_on(fresh.as_of).percentile_keys))
        fresh.state = ScoringRun.State.SCORING
        fresh.save(update_fields=["peers", "state"])
        return True


def in_state(run: ScoringRun, state: ScoringRun.State) -> QuerySet[ScoringRun]:
    """The run as it is now, if it is in the state; its peers are read when they are needed."""
    return ScoringRun.objects.defer("peers").filter(pk=run.pk, state=state)


def stored_peers(run: ScoringRun) -> bytes | None:
    """A run over one segment ranks it among all accounts, as the day's last full run saw them."""
    if run.segment_id is None:
        return None
    full = ScoringRun.objects.filter(as_of=run.as_of, kind=ScoringRun.Kind.FULL, state=ScoringRun.State.DONE)
    peers = full.order_by("-pk").values_list("peers", flat=True).first()
    return None if peers is None else bytes(peers)


def peers_in(run: ScoringRun) -> Iterator[Any]:
    """The peers of each chunk, one after the other."""
    return run.chunks.order_by("first_id").values_list("peers", flat=True).iterator(chunk_size=1)


def close(run: ScoringRun, *, at: datetime) -> bool:
    """Scoring → done, once all chunks are scored: everything becomes visible at once. Never more to do after it."""
    with transaction.atomic():
        fresh = locked(in_state(run, ScoringRun.State.SCORING)).first()
        if fresh is None or fresh.chunks.exclude(state=RunChunk.State.SCORED).exists():
            return False
        families = families_of(fresh)
        parents = parents_of(fresh, families)
        of_parents = proof.prove_parents(fresh, families, parents, cards=cards_on(fresh.as_of)) if parents else {}
        proof.keep(fresh, [*fresh.chunks.values_list("proof", flat=True), of_parents])
        locks.close_alone()
        fresh.changed = store.save_run(fresh, last=[store.rows_of(fresh, found) for found in parents])
        merge.forget_deleted(fresh.as_of)
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
