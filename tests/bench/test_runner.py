"""The table and the file of benchmark results."""

import json

import pytest

from bench.runner import Result, UnknownBenchmark, chosen, commit_name, machine_name, save, table

FAST = Result("score_10k", 4.0, "s", "loop", 200.0, bar=10.0)
SLOW = Result("page portfolio", 150.0, "ms", "/healthz", 3.0, bar=100.0)
RATE = Result("ingest_usage", 20_000.0, "rows/s", "polars", 4_000_000.0, bar=10_000.0, is_higher_better=True)


def test_the_ratio_is_the_value_in_units_of_what_it_is_compared_with():
    assert [result.ratio for result in (FAST, SLOW, RATE)] == [0.02, 50.0, 0.005]


def test_a_bar_is_kept_or_missed_in_its_own_direction():
    assert [result.verdict for result in (FAST, SLOW, RATE)] == ["kept", "MISSED", "kept"]
    assert Result("x", 1.0, "s", "floor", 1.0).verdict == ""


def test_one_benchmark_is_chosen_by_its_name():
    known = {"a": lambda: [FAST], "b": lambda: [SLOW]}
    assert list(chosen(known, "b")) == ["b"]
    assert list(chosen(known, None)) == ["a", "b"]
    with pytest.raises(UnknownBenchmark, match="There is no benchmark 'c'. Known: a, b."):
        chosen(known, "c")


def test_the_table_has_a_line_for_each_result():
    head, first, second = table([FAST, RATE]).splitlines()
    assert head.split() == ["benchmark", "value", "unit", "compared", "with", "its", "value", "ratio", "bar"]
    assert first.split() == ["score_10k", "4", "s", "loop", "200", "0.02", "10", "kept"]
    assert second.split() == ["ingest_usage", "20,000", "rows/s", "polars", "4,000,000", "0.005", "10,000", "kept"]


def test_the_file_holds_the_newest_result_of_each_name(tmp_path):
    path = tmp_path / "var" / "bench.json"
    save([FAST, SLOW], path=path, machine="m", commit="one")
    save([FAST], path=path, machine="m", commit="two")
    entries = {entry["name"]: entry for entry in json.loads(path.read_text())}
    assert entries["score_10k"]["commit"] == "two"
    assert entries["page portfolio"]["commit"] == "one"
    assert entries["score_10k"] == {
        "name": "score_10k", "value": 4.0, "unit": "s", "base": "loop", "base_value": 200.0, "bar": 10.0,
        "is_higher_better": False, "ratio": 0.02, "machine": "m", "commit": "two",
    }  # fmt: skip


def test_the_machine_and_the_commit_are_named():
    assert machine_name("sqlite").endswith("sqlite")
    assert "\n" not in commit_name()
