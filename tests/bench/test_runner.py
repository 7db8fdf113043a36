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


def test_a_bar_may_be_for_the_ratio():
    near, far = (Result("full run", value, "s", "floor", 1.0, bar=10.0, ratio_bar=5.0) for value in (4.9, 5.1))
    assert (near.verdict, far.verdict) == ("kept", "MISSED")
    assert Result("full run", 11.0, "s", "floor", 5.0, bar=10.0, ratio_bar=5.0).verdict == "MISSED"


def test_a_small_ratio_is_told_as_a_fraction():
    line = table([Result("full run", 1.0, "s", "naive loop", 900.0, ratio_bar=1 / 300)]).splitlines()[1]
    assert line.split()[-4:] == ["1/900", "1/300", "×", "kept"]


def test_one_benchmark_is_chosen_by_its_name():
    known = {"a": lambda: [FAST], "b": lambda: [SLOW]}
    assert list(chosen(known, "b", usual={"a"})) == ["b"]
    assert list(chosen(known, None, usual={"a"})) == ["a"]
    with pytest.raises(UnknownBenchmark, match="There is no benchmark 'c'. Known: a, b."):
        chosen(known, "c", usual={"a"})


def test_the_table_has_a_line_for_each_result():
    head, first, second = table([FAST, RATE]).splitlines()
    assert head.split() == ["benchmark", "value", "unit", "compared", "with", "its", "value", "ratio", "bar"]
    assert first.split() == ["score_10k", "4", "s", "loop", "200", "0.02", "10", "kept"]
    assert second.split() == ["ingest_usage", "20,000", "rows/s", "polars", "4,000,000", "1/200", "10,000", "kept"]


def test_the_file_holds_the_newest_result_of_each_name(tmp_path):
    path = tmp_path / "var" / "bench.json"
    save([FAST, SLOW], path=path, machine="m", commit="one")
    save([FAST], path=path, machine="m", commit="two")
    entries = {entry["name"]: entry for entry in json.loads(path.read_text())}
    assert entries["score_10k"]["commit"] == "two"
    assert entries["page portfolio"]["commit"] == "one"
    assert entries["score_10k"] == {
        "name": "score_10k", "value": 4.0, "unit": "s", "base": "loop", "base_value": 200.0, "bar": 10.0,
        "is_higher_better": False, "aim": None, "ratio_bar": None, "ratio_aim": None, "ratio": 0.02, "machine": "m",
        "commit": "two",
    }  # fmt: skip


def test_the_machine_and_the_commit_are_named():
    assert machine_name("sqlite").endswith("sqlite")
    assert "\n" not in commit_name()
