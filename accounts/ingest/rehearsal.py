"""What a taking-in would do: every batch is taken as it will be, looked at, and taken back.

A batch at a time, so that nobody waits for long. What a batch would need of those before it, which are gone, is
arranged for: all rows of an account stand in one batch, ids of usage and parents are remembered.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.erasure.suppress import admitted
from accounts.ingest import accounts
from accounts.ingest.intake import BATCH, Line, numbered, steps_of, suppressions_of
from accounts.ingest.lookups import Lookups
from accounts.ingest.outcome import Outcome
from accounts.ingest.parse.refusals import Refusal
from accounts.ingest.samples import Samples
from accounts.ingest.usage import AGAIN
from accounts.models import Account, Source

TAKEN = ("created", "unchanged")


@dataclass(slots=True)
class Memory:
    """What batches that were taken back leave behind for those after them."""

    usage: dict[str, int] = field(default_factory=dict)
    account_ids: set[str] = field(default_factory=set)
    parents: dict[str, tuple[int, str]] = field(default_factory=dict)


def rehearse(
    *,
    kind: str,
    records: Iterable[Line | Refusal],
    source: Source,
    at: datetime,
    outcome: Outcome,
    samples: Samples,
    after_batch: Callable[[int], None],
) -> None:
    """Fills the outcome and the samples. `after_batch` is told how many records were looked at; it may raise."""
    lookups, memory, done = Lookups(source=source, today=timezone.localtime(at).date()), Memory(), 0
    steps, suppressions = steps_of(kind, lookups, at, outcome), suppressions_of(kind, source)
    for batch in batches(kind, numbered(records, kind, outcome)):
        done += len(batch)
        outcome.tell_each()
        outcome.former = []
        new = list(admitted(batch, suppressions, outcome.refusals))
        new = not_seen(new, memory, outcome) if kind == "usage" else new
        with transaction.atomic():
            steps.take(new)
            samples.look(kind=kind, batch=new, outcome=outcome, source=source, at=at)
            transaction.set_rollback(True)
        outcome.take_touched()
        remember(kind, new, memory, outcome)
        after_batch(done)
    warn_of_parents(memory, source, outcome)


def batches(kind: str, lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Batches as they will be taken; of accounts each with all of its rows, in the order of time."""
    if kind != "accounts":
        yield from whole_batches([line] for line in lines)
        return
    ordered = sorted(lines, key=lambda line: (line[1].external_id, accounts.starts(line[1])))
    yield from whole_batches(list(rows) for _, rows in groupby(ordered, key=lambda line: line[1].external_id))


def whole_batches(groups: Iterable[list[Line]]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for group in groups:
        batch += group
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def not_seen(batch: list[Line], memory: Memory, outcome: Outcome) -> list[Line]:
    """The usage rows whose ids no batch before had; the others are told apart here, as the table will."""
    new = []
    for line, record in batch:
        before = memory.usage.get(record.external_id)
        if before is None:
            new.append((line, record))
        elif before == hash(record):
            outcome.count("unchanged", line=line)
        else:
            outcome.refusals.append(Refusal(line, "external_id", AGAIN))
    return new


def remember(kind: str, batch: list[Line], memory: Memory, outcome: Outcome) -> None:
    states = outcome.states or {}
    if kind == "usage":
        memory.usage.update({record.external_id: hash(record) for line, record in batch if states.get(line) in TAKEN})
    if kind == "accounts":
        taken: list[Any] = [(line, record) for line, record in batch if line in states]
        memory.account_ids.update(record.external_id for _, record in taken)
        memory.parents.update({record.external_id: (line, record.parent) for line, record in taken if record.parent})


def warn_of_parents(memory: Memory, source: Source, outcome: Outcome) -> None:
    wanted = {parent for _, parent in memory.parents.values()} - memory.account_ids
    there = Account.objects.filter(source=source, external_id__among=sorted(wanted))
    unknown = wanted - set(there.values_list("external_id", flat=True))
    for line, parent in memory.parents.values():
        if parent in unknown:
            outcome.warnings.add(line=line, reasons=["the parent is no account"])
