"""Results of benchmarks: measured beside something comparable, shown as a table, kept as JSON."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Result:
    """One figure. `base_value` is the floor (nothing can be faster) or the naive way, in the same unit."""

    name: str
    value: float
    unit: str
    base: str
    base_value: float
    bar: float | None = None
    is_higher_better: bool = False

    @property
    def ratio(self) -> float | None:
        """The value in units of what it is compared with."""
        return round(self.value / self.base_value, 4) if self.base_value else None

    @property
    def verdict(self) -> str:
        """Whether the bar is kept; empty where there is none."""
        if self.bar is None:
            return ""
        kept = self.value >= self.bar if self.is_higher_better else self.value <= self.bar
        return "kept" if kept else "MISSED"


Benchmark = Callable[[], Iterable[Result]]


class UnknownBenchmark(ValueError):
    """ONLY names no benchmark."""


def chosen(benchmarks: dict[str, Benchmark], only: str | None) -> dict[str, Benchmark]:
    """All, or the one that is named."""
    if not only:
        return benchmarks
    if only not in benchmarks:
        raise UnknownBenchmark(f"There is no benchmark {only!r}. Known: {', '.join(benchmarks)}.")
    return {only: benchmarks[only]}


def table(results: list[Result]) -> str:
    """The results as people read them."""
    head = ("benchmark", "value", "unit", "compared with", "its value", "ratio", "bar", "")
    rows = [
        (r.name, figure(r.value), r.unit, r.base, figure(r.base_value), figure(r.ratio), figure(r.bar), r.verdict)
        for r in results
    ]
    widths = [max(len(row[n]) for row in [head, *rows]) for n in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]
    )


def figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def save(results: list[Result], *, path: Path, machine: str, commit: str) -> None:
    """Writes the results; those of other benchmarks that stand in the file stay."""
    fresh = [as_kept(result, machine=machine, commit=commit) for result in results]
    names = {entry["name"] for entry in fresh}
    kept = json.loads(path.read_text()) if path.exists() else []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([e for e in kept if e["name"] not in names] + fresh, indent=2) + "\n")


def as_kept(result: Result, *, machine: str, commit: str) -> dict[str, Any]:
    return {**asdict(result), "ratio": result.ratio, "machine": machine, "commit": commit}


def machine_name(database: str) -> str:
    """What the figures depend on: processor, cores, system, Python and the database."""
    cores = os.cpu_count()
    return f"{processor()}, {cores} cores, {platform.system()}, Python {platform.python_version()}, {database}"


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def commit_name() -> str:
    """The commit, with a + when files differ from it; empty outside a checkout."""
    done = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip()
