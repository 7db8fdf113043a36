"""Rows from the API → facts, by the one way in, with a verdict for each row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request

from accounts import deliveries
from accounts.erasure.identity import ERASED
from accounts.erasure.suppress import NOT_KEPT
from accounts.ingest.intake import take_in
from accounts.ingest.outcome import Outcome
from accounts.ingest.parse.refusals import Refusal
from accounts.ingest.sight import only_seen
from accounts.models import Account, ApiToken, Source, User
from accounts.queries.facts import STORED, stored_ids
from dashboards.api.errors import told
from dashboards.api.kinds import BY_HAND, Kind
from dashboards.api.records import record_of

LONGEST_SOURCE = 80
# As the verdict calls the number of a row in the body.
PLACE = "index"


@dataclass(frozen=True)
class Verdict:
    """As RowVerdictSerializer tells it."""

    index: int
    external_id: str
    verdict: str
    id: int | None
    column: str = ""
    reason: str = ""
    warnings: list[str] = field(default_factory=list)


def source_asked(request: Request) -> Source:
    """The source in whose name the request writes: that of the token, or that of the parameter."""
    named = request.query_params.get("source", "").strip()
    bound = request.auth.source if isinstance(request.auth, ApiToken) else None
    if bound is not None:
        if named and named != bound.name:
            raise PermissionDenied(f"This token writes in the name of {bound.name!r} only.")
        return bound
    if not named:
        raise ValidationError({"source": "Say from which source this comes: ?source=…"})
    found = Source.objects.filter(name=named).first() if len(named) <= LONGEST_SOURCE and "\x00" not in named else None
    if found is None:
        raise ValidationError({"source": f"There is no source {told(named)!r}. GET /api/v1/sources lists them."})
    return found


def write_rows(kind: Kind, rows: Sequence[Any], *, source: Source, by: User, at: datetime) -> list[Verdict]:
    """What became of each row. One that is refused leaves the others as they are."""
    lines = [record_of(kind.name, row, line=n) for n, row in enumerate(rows)]
    if kind.name in BY_HAND:
        readable = [line for line in lines if isinstance(line, tuple)]
        refused = [line for line in lines if isinstance(line, Refusal)]
        lines = [*refused, *only_seen(kind=kind.name, lines=readable, source=source, by=by)]
    outcome = taken_in(kind, lines, source=source, by=by, at=at)
    return verdicts(kind, rows, outcome, source=source)


def taken_in(kind: Kind, lines: list[Any], *, source: Source, by: User, at: datetime) -> Outcome:
    """All batches together or none. Somebody else may bring the same new id at the same moment: then it is there."""
    for is_last in (False, True):
        try:
            with transaction.atomic():
                outcome = take_in(
                    kind=kind.name, records=lines, source=source, at=at, by=by, is_told_each=True, place=PLACE
                )
                deliveries.note(source_id=source.pk, kind=kind.name, brought=outcome.read, at=at)
                return outcome
        except IntegrityError:
            if is_last:
                raise
    raise AssertionError("the loop returns or raises")


def verdicts(kind: Kind, rows: Sequence[Any], outcome: Outcome, *, source: Source) -> list[Verdict]:
    states, warnings = outcome.states or {}, outcome.warnings.by_line or {}
    refusals = {refusal.line: refusal for refusal in outcome.refusals}
    ids = our_ids(kind, [rows[n]["external_id"] for n in states], source=source)
    return [
        refused(n, row, refusals[n])
        if n in refusals
        else Verdict(n, row["external_id"], states[n], ids.get(row["external_id"]), warnings=warnings.get(n, []))
        for n, row in enumerate(rows)
    ]


def our_ids(kind: Kind, external_ids: list[str], *, source: Source) -> dict[str, int]:
    if kind.name in STORED:
        return stored_ids(kind=kind.name, source_id=source.pk, external_ids=external_ids)
    rows = Account.objects.filter(source=source, external_id__among=external_ids)
    return dict(rows.values_list("external_id", "pk"))


def refused(index: int, row: Any, refusal: Refusal) -> Verdict:
    name = row.get("external_id") if isinstance(row, dict) else None
    # Answers are kept for who asks again: not with the id of who was erased.
    shown = ERASED if refusal.payload == NOT_KEPT else told(name) if isinstance(name, str) else ""
    return Verdict(index, shown, "refused", None, refusal.column, told(refusal.reason))
