"""What the events of a source mean: which trait is a contact's title, which property names an account or a feature.

A source stores only where it differs from the usual names (those of Segment's documents). Whatever is wrong with what
was stored is told in one sentence each, before it is stored.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Literal

import msgspec

Values = Mapping[str, Any]
# The ways to a value, tried in this order: "company.id" is the id in the company.
Paths = tuple[str, ...]
PathsOf = Mapping[str, Paths]
LONGEST = 200
MOST = 1_000
CONTACT: PathsOf = {
    "email": ("email",),
    "name": ("name",),
    "first_name": ("firstName", "first_name"),
    "last_name": ("lastName", "last_name"),
    "title": ("title", "position"),
    "persona": ("persona",),
    "known_from": ("createdAt", "created_at"),
}
GROUP: PathsOf = {
    "name": ("name",),
    "domain": ("website", "domain"),
    "industry": ("industry",),
    "size_tier": ("size", "employees"),
    "country": ("address.country", "country"),
    "segment": ("segment", "plan"),
    "phase": ("phase",),
    "seats": ("seats",),
    "arr": ("arr",),
    "currency": ("currency",),
    "renewal_date": ("renewalDate", "renewal_date"),
    "owner_email": ("ownerEmail", "owner_email"),
    "started_on": ("createdAt", "created_at"),
}


class MappingInvalid(ValueError):
    """Why a mapping cannot be stored: a sentence for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class EventMapping:
    """What the events of one source mean. The defaults are what a client of Segment sends by itself."""

    # The source whose account ids the events use; empty: this one, else the only other one that knows the id.
    accounts_of: str = ""
    # Whether a group that names an unknown account makes it; otherwise it waits in quarantine.
    makes_accounts: bool = False
    # Events of nobody known and of no account: kept in quarantine, or dropped.
    anonymous: Literal["keep", "drop"] = "keep"
    # Where traits and properties name the account, for events without groupId.
    account: Paths = ("company.id", "companyId", "company_id", "accountId", "account_id")
    contact: PathsOf = field(default_factory=lambda: CONTACT)
    group: PathsOf = field(default_factory=lambda: GROUP)
    # A word of theirs → one of ours, whatever its case.
    personas: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    # Where properties name the feature; else the event's or page's own name, by this table ("" is none) …
    feature: Paths = ("feature",)
    features: Mapping[str, str] = field(default_factory=dict)
    # … else a feature that is called like it; else it counts without one, or makes one.
    unknown_events: Literal["count", "make_feature"] = "count"
    # Events that say that something went wrong for the user.
    error_events: tuple[str, ...] = ()
    # A page's milliseconds to load, and its answer: a number from 400 on or one of these words has failed.
    load_ms: Paths = ("load_ms", "loadTimeMs", "load_time_ms")
    load_status: Paths = ("status", "statusCode", "status_code")
    failed_words: tuple[str, ...] = ("error", "failed", "timeout")


USUAL = EventMapping()
NAMES = tuple(each.name for each in fields(EventMapping))


def mapping_of(stored: Values) -> EventMapping:
    """A source's mapping, remembered: a process meets few of them."""
    return remembered(msgspec.json.encode(stored, order="sorted")) if stored else USUAL


@lru_cache(maxsize=100)
def remembered(text: bytes) -> EventMapping:
    return parsed_mapping(msgspec.json.decode(text))


def as_stored(mapping: EventMapping) -> dict[str, Any]:
    """All of it as JSON, for whoever edits it."""
    return msgspec.json.decode(msgspec.json.encode(asdict(mapping)))  # type: ignore[no-any-return]


def parsed_mapping(stored: object) -> EventMapping:
    """The usual mapping with what is stated in its place. Raises MappingInvalid with all that is wrong."""
    if not isinstance(stored, dict):
        raise MappingInvalid(["A mapping is an object with names and values in it."])
    problems: list[str] = []
    stated: dict[str, Any] = {}
    for name, value in stored.items():
        if name not in READERS:
            problems.append(f'There is no "{shown(name)}" in a mapping.{meant(str(name), NAMES)}')
            continue
        try:
            stated[name] = READERS[name](name, value)
        except MappingInvalid as invalid:
            problems += invalid.problems
    if problems:
        raise MappingInvalid(problems)
    return replace(USUAL, **stated)


def shown(value: object) -> str:
    return str(value)[:60]


def meant(name: str, known: "tuple[str, ...] | list[str]") -> str:
    close = get_close_matches(name, known, n=1)
    return f' Did you mean "{close[0]}"?' if close else f" There are: {', '.join(known)}."


def text(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or "\x00" in value:
        raise MappingInvalid([f'"{name}" is a text of at most {LONGEST} characters.'])
    return value.strip()


def truth(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise MappingInvalid([f'"{name}" is true or false, not "{shown(value)}".'])
    return value


def one_of(*words: str) -> Callable[[str, object], str]:
    def read(name: str, value: object) -> str:
        if value not in words:
            raise MappingInvalid([f'"{name}" is {" or ".join(words)}, not "{shown(value)}".'])
        return str(value)

    return read


def texts(name: str, value: object) -> tuple[str, ...]:
    """One text or a list of them."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or len(given) > MOST:
        raise MappingInvalid([f'"{name}" is a list of texts, not "{shown(value)}".'])
    return tuple(text(name, each) for each in given)


def paths(name: str, value: object) -> Paths:
    """Where a value stands: a name, or names with dots for what lies in each other."""
    found = texts(name, value)
    for path in found:
        if not all(path.split(".")):
            raise MappingInvalid(
                [f'"{name}": "{path}" names nothing. Write a name, or "company.id" for one in another.']
            )
    return found


def paths_of(usual: PathsOf) -> Callable[[str, object], PathsOf]:
    """What is stated for each field; the others stay as usual. An empty list reads the field from nowhere."""

    def read(name: str, value: object) -> PathsOf:
        if not isinstance(value, dict):
            raise MappingInvalid([f'"{name}" is an object: for each of {", ".join(usual)} the trait that says it.'])
        problems = [
            f'"{name}" has no field "{shown(unknown)}".{meant(str(unknown), tuple(usual))}'
            for unknown in value
            if unknown not in usual
        ]
        if problems:
            raise MappingInvalid(problems)
        return {**usual, **{each: paths(f"{name}.{each}", where) for each, where in value.items()}}

    return read


def words(name: str, value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or len(value) > MOST:
        raise MappingInvalid([f'"{name}" is an object: for each word of theirs one of ours.'])
    return {text(name, key): text(f"{name}.{shown(key)}", ours) for key, ours in value.items()}


def lowered_words(name: str, value: object) -> Mapping[str, str]:
    return {theirs.lower(): ours for theirs, ours in words(name, value).items()}


READERS: Mapping[str, Callable[[str, object], Any]] = {
    "accounts_of": text,
    "makes_accounts": truth,
    "anonymous": one_of("keep", "drop"),
    "account": paths,
    "contact": paths_of(CONTACT),
    "group": paths_of(GROUP),
    "personas": lowered_words,
    "segments": lowered_words,
    "feature": paths,
    "features": words,
    "unknown_events": one_of("count", "make_feature"),
    "error_events": texts,
    "load_ms": paths,
    "load_status": paths,
    "failed_words": texts,
}


def found(values: Values, where: Paths) -> Any:
    """The first of these places at which something stands, or None."""
    for path in where:
        value = inside(values, path) if "." in path else values.get(path)
        if value is not None and value != "":
            return value
    return None


def inside(values: Values, path: str) -> Any:
    value: Any = values
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def found_text(values: Values, where: Paths) -> str | None:
    """As `found`, as text: a number is written out; a list or an object is none."""
    value = found(values, where)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    written = f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
    return written.strip() or None
