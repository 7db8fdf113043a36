"""The run log, as its page reads it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from scoring.models import RunChunk, RunDifference, ScoringRun
from scoring.runs import NOT_OVER

# Of many runs that wait, so many are drawn.
MOST_LIVE = 5


@dataclass(frozen=True)
class Progress:
    """How far a run is: its chunks, those whose facts are read, and those that are scored."""

    chunks: int = 0
    read: int = 0
    scored: int = 0

    @property
    def ratio(self) -> float:
        """0 to 1; reading and scoring count half each."""
        return (self.read + self.scored) / (2 * self.chunks) if self.chunks else 0.0


def all_runs() -> QuerySet[ScoringRun]:
    """Every run, newest first, without the peers that it keeps: those are large."""
    return ScoringRun.objects.defer("peers").select_related("segment").order_by("-started_at", "-pk")


def logged_runs() -> QuerySet[ScoringRun]:
    """Those that have begun; what waits is listed apart."""
    return all_runs().exclude(state=ScoringRun.State.WAITING)


def failed_runs() -> QuerySet[ScoringRun]:
    return all_runs().filter(Q(state=ScoringRun.State.FAILED) | ~Q(error=""))


def differing_runs() -> QuerySet[ScoringRun]:
    """Those that did not find again what was found at once."""
    return all_runs().filter(differing__gt=0)


def run_counts() -> dict[str, int]:
    """The runs that have begun, those with a failure, those with a difference."""
    return ScoringRun.objects.aggregate(
        all=Count("pk", filter=~Q(state=ScoringRun.State.WAITING)),
        failed=Count("pk", filter=Q(state=ScoringRun.State.FAILED) | ~Q(error="")),
        differing=Count("pk", filter=Q(differing__gt=0)),
    )


def live_runs() -> list[ScoringRun]:
    """Runs that are not over, those at work before those that wait; only the first few, and one more if there are."""
    rows = all_runs().filter(state__in=NOT_OVER).order_by("state", "as_of", "pk")
    return list(rows[: MOST_LIVE + 1])


def waiting_count() -> int:
    return ScoringRun.objects.filter(state__in=NOT_OVER).count()


def last_full_run() -> ScoringRun | None:
    """The newest done run over all accounts, by its day."""
    done = all_runs().filter(kind=ScoringRun.Kind.FULL, state=ScoringRun.State.DONE)
    return done.order_by("-as_of", "-pk").first()


def progress_of(run_ids: Collection[int]) -> dict[int, Progress]:
    """How far runs are. One query."""
    scored, waiting = Q(state=RunChunk.State.SCORED), Q(state=RunChunk.State.WAITING)
    rows = RunChunk.objects.filter(run_id__in=run_ids).order_by().values("run_id")
    counted = rows.annotate(chunks=Count("pk"), read=Count("pk", filter=~waiting), scored=Count("pk", filter=scored))
    return {row["run_id"]: Progress(row["chunks"], row["read"], row["scored"]) for row in counted}


def differences_of(run: ScoringRun) -> QuerySet[RunDifference]:
    return run.differences.select_related("account", "at_once").order_by("account__name", "pk")
