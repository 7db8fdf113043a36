"""SQLite and PostgreSQL give the same snapshots, sums and lists, bit for bit, whatever the facts."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.installation import ROOT, Installation


class Scorer:
    """A process that makes and scores the world of a seed in its own database."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert self.line() == "ready\n"

    def line(self) -> str:
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, f"the scorer ended with {self.process.wait()}"
        return said

    def world(self, seed: int) -> dict[str, list[list[str]]]:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{seed}\n")
        self.process.stdin.flush()
        return json.loads(self.line())


@contextmanager
def scorer(folder: Path, **variables: str) -> Iterator[Scorer]:
    folder.mkdir()
    environment = Installation(folder, variables).environment
    with subprocess.Popen(
        [sys.executable, "-m", "tests.server.world_scorer"],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield Scorer(process)
        finally:
            process.kill()


def test_random_worlds_are_scored_the_same_on_both_databases(tmp_path, postgres_url):
    with scorer(tmp_path / "a") as sqlite, scorer(tmp_path / "b", DATABASE_URL=postgres_url) as postgresql:

        @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(st.integers(0, 2**32))
        def same(seed: int) -> None:
            ours, theirs = sqlite.world(seed), postgresql.world(seed)
            assert len(ours["snapshots"]) > 10
            assert ours == theirs

        same()
