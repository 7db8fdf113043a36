"""Extract, score, store: the one page to read first.

A run has two steps, each cut into chunks of accounts that any number of workers take:

1. collect  facts → arrays, kept in the chunk (reading is most of the cost)
2. score    arrays → conclusions, kept in the chunk; percentiles need all chunks to be collected

and is closed by whoever finishes last: all snapshots and summaries in one transaction.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from django.db import transaction

from accounts.models import Segment
from scoring import store
from scoring.cards import Card, cards_on
from scoring.collect import Collected, collect, pool_of, pools_from_bytes, pools_to_bytes
from scoring.conclude import conclude
from scoring.core.peers import PeerPool
from scoring.extract.attributes import active_account_ids
from scoring.extract.scope import Scope
from scoring.models import RunChunk, ScoringRun
from scoring.runs import Claim, claim_chunk, finish_chunk, give_back, locked, start_run

Clock = Callable[[], datetime]
Cards = Mapping[int | None, Card]


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


def work_on(run: ScoringRun, *, worker: str, clock: Clock) -> None:
    """Take chunks until none is free, then go a step further if all are ready. Any number of workers may do this."""
    while True:
        while claim := claim_chunk(run=run, worker=worker, at=clock()):
            try:
                work_on_chunk(claim)
            except Exception as error:
                give_back(claim, error=error)
                raise
        if not (begin_scoring(run) or close(run, at=clock())):
            return


def work_on_chunk(claim: Claim) -> None:
    """One step of one chunk."""
    cards = cards_on(claim.run.as_of)
    if claim.run.state == ScoringRun.State.COLLECTING:
        found = collect(scope_of(claim), cards.values())
        finish_chunk(claim, state=RunChunk.State.COLLECTED, collected=found.to_bytes())
    else:
        pools = pools_from_bytes(bytes(claim.run.peers or b""))
        conclusions = conclude(Collected.from_bytes(bytes(claim.chunk.collected or b"")), cards=cards, pools=pools)
        finish_chunk(claim, state=RunChunk.State.SCORED, scored=store.packed(conclusions))


def scope_of(claim: Claim) -> Scope:
    """The chunk's accounts: those of its range that were active on the day."""
    ids = active_account_ids(
        as_of=claim.run.as_of, segment_id=claim.run.segment_id, between=(claim.chunk.first_id, claim.chunk.last_id)
    )
    return Scope(account_ids=ids, as_of=claim.run.as_of)


def begin_scoring(run: ScoringRun) -> bool:
    """Collecting → scoring, once all chunks are collected; says whether there is more to do."""
    with transaction.atomic():
        fresh = locked(ScoringRun.objects.filter(pk=run.pk, state=ScoringRun.State.COLLECTING)).first()
        if fresh is None or fresh.chunks.filter(state=RunChunk.State.WAITING).exists():
            return False
        cards = cards_on(fresh.as_of)
        chunks = [Collected.from_bytes(bytes(chunk.collected or b"")) for chunk in fresh.chunks.order_by("first_id")]
        fresh.peers = stored_peers(fresh) or pools_to_bytes(peers_of(chunks, cards))
        fresh.state = ScoringRun.State.SCORING
        fresh.save(update_fields=["peers", "state"])
        return True


def stored_peers(run: ScoringRun) -> bytes | None:
    """A run over one segment ranks it among all accounts, as the day's last full run saw them."""
    if run.segment_id is None:
        return None
    full = ScoringRun.objects.filter(as_of=run.as_of, segment=None, state=ScoringRun.State.DONE)
    peers = full.order_by("-pk").values_list("peers", flat=True).first()
    return None if peers is None else bytes(peers)


def peers_of(chunks: list[Collected], cards: Cards) -> dict[str, PeerPool]:
    keys = sorted({key for card in cards.values() for key in card.percentile_keys})
    return pool_of(chunks, keys) if chunks else {}


def close(run: ScoringRun, *, at: datetime) -> bool:
    """Scoring → done, once all chunks are scored: everything becomes visible at once. Never more to do after it."""
    with transaction.atomic():
        fresh = locked(ScoringRun.objects.filter(pk=run.pk, state=ScoringRun.State.SCORING)).first()
        if fresh is None or fresh.chunks.exclude(state=RunChunk.State.SCORED).exists():
            return False
        blobs = fresh.chunks.order_by("first_id").values_list("scored", flat=True)
        fresh.changed = store.save_run(fresh, [c for blob in blobs for c in store.unpacked(bytes(blob or b"[]"))])
        fresh.state, fresh.finished_at, fresh.error = ScoringRun.State.DONE, at, ""
        fresh.save(update_fields=["changed", "state", "finished_at", "error"])
        fresh.chunks.update(collected=None, scored=None)
    return False
