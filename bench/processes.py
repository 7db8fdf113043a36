"""Full runs by worker processes of their own, as in production: how long they take and how much memory one needs."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils import timezone

from accounts.demo.synthetic.company import AS_OF
from bench.database import Watch, address, forget_scores
from scoring.models import ScoringRun, Snapshot
from scoring.runs import start_run

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class FullRun:
    """What a run took, from its first read to its last commit."""

    seconds: float
    peak_mb: float  # of the worker that needed most


def full_run(*, workers: int = 1) -> FullRun:
    """Scores the day from nothing. The start of the processes is not counted; they wait, as in production."""
    forget_scores()
    watch = Watch()
    run = start_run(as_of=AS_OF, at=timezone.now())
    seconds_to_start = watch.seconds
    team = [started(run.pk) for _ in range(workers)]
    watch = Watch()
    for worker in team:
        tell(worker)
    told = [json.loads(heard(worker)) for worker in team]
    seconds = seconds_to_start + watch.seconds
    for worker in team:
        worker.communicate()
    assert_scored(run.pk)
    return FullRun(seconds=seconds, peak_mb=max(each["peak_mb"] for each in told))


def idle_worker_mb() -> float:
    """What a worker needs that finds nothing to do: the interpreter and everything that it imports."""
    run = start_run(as_of=AS_OF, at=timezone.now())
    ScoringRun.objects.filter(pk=run.pk).update(state=ScoringRun.State.FAILED)
    worker = started(run.pk)
    tell(worker)
    told = json.loads(heard(worker))
    worker.communicate()
    return float(told["peak_mb"])


def assert_scored(run_id: int) -> None:
    run = ScoringRun.objects.get(pk=run_id)
    assert run.state == ScoringRun.State.DONE, f"The run is {run.state}. {run.error}"
    assert Snapshot.objects.filter(as_of=AS_OF).count() == run.accounts > 0


def started(run_id: int) -> "subprocess.Popen[str]":
    """A worker that has imported everything and waits."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "bench.worker", str(run_id)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address(), "LOG_LEVEL": "WARNING"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert heard(worker) == "ready"
    return worker


def heard(worker: "subprocess.Popen[str]") -> str:
    line = pipe(worker.stdout).readline().strip()
    if not line:
        raise RuntimeError(f"A worker ended with {worker.wait()}.")
    return line


def tell(worker: "subprocess.Popen[str]") -> None:
    stdin = pipe(worker.stdin)
    stdin.write("go\n")
    stdin.flush()


def pipe(end: IO[str] | None) -> IO[str]:
    assert end is not None
    return end
