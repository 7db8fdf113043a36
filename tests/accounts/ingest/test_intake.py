"""What holds for every kind."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.ingest import intake
from accounts.ingest.intake import take_in
from accounts.ingest.outcome import Outcome
from accounts.ingest.parse.refusals import Refusal
from accounts.ingest.records import (
    KINDS,
    AccountRecord,
    BusinessEventRecord,
    ChurnRecord,
    ContactRecord,
    ContractRecord,
    EntitlementRecord,
    InvoiceRecord,
    MilestoneRecord,
    OutcomeRecord,
    RapportRecord,
    ReadingRecord,
    Record,
    SurveyRecord,
    TicketRecord,
    TouchpointRecord,
    UsageRecord,
)
from accounts.models import (
    Account,
    AuditEntry,
    BusinessEvent,
    ChurnEvent,
    Contact,
    Contract,
    Entitlement,
    IngestRun,
    Invoice,
    ManualReading,
    Milestone,
    Rapport,
    SurveyResponse,
    Ticket,
    Touchpoint,
    UsageRow,
)
from accounts.models import Outcome as DesiredOutcome
from tests.conftest import NOW

DAY = date(2025, 3, 1)
MOMENT = datetime(2025, 3, 1, 9, 30, tzinfo=UTC)
# One good record of each kind, and the same id with other content.
EXAMPLES: dict[str, tuple[Record, dict[str, object]]] = {
    "accounts": (AccountRecord(external_id="x", name="X", started_on=DAY, arr=Decimal(5)), {"name": "Y"}),
    "contacts": (
        ContactRecord(external_id="x", account="acme", name="Kim", known_from=DAY),
        {"title": "CFO"},
    ),
    "contracts": (ContractRecord(external_id="x", account="acme", starts_on=DAY, arr=Decimal(5)), {"seats": 3}),
    "usage": (UsageRecord(external_id="x", account="acme", day=DAY, events=3), {"events": 4}),
    "tickets": (TicketRecord(external_id="x", account="acme", opened_at=MOMENT), {"severity": "high"}),
    "touchpoints": (TouchpointRecord(external_id="x", account="acme", kind="ebr", day=DAY), {"state": "cancelled"}),
    "surveys": (
        SurveyRecord(external_id="x", account="acme", kind="nps", asked_on=DAY),
        {"answered_on": DAY, "score": 9},
    ),
    "invoices": (
        InvoiceRecord(external_id="x", account="acme", issued_on=DAY, due_on=DAY, amount=Decimal("1.50")),
        {"paid_on": DAY},
    ),
    "churn": (ChurnRecord(external_id="x", account="acme", churned_on=DAY, reason_code="price"), {"note": "too dear"}),
    "readings": (
        ReadingRecord(external_id="x", account="acme", measure="csm_sentiment", value=4.0, read_on=DAY),
        {"value": 3.5},
    ),
    "business_events": (
        BusinessEventRecord(external_id="x", account="acme", kind="acquired", occurred_on=DAY),
        {"ended_on": DAY},
    ),
    "milestones": (MilestoneRecord(external_id="x", account="acme", kind="kickoff", due_on=DAY), {"reached_on": DAY}),
    "outcomes": (OutcomeRecord(external_id="x", account="acme", name="Faster", due_on=DAY), {"met_on": DAY}),
    "entitlements": (
        EntitlementRecord(external_id="x", account="acme", feature="Reports", starts_on=DAY),
        {"ends_on": DAY},
    ),
    "rapports": (RapportRecord(external_id="x", contact="kim", rated_on=DAY, rating=4), {"rating": 2}),
}
MODELS = {
    "accounts": Account,
    "contacts": Contact,
    "contracts": Contract,
    "usage": UsageRow,
    "tickets": Ticket,
    "touchpoints": Touchpoint,
    "surveys": SurveyResponse,
    "invoices": Invoice,
    "churn": ChurnEvent,
    "readings": ManualReading,
    "business_events": BusinessEvent,
    "milestones": Milestone,
    "outcomes": DesiredOutcome,
    "entitlements": Entitlement,
    "rapports": Rapport,
}


@pytest.fixture
def world(acme, source):
    Contact.objects.create(source=source, external_id="kim", account=acme, name="Kim", known_from=DAY, recorded_at=NOW)


@pytest.fixture
def bring(source):
    def brought(kind: str, *records: Record | tuple[int, Record] | Refusal, **options: object) -> Outcome:
        return take_in(kind=kind, records=records, source=source, at=NOW, by=None, **options)

    return brought


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.created, outcome.changed, outcome.unchanged, len(outcome.refusals)


def stored(kind: str) -> list[tuple[object, ...]]:
    return list(MODELS[kind].objects.filter(external_id="x").values_list())


def test_there_is_an_example_of_every_kind():
    assert set(EXAMPLES) == set(MODELS) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_same_record_again_changes_nothing(kind, world, bring, acme):
    record, _ = EXAMPLES[kind]
    first = bring(kind, record)
    assert counts(first) == (1, 0, 0, 0)
    assert first.touched_accounts == {Account.objects.get(external_id="x").pk if kind == "accounts" else acme.pk}
    once = stored(kind)
    again = bring(kind, record)
    assert counts(again) == (0, 0, 1, 0)
    assert again.touched_accounts == set()
    assert stored(kind) == once != []


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"usage"}))
def test_other_content_amends_the_fact(kind, world, bring):
    record, other = EXAMPLES[kind]
    bring(kind, record)
    outcome = bring(kind, replace(record, **other))
    assert counts(outcome) == (0, 1, 0, 0)
    (row,) = MODELS[kind].objects.filter(external_id="x").values(*other)
    assert row == other


def test_usage_is_never_amended(world, bring):
    record, other = EXAMPLES["usage"]
    bring("usage", record)
    outcome = bring("usage", replace(record, **other))
    assert outcome.refusals == [Refusal(1, "external_id", "the same id again with other content")]
    assert UsageRow.objects.get().events == 3


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_of_two_rows_with_one_id_the_first_wins_and_the_second_is_refused(kind, world, bring):
    record, other = EXAMPLES[kind]
    outcome = bring(kind, record, record, replace(record, **other))
    assert counts(outcome) == (1, 0, 1, 1)
    assert outcome.refusals[0].line == 3
    assert outcome.refusals[0].reason.startswith("the same id again with other content")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"accounts", "rapports"}))
def test_an_unknown_account_is_a_refusal(kind, world, bring):
    record = replace(EXAMPLES[kind][0], account="nobody")
    outcome = bring(kind, (7, record))
    assert outcome.refusals == [Refusal(7, "account", "no account 'nobody' in source 'files'")]
    assert stored(kind) == []


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("external_id", ["", "i" * 201, "i\x00d"])
def test_an_id_that_cannot_be_kept_is_a_refusal(kind, external_id, world, bring):
    outcome = bring(kind, replace(EXAMPLES[kind][0], external_id=external_id))
    assert [refusal.column for refusal in outcome.refusals] == ["external_id"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_absurd_years_are_refused(kind, world, bring):
    record, _ = EXAMPLES[kind]
    days = [field.name for field in fields(record) if getattr(record, field.name) == DAY]
    if kind == "tickets":
        absurd = replace(record, opened_at=MOMENT.replace(year=202))
    else:
        absurd = replace(record, **{name: date(202, 3, 1) for name in days})
    assert counts(bring(kind, absurd)) == (0, 0, 0, 1)


def test_records_of_another_kind_are_a_mistake_of_the_program(world, bring):
    with pytest.raises(TypeError, match="usage takes UsageRecord, not TicketRecord"):
        bring("usage", EXAMPLES["tickets"][0])


def test_what_was_refused_before_is_reported_in_the_order_of_lines(world, bring):
    record = EXAMPLES["usage"][0]
    early = Refusal(2, "day", "missing", {"day": ""})
    outcome = bring("usage", (1, replace(record, account="nobody")), early, (3, record))
    assert [refusal.line for refusal in outcome.refusals] == [1, 2]
    assert outcome.read == 3


def test_batches_are_told_and_the_run_follows_them(world, source, bring, monkeypatch):
    monkeypatch.setattr(intake, "BATCH", 2)
    run = IngestRun.objects.create(source=source, kind="usage", started_at=NOW)
    told: list[int] = []
    records = [UsageRecord(external_id=f"u{n}", account="acme", day=DAY, events=1) for n in range(5)]
    bring("usage", *records, run=run, progress=told.append)
    run.refresh_from_db()
    assert told == [2, 2, 1]
    assert (run.read_rows, run.created_rows) == (5, 5)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_run_that_was_killed_is_completed_by_the_next(kind, world, bring, monkeypatch):
    monkeypatch.setattr(intake, "BATCH", 2)
    record = EXAMPLES[kind][0]
    records = [replace(record, external_id=f"r{n}") for n in range(5)]

    def killed_after_the_first_batch(rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(kind, *records, progress=killed_after_the_first_batch)
    assert MODELS[kind].objects.filter(external_id__startswith="r").count() == 2
    assert counts(bring(kind, *records)) == (3, 0, 2, 0)
    assert counts(bring(kind, *records)) == (0, 0, 5, 0)


def test_who_brought_facts_is_on_record(world, source, ops):
    take_in(kind="usage", records=[EXAMPLES["usage"][0]], source=source, at=NOW, by=ops)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by, entry.detail) == ("took in usage", ops, {"created": 1, "changed": 0})
    take_in(kind="usage", records=[EXAMPLES["usage"][0]], source=source, at=NOW, by=ops)
    assert AuditEntry.objects.count() == 1
