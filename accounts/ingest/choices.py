"""What a person said, or what was guessed, of a file's columns → the mapping by which it is read."""

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from typing import Any, get_type_hints

from accounts.ingest.intake import FACT_KINDS
from accounts.ingest.parse.guess import Traits, guess_mapping
from accounts.ingest.parse.mapping import Mapping
from accounts.ingest.parse.rows import UTF_8, plain
from accounts.ingest.parse.sheet import type_of
from accounts.ingest.parse.values import NUMBERS, Order
from accounts.ingest.records import KINDS
from accounts.models import Account, ColumnMapping, FileImport, Segment, User

UNSETTLED = {Order.UNSETTLED.value, Order.CONTRADICTORY.value}
# An id that is also the name, for lists without ids of their own.
NAME_TOO = "external_id+name"


@dataclass(frozen=True, slots=True)
class Question:
    """What the file leaves open and only a person knows."""

    field: str
    column: str
    example: str


def traits_of(look: dict[str, Any]) -> list[Traits]:
    return [
        Traits(each["name"], each["days"], each["numbers"], each["addresses"], is_empty=not each["filled"])
        for each in look["columns"]
    ]


def guessed(kind: str, look: dict[str, Any]) -> dict[str, Any]:
    """A mapping as it is kept, from names and values alone."""
    return {"columns": guess_mapping(kind, traits_of(look)), "day_first": {}, "decimal": "", "empty": []}


def fitting(saved: ColumnMapping, look: dict[str, Any]) -> dict[str, Any] | None:
    """A kept mapping laid upon this file; None where the file lacks one of its columns."""
    places = {plain(each["name"]): at for at, each in enumerate(look["columns"])}
    columns = {field: places.get(plain(name)) for field, name in saved.content["columns"].items()}
    return None if None in columns.values() else {**saved.content, "columns": columns}


def to_keep(mapping: dict[str, Any], look: dict[str, Any]) -> dict[str, Any]:
    """The mapping with names in place of places: for other files."""
    return {**mapping, "columns": {field: look["columns"][at]["name"] for field, at in mapping["columns"].items()}}


def required_fields(kind: str) -> list[str]:
    return [each.name for each in fields(KINDS[kind]) if each.default is MISSING]


def types_of(kind: str) -> dict[str, Any]:
    return {name: type_of(hint) for name, hint in get_type_hints(KINDS[kind]).items()}


def day_questions(kind: str, mapping: dict[str, Any], look: dict[str, Any]) -> list[Question]:
    """Columns in which 01/02/2026 occurs and nothing says which number is the day."""
    types = types_of(kind)
    mapped = [(field, look["columns"][at]) for field, at in mapping["columns"].items()]
    return [
        Question(field, column["name"], column["ambiguous_day"])
        for field, column in mapped
        if types[field] in (date, datetime) and column["ambiguous_day"] and column["order"] in UNSETTLED
    ]


def number_question(kind: str, mapping: dict[str, Any], look: dict[str, Any]) -> Question | None:
    """Where 1,234 occurs and nothing says whether that is more than a thousand; or where both marks occur."""
    types = types_of(kind)
    mapped = [(f, look["columns"][at]) for f, at in mapping["columns"].items() if types[f] in NUMBERS]
    marks = {mark for _, column in mapped for mark in column["marks"]}
    if not marks or marks <= {"."} or marks <= {","} or (len(marks - {"?"}) == 1):
        return None
    field, column = next(
        ((f, c) for f, c in mapped if c["ambiguous_number"]), next((f, c) for f, c in mapped if c["marks"])
    )
    return Question(field, column["name"], column["ambiguous_number"] or next(iter(column["samples"]), ""))


def decimal_mark(kind: str, mapping: dict[str, Any], look: dict[str, Any]) -> str:
    """What the numbers show; else what a person said; else a point."""
    types = types_of(kind)
    columns = [look["columns"][at] for field, at in mapping["columns"].items() if types[field] in NUMBERS]
    marks = {mark for column in columns for mark in column["marks"]} - {"?"}
    return next(iter(marks)) if len(marks) == 1 else mapping.get("decimal") or "."


def open_questions(kind: str, mapping: dict[str, Any], look: dict[str, Any]) -> list[str]:
    """The fields whose question has no answer yet; "decimal" for the mark."""
    asked = [each.field for each in day_questions(kind, mapping, look) if each.field not in mapping["day_first"]]
    is_open = number_question(kind, mapping, look) is not None and not mapping.get("decimal")
    return [*asked, "decimal"] if is_open else asked


def mapping_of(job: FileImport) -> Mapping:
    """How the worker reads the file."""
    look, given = job.look, job.mapping
    is_workbook = bool(job.sheets)
    return Mapping(
        places=dict(given["columns"]),
        values=known_words(job.kind),
        empty=frozenset(word.lower() for word in given["empty"]),
        encoding=UTF_8 if is_workbook else look["encoding"],
        delimiter="," if is_workbook else look["delimiter"],
        is_day_first=dict(given["day_first"]),
        decimal_mark=decimal_mark(job.kind, given, look),
        epoch=date.fromisoformat(look["epoch"]),
    )


def known_words(kind: str) -> dict[str, dict[str, str]]:
    """Words as pages show them → as they are kept: choices by their labels, segments and people by their names."""
    model = Account if kind == "accounts" else FACT_KINDS[kind].model if kind in FACT_KINDS else None
    names = set(KINDS[kind].__dataclass_fields__)
    words: dict[str, dict[str, str]] = {}
    for field in model._meta.concrete_fields if model else ():
        if field.choices and field.name in names:
            words[field.name] = {str(label).lower(): str(value) for value, label in field.flatchoices}
    if "segment" in names:
        words["segment"] = {name.lower(): slug for slug, name in Segment.objects.values_list("slug", "name")}
        words["segment"] |= {slug.lower(): slug for slug in words["segment"].values()}
    for field_name in names & {"owner_email", "host_email"}:
        words[field_name] = people_by_name(User.objects.values_list("name", "email"))
    return words


def people_by_name(people: Sequence[tuple[str, str]] | Any) -> dict[str, str]:
    """Names that only one person has."""
    found: dict[str, list[str]] = {}
    for name, email in people:
        found.setdefault(" ".join(name.lower().split()), []).append(email)
    return {name: emails[0] for name, emails in found.items() if len(emails) == 1}
