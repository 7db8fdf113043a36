"""The one way in: records of a kind → facts. Files, the demo company, events and forms all come through here.

A batch is a transaction, so a run that was killed is completed by bringing the same records again.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit, rollups, touches
from accounts.erasure.suppress import Suppressions, admitted, load_suppressions
from accounts.ingest import accounts, commerce, facts, journey, people, runs, usage
from accounts.ingest.lookups import Lookups
from accounts.ingest.outcome import Outcome
from accounts.ingest.parse.refusals import Refusal
from accounts.ingest.records import KINDS, Record
from accounts.models import Account, Fact, IngestRun, Source, UsageRow, User
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
MODELS: dict[str, type[Fact]] = {"accounts": Account, "usage": UsageRow}
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
    is_told_each: bool = False,
    place: str = "line",
) -> Outcome:
    """Writes what is new or changed among the records; the same records again change nothing.

    Records come alone (their lines are then counted from 1), with their line, or already refused. `progress` is told
    the number of records of each batch. `is_told_each`: the outcome says what became of each row.
    `place`: what a line is called in the words of a refusal.
    """
    outcome = Outcome(place=place)
    if is_told_each:
        outcome.tell_each()
    lookups = Lookups(source=source, today=timezone.localtime(at).date())
    lines = numbered(records, kind, outcome)
    take_all(kind, lines, lookups, at, outcome, run=run, progress=progress)
    if outcome.created or outcome.changed:
        audit.record(
            verb=f"took in {kind}", subject=source, by=by, at=at, created=outcome.created, changed=outcome.changed
        )
    return outcome


def carry_on(
    *,
    kind: str,
    records: Iterable[Line | Refusal],
    source: Source,
    at: datetime,
    outcome: Outcome,
    passed: int,
    after_batch: Callable[[int], None],
    after_part: Callable[[], None],
) -> None:
    """As `take_in`, from where another process left off: the first `passed` records were taken and are remembered.

    `after_batch` is told, in the batch's transaction, how many records are taken; what it raises takes the batch back.
    """
    lookups = Lookups(source=source, today=timezone.localtime(at).date())
    lines = in_order(kind, numbered(records, kind, outcome))
    steps = steps_of(kind, lookups, at, outcome)
    for start in range(0, passed, BATCH):
        steps.remember(list(islice(lines, min(BATCH, passed - start))))
    while batch := list(islice(lines, BATCH)):
        with transaction.atomic():
            steps.take(batch)
            touches.touch(outcome.take_touched(), at=at)
            passed += len(batch)
            after_batch(passed)
    for _ in steps.finish():
        after_part()


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
    lines = in_order(kind, lines)
    steps = steps_of(kind, lookups, at, outcome)
    while batch := list(islice(lines, BATCH)):
        with transaction.atomic():
            steps.take(batch)
            touches.touch(outcome.take_touched(), at=at)
            if run is not None:
                runs.note_progress(run=run, outcome=outcome)
        if progress is not None:
            progress(len(batch))
    for _ in steps.finish():
        pass
    outcome.refusals.sort(key=lambda refusal: refusal.line)


def in_order(kind: str, lines: Iterator[Line]) -> Iterator[Line]:
    """Accounts in the order of time, so that what is carried forward does not depend on the order of the file."""
    return iter(sorted(lines, key=lambda line: accounts.starts(line[1]))) if kind == "accounts" else lines


@dataclass(frozen=True, slots=True)
class Steps:
    """What to do with each batch; what once after the last, in parts; what to remember of one that was taken before."""

    take: TakeBatch
    finish: Callable[[], Iterator[None]]
    remember: TakeBatch


def steps_of(kind: str, lookups: Lookups, at: datetime, outcome: Outcome) -> Steps:
    """The steps of the kind, which never see what was erased."""
    steps, suppressions = all_steps(kind, lookups, at, outcome), suppressions_of(kind, lookups.source)
    if suppressions is None:
        return steps

    def take(batch: list[Line]) -> None:
        steps.take(list(admitted(batch, suppressions, outcome.refusals)))

    def remember(batch: list[Line]) -> None:
        steps.remember(list(admitted(batch, suppressions, [])))

    return Steps(take, steps.finish, remember)


def suppressions_of(kind: str, source: Source) -> Suppressions | None:
    model = MODELS.get(kind) or FACT_KINDS[kind].model
    return load_suppressions(source=source.name, model=str(model._meta.model_name))


def all_steps(kind: str, lookups: Lookups, at: datetime, outcome: Outcome) -> Steps:
    if kind == "usage":
        return usage_steps(lookups, at, outcome)
    if kind == "accounts":
        return account_steps(lookups, at, outcome)
    return fact_steps(kind, lookups, at, outcome)


def usage_steps(lookups: Lookups, at: datetime, outcome: Outcome) -> Steps:
    # All days that were named, not only those with new rows: a run killed before its rollups is mended by the next.
    days: set[date] = set()

    def step(batch: list[Line]) -> None:
        days.update(usage.take_in_batch(batch=batch, lookups=lookups, at=at, outcome=outcome))

    def remember(batch: list[Line]) -> None:
        days.update(record.day for _, record in batch)

    def finish() -> Iterator[None]:
        ordered = iter(sorted(days))
        while some := list(islice(ordered, rollups.DAYS_AT_ONCE)):
            rollups.rebuild_days(days=some, at=at)
            yield

    return Steps(step, finish, remember)


def account_steps(lookups: Lookups, at: datetime, outcome: Outcome) -> Steps:
    seen = facts.Seen(place=outcome.place)
    parents: dict[str, tuple[int, str]] = {}

    def step(batch: list[Line]) -> None:
        touched = accounts.take_in_batch(batch=batch, lookups=lookups, seen=seen, at=at, outcome=outcome)
        note_parents(batch)
        note(history.derive_where_contracts_say(account_ids=touched, at=at), outcome)

    def note_parents(batch: list[Line]) -> None:
        parents.update({record.external_id: (line, record.parent) for line, record in batch if record.parent})

    def remember(batch: list[Line]) -> None:
        seen.remember((accounts.key_of(record), line, record) for line, record in batch)
        note_parents(batch)

    def finish() -> Iterator[None]:
        with transaction.atomic():
            accounts.link_parents(parents=parents, lookups=lookups, at=at, outcome=outcome)
            touches.touch(outcome.take_touched(), at=at)
            yield

    return Steps(step, finish, remember)


def fact_steps(kind: str, lookups: Lookups, at: datetime, outcome: Outcome) -> Steps:
    seen = facts.Seen(place=outcome.place)
    take = partial(facts.take_in_batch, kind=FACT_KINDS[kind], lookups=lookups, seen=seen, at=at)

    def step(batch: list[Line]) -> None:
        touched = take(batch=batch, outcome=outcome)
        if kind in DERIVING:
            derive(touched, at, outcome)

    def remember(batch: list[Line]) -> None:
        seen.remember((record.external_id, line, record) for line, record in batch)

    return Steps(step, lambda: iter(()), remember)


def derive(account_ids: set[int], at: datetime, outcome: Outcome) -> None:
    """In the batch's own transaction: facts and the history that follows from them are never apart."""
    note(history.derive_from_contracts(account_ids=account_ids, at=at), outcome)


def note(sentences: list[str], outcome: Outcome) -> None:
    """Warnings about no row in particular, each once."""
    for sentence in sentences:
        outcome.warnings.counts[sentence] = max(outcome.warnings.counts[sentence], 1)
