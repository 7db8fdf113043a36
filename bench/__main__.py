"""`python -m bench [name]`: runs the benchmarks on the configured database and writes var/bench.json."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthapp.settings")
django.setup()

# ruff: noqa: E402 - models can be imported only after setup
from django.conf import settings
from django.db import connection

from bench import ingest_usage, pages, score_10k
from bench.runner import Benchmark, Result, UnknownBenchmark, chosen, commit_name, machine_name, save, table

BENCHMARKS: dict[str, Benchmark] = {
    "score_10k": score_10k.measure,
    "pages": pages.measure,
    "ingest_usage": ingest_usage.measure,
}


def main(only: str | None) -> None:
    path = settings.VAR_DIR / "bench.json"
    machine, commit = machine_name(connection.vendor), commit_name()
    try:
        picked = chosen(BENCHMARKS, only)
    except UnknownBenchmark as problem:
        sys.exit(str(problem))
    results: list[Result] = []
    for name, measure in picked.items():
        print(f"{name} …", file=sys.stderr, flush=True)
        results += measure()
    save(results, path=path, machine=machine, commit=commit)
    print(table(results))
    print(f"{machine}, commit {commit}. Written to {path}.")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
