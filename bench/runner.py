"""Results of benchmarks: measured beside something comparable, shown as a table, kept as JSON."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Result:
    """One figure. `base_value` is the floor (nothing can be faster) or the naive way, in the same unit.

    `bar` and `aim` are for the value; `ratio_bar` and `ratio_aim` for the value in units of the base.
    """

    name: str
    value: float
    unit: str
    base: str
    base_value: float
    bar: float | None = None
    is_higher_better: bool = False
    aim: float | None = None
    ratio_bar: float | None = None
    ratio_aim: float | None = None

    @property
    def ratio(self) -> float | None:
        """The value in units of what it is compared with."""
        return float(f"{self.value / self.base_value:.4g}") if self.base_value else None

    @property
    def verdict(self) -> str:
        """Whether the bars are kept; empty where there is none."""
        stated = [(self.value, self.bar), (self.ratio, self.ratio_bar)]
        held = [self.holds(value, bar) for value, bar in stated if value is not None and bar is not None]
        if not held:
            return ""
        return "kept" if all(held) else "MISSED"

    def holds(self, value: float, bar: float) -> bool:
        return value >= bar if self.is_higher_better else value <= bar


Benchmark = Callable[[], Iterable[Result]]


class UnknownBenchmark(ValueError):
    """ONLY names no benchmark."""


def chosen(benchmarks: dict[str, Benchmark], only: str | None, *, usual: Collection[str]) -> dict[str, Benchmark]:
    """The usual ones, or the one that is named."""
    if not only:
        return {name: measure for name, measure in benchmarks.items() if name in usual}
    if only not in benchmarks:
        raise UnknownBenchmark(f"There is no benchmark {only!r}. Known: {', '.join(benchmarks)}.")
    return {only: benchmarks[only]}


def table(results: list[Result]) -> str:
    """The results as people read them."""
    head = ("benchmark", "value", "unit", "compared with", "its value", "ratio", "bar", "")
    rows = [
        (
            r.name,
            figure(r.value),
            r.unit,
            r.base,
            figure(r.base_value),
            ratio_figure(r.ratio),
            limits(r.bar, r.ratio_bar),
            r.verdict,
        )
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


def ratio_figure(ratio: float | None) -> str:
    """Small shares as a fraction, as people say them: 1/300."""
    return f"1/{1 / ratio:,.0f}" if ratio and ratio < 0.01 else figure(ratio)


def limits(of_value: float | None, of_ratio: float | None) -> str:
    """A bar or an aim, for the value, the ratio or both."""
    parts = [figure(of_value), f"{ratio_figure(of_ratio)} ×" if of_ratio is not None else ""]
    return ", ".join(part for part in parts if part)


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
