from datetime import date
from decimal import Decimal

import pytest

from accounts.ingest.intake import take_in
from accounts.ingest.outcome import Outcome
from accounts.ingest.records import AccountRecord, ContractRecord
from accounts.models import Account, AccountHistory, ExchangeRate, Segment
from tests.conftest import NOW

START = date(2024, 1, 1)
LATER = date(2025, 1, 1)
LATEST = date(2026, 1, 1)


@pytest.fixture
def bring(source, smb, csm):
    def brought(*records: AccountRecord) -> Outcome:
        return take_in(kind="accounts", records=records, source=source, at=NOW, by=None)

    return brought


def account(valid_from: date | None = None, **stated: object) -> AccountRecord:
    values = {"external_id": "a1", "name": "Acme", "started_on": START, "arr": Decimal(100), **stated}
    return AccountRecord(valid_from=valid_from, **values)


def rows(*columns: str) -> list[tuple[object, ...]]:
    found = AccountHistory.objects.filter(account__external_id="a1").order_by("valid_from")
    return list(found.values_list("valid_from", *columns))


def test_a_record_is_an_account_and_its_history_from_the_start(bring, smb, csm):
    bring(account(segment="smb", owner_email="MAYA@kestrel.example", seats=5, industry="EdTech", renewal_date=LATEST))
    found = Account.objects.get()
    assert (found.name, found.industry, found.segment, found.owner) == ("Acme", "EdTech", smb, csm)
    assert (found.arr, found.currency, found.seats, found.renewal_date) == (100, "USD", 5, LATEST)
    assert (found.phase, found.status, found.is_arr_from_contracts) == ("onboarding", "active", False)
    assert rows("segment", "owner", "arr", "phase") == [(START, smb.pk, csm.pk, Decimal(100), "onboarding")]


def test_what_a_later_record_leaves_unsaid_is_carried_forward(bring, smb):
    bring(account(segment="smb", seats=5), account(LATER, arr=None, phase="value"))
    assert rows("segment", "seats", "arr", "phase") == [
        (START, smb.pk, 5, Decimal(100), "onboarding"),
        (LATER, smb.pk, 5, Decimal(100), "value"),
    ]
    found = Account.objects.get()
    assert (found.phase, found.seats, found.is_arr_from_contracts) == ("value", 5, False)


def test_the_order_of_the_rows_in_the_file_does_not_matter(bring, csm, other_csm):
    records = [
        account(LATEST, owner_email=csm.email),
        account(owner_email=csm.email, seats=5),
        account(LATER, owner_email=other_csm.email),
    ]
    assert bring(*records).created == 1
    expected = [(START, csm.pk, 5), (LATER, other_csm.pk, 5), (LATEST, csm.pk, 5)]
    assert rows("owner", "seats") == expected
    again = bring(*reversed(records))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 3)
    assert rows("owner", "seats") == expected


def test_a_record_of_the_same_day_amends_its_row_and_those_that_had_carried_it(bring):
    bring(account(seats=5), account(LATER, phase="value"), account(LATEST, seats=9))
    assert bring(account(seats=6)).changed == 1
    assert rows("seats", "phase") == [(START, 6, "onboarding"), (LATER, 6, "value"), (LATEST, 9, "value")]


def test_a_record_between_two_rows_leaves_the_later_one(bring):
    bring(account(seats=5), account(LATEST, seats=5))
    bring(account(LATER, seats=7))
    assert rows("seats") == [(START, 5), (LATER, 7), (LATEST, 5)]


def test_the_name_is_the_newest_records(bring):
    bring(account(), account(LATER, name="Acme Group"))
    assert Account.objects.get().name == "Acme Group"
    assert bring(account(), account(LATER, name="Acme Group")).unchanged == 2
    assert Account.objects.get().name == "Acme Group"


def test_today_is_not_yet_what_a_record_says_of_tomorrow(bring):
    outcome = bring(account(), account(date(2026, 7, 1), status="churned"))
    assert Account.objects.get().status == "active"
    assert outcome.warnings.first_lines == {"in the future": [2]}


@pytest.mark.parametrize(
    ("stated", "column", "reason"),
    [
        ({"segment": "giant"}, "segment", "no segment 'giant'; there are smb"),
        ({"name": ""}, "name", "missing"),
        ({"name": "n" * 201}, "name", "longer than 200 characters"),
        ({"arr": Decimal(-1)}, "arr", "-1 is negative"),
        ({"arr": Decimal(10) ** 12}, "arr", "1000000000000 has more than 12 digits before the point"),
        ({"currency": "dollars"}, "currency", "'dollars': A currency is three capital letters, such as USD."),
        ({"phase": "bored"}, "phase", "'bored' is none of adoption, expansion, onboarding, renewal, value"),
        ({"seats": -1}, "seats", "-1 is not between 0 and 2147483647"),
        ({"parent": "a1"}, "parent", "an account is not its own parent"),
    ],
)
def test_what_cannot_be_is_refused_by_its_column(bring, stated, column, reason):
    (refusal,) = bring(account(**stated)).refusals
    assert (refusal.column, refusal.reason) == (column, reason)
    assert not Account.objects.exists()


def test_an_owner_who_is_no_user_is_a_warning_and_stays_empty(bring):
    outcome = bring(account(owner_email="ghost@kestrel.example"))
    assert outcome.warnings.counts == {"the owner is no user": 1}
    assert Account.objects.get().owner is None


def test_a_currency_without_a_rate_is_a_warning(bring):
    assert [sentence.partition(":")[0] for sentence in bring(account(currency="CHF")).warnings.counts] == [
        "no exchange rate for CHF"
    ]
    ExchangeRate.objects.create(currency="CHF", valid_from=LATEST, rate=1)
    assert not bring(account(currency="CHF", seats=7)).warnings.counts


def test_a_day_out_of_range_is_refused_by_the_column_that_states_it(bring):
    outcome = bring(account(started_on=date.min), account(date.max))
    assert [refusal.column for refusal in outcome.refusals] == ["started_on", "valid_from"]


def test_a_parent_may_stand_below_its_child(bring):
    records = [account(parent="a2"), account(external_id="a2", name="Group")]
    assert bring(*records).created == 2
    assert Account.objects.get(external_id="a1").parent.name == "Group"
    assert bring(*records).unchanged == 2


def test_an_unknown_parent_is_a_warning(bring):
    outcome = bring(account(parent="a9"))
    assert outcome.warnings.first_lines == {"the parent is no account": [1]}
    assert Account.objects.get().parent is None


def test_an_unstated_arr_comes_from_the_contracts_and_survives_the_account_file(bring, source):
    record = account(arr=None, seats=5)
    bring(record)
    contracts = [
        ContractRecord(external_id="c1", account="a1", starts_on=START, arr=Decimal(60), seats=2, ends_on=LATEST),
        ContractRecord(external_id="c2", account="a1", starts_on=LATER, arr=Decimal(40), seats=3),
    ]
    take_in(kind="contracts", records=contracts, source=source, at=NOW, by=None)
    expected = [(START, Decimal(60), 2, LATEST), (LATER, Decimal(100), 5, LATEST), (LATEST, Decimal(40), 3, None)]
    assert rows("arr", "seats", "renewal_date") == expected
    assert bring(record).unchanged == 1
    assert rows("arr", "seats", "renewal_date") == expected
    assert Account.objects.get().is_arr_from_contracts


def test_a_new_owner_holds_on_the_rows_that_contracts_added_later(bring, source, csm, other_csm):
    bring(account(arr=None, owner_email=csm.email))
    contract = ContractRecord(external_id="c1", account="a1", starts_on=LATEST, arr=Decimal(60))
    take_in(kind="contracts", records=[contract], source=source, at=NOW, by=None)
    bring(account(LATER, arr=None, owner_email=other_csm.email))
    assert rows("owner") == [(START, csm.pk), (LATER, other_csm.pk), (LATEST, other_csm.pk)]
    assert Account.objects.get().owner == other_csm


def test_a_contract_that_moves_leaves_the_arr_of_the_account_that_it_left(bring, source):
    bring(account(arr=None), account(external_id="a2", arr=None))
    for owner in ("a1", "a2"):
        contract = ContractRecord(external_id="c1", account=owner, starts_on=START, arr=Decimal(60))
        take_in(kind="contracts", records=[contract], source=source, at=NOW, by=None)
    assert dict(Account.objects.values_list("external_id", "arr")) == {"a1": Decimal(0), "a2": Decimal(60)}


def test_many_accounts_take_few_queries(bring, django_assert_max_num_queries):
    records = [account(external_id=f"a{n}") for n in range(300)]
    with django_assert_max_num_queries(60):
        bring(*records)
    assert Account.objects.count() == 300
    assert Segment.objects.count() == 1
