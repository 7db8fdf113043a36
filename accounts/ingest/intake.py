"""The one way in: records of a kind → facts. Files, the demo company, events and forms all come through here.

A batch is a transaction, so a run that was killed is completed by bringing the same records again.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit, rollups, touches
from accounts.ingest import accounts, commerce, facts, journey, people, runs, usage
from accounts.ingest.lookups import Lookups
from accounts.ingest.outcome import Outcome
from accounts.ingest.parse.refusals import Refusal
from accounts.ingest.records import KINDS, Record
from accounts.models import IngestRun, Source, User
from accounts.operations import history

BATCH = 5_000
FACT_KINDS = {
    "contacts": people.CONTACTS,
    "contracts": commerce.CONTRACTS,
    "tickets": journey.TICKETS,
    "touchpoints": people.TOUCHPOINTS,
    "surveys": people.SURVEYS,
    "invoices": commerce.INVOICES,
    "churn": commerce.CHURN,
    "readings": journey.READINGS,
    "business_events": journey.BUSINESS_EVENTS,
    "milestones": journey.MILESTONES,
    "outcomes": journey.OUTCOMES,
    "entitlements": journey.ENTITLEMENTS,
    "rapports": people.RAPPORTS,
}
# Facts that move what an account was on a date.
DERIVING = {"contracts", "churn"}
# The record is of the kind that is taken in: `numbered` sees to it.
Line = tuple[int, Any]
TakeBatch = Callable[[list[Line]], None]


def take_in(
    *,
    kind: str,
    records: Iterable[Line | Refusal] | Iterable[Record],
    source: Source,
    at: datetime,
    by: User | None,
    run: IngestRun | None = None,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Writes what is new or changed among the records; the same records again change nothing.

    Records come alone (their lines are then counted from 1), with their line, or already refused. `progress` is told
    the number of records of each batch.
    """
    outcome = Outcome()
    lookups = Lookups(source=source, today=timezone.localtime(at).date())
    lines = numbered(records, kind, outcome)
    take_all(kind, lines, lookups, at, outcome, run=run, progress=progress)
    if outcome.created or outcome.changed:
        audit.record(
            verb=f"took in {kind}", subject=source, by=by, at=at, created=outcome.created, changed=outcome.changed
        )
    return outcome


def numbered(records: Iterable[Line | Refusal] | Iterable[Record], kind: str, outcome: Outcome) -> Iterator[Line]:
    """Each record with its line. What was refused before it became a record goes straight to the outcome."""
    expected = KINDS[kind]
    for count, given in enumerate(records, start=1):
        if isinstance(given, Refusal):
            outcome.refusals.append(given)
            continue
        line, record = given if isinstance(given, tuple) else (count, given)
        if not isinstance(record, expected):
            raise TypeError(f"{kind} takes {expected.__name__}, not {type(record).__name__}")
        yield line, record


def take_all(
    kind: str,
    lines: Iterator[Line],
    lookups: Lookups,
    at: datetime,
    outcome: Outcome,
    *,
    run: IngestRun | None,
    progress: Callable[[int], None] | None,
) -> None:
    if kind == "accounts":
        # In the order of time, so that what is carried forward does not depend on the order of the file.
        lines = iter(sorted(lines, key=lambda line: accounts.starts(line[1])))
    step, finish = steps(kind, lookups, at, outcome)
    while batch := list(islice(lines, BATCH)):
        with transaction.atomic():
            step(batch)
            touches.touch(outcome.take_touched(), at=at)
            if run is not None:
                runs.note_progress(run=run, outcome=outcome)
        if progress is not None:
            progress(len(batch))
    finish()
    outcome.refusals.sort(key=lambda refusal: refusal.line)


def steps(kind: str, lookups: Lookups, at: datetime, outcome: Outcome) -> tuple[TakeBatch, Callable[[], None]]:
    """What to do with each batch, and what once after the last."""
    if kind == "usage":
        return usage_steps(lookups, at, outcome)
    if kind == "accounts":
        return account_steps(lookups, at, outcome)
    return fact_steps(kind, lookups, at, outcome)


def usage_steps(lookups: Lookups, at: datetime, outcome: Outcome) -> tuple[TakeBatch, Callable[[], None]]:
    # All days that were named, not only those with new rows: a run killed before its rollups is mended by the next.
    days: set[date] = set()

    def step(batch: list[Line]) -> None:
        days.update(usage.take_in_batch(batch=batch, lookups=lookups, at=at, outcome=outcome))

    return step, lambda: rollups.rebuild_days(days=days, at=at)


def account_steps(lookups: Lookups, at: datetime, outcome: Outcome) -> tuple[TakeBatch, Callable[[], None]]:
    seen = facts.Seen()
    parents: dict[str, tuple[int, str]] = {}

    def step(batch: list[Line]) -> None:
        touched = accounts.take_in_batch(batch=batch, lookups=lookups, seen=seen, at=at, outcome=outcome)
        parents.update({record.external_id: (line, record.parent) for line, record in batch if record.parent})
        derive(touched, at, outcome)

    @transaction.atomic
    def finish() -> None:
        accounts.link_parents(parents=parents, lookups=lookups, outcome=outcome)
        touches.touch(outcome.take_touched(), at=at)

    return step, finish


def fact_steps(kind: str, lookups: Lookups, at: datetime, outcome: Outcome) -> tuple[TakeBatch, Callable[[], None]]:
    take = partial(facts.take_in_batch, kind=FACT_KINDS[kind], lookups=lookups, seen=facts.Seen(), at=at)

    def step(batch: list[Line]) -> None:
        touched = take(batch=batch, outcome=outcome)
        if kind in DERIVING:
            derive(touched, at, outcome)

    return step, lambda: None


def derive(account_ids: set[int], at: datetime, outcome: Outcome) -> None:
    """In the batch's own transaction: facts and the history that follows from them are never apart."""
    for sentence in history.derive_from_contracts(account_ids=account_ids, at=at):
        outcome.warnings.counts[sentence] = max(outcome.warnings.counts[sentence], 1)
