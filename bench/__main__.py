"""`python -m bench [name]`: runs the benchmarks beside the configured database and writes var/bench.json."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthapp.settings")
django.setup()

# ruff: noqa: E402 - models can be imported only after setup
from django.conf import settings
from django.db import connection

from bench.catalog import known, usual
from bench.runner import Result, UnknownBenchmark, chosen, commit_name, machine_name, save, table


def main(only: str | None) -> None:
    path = settings.VAR_DIR / "bench.json"
    machine, commit = machine_name(connection.vendor), commit_name()
    try:
        picked = chosen(known(connection.vendor), only, usual=usual())
    except UnknownBenchmark as problem:
        sys.exit(str(problem))
    results: list[Result] = []
    for name, measure in picked.items():
        print(f"{name} …", file=sys.stderr, flush=True)
        fresh = list(measure())
        save(fresh, path=path, machine=machine, commit=commit)
        results += fresh
    print(table(results))
    print(f"{machine}, commit {commit}. Written to {path}.")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
