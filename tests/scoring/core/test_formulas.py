"""Formulas: what they say, checked against a slow reference account by account, and what they refuse."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scoring.core.formula_text import MAX_DEPTH, MAX_LENGTH
from scoring.core.formulas import BadFormula, check_names, evaluate, names, order, parse

NAMES = ("nps", "csat", "seats")


def value(text: str, **columns: float | None) -> float | None:
    """A formula's value for one account."""
    given_values = {name: np.array([math.nan if x is None else x]) for name, x in columns.items()}
    found = float(evaluate(parse(text), values=given_values, size=1)[0])
    return None if math.isnan(found) else found


def refused(text: str) -> BadFormula:
    with pytest.raises(BadFormula) as caught:
        parse(text)
    return caught.value


# What formulas say.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) × 3", 9),
        ("7 - 2 - 1", 4),
        ("8 ÷ 2 / 2", 2),
        ("−2 × −3", 6),
        ("- - 2", 2),
        ("2 - -3", 5),
        (".5 + 0.25", 0.75),
        ("1 < 2", 1),
        ("2 <= 1", 0),
        ("2 ≥ 2", 1),
        ("1 + 1 = 2", 1),
        ("1 ≠ 1", 0),
        ("(1 < 2) = 1", 1),
        ("min(3, 1, 2)", 1),
        ("max(3, 1 + 4, 2)", 5),
        ("if(2 > 1, 10, 20)", 10),
        ("if(0, 10, 20)", 20),
        ("if(-0.5, 10, 20)", 10),
        ("0 × −1", 0),
    ],
)
def test_arithmetic_is_as_at_school(text, expected):
    assert value(text) == expected


def test_zero_never_has_a_sign():
    assert math.copysign(1, value("0 * -1")) == 1


@pytest.mark.parametrize(
    "text", ["nps + 1", "-nps", "nps > 3", "nps != nps", "min(nps, 1)", "max(1, nps)", "if(nps, 1, 1)", "nps * 0"]
)
def test_what_is_made_of_something_unknown_is_unknown(text):
    assert value(text, nps=None) is None


def test_only_the_chosen_branch_need_be_known():
    assert value("if(1 > 0, 5, nps)", nps=None) == 5
    assert value("if(1 > 0, nps, 5)", nps=None) is None


@pytest.mark.parametrize("text", ["1 / 0", "0 / 0", "nps / (nps - 4)", "1 / 0 > 0", "nps / 0 * 0"])
def test_anything_over_zero_is_unknown(text):
    assert value(text, nps=4) is None


def test_a_division_that_is_not_chosen_does_no_harm():
    assert value("if(seats = 0, 0, nps / seats)", nps=4, seats=0) == 0


def test_what_is_too_large_to_be_a_number_is_unknown():
    large = "9" * 200
    assert value(f"{large} * {large}") is None
    assert value(f"{large} * {large} * 0") is None


def test_a_formula_is_evaluated_for_all_accounts_at_once_and_changes_nothing():
    columns = {"nps": np.array([10.0, np.nan, -50.0]), "csat": np.array([4.0, 5.0, 0.0])}
    before = {name: column.copy() for name, column in columns.items()}
    found = evaluate(parse("if(nps > 0, csat, nps / csat)"), values=columns, size=3)
    np.testing.assert_array_equal(found, [4.0, np.nan, np.nan])
    for name, column in columns.items():
        np.testing.assert_array_equal(column, before[name])


def test_a_formula_without_names_has_the_same_value_for_everyone():
    np.testing.assert_array_equal(evaluate(parse("2 * 3"), values={}, size=3), [6, 6, 6])


def test_names_are_told_once_in_the_order_in_which_they_are_read():
    assert names("nps + min(csat, nps) / reading:fit") == ("nps", "csat", "reading:fit")


# Against the slow reference.


@dataclass(frozen=True)
class Tree:
    """A formula before it was written: how it reads, and its value for one account, step by step."""

    sign: str
    parts: tuple["Tree | str | int", ...]

    def text(self) -> str:
        parts = [part.text() if isinstance(part, Tree) else str(part) for part in self.parts]
        if self.sign in {"min", "max", "if"}:
            return f"{self.sign}({', '.join(parts)})"
        if self.sign == "negate":
            return f"(-{parts[0]})"
        return f"({parts[0]} {self.sign} {parts[1]})" if len(parts) > 1 else parts[0]


class Inexact(Exception):
    """A float cannot hold what exact arithmetic found."""


Exact = Fraction | None


def slow(node: Tree | str | int, row: Mapping[str, Exact]) -> Exact:
    """The value for one account in exact arithmetic; None where it is unknown."""
    if isinstance(node, int):
        return Fraction(node)
    if isinstance(node, str):
        return row[node]
    if node.sign == "if":
        condition = slow(node.parts[0], row)
        then, otherwise = slow(node.parts[1], row), slow(node.parts[2], row)
        return None if condition is None else then if condition else otherwise
    known = [slow(part, row) for part in node.parts]
    if None in known:
        return None
    found = slow_step(node.sign, known)
    if found is not None and Fraction(float(found)) != found:
        raise Inexact
    return found


def slow_step(sign: str, known: list[Fraction]) -> Exact:
    a, b = known[0], known[-1]
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b if b else None
        case "negate":
            return -a
        case "min":
            return min(known)
        case "max":
            return max(known)
    holds = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "=": a == b, "!=": a != b}
    return Fraction(holds[sign])


def larger_trees(inner):
    return st.one_of(
        st.builds(
            Tree,
            st.sampled_from(["+", "-", "*", "/", "<", "<=", ">", ">=", "=", "!="]),
            st.tuples(inner, inner),
        ),
        st.builds(Tree, st.just("negate"), st.tuples(inner)),
        st.builds(Tree, st.sampled_from(["min", "max"]), st.lists(inner, min_size=2, max_size=4).map(tuple)),
        st.builds(Tree, st.just("if"), st.tuples(inner, inner, inner)),
    )


trees = st.recursive(st.sampled_from(NAMES) | st.integers(0, 8), larger_trees, max_leaves=12).filter(
    lambda node: isinstance(node, Tree)
)
quarters = st.none() | st.integers(-16, 16).map(lambda n: Fraction(n, 4))
rows = st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, quarters)), min_size=1, max_size=6)


@given(tree=trees, accounts=rows)
def test_a_formula_agrees_with_exact_arithmetic_account_by_account(tree, accounts):
    try:
        expected = [slow(tree, row) for row in accounts]
    except Inexact:
        assume(False)
    columns = {
        name: np.array([math.nan if row[name] is None else float(row[name]) for row in accounts]) for name in NAMES
    }
    text = tree.text()
    assume(len(text) <= MAX_LENGTH)
    found = evaluate(parse(text), values=columns, size=len(accounts))
    assert [None if math.isnan(x) else Fraction(x) for x in found.tolist()] == expected


# What is refused, and where.


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 0, "Write a formula"),
        ("   ", 0, "Write a formula"),
        ("nps +", 5, "stops here"),
        ("nps csat", 4, "'csat' cannot stand here"),
        ("(nps", 4, "closing parenthesis is missing"),
        ("nps)", 3, "')' cannot stand here"),
        ("* nps", 0, "not '*'"),
        ("nps + $5", 6, "'$' means nothing"),
        ("nps & csat", 4, "'&' means nothing"),
        ("1 < nps < 3", 8, "two values at a time"),
        ("nps == 3", 5, "not '='"),
        ("sum(nps, csat)", 0, "no function sum"),
        ("maks(nps, csat)", 0, "Did you mean max?"),
        ("min", 0, "min(…)"),
        ("min(nps)", 0, "here is one"),
        ("min()", 0, "here are none"),
        ("1 + if(nps, 1)", 4, "if takes 3 values; here are 2"),
        ("if(1, 2, 3, 4)", 0, "here are 4"),
        ("min(nps,)", 8, "not ')'"),
        ("12abc", 2, "'abc' cannot stand here"),
        ("1.2.3", 3, "'.3' cannot stand here"),
        ("1e3", 1, "'e3' cannot stand here"),
        ("nps.real", 3, "'.' means nothing"),
        ("nps[0]", 3, "'[' means nothing"),
        ("'a'", 0, "means nothing"),
        ("__import__('os')", 11, "means nothing"),
        ("lambda: 1", 6, "':' means nothing"),
        ("٣ + 1", 0, "means nothing"),
        ("ｎｐｓ", 0, "means nothing"),
        ("nps\u202e + 1", 3, "means nothing"),
        ("nps + 😀", 6, "means nothing"),
        ("\x00", 0, "means nothing"),
        ("9" * 400, 0, "too large"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_position(text, position, reason):
    error = refused(text)
    assert (error.position, reason in error.reason) == (position, True), str(error)


def test_the_message_points_at_the_place():
    assert str(refused("nps + $5")) == "'$' means nothing in a formula.\nnps + $5\n      ^"


def test_of_a_long_formula_the_message_shows_the_part_around_the_place():
    lines = str(refused("nps + " * 20 + "$ + " + "nps + " * 20)).splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("…")
    assert lines[1].endswith("…")
    assert lines[1][lines[2].index("^")] == "$"


def test_over_500_characters_are_refused():
    assert parse("1+" * 249 + "11").steps
    assert "500 characters" in refused("1+" * 250 + "1").reason


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000 + "1" + ")" * 10_000, "(" * 480, "-" * 480 + "1", "min(1," * 80, "1+" * 100_000],
)
def test_hostile_nesting_is_refused_at_once(text):
    began = time.perf_counter()
    refused(text)
    assert time.perf_counter() - began < 0.1


def test_nesting_is_limited():
    assert value("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH) == 1
    error = refused("(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1))
    assert (error.position, "deep" in error.reason) == (MAX_DEPTH, True)


@given(text=st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_position_inside_it(text):
    try:
        parse(text)
    except BadFormula as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017 - most texts are refused, some are not


@given(text=st.text(alphabet="(),+-*/<>=! 01.nabif", max_size=40))
def test_nearly_formulas_are_read_or_refused_too(text):
    try:
        formula = parse(text)
    except BadFormula:
        return
    columns = {name: np.array([1.0, np.nan]) for name in formula.names}
    assert evaluate(formula, values=columns, size=2).shape == (2,)


# Names and circles.


def test_an_unknown_name_is_refused_with_one_that_is_near():
    with pytest.raises(BadFormula, match="There is no measure npss. Did you mean nps?") as caught:
        check_names(parse("csat + npss"), known=NAMES)
    assert caught.value.position == 7


def test_nothing_is_suggested_where_nothing_is_near():
    with pytest.raises(BadFormula, match=r"There is no measure weather\.\n"):
        check_names(parse("weather"), known=NAMES)


def test_formulas_are_ordered_after_what_they_read():
    found = order({"a": parse("b + c"), "b": parse("c * nps"), "c": parse("csat"), "d": parse("1")})
    assert found == ["c", "b", "a", "d"]


@pytest.mark.parametrize(
    ("texts", "path", "position"),
    [
        ({"a": "1 + b", "b": "a"}, "a → b → a", 4),
        ({"a": "a"}, "a → a", 0),
        ({"a": "b", "b": "nps + c", "c": "b"}, "b → c → b", 6),
    ],
)
def test_a_circle_is_refused_with_its_path(texts, path, position):
    with pytest.raises(BadFormula, match=path) as caught:
        order({name: parse(text) for name, text in texts.items()})
    assert caught.value.position == position


def test_a_chain_of_ten_thousand_formulas_is_ordered():
    chain = {f"m{n}": parse(f"m{n + 1}") for n in range(10_000)}
    assert order(chain)[0] == "m9999"
