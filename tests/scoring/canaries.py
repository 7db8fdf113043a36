"""Plants words in every text of every table, and looks for them in every column: a new table is found by itself."""

import zipfile
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models

from accounts import audit
from accounts.bulk import STAGE
from accounts.ingest.events.event import ENCODER, Event
from accounts.models import Account, Contact, ImportState, QuarantineState
from tests.conftest import NOW, TODAY

# A text that is shorter cannot hold anybody's address.
SHORTEST = 24
# Tables about ourselves: our people, our settings, hashes. What a customer's people are called has no place there.
OURS = {
    "accounts.user", "accounts.team", "accounts.apitoken", "accounts.organization", "accounts.exchangerate",
    "accounts.segment", "accounts.feature", "accounts.source", "accounts.sourcekey", "accounts.erasure",
    "accounts.suppression", "accounts.export", "accounts.restoration", "accounts.eventseen",
    "scoring.scorecard", "scoring.scorecardversion", "scoring.scorecarditem", "scoring.custommeasure",
    "scoring.measuredefinition", "scoring.runchunk", "scoring.snapshot", "scoring.supersededsnapshot",
    "accounts.usagemonth", "scoring.accounthealth", "scoring.alertpreference", "scoring.alerttarget",
    "scoring.alertwatch", "scoring.study", "scoring.usesum", "scoring.benchmark", "accounts.branding",
    "accounts.contactcard", "scoring.yearday",
}  # fmt: skip
APPS = ("accounts", "scoring", "admin")


class Planter:
    """A row in every table, each text of which tells who it is."""

    def __init__(self, words: str, short: str, **known: models.Model) -> None:
        self.words, self.short = words, short
        self.known: dict[type[models.Model], models.Model] = {type(row): row for row in known.values()}

    def plant_everywhere(self) -> list[str]:
        planted = []
        for model in (m for app in APPS for m in apps.get_app_config(app).get_models(include_auto_created=True)):
            if model._meta.label_lower not in OURS and (names := texts_and_bytes(model)):
                self.plant(self.row_of(model), names)
                planted.append(model._meta.label_lower)
        return planted

    def plant(self, row: models.Model, names: list[str]) -> None:
        values = {name: self.planted(row._meta.get_field(name)) for name in names}
        with audit.rewriting():
            type(row)._default_manager.filter(pk=row.pk).update(**values)

    def planted(self, field: Any) -> Any:
        if isinstance(field, models.JSONField):
            return {"told": [self.words, {self.short: self.short}]}
        if isinstance(field, models.BinaryField):
            return ENCODER.encode([an_event(user_id=self.short), an_event(traits={"said": self.words}), an_event()])
        return self.words if not field.max_length or len(self.words) <= field.max_length else self.short

    def row_of(self, model: type[models.Model]) -> models.Model:
        """A row of the table that is not what is going to be erased itself."""
        if model in (Contact, Account):
            return model.objects.exclude(pk=self.known[model].pk).first()
        return model._default_manager.first() or self.made(model)

    def made(self, model: type[models.Model]) -> models.Model:
        values = {field.name: self.value(field) for field in model._meta.concrete_fields if not field.primary_key}
        return model._default_manager.create(**{**values, **SPECIAL.get(model._meta.label_lower, {})})

    def value(self, field: Any) -> Any:
        if isinstance(field, models.ForeignKey):
            known = self.known.get(field.related_model)
            return None if field.null else known or self.row_of(field.related_model)
        if field.null:
            return None
        if field.choices:
            return field.choices[0][0]
        return next(value for kind, value in PLAIN.items() if isinstance(field, kind))


PLAIN: dict[type[models.Field], Any] = {
    models.JSONField: {}, models.BinaryField: b"", models.BooleanField: False, models.DateTimeField: NOW,
    models.DateField: TODAY, models.DecimalField: Decimal(1), models.FloatField: 1.0, models.IntegerField: 1,
    models.CharField: "x", models.TextField: "x", models.UUIDField: UUID(int=1),
}  # fmt: skip
SPECIAL: dict[str, dict[str, Any]] = {
    "accounts.sharelink": {"expires_at": NOW + timedelta(days=3)},
    "accounts.mitigationplan": {"outcome": ""},
    "accounts.fileimport": {"state": ImportState.MAPPING},
    "accounts.eventquarantine": {"state": QuarantineState.WAITING},
    "accounts.milestone": {"due_on": TODAY},
    "scoring.spotcheck": {"verdict": "too_high"},
    "accounts.proposal": {"percent": Decimal(-5)},
}


def an_event(**values: Any) -> Event:
    return Event(type="track", message_id="m", at=NOW, **values)


def texts_and_bytes(model: type[models.Model]) -> list[str]:
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    # A hash says nothing, and the other two are names of our own tables and fields.
    plain = {"token_hash", "digest", "file_digest", "table", "verb", "subject", "request_digest", "peers"}
    fields = [field for field in model._meta.concrete_fields if isinstance(field, kinds) and not field.choices]
    return [field.name for field in fields if field.name not in plain and not is_code(field)]


def is_code(field: Any) -> bool:
    """A currency, a reason code, the kind of an event: too short for anybody's name."""
    return field.max_length is not None and field.max_length < SHORTEST


def left_in_the_database(*canaries: str) -> list[str]:
    """Where any of the texts still stands: every table, every column, in any case."""
    return [
        f"{table}: {found[0]!r}"
        for table in connection.introspection.table_names(include_views=False)
        # A temporary table that ends with the transaction, which here is the test's.
        if table != STAGE
        for row in rows_of(table)
        if (found := [text for text in map(as_text, row) if any(canary.lower() in text for canary in canaries)])
    ]


def rows_of(table: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
        yield from cursor.fetchall()


def as_text(value: Any) -> str:
    text = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
    return text.lower()


def left_in_files(folder: Path, *canaries: str) -> list[str]:
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and any(canary.lower() in path.read_bytes().decode("latin-1").lower() for canary in canaries)
    ]


def plant_files(folder: Path, words: str) -> None:
    for name in ("ingest/1-contacts-refused.csv", "imports/7/upload.csv", "mail/1.log", "imports/8/upload"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"line,reason,name\n2,missing,{words}\n3,missing,Bo Peep\n")
    (folder / "exports").mkdir()
    with zipfile.ZipFile(folder / "exports" / "healthapp-1.zip", "w") as archive:
        archive.writestr("contacts.csv", words)
