"""`python -m bench.report`: puts what stands in var/bench.json into the table of docs/performance.md."""

import json
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthapp.settings")
django.setup()

# ruff: noqa: E402 - settings can be read only after setup
from django.conf import settings

from bench.runner import ROOT, Result, figure, limits, ratio_figure

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
HEAD = ("what", "measured", "compared with", "which is", "ratio", "bar", "aim", "", "commit")
NOT_OF_A_RESULT = {"ratio", "machine", "commit"}


def main() -> None:
    results = json.loads((settings.VAR_DIR / "bench.json").read_text())
    PAGE.write_text(with_table(PAGE.read_text(), results))
    print(f"{len(results)} results written to {PAGE.relative_to(ROOT)}.")


def with_table(page: str, entries: list[dict[str, Any]]) -> str:
    """The page with a fresh table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + tables(entries) + "\n" + END + after


def tables(entries: list[dict[str, Any]]) -> str:
    """One table per machine and database, as each was measured."""
    machines = list(dict.fromkeys(entry["machine"] for entry in entries))
    return "\n".join(
        f"{machine}:\n\n{markdown([entry for entry in entries if entry['machine'] == machine])}" for machine in machines
    )


def markdown(entries: list[dict[str, Any]]) -> str:
    lines = [HEAD, ("---",) * len(HEAD), *(cells(entry) for entry in entries)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def cells(entry: dict[str, Any]) -> tuple[str, ...]:
    result = Result(**{name: value for name, value in entry.items() if name not in NOT_OF_A_RESULT})
    return (
        result.name,
        f"{figure(result.value)} {result.unit}",
        result.base,
        f"{figure(result.base_value)} {result.unit}",
        ratio_figure(result.ratio),
        limits(result.bar, result.ratio_bar),
        limits(result.aim, result.ratio_aim),
        result.verdict,
        entry["commit"],
    )


if __name__ == "__main__":
    main()
