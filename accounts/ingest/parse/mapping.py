"""Mappings: which column of a file is which field of a record. Written in TOML, shipped or one's own."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accounts.ingest.records import KINDS

SHIPPED = Path(__file__).parent.parent / "mappings"
TABLES = {"kind", "columns", "constants", "values", "empty", "segments", "file"}
FILE_WORDS = {"encoding", "delimiter", "date_format"}
SEGMENT_WORDS = {"name", "position", "ebr_cadence_months", "touchpoint_cadence_days"}


class UnusableMapping(ValueError):
    """The mapping cannot be used; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """`columns`: field → column of the file. `values`: field → (lower-case word of the file → our word)."""

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    segments: dict[str, dict[str, Any]] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    date_format: str | None = None


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
    refuse_unknown(content.get("file", {}), FILE_WORDS, f"{name} [file]")
    if content.get("kind", kind) != kind:
        raise UnusableMapping(f"{name} is a mapping for {content['kind']}, not for {kind}.")
    fields = set(KINDS[kind].__dataclass_fields__)
    columns = {target: column for column, targets in content.get("columns", {}).items() for target in listed(targets)}
    for table in (columns, content.get("constants", {}), content.get("values", {})):
        refuse_unknown(table, fields, f"{name}, among the fields of {kind}")
    for slug, segment in content.get("segments", {}).items():
        refuse_unknown(segment, SEGMENT_WORDS, f"{name} [segments.{slug}]")
    return Mapping(
        columns=columns,
        constants={target: text_of(value) for target, value in content.get("constants", {}).items()},
        values={
            target: {word.strip().lower(): text_of(ours) for word, ours in words.items()}
            for target, words in content.get("values", {}).items()
        },
        empty=frozenset(word.lower() for word in content.get("empty", [])),
        segments=content.get("segments", {}),
        **content.get("file", {}),
    )


def refuse_unknown(given: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(given) - known):
        raise UnusableMapping(f"{where}: {unknown[0]!r} is none of {', '.join(sorted(known))}.")


def listed(targets: str | list[str]) -> list[str]:
    return [targets] if isinstance(targets, str) else targets


def text_of(value: Any) -> str:
    """TOML's own true and 5 are as good as "true" and "5"."""
    return str(value)
