"""The columns of a file as a form: which field each is, and what the file leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.ingest.choices import (
    NAME_TOO,
    Question,
    day_questions,
    number_question,
    open_questions,
    required_fields,
)
from accounts.ingest.records import KINDS
from accounts.models import FileImport
from dashboards.pages.import_words import field_choices, field_word

LONGEST_NAME = 80


@dataclass(frozen=True)
class ColumnRow:
    at: int
    name: str
    samples: str
    field: str
    errors: int | None  # None: not checked yet


@dataclass(frozen=True)
class Asked:
    """A question about the file, with the answer so far."""

    name: str
    title: str
    example: str
    choices: list[tuple[str, str]]
    answer: str
    is_missing: bool


@dataclass(frozen=True)
class ColumnsForm:
    rows: list[ColumnRow]
    choices: list[tuple[str, str]]
    questions: list[Asked]
    empty: str
    save_as: str
    problems: list[str]
    mapped: int


def columns_form(job: FileImport, *, typed: Mapping[str, str] | None, errors: dict[str, int] | None) -> ColumnsForm:
    """As it stands, or as it was sent with what is wrong about it."""
    mapping = read_mapping(job, typed) if typed is not None else job.mapping
    fields = {at: name for name, at in mapping["columns"].items()}
    for at in shared_places(mapping):
        fields[at] = NAME_TOO
    names = {each["name"] for each in job.look["columns"]}
    return ColumnsForm(
        rows=[
            ColumnRow(
                at=at,
                name=column["name"],
                samples=", ".join(column["samples"]),
                field=typed.get(f"column-{at}", "") if typed is not None else fields.get(at, ""),
                errors=None if errors is None or at not in fields else errors.get(column["name"], 0),
            )
            for at, column in enumerate(job.look["columns"])
        ],
        choices=field_choices(job.kind),
        questions=questions(job, mapping, is_sent=typed is not None),
        empty=typed.get("empty", "") if typed is not None else ", ".join(mapping["empty"]),
        save_as=typed.get("save_as", "") if typed is not None else "",
        problems=problems(job, mapping, typed) if typed is not None else [],
        mapped=len(set(mapping["columns"].values()) & set(range(len(names)))),
    )


def shared_places(mapping: dict[str, Any]) -> set[int]:
    """The column that is both the id and the name."""
    columns = mapping["columns"]
    same = "name" in columns and columns.get("external_id") == columns["name"]
    return {columns["name"]} if same else set()


def read_mapping(job: FileImport, typed: Mapping[str, str]) -> dict[str, Any]:
    """What was sent, as far as it makes sense: the first of two columns for one field is taken."""
    known = {*KINDS[job.kind].__dataclass_fields__, NAME_TOO}
    columns: dict[str, int] = {}
    for at in range(len(job.look["columns"])):
        field = typed.get(f"column-{at}", "")
        for name in field.split("+") if field in known else ():
            columns.setdefault(name, at)
    answers = {name: typed.get(f"day-{name}") for name in columns}
    decimal = typed.get("decimal", "")
    return {
        "columns": columns,
        "day_first": {name: said == "day" for name, said in answers.items() if said in ("day", "month")},
        "decimal": decimal if decimal in (".", ",") else "",
        "empty": [word.strip() for word in typed.get("empty", "").split(",") if word.strip()][:50],
    }


def questions(job: FileImport, mapping: dict[str, Any], *, is_sent: bool) -> list[Asked]:
    missing = set(open_questions(job.kind, mapping, job.look)) if is_sent else set()
    found = [
        day_question(job.kind, each, mapping, is_missing=each.field in missing)
        for each in day_questions(job.kind, mapping, job.look)
    ]
    number = number_question(job.kind, mapping, job.look)
    return [*found, decimal_question(number, mapping, is_missing="decimal" in missing)] if number else found


def day_question(kind: str, asked: Question, mapping: dict[str, Any], *, is_missing: bool) -> Asked:
    is_day_first = mapping["day_first"].get(asked.field)
    return Asked(
        name=f"day-{asked.field}",
        title=f"{field_word(kind, asked.field)}: which number of {asked.example} is the day?",
        example=f"Column {asked.column} never says: no value has a number over 12, or values contradict each other.",
        choices=[("day", "The first: day, month, year"), ("month", "The second: month, day, year")],
        answer="" if is_day_first is None else "day" if is_day_first else "month",
        is_missing=is_missing,
    )


def decimal_question(asked: Question, mapping: dict[str, Any], *, is_missing: bool) -> Asked:
    return Asked(
        name="decimal",
        title=f"Numbers: what does {asked.example} in column {asked.column} mean?",
        example="Both readings are possible, and one is a thousand times the other.",
        choices=[(".", "Decimal point: 1,234.50"), (",", "Decimal comma: 1.234,50")],
        answer=mapping.get("decimal", ""),
        is_missing=is_missing,
    )


def problems(job: FileImport, mapping: dict[str, Any], typed: Mapping[str, str]) -> list[str]:
    """What keeps the rows from being checked, in sentences."""
    chosen = [
        name for at in range(len(job.look["columns"])) for name in typed.get(f"column-{at}", "").split("+") if name
    ]
    twice = sorted({name for name in chosen if chosen.count(name) > 1})
    missing = [name for name in required_fields(job.kind) if name not in mapping["columns"]]
    found = [f"{field_word(job.kind, name)} is chosen for two columns. Choose it for one." for name in twice]
    if missing:
        words = ", ".join(field_word(job.kind, name) for name in missing)
        found.append(f"No column is chosen for: {words}. Every row needs {'it' if len(missing) == 1 else 'them'}.")
    if open_questions(job.kind, mapping, job.look):
        found.append("Answer what the file leaves open, below the columns.")
    if len(typed.get("save_as", "")) > LONGEST_NAME:
        found.append(f"A mapping's name has at most {LONGEST_NAME} characters.")
    return found
