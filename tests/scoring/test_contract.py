"""Every statement of the scoring contract, as tests/scoring/contract.toml lists them, has tests that exist."""

import ast
import tomllib
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from scoring import rules
from scoring.catalog import MEASURES

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = tomllib.loads((ROOT / "tests/scoring/contract.toml").read_text(encoding="utf-8"))
SHIPPED = tomllib.loads((Path(rules.__file__).parent / "scorecards/rules.toml").read_text(encoding="utf-8"))
STATEMENTS = CONTRACT["statement"]
ENTRIES = [*STATEMENTS, *CONTRACT["measure"], *CONTRACT["flag"]]


def name_of(entry: dict[str, object]) -> str:
    return str(entry.get("number") or entry["key"])


@cache
def cases_in(path: str) -> dict[str, ast.FunctionDef]:
    """The tests of a file by their names; it is parsed and not imported."""
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def cases(entry: dict[str, list[str]]) -> list[ast.FunctionDef]:
    named = [test.split("::") for test in entry["tests"]]
    return [cases_in(path)[name] for path, name in named]


def texts(entry: dict[str, list[str]]) -> set[object]:
    """All texts that stand in the tests of a statement, parameters included."""
    nodes = [node for case in cases(entry) for node in ast.walk(case)]
    return {node.value for node in nodes if isinstance(node, ast.Constant)}


def names_in(case: ast.FunctionDef) -> set[str]:
    found = [node for node in ast.walk(case) if isinstance(node, ast.Name | ast.Attribute)]
    return {node.id if isinstance(node, ast.Name) else node.attr for node in found}


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_a_statement_has_words_and_tests_that_exist(entry):
    assert entry["says"].endswith(".")
    assert entry["tests"]
    assert len(set(entry["tests"])) == len(entry["tests"])
    missing = [test for test in entry["tests"] if test.split("::")[1] not in cases_in(test.split("::")[0])]
    assert missing == []


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_what_proves_a_statement_asserts_something_and_is_not_skipped(entry):
    for case in cases(entry):
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(case))
        assert asserts or names_in(case) & {"raises", "assert_array_equal", "assert_allclose"}, case.name
        assert not names_in(case) & {"skip", "skipif", "xfail"}, case.name


def test_statements_are_numbered_through_in_each_part():
    numbers = [entry["number"] for entry in STATEMENTS]
    parts = [[int(number[1:]) for number in part] for _, part in groupby(numbers, key=lambda number: number[0])]
    assert len({number[0] for number in numbers}) == len(parts)
    assert all(part == list(range(1, len(part) + 1)) for part in parts)


def test_every_built_in_measure_stands_in_it_once():
    assert sorted(entry["key"] for entry in CONTRACT["measure"]) == sorted(MEASURES)


def test_every_shipped_flag_stands_in_it_once():
    assert sorted(entry["key"] for entry in CONTRACT["flag"]) == sorted(flag["key"] for flag in SHIPPED["flags"])


@pytest.mark.parametrize("entry", CONTRACT["measure"], ids=name_of)
def test_a_measure_is_named_by_a_test_of_it(entry):
    assert entry["key"] in texts(entry)


@pytest.mark.parametrize("entry", CONTRACT["flag"], ids=name_of)
def test_a_flag_is_named_by_a_test_of_it(entry):
    fact = next(flag["fact"] for flag in SHIPPED["flags"] if flag["key"] == entry["key"])
    assert texts(entry) & {entry["key"], fact}


def test_every_fact_that_rules_and_flags_may_ask_about_is_tried():
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests/scoring").rglob("test_*.py"))
    assert [name for name in rules.FACTS if f'"{name}"' not in text] == []
