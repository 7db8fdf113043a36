"""Random facts of every kind, scored at once in random batches: the night finds every score again (H-2, K-10)."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.ingest.intake import take_in
from accounts.ingest.records import (
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
from accounts.operations import ratings
from scoring.models import ScoringRun, Snapshot
from scoring.pipeline import score_days
from scoring.rescore import rescore_waiting
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - timedelta(days=1)
ACCOUNTS = 14
NIGHT = NOW + timedelta(hours=14)


LINEAR = {
    "nps": (-100, 100), "tickets_unresolved": (50, 0), "days_overdue": (90, 0), "days_since_touchpoint": (90, 0),
    "milestones_on_time": (0, 1), "outcomes_met": (0, 1), "stickiness": (0, 1), "persona_coverage": (0, 1),
}  # fmt: skip
RANKED = ("csm_sentiment", "feature_breadth", "seat_utilisation", "usage_trend", "overdue_share")
CARD = [
    *({"key": key, "weight": 10, "curve": "linear", "zero": a, "full": b} for key, (a, b) in LINEAR.items()),
    *({"key": key, "weight": 4, "curve": "percentile", "is_higher_better": True} for key in RANKED),
]
EBR = {"key": "ebr", "label": "EBR overdue", "fact": "ebr_overdue", "kind": "percent", "amount": -20}


@pytest.fixture
def company(make_account, make_segment_named, csm, source, publish_card):
    """Accounts of two segments and three industries, each with a contact, and a fact of every kind for the first."""
    publish_card(*CARD, min_coverage=0.0, adjustments=[EBR])
    accounts = [
        make_account(f"A{n}", owner=csm, industry=f"i{n % 3}", size_tier="s", segment=make_segment_named(n))
        for n in range(ACCOUNTS)
    ]
    for n in range(ACCOUNTS):
        bring(ContactRecord(external_id=f"c{n}", account=f"a{n}", name="Kim", known_from=YESTERDAY), source)
    dice = random.Random(0)
    for make in FACTS:
        bring(make(dice, "first", "a0"), source)
    score_days([YESTERDAY], clock=lambda: NOW - timedelta(hours=9))
    while rescore_waiting(as_of=YESTERDAY - timedelta(days=40), at=NOW - timedelta(hours=8)):
        pass
    return accounts


@pytest.fixture
def make_segment_named(smb):
    big = type(smb).objects.create(
        slug="enterprise", name="Enterprise", position=1, ebr_cadence_months=4, touchpoint_cadence_days=30
    )
    return lambda n: big if n % 2 else smb


def bring(record: Record, source) -> None:
    kind = next(kind for kind, record_type in KIND_OF.items() if isinstance(record, record_type))
    outcome = take_in(kind=kind, records=[record], source=source, at=NOW, by=None)
    assert not outcome.refusals


KIND_OF = {
    "contacts": ContactRecord, "contracts": ContractRecord, "usage": UsageRecord, "tickets": TicketRecord,
    "touchpoints": TouchpointRecord, "surveys": SurveyRecord, "invoices": InvoiceRecord, "churn": ChurnRecord,
    "readings": ReadingRecord, "business_events": BusinessEventRecord, "milestones": MilestoneRecord,
    "outcomes": OutcomeRecord, "entitlements": EntitlementRecord, "rapports": RapportRecord,
}  # fmt: skip


def day(dice: random.Random):
    return TODAY - timedelta(days=dice.choice([0, 1, 5, 20, 60, 120]))


FACTS = [
    lambda dice, key, account: UsageRecord(
        external_id=key, account=account, day=day(dice), events=dice.randint(0, 9), user_key=f"u{dice.randint(0, 3)}",
        feature=dice.choice(["f1", "f2"]), seconds=dice.randint(0, 9000),
    ),
    lambda dice, key, account: TicketRecord(
        external_id=key, account=account, opened_at=datetime(2026, 6, dice.randint(1, 30), 9, tzinfo=UTC),
    ),
    lambda dice, key, account: TouchpointRecord(
        external_id=key, account=account, kind=dice.choice(["call", "ebr"]), day=day(dice),
        contacts=(f"c{account[1:]}",),
    ),
    lambda dice, key, account: SurveyRecord(
        external_id=key, account=account, kind=dice.choice(["nps", "csat"]), asked_on=TODAY, answered_on=TODAY,
        score=dice.randint(1, 5),
    ),
    lambda dice, key, account: InvoiceRecord(
        external_id=key, account=account, issued_on=TODAY - timedelta(days=150), due_on=day(dice), amount=Decimal(500),
    ),
    lambda dice, key, account: ReadingRecord(
        external_id=key, account=account, measure="csm_sentiment", value=dice.randint(1, 5), read_on=day(dice),
    ),
    lambda dice, key, account: BusinessEventRecord(
        external_id=key, account=account, kind=dice.choice(["acquired", "opt_out"]), occurred_on=day(dice),
    ),
    lambda dice, key, account: MilestoneRecord(
        external_id=key, account=account, kind="first_value", due_on=day(dice), reached_on=TODAY,
    ),
    lambda dice, key, account: OutcomeRecord(external_id=key, account=account, name=key, due_on=day(dice)),
    lambda dice, key, account: EntitlementRecord(external_id=key, account=account, feature="f1", starts_on=day(dice)),
    lambda dice, key, account: RapportRecord(
        external_id=key, contact=f"c{account[1:]}", rated_on=day(dice), rating=dice.randint(1, 5),
    ),
    lambda dice, key, account: ContractRecord(
        external_id=key, account=account, starts_on=day(dice), arr=Decimal(dice.randint(1, 9) * 1000), seats=5,
    ),
]  # fmt: skip


def some_facts(dice: random.Random, accounts, source, csm) -> Iterator[None]:
    """Facts of every kind, corrections of them, and pulses, on random accounts."""
    for n in range(40):
        account = accounts[dice.randrange(1, ACCOUNTS)]
        record = dice.choice(FACTS)(dice, f"x{n}", account.external_id)
        bring(record, source)
        if isinstance(record, SurveyRecord) and dice.random() < 0.5:
            bring(replace(record, score=5), source)
        if dice.random() < 0.1:
            ratings.add_pulse(
                account=account, percent=Decimal(-5), category="other", reason="why", starts_on=TODAY, ends_on=TODAY,
                by=csm, at=NOW,
            )  # fmt: skip
        yield


@pytest.mark.parametrize("seed", range(5))
def test_the_night_finds_again_what_was_found_at_once(seed, company, source, csm):
    dice = random.Random(seed)
    for _ in some_facts(dice, company, source, csm):
        if dice.random() < 0.4:
            rescore_waiting(as_of=TODAY, at=NOW)
    rescore_waiting(as_of=TODAY, at=NOW)
    at_once = dict(Snapshot.objects.filter(as_of=TODAY).values_list("account", "score"))
    score_days([TODAY], clock=lambda: NIGHT)
    run = ScoringRun.objects.get(as_of=TODAY, kind="full")
    assert run.compared == len(at_once) > ACCOUNTS // 2
    assert (run.differing, list(run.differences.all())) == (0, [])
    assert len(set(at_once.values()) - {None}) > ACCOUNTS // 4
    assert run.changed > 0  # peers have moved
