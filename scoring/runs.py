"""The life of a run: started, its chunks claimed under a lease, closed. All state is in the database.

A worker that dies leaves a lease that runs out; whoever claims the chunk next does it again, with the same result.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, IntegerField, Q, QuerySet, When

from accounts import audit
from accounts.models import Segment, User
from scoring.extract.attributes import active_account_ids
from scoring.models import RunChunk, ScoringRun
from scoring.partitions import ensure_month

# A chunk that kills every worker that takes it must not do so for ever.
MAX_ATTEMPTS = 20
CHUNKS_WANTED = 4
SMALLEST_CHUNK = 500
AT_WORK = (ScoringRun.State.COLLECTING, ScoringRun.State.SCORING)
# What a chunk keeps, read when it is needed.
KEPT = ("peers", "snapshots", "health", "sums", "members", "proof")
NOT_OVER = (ScoringRun.State.WAITING, *AT_WORK)
# So many are rung for at once: of two years ordered at once the oldest days come first.
RUNG_AT_ONCE = 8


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
    run = new_run(as_of, at=at, segment=segment, refreshes_health=refreshes_health)
    ensure_month(as_of)
    try:
        with transaction.atomic():
            run.save()
            cut_into_chunks(run)
    except IntegrityError:
        # Another start was first; by now its run may even be over.
        return ScoringRun.objects.filter(as_of=as_of).exclude(kind=ScoringRun.Kind.TOUCHED).latest("pk")
    return run


def new_run(as_of: date, *, at: datetime, segment: Segment | None, **fields: Any) -> ScoringRun:
    kind = ScoringRun.Kind.SEGMENT if segment else ScoringRun.Kind.FULL
    return ScoringRun(as_of=as_of, kind=kind, segment=segment, started_at=at, **fields)


def cut_into_chunks(run: ScoringRun) -> None:
    """Ranges of ids of the accounts that were active on the day."""
    ids = active_account_ids(as_of=run.as_of, segment_id=run.segment_id).tolist()
    ScoringRun.objects.filter(pk=run.pk).update(accounts=len(ids))
    run.accounts, size = len(ids), chunk_size(len(ids))
    cuts = [ids[start : start + size] for start in range(0, len(ids), size)]
    RunChunk.objects.bulk_create(RunChunk(run=run, first_id=cut[0], last_id=cut[-1]) for cut in cuts)


@transaction.atomic
def order_runs(*, days: Iterable[date], segment: Segment | None, by: User, at: datetime) -> list[ScoringRun]:
    """Runs that wait for a worker, oldest day first; a day on which one waits or is at work gets no second one."""
    pending = ScoringRun.objects.filter(state__in=NOT_OVER, segment=segment).exclude(kind=ScoringRun.Kind.TOUCHED)
    wanted = sorted(set(days) - set(pending.values_list("as_of", flat=True)))
    ordered = ScoringRun.objects.bulk_create(
        new_run(day, at=at, segment=segment, state=ScoringRun.State.WAITING, refreshes_health=day == wanted[-1])
        for day in wanted
    )
    if ordered:
        audit.record(
            verb="runs ordered", subject=ordered[-1], by=by, at=at, first=wanted[0].isoformat(),
            last=wanted[-1].isoformat(), runs=len(ordered), segment=segment.slug if segment else "",
        )  # fmt: skip
    return ordered


def begin(run: ScoringRun, *, at: datetime) -> None:
    """Waiting → collecting, by whichever worker is first; not while another run is at work on the day."""
    if run.state != ScoringRun.State.WAITING:
        return
    ensure_month(run.as_of)
    waiting = ScoringRun.objects.filter(pk=run.pk, state=ScoringRun.State.WAITING)
    with suppress(IntegrityError), transaction.atomic():
        if waiting.update(state=ScoringRun.State.COLLECTING, started_at=at):
            cut_into_chunks(run)


@transaction.atomic
def cancel(*, run: ScoringRun, by: User, at: datetime) -> bool:
    """End a run, if it is not over: workers stop at their next chunk, and readers keep what they saw."""
    not_over = ScoringRun.objects.filter(pk=run.pk, state__in=NOT_OVER)
    if not not_over.update(state=ScoringRun.State.CANCELLED, finished_at=at):
        return False
    empty_chunks(run)
    audit.record(verb="run cancelled", subject=run, by=by, at=at, as_of=run.as_of.isoformat())
    return True


def empty_chunks(run: ScoringRun) -> None:
    """What the chunks kept is needed no longer."""
    run.chunks.update(
        peers=None, snapshots=None, health=None, sums=[], members=[], proof={}, leased_by="", leased_until=None
    )


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
        run = ScoringRun.objects.defer("peers").get(pk=run.pk)
        if run.state not in waiting_for:
            return None
        free = run.chunks.filter(Q(leased_until=None) | Q(leased_until__lt=at), state=waiting_for[run.state])
        chunk = locked(free.defer(*KEPT).order_by(is_others(worker), "first_id")).first()
        if chunk is None:
            return None
        if chunk.attempts >= MAX_ATTEMPTS:
            fail(run=run, error=f"Chunk {chunk.pk} was tried {MAX_ATTEMPTS} times. {run.error}".strip(), at=at)
            return None
        chunk.attempts += 1
        chunk.leased_by, chunk.leased_until = worker, at + lease()
        chunk.save(update_fields=["attempts", "leased_by", "leased_until"])
        return Claim(chunk=chunk, run=run)


def is_others(worker: str) -> Case:
    """0 for chunks that the worker had before: it still holds what it collected of them."""
    return Case(When(leased_by=worker, then=0), default=1, output_field=IntegerField())


def finish_chunk(claim: Claim, *, state: str, **found: object) -> bool:
    """Keep what was found (fields of the chunk) and give the lease back, if the chunk is still ours; says whether."""
    return bool(still_ours(claim).update(state=state, leased_until=None, **found))


def give_back(claim: Claim, *, error: Exception) -> None:
    """The chunk failed: note why on the run, and let the next one try at once."""
    if still_ours(claim).update(leased_until=None, leased_by=""):
        ScoringRun.objects.filter(pk=claim.run.pk).update(error=f"{type(error).__name__}: {error}")


def still_ours(claim: Claim) -> QuerySet[RunChunk]:
    """The chunk, unless its lease ran out and somebody else took it since, or the run is over: each claim counts up."""
    return RunChunk.objects.filter(pk=claim.chunk.pk, attempts=claim.chunk.attempts, run__state__in=AT_WORK)


def others_are_collecting(run: ScoringRun, *, at: datetime) -> bool:
    """Whether it is worth waiting: once all chunks are collected, and their peers put together, all score again."""
    if not ScoringRun.objects.filter(pk=run.pk, state=ScoringRun.State.COLLECTING).exists():
        return False
    waiting = RunChunk.objects.filter(run=run.pk, state=RunChunk.State.WAITING)
    return waiting.filter(leased_until__gte=at).exists() or not waiting.exists()


def fail(*, run: ScoringRun, error: str, at: datetime) -> None:
    """End a run without a result; what readers saw before stays."""
    ScoringRun.objects.filter(pk=run.pk, state__in=AT_WORK).update(
        state=ScoringRun.State.FAILED, error=error, finished_at=at
    )


def left_behind(*, at: datetime) -> list[ScoringRun]:
    """Runs that wait, or in which nobody holds a lease: a worker died, or the broker lost the ring. The oldest few."""
    held = RunChunk.objects.filter(leased_until__gte=at).values("run_id")
    free = ScoringRun.objects.filter(state__in=NOT_OVER).exclude(pk__in=held)
    return list(free.order_by("as_of", "pk")[:RUNG_AT_ONCE])


def locked(queryset):  # type: ignore[no-untyped-def]
    """Rows that no other transaction has locked. SQLite has one writer at a time and needs no locks."""
    if connection.features.has_select_for_update_skip_locked:
        return queryset.select_for_update(skip_locked=True)
    return queryset
