"""The life of a run: started, its chunks claimed under a lease, closed. All state is in the database.

A worker that dies leaves a lease that runs out; whoever claims the chunk next does it again, with the same result.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from accounts.models import Segment
from scoring.extract.attributes import active_account_ids
from scoring.models import RunChunk, ScoringRun
from scoring.partitions import ensure_month

# A chunk that kills every worker that takes it must not do so for ever.
MAX_ATTEMPTS = 20
CHUNKS_WANTED = 4
SMALLEST_CHUNK = 500
AT_WORK = (ScoringRun.State.COLLECTING, ScoringRun.State.SCORING)


@dataclass(frozen=True)
class Claim:
    """A chunk that is ours until the lease ends."""

    chunk: RunChunk
    run: ScoringRun


def start_run(
    *, as_of: date, at: datetime, segment: Segment | None = None, refreshes_health: bool = True
) -> ScoringRun:
    """A new run with its chunks, or the one that is already at work on the day: two starts give one run."""
    at_work = ScoringRun.objects.filter(as_of=as_of, state__in=AT_WORK).first()
    if at_work:
        return at_work
    ensure_month(as_of)
    ids = active_account_ids(as_of=as_of, segment_id=segment.pk if segment else None).tolist()
    try:
        with transaction.atomic():
            run = ScoringRun.objects.create(
                as_of=as_of,
                kind=ScoringRun.Kind.SEGMENT if segment else ScoringRun.Kind.FULL,
                segment=segment,
                started_at=at,
                accounts=len(ids),
                refreshes_health=refreshes_health,
            )
            size = chunk_size(len(ids))
            cuts = [ids[start : start + size] for start in range(0, len(ids), size)]
            RunChunk.objects.bulk_create(RunChunk(run=run, first_id=cut[0], last_id=cut[-1]) for cut in cuts)
    except IntegrityError:
        return ScoringRun.objects.get(as_of=as_of, state__in=AT_WORK)
    return run


def chunk_size(accounts: int) -> int:
    """Few large chunks, for each costs the same queries; but some for each of several workers, and small in memory."""
    wanted = -(-accounts // CHUNKS_WANTED)
    return max(min(wanted, settings.SCORING_CHUNK_ACCOUNTS), min(SMALLEST_CHUNK, settings.SCORING_CHUNK_ACCOUNTS))


def lease() -> timedelta:
    """For how long a chunk is its worker's; a worker that died loses it then."""
    return timedelta(seconds=settings.SCORING_LEASE_SECONDS)


def claim_chunk(*, run: ScoringRun, worker: str, at: datetime) -> Claim | None:
    """Take a chunk that waits for the run's present step and that nobody holds; None when there is none."""
    with transaction.atomic():
        waiting_for: dict[str, str] = {
            ScoringRun.State.COLLECTING: RunChunk.State.WAITING,
            ScoringRun.State.SCORING: RunChunk.State.COLLECTED,
        }
        run = ScoringRun.objects.get(pk=run.pk)
        if run.state not in waiting_for:
            return None
        free = run.chunks.filter(Q(leased_until=None) | Q(leased_until__lt=at), state=waiting_for[run.state])
        chunk = locked(free.order_by("first_id")).first()
        if chunk is None:
            return None
        if chunk.attempts >= MAX_ATTEMPTS:
            fail(run=run, error=f"Chunk {chunk.pk} was tried {MAX_ATTEMPTS} times. {run.error}".strip(), at=at)
            return None
        chunk.attempts += 1
        chunk.leased_by, chunk.leased_until = worker, at + lease()
        chunk.save(update_fields=["attempts", "leased_by", "leased_until"])
        return Claim(chunk=chunk, run=run)


def finish_chunk(claim: Claim, *, state: str, **found: object) -> None:
    """Keep what was found (fields of the chunk) and give the lease back. Doing it twice keeps the same."""
    RunChunk.objects.filter(pk=claim.chunk.pk).update(state=state, leased_until=None, leased_by="", **found)


def give_back(claim: Claim, *, error: Exception) -> None:
    """The chunk failed: note why on the run, and let the next one try at once."""
    RunChunk.objects.filter(pk=claim.chunk.pk).update(leased_until=None, leased_by="")
    ScoringRun.objects.filter(pk=claim.run.pk).update(error=f"{type(error).__name__}: {error}")


def fail(*, run: ScoringRun, error: str, at: datetime) -> None:
    """End a run without a result; what readers saw before stays."""
    ScoringRun.objects.filter(pk=run.pk, state__in=AT_WORK).update(
        state=ScoringRun.State.FAILED, error=error, finished_at=at
    )


def left_behind(*, at: datetime) -> list[ScoringRun]:
    """Runs at work in which nobody holds a lease: a worker died, or the broker lost the ring."""
    held = RunChunk.objects.filter(leased_until__gte=at).values("run_id")
    return list(ScoringRun.objects.filter(state__in=AT_WORK).exclude(pk__in=held).order_by("as_of"))


def locked(queryset):  # type: ignore[no-untyped-def]
    """Rows that no other transaction has locked. SQLite has one writer at a time and needs no locks."""
    if connection.features.has_select_for_update_skip_locked:
        return queryset.select_for_update(skip_locked=True)
    return queryset
