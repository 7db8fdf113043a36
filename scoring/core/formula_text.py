"""Formulas as text: read by a grammar of our own into steps. No text is ever run as code.

    comparison  sum [(< | <= | > | >= | = | !=) sum]        1 where it holds, 0 where not
    sum         product {(+ | −) product}
    product     signed {(× | ÷) signed}
    signed      − signed | number | name | function "(" comparison {"," comparison} ")" | "(" comparison ")"

A formula is kept in postfix order, so that evaluating it is one loop over its steps, however it is nested.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

MAX_LENGTH = 500
MAX_DEPTH = 40
EXCERPT = 30  # characters on either side of the position


class BadFormula(ValueError):
    """What is wrong with a formula, and where: `position` is the column, counted from 0."""

    def __init__(self, reason: str, *, text: str = "", position: int = 0) -> None:
        self.reason, self.text, self.position = reason, text, position
        super().__init__(f"{reason}\n{pointed(text, position)}" if text else reason)


def pointed(text: str, position: int) -> str:
    """The part of the text around the position, and below it a caret."""
    start, end = max(0, position - EXCERPT), position + EXCERPT
    before, after = "…" if start else "", "…" if end < len(text) else ""
    shown = "".join(" " if sign.isspace() else sign for sign in text[start:end])
    return f"{before}{shown}{after}\n{' ' * (len(before) + position - start)}^"


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Apply:
    """What to do with the last `count` values."""

    operation: str
    count: int


Step = Number | Name | Apply


@dataclass(frozen=True)
class Formula:
    text: str
    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The measures that it reads, each once, in the order in which they are first named."""
        return tuple(dict.fromkeys(step.name for step in self.steps if isinstance(step, Name)))

    def position_of(self, name: str) -> int:
        """Where a name stands first."""
        return next((step.position for step in self.steps if isinstance(step, Name) and step.name == name), 0)


NEGATE = "negate"
COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")
PRECEDENCE = {**dict.fromkeys(COMPARISONS, 1), "+": 2, "-": 2, "*": 3, "/": 3}
SAME_SIGNS = {"−": "-", "×": "*", "·": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!="}
FUNCTIONS: dict[str, tuple[int, int]] = {"min": (2, 50), "max": (2, 50), "if": (3, 3)}
TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?::[A-Za-z0-9_]+)?)"
    r"|(?P<sign><=|>=|!=|[-+*/<>=(),−×·÷≤≥≠])"
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # number, name, sign or end
    text: str
    position: int


def tokens(text: str) -> Iterator[Token]:
    """The words of a formula, and the end. Raises BadFormula at a sign that means nothing."""
    position = 0
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            raise BadFormula(f"{text[position]!r} means nothing in a formula.", text=text, position=position)
        kind, word = str(found.lastgroup), found.group()
        if kind != "space":
            yield Token(kind, SAME_SIGNS.get(word, word), position)
        position = found.end()
    yield Token("end", "", position)


def parse(text: str) -> Formula:
    """The formula of a text. Raises BadFormula with the position."""
    if len(text) > MAX_LENGTH:
        raise BadFormula(
            f"A formula has {MAX_LENGTH} characters at most; this one has {len(text):,}.",
            text=text,
            position=MAX_LENGTH,
        )
    if not text.strip():
        raise BadFormula("Write a formula.")
    return Parser(text).formula()


class Parser:
    """Recursive descent with precedences. Depth is limited long before Python's stack is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(tokens(text))
        self.place = 0
        self.depth = 0
        self.steps: list[Step] = []

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def formula(self) -> Formula:
        self.expression()
        if self.next.kind != "end":
            raise self.bad(self.unexpected())
        return Formula(self.text, tuple(self.steps))

    def expression(self, lowest: int = 1) -> None:
        self.signed()
        is_comparison = False
        while PRECEDENCE.get(self.next.text, 0) >= lowest:
            if is_comparison and self.next.text in COMPARISONS:
                raise self.bad("Compare two values at a time: put the first comparison into parentheses.")
            sign = self.take().text
            is_comparison = sign in COMPARISONS
            self.expression(PRECEDENCE[sign] + 1)
            self.steps.append(Apply(sign, 2))

    def signed(self) -> None:
        if self.next.text != "-":
            self.atom()
            return
        self.go_deeper()
        self.take()
        self.signed()
        self.steps.append(Apply(NEGATE, 1))
        self.depth -= 1

    def atom(self) -> None:
        token = self.next
        if token.kind == "number":
            self.number(self.take())
        elif token.kind == "name":
            self.take()
            if self.next.text == "(":
                self.call(token)
            else:
                self.name(token)
        elif token.text == "(":
            self.go_deeper()
            self.take()
            self.expression()
            self.expect(")")
            self.depth -= 1
        else:
            raise self.bad(self.missing())

    def number(self, token: Token) -> None:
        value = float(token.text)
        if not np.isfinite(value):
            raise self.bad("This number is too large.", token)
        self.steps.append(Number(value))

    def name(self, token: Token) -> None:
        if token.text in FUNCTIONS:
            raise self.bad(f"{token.text} needs its values in parentheses: {token.text}(…).", token)
        self.steps.append(Name(token.text, token.position))

    def call(self, function: Token) -> None:
        if function.text not in FUNCTIONS:
            known = suggestion(function.text, FUNCTIONS) or f" The functions are {', '.join(FUNCTIONS)}."
            raise self.bad(f"There is no function {function.text}.{known}", function)
        self.go_deeper()
        self.take()
        count = 0 if self.next.text == ")" else self.arguments()
        self.expect(")")
        self.depth -= 1
        fewest, most = FUNCTIONS[function.text]
        if not fewest <= count <= most:
            wanted = f"{fewest}" if fewest == most else f"{fewest} or more, up to {most},"
            raise self.bad(f"{function.text} takes {wanted} values; here {count_words(count)}.", function)
        self.steps.append(Apply(function.text, count))

    def arguments(self) -> int:
        self.expression()
        count = 1
        while self.next.text == ",":
            self.take()
            self.expression()
            count += 1
        return count

    def take(self) -> Token:
        token = self.next
        self.place += 1
        return token

    def expect(self, sign: str) -> None:
        if self.next.text != sign:
            raise self.bad("A closing parenthesis is missing." if self.next.kind == "end" else self.unexpected())
        self.take()

    def go_deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.bad(f"The formula is nested more than {MAX_DEPTH} deep.")

    def missing(self) -> str:
        if self.next.kind == "end":
            return "The formula stops here; a number or the name of a measure should follow."
        return f"A number or the name of a measure should stand here, not {self.next.text!r}."

    def unexpected(self) -> str:
        return f"{self.next.text!r} cannot stand here; a sign such as + or × should, or the end."

    def bad(self, reason: str, token: Token | None = None) -> BadFormula:
        return BadFormula(reason, text=self.text, position=(token or self.next).position)


def count_words(count: int) -> str:
    return {0: "are none", 1: "is one"}.get(count, f"are {count}")


def suggestion(word: str, known: Collection[str]) -> str:
    """Did you mean …? Empty where nothing is near."""
    near = get_close_matches(word.lower(), known, n=1, cutoff=0.55)
    return f" Did you mean {near[0]}?" if near else ""
