"""Mappings: which column of a file is which field of a record. Written in TOML, shipped or one's own."""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from accounts.ingest.records import KINDS

SHIPPED = Path(__file__).parent.parent / "mappings"
TABLES = {"kind", "columns", "constants", "values", "empty", "segments", "file"}
FILE_WORDS = {"encoding", "delimiter", "date_format"}
# A segment's numbers with the least that each may be.
SEGMENT_NUMBERS = {"position": 0, "ebr_cadence_months": 1, "touchpoint_cadence_days": 1}
LARGEST_NUMBER = 32_767
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,50}")


class UnusableMapping(ValueError):
    """The mapping cannot be used; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """`columns`: field → column of the file. `values`: field → (lower-case word of the file → our word).

    Who looks at the columns themselves says `places` (field → index) instead of names, which may occur twice.
    """

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    segments: dict[str, dict[str, Any]] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    date_format: str | None = None
    places: dict[str, int] | None = None
    # Answers of people: by field, whether the day comes first where a column does not settle it; the decimal mark.
    is_day_first: dict[str, bool] = field(default_factory=dict)
    decimal_mark: str | None = None
    # Where a spreadsheet's days are counted from.
    epoch: date | None = None


def load_mapping(name: str, *, kind: str) -> Mapping:
    """A mapping by its path, or a shipped one by its name, such as ravenstack/usage."""
    shipped = SHIPPED / f"{name}.toml"
    path = shipped if shipped.is_file() and shipped.resolve().is_relative_to(SHIPPED.resolve()) else Path(name)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise UnusableMapping(f"There is no mapping {name}. Shipped ones: {', '.join(shipped_names())}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableMapping(f"{name} is no TOML: {error}") from None
    return read_mapping(content, kind=kind, name=name)


def shipped_names() -> list[str]:
    return sorted(str(path.relative_to(SHIPPED).with_suffix("")) for path in SHIPPED.rglob("*.toml"))


def read_mapping(content: dict[str, Any], *, kind: str, name: str) -> Mapping:
    refuse_unknown(content, TABLES, name)
    if content.get("kind", kind) != kind:
        raise UnusableMapping(f"{name} is a mapping for {content['kind']}, not for {kind}.")
    columns = read_columns(table(content, "columns", name), name)
    constants, values = table(content, "constants", name), table(content, "values", name)
    fields = set(KINDS[kind].__dataclass_fields__)
    for given in (columns, constants, values):
        refuse_unknown(given, fields, f"{name}, among the fields of {kind}")
    return Mapping(
        columns=columns,
        constants={target: word_of(value, f"{name} [constants] {target}") for target, value in constants.items()},
        values={target: read_words(table(values, target, name), f"{name} [values.{target}]") for target in values},
        empty=read_empty(content.get("empty", []), name),
        segments=read_segments(table(content, "segments", name), name),
        **read_file_words(table(content, "file", name), name),  # type: ignore[arg-type]  # text, under three names
    )


def table(content: dict[str, Any], word: str, name: str) -> dict[str, Any]:
    """The table of that name, empty where there is none."""
    found = content.get(word, {})
    if not isinstance(found, dict):
        raise UnusableMapping(f"{name}: {word} is a table, not {found!r}.")
    return found


def read_columns(given: dict[str, Any], name: str) -> dict[str, str]:
    """Field → column, from a table of column → field or fields."""
    columns: dict[str, str] = {}
    for column, targets in given.items():
        for target in targets if isinstance(targets, list) else [targets]:
            if not isinstance(target, str):
                raise UnusableMapping(f"{name} [columns] {column}: a field or a list of fields, not {targets!r}.")
            if target in columns:
                raise UnusableMapping(f"{name} [columns]: {target} is both {columns[target]!r} and {column!r}.")
            columns[target] = column
    return columns


def read_words(given: dict[str, Any], where: str) -> dict[str, str]:
    return {word.strip().lower(): word_of(ours, f"{where} {word}") for word, ours in given.items()}


def word_of(value: Any, where: str) -> str:
    """TOML's own true, 5 and 2026-01-31 are as good as text."""
    if isinstance(value, dict | list):
        raise UnusableMapping(f"{where}: one value, not {value!r}.")
    return str(value)


def read_empty(words: Any, name: str) -> frozenset[str]:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise UnusableMapping(f'{name}: empty is a list of words, such as ["n/a", "-"], not {words!r}.')
    return frozenset(word.lower() for word in words)


def read_file_words(given: dict[str, Any], name: str) -> dict[str, str]:
    refuse_unknown(given, FILE_WORDS, f"{name} [file]")
    for word, value in given.items():
        if not isinstance(value, str):
            raise UnusableMapping(f"{name} [file] {word}: text, not {value!r}.")
    return given


def read_segments(given: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    for slug in given:
        where, segment = f"{name} [segments.{slug}]", table(given, slug, name)
        refuse_unknown(segment, {"name", *SEGMENT_NUMBERS}, where)
        if not SLUG.fullmatch(slug):
            raise UnusableMapping(f"{where}: a slug has letters, digits, hyphens and underscores, 50 at most.")
        if not (isinstance(segment.get("name"), str) and 0 < len(segment["name"]) <= 40):
            raise UnusableMapping(f"{where}: a segment needs a name of 1 to 40 characters.")
        for word, least in SEGMENT_NUMBERS.items():
            if word in segment and not (type(segment[word]) is int and least <= segment[word] <= LARGEST_NUMBER):
                raise UnusableMapping(f"{where}: {word} is a whole number from {least} to {LARGEST_NUMBER}.")
    names = [segment["name"] for segment in given.values()]
    if len(set(names)) < len(names):
        raise UnusableMapping(f"{name} [segments]: two of the same name.")
    return given


def refuse_unknown(given: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(given) - known):
        raise UnusableMapping(f"{where}: {unknown[0]!r} is none of {', '.join(sorted(known))}.")
