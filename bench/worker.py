"""`python -m bench.worker RUN`: a worker process of its own, for measuring several at once and what one needs.

It says "ready", waits for a line, works on the run and says in JSON how many megabytes it took at most.
"""

import json
import os
import resource
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthapp.settings")
django.setup()

# ruff: noqa: E402 - models can be imported only after setup
from django.utils import timezone

from scoring.models import ScoringRun
from scoring.pipeline import work_on


def peak_mb() -> float:
    """The most memory that this process had at once."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # Not ru_maxrss: on Linux a started program inherits that of the process that started it.
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    run = ScoringRun.objects.get(pk=int(sys.argv[1]))
    print("ready", flush=True)
    sys.stdin.readline()
    work_on(run, worker=f"bench:{os.getpid()}", clock=timezone.now)
    print(json.dumps({"peak_mb": peak_mb()}), flush=True)
