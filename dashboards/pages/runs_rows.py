"""Runs as lists show them: what was scored, how it went, how long it took."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse

from accounts.models import IngestRun, RunState
from dashboards import formats
from scoring.models import ScoringRun
from scoring.queries.runs import Progress

# The class of the tag beside a state.
TONES = {
    "done": "",
    "failed": "tag--warn",
    "cancelled": "",
    "waiting": "",
    "collecting": "tag--accent",
    "scoring": "tag--accent",
}
WORDS = {"collecting": "Reading", "scoring": "Scoring"}


@dataclass(frozen=True)
class RunRow:
    pk: int
    as_of: date
    what: str
    state: str
    word: str
    tone: str
    accounts: int
    changed: int
    compared: int
    differing: int
    error: str
    started_at: datetime
    duration: str
    is_proof: bool  # whether it could compare anything
    url: str


@dataclass(frozen=True)
class LiveRun:
    row: RunRow
    progress: Progress

    @property
    def percent(self) -> int:
        return int(self.progress.ratio * 100)

    @property
    def sentence(self) -> str:
        if self.row.state == ScoringRun.State.WAITING:
            return "Waits for a worker."
        done, verb = (
            (self.progress.scored, "scored")
            if self.row.state == ScoringRun.State.SCORING
            else (self.progress.read, "read")
        )
        return f"{done} of {self.progress.chunks} chunks {verb}."


@dataclass(frozen=True)
class ImportRow:
    kind: str
    name: str
    source: str
    state: str
    tone: str
    read: int
    created: int
    changed: int
    refused: int
    warned: int
    error: str
    started_at: datetime
    duration: str
    refusals_url: str


def run_row(run: ScoringRun, *, now: datetime) -> RunRow:
    return RunRow(
        pk=run.pk,
        as_of=run.as_of,
        what=run.segment.name if run.segment else run.get_kind_display(),
        state=run.state,
        word=WORDS.get(run.state, run.get_state_display()),
        tone=TONES[run.state],
        accounts=run.accounts,
        changed=run.changed,
        compared=run.compared,
        differing=run.differing,
        error=run.error,
        started_at=run.started_at,
        # What is scored at once is no stretch of work: its first and its last minute lie hours apart.
        duration="" if is_no_stretch(run) else duration((run.finished_at or now) - run.started_at),
        is_proof=run.kind == ScoringRun.Kind.FULL and run.state == ScoringRun.State.DONE,
        url=reverse("run", args=[run.pk]),
    )


def is_no_stretch(run: ScoringRun) -> bool:
    return run.kind == ScoringRun.Kind.TOUCHED or run.state == ScoringRun.State.WAITING


def import_row(run: IngestRun, *, now: datetime) -> ImportRow:
    return ImportRow(
        kind=run.kind.replace("_", " ").capitalize(),
        name=run.file_name,
        source=run.source.name,
        state="Dry run" if run.is_dry_run and run.state == RunState.DONE else run.get_state_display(),
        tone={RunState.FAILED: "tag--warn", RunState.RUNNING: "tag--accent"}.get(RunState(run.state), ""),
        read=run.read_rows,
        created=run.created_rows,
        changed=run.changed_rows,
        refused=run.refused_rows,
        warned=run.warned_rows,
        error=str(run.summary.get("error", "")),
        started_at=run.started_at,
        duration=duration((run.finished_at or now) - run.started_at),
        refusals_url=f"{reverse('admin:accounts_quarantine_changelist')}?run__id__exact={run.pk}",
    )


def duration(passed: timedelta) -> str:
    """0.4 s, 42 s, 3 min 5 s, 2 h 10 min."""
    seconds = max(passed.total_seconds(), 0.0)
    if seconds < 10:
        return f"{formats.plain(seconds, places=1)} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
