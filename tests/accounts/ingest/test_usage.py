from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts import rollups
from accounts.ingest.intake import take_in
from accounts.ingest.outcome import Outcome
from accounts.ingest.records import UsageRecord
from accounts.models import AccountDay, Contract, Feature, KnownDay, UsageRow, UserDay
from tests.conftest import NOW, TODAY

DAY = date(2025, 3, 1)
RECORD = UsageRecord(external_id="u1", account="acme", user_key="kim", feature="Reports", day=DAY, events=3)


@pytest.fixture
def bring(source):
    def brought(*records: UsageRecord) -> Outcome:
        return take_in(kind="usage", records=records, source=source, at=NOW, by=None)

    return brought


@pytest.fixture
def contract(acme, source) -> Contract:
    return Contract.objects.create(
        source=source,
        external_id="s1",
        account=acme,
        starts_on=date(2025, 1, 1),
        ends_on=date(2025, 7, 1),
        arr=Decimal(1),
        currency="USD",
        recorded_at=NOW,
    )


def test_usage_becomes_rows_and_days(acme, source, bring):
    outcome = bring(RECORD, replace(RECORD, external_id="u2", user_key="lee", seconds=60, errors=1))
    assert (outcome.created, outcome.touched_accounts, outcome.touched_days) == (2, {acme.pk}, {DAY})
    assert sorted(UsageRow.objects.values_list("external_id", "user_key", "feature__slug", "events", "seconds")) == [
        ("u1", "kim", "reports", 3, None),
        ("u2", "lee", "reports", 3, 60),
    ]
    assert (AccountDay.objects.get().users, AccountDay.objects.get().events) == (2, 6)
    assert list(KnownDay.objects.values_list("source", "day", "has_users")) == [(source.pk, DAY, True)]


def test_page_loads_add_up_to_the_day(acme, bring):
    loads = {"loads": 10, "failed_loads": 1, "load_ms": 9_000}
    assert bring(replace(RECORD, **loads), replace(RECORD, external_id="u2", **loads)).created == 2
    day = AccountDay.objects.get()
    assert (day.loads, day.failed_loads, day.load_ms) == (20, 2, 18_000)
    assert bring(replace(RECORD, **loads)).unchanged == 1
    assert (
        bring(replace(RECORD, **{**loads, "load_ms": 1})).refusals[0].reason == "the same id again with other content"
    )


def test_features_are_made_as_they_are_named(acme, bring):
    bring(RECORD, replace(RECORD, external_id="u2", feature="Export to PDF"), replace(RECORD, external_id="u3"))
    assert sorted(Feature.objects.values_list("slug", "name")) == [
        ("export-to-pdf", "Export to PDF"),
        ("reports", "Reports"),
    ]


def test_a_row_may_name_its_contract_and_no_user(acme, contract, bring):
    bring(replace(RECORD, account=None, contract="s1", user_key=None))
    row = UsageRow.objects.get()
    assert (row.account_id, row.contract_key, row.user_key) == (acme.pk, "s1", "")
    assert AccountDay.objects.get().users is None
    assert KnownDay.objects.get().has_users is False


@pytest.mark.parametrize(
    ("amended", "column"),
    [
        ({"account": None}, "account"),
        ({"contract": "s2"}, "contract"),
        ({"events": -1}, "events"),
        ({"events": 10_000_001}, "events"),
        ({"seconds": -1}, "seconds"),
        ({"errors": 10_000_001}, "errors"),
        ({"loads": 4}, "loads"),
        ({"loads": -1, "failed_loads": 0, "load_ms": 0}, "loads"),
        ({"loads": 4, "failed_loads": 5, "load_ms": 0}, "failed_loads"),
        ({"loads": 4, "failed_loads": 0, "load_ms": -1}, "load_ms"),
        ({"user_key": "k" * 201}, "user_key"),
        ({"feature": "f" * 81}, "feature"),
        ({"feature": "!!!"}, "feature"),
    ],
)
def test_what_cannot_be_is_refused_by_its_column(acme, bring, amended, column):
    outcome = bring(replace(RECORD, **amended))
    assert [refusal.column for refusal in outcome.refusals] == [column]
    assert not UsageRow.objects.exists()


def test_a_contract_of_another_account_is_refused(make_account, contract, bring):
    make_account("Other")
    outcome = bring(replace(RECORD, account="other", contract="s1"))
    assert outcome.refusals[0].reason == "contract 's1' is not one of account 'other'"


def test_facts_outside_their_time_are_kept_with_a_warning(acme, contract, bring):
    records = [
        replace(RECORD, external_id="1", day=date(2023, 12, 31)),
        replace(RECORD, external_id="2", day=TODAY + timedelta(days=1)),
        replace(RECORD, external_id="3", contract="s1", day=date(2024, 12, 31)),
        replace(RECORD, external_id="4", contract="s1", day=date(2025, 7, 1)),
        replace(RECORD, external_id="5", contract="s1", day=date(2025, 6, 30)),
    ]
    outcome = bring(*records)
    assert outcome.created == 5
    assert outcome.warnings.rows == 4
    assert outcome.warnings.first_lines == {
        "before the account's start": [1],
        "in the future": [2],
        "before its contract's start": [3],
        "after its contract's end": [4],
    }


def test_rollups_that_a_killed_run_left_undone_are_mended_by_the_next(acme, bring, monkeypatch):
    def killed(**days: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rollups, "rebuild_days", killed)
        with pytest.raises(KeyboardInterrupt):
            bring(RECORD)
    assert (UsageRow.objects.count(), UserDay.objects.count()) == (1, 0)
    outcome = bring(RECORD)
    assert (outcome.created, outcome.unchanged) == (0, 1)
    assert UserDay.objects.get().events == 3


def test_a_batch_takes_the_same_few_queries_however_many_rows(acme, bring, django_assert_max_num_queries):
    records = [replace(RECORD, external_id=f"u{n}") for n in range(2_000)]
    # Who was erased, savepoints, lookups, one write, the rollups of one day, the audit entry; on PostgreSQL two locks.
    with django_assert_max_num_queries(35):
        bring(*records)
    assert UsageRow.objects.count() == 2_000
