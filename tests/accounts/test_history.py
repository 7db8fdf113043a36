from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.models import Account, AccountHistory, ChurnEvent, Contract, ExchangeRate, Segment
from accounts.operations.history import derive_from_contracts, settle_due
from tests.conftest import NOW


@pytest.fixture
def derived(make_account) -> Account:
    """An account whose figures come from its contracts."""
    return make_account("Derived", is_arr_from_contracts=True, arr=Decimal(0))


@pytest.fixture
def contract(source):
    def sign(
        account: Account, external_id: str, starts_on: date, ends_on: date | None = None, **fields: object
    ) -> Contract:
        values = {"arr": Decimal(1_000), "currency": "USD", "source": source, "recorded_at": NOW, **fields}
        return Contract.objects.create(
            account=account, external_id=external_id, starts_on=starts_on, ends_on=ends_on, **values
        )

    return sign


@pytest.fixture
def churn(source):
    def leave(account: Account, day: date, *, is_reactivation: bool = False) -> ChurnEvent:
        return ChurnEvent.objects.create(
            account=account,
            churned_on=day,
            is_reactivation=is_reactivation,
            reason_code="price",
            source=source,
            external_id=f"{account.name} {day}",
            recorded_at=NOW,
        )

    return leave


def rows(account: Account, *columns: str) -> list[tuple[object, ...]]:
    return list(account.history.order_by("valid_from").values_list("valid_from", *columns))


def derive(account: Account) -> list[str]:
    return derive_from_contracts(account_ids=[account.pk], at=NOW)


def test_arr_is_the_sum_of_the_open_contracts_at_every_date_on_which_they_change(derived, contract):
    contract(derived, "1", date(2024, 1, 1), date(2025, 1, 1), arr=Decimal(1_000))
    contract(derived, "2", date(2024, 7, 1), arr=Decimal(500))
    assert derive(derived) == []
    assert rows(derived, "arr") == [
        (date(2024, 1, 1), Decimal(1_000)),
        (date(2024, 7, 1), Decimal(1_500)),
        (date(2025, 1, 1), Decimal(500)),
    ]
    derived.refresh_from_db()
    assert derived.arr == 500


def test_deriving_again_changes_nothing(derived, contract):
    contract(derived, "1", date(2024, 1, 1), date(2025, 1, 1))
    derive(derived)
    once = sorted(AccountHistory.objects.values_list())
    derive(derived)
    assert sorted(AccountHistory.objects.values_list()) == once


def test_today_is_not_yet_what_contracts_say_of_tomorrow(derived, contract):
    contract(derived, "1", date(2024, 1, 1), date(2026, 7, 1))
    derive(derived)
    derived.refresh_from_db()
    assert derived.arr == 1_000
    assert rows(derived, "arr")[-1] == (date(2026, 7, 1), Decimal(0))


def test_the_renewal_date_is_the_earliest_end_or_renewal_that_lies_ahead(derived, contract):
    contract(derived, "1", date(2024, 1, 1), date(2025, 1, 1))
    contract(derived, "2", date(2024, 1, 1), renews_on=date(2024, 6, 1))
    derive(derived)
    assert rows(derived, "renewal_date") == [
        (date(2024, 1, 1), date(2024, 6, 1)),
        (date(2024, 6, 1), date(2025, 1, 1)),
        (date(2025, 1, 1), None),
    ]


def test_seats_are_the_contracts_where_they_state_any_and_else_the_accounts(derived, contract):
    first = contract(derived, "1", date(2024, 1, 1))
    derive(derived)
    assert rows(derived, "seats") == [(date(2024, 1, 1), 10)]
    first.seats = 7
    first.save()
    contract(derived, "2", date(2024, 2, 1), seats=5)
    derive(derived)
    assert rows(derived, "seats") == [(date(2024, 1, 1), 7), (date(2024, 2, 1), 12)]


def test_contracts_add_no_row_before_the_history_begins(derived, contract):
    contract(derived, "1", date(2022, 1, 1))
    derive(derived)
    assert rows(derived, "arr") == [(date(2024, 1, 1), Decimal(1_000))]


def test_what_contracts_do_not_say_is_carried_forward(derived, contract, smb):
    key = Segment.objects.create(slug="key", name="Key")
    AccountHistory.objects.filter(account=derived).update(segment=key, phase="value")
    contract(derived, "1", date(2024, 3, 1))
    derive(derived)
    assert rows(derived, "segment", "phase") == [
        (date(2024, 1, 1), key.pk, "value"),
        (date(2024, 3, 1), key.pk, "value"),
    ]


def test_a_stated_arr_is_left_alone(acme, contract):
    contract(acme, "1", date(2024, 3, 1))
    derive(acme)
    assert rows(acme, "arr") == [(date(2024, 1, 1), Decimal(12_000))]


def test_one_foreign_currency_becomes_the_accounts(derived, contract):
    contract(derived, "1", date(2024, 1, 1), currency="EUR")
    derive(derived)
    assert rows(derived, "arr", "currency") == [(date(2024, 1, 1), Decimal(1_000), "EUR")]


def test_mixed_currencies_are_converted_at_the_rate_of_the_date(derived, contract, organization):
    ExchangeRate.objects.create(currency="EUR", valid_from=date(2023, 1, 1), rate=Decimal("1.10"))
    ExchangeRate.objects.create(currency="EUR", valid_from=date(2024, 6, 1), rate=Decimal("1.25"))
    contract(derived, "1", date(2024, 1, 1), currency="EUR")
    contract(derived, "2", date(2024, 7, 1), currency="USD", arr=Decimal(100))
    assert derive(derived) == []
    assert rows(derived, "arr", "currency") == [
        (date(2024, 1, 1), Decimal(1_100), "USD"),
        (date(2024, 7, 1), Decimal(1_350), "USD"),
    ]


def test_a_contract_without_a_rate_is_left_out_and_said_so(derived, contract, organization):
    contract(derived, "1", date(2024, 1, 1), currency="CHF")
    contract(derived, "2", date(2024, 1, 1), currency="USD", arr=Decimal(100))
    assert derive(derived) == ["no exchange rate from CHF to USD: such contracts are left out of the account's ARR"]
    assert rows(derived, "arr") == [(date(2024, 1, 1), Decimal(100))]


def test_churn_counts_where_no_contract_is_open_on_its_day(derived, contract, churn):
    contract(derived, "1", date(2024, 1, 1), date(2025, 1, 1))
    churn(derived, date(2024, 6, 1))
    churn(derived, date(2025, 1, 1))
    derive(derived)
    assert rows(derived, "status", "arr") == [
        (date(2024, 1, 1), "active", Decimal(1_000)),
        (date(2025, 1, 1), "churned", Decimal(0)),
    ]
    derived.refresh_from_db()
    assert derived.status == "churned"


def test_a_new_contract_brings_a_churned_account_back(derived, contract, churn):
    contract(derived, "1", date(2024, 1, 1), date(2025, 1, 1))
    churn(derived, date(2025, 2, 1))
    derive(derived)
    contract(derived, "2", date(2025, 6, 1))
    derive(derived)
    assert rows(derived, "status") == [
        (date(2024, 1, 1), "active"),
        (date(2025, 1, 1), "active"),
        (date(2025, 2, 1), "churned"),
        (date(2025, 6, 1), "active"),
    ]


def test_churn_that_came_before_its_contracts_no_longer_stands_when_they_come(derived, contract, churn):
    churn(derived, date(2024, 6, 1))
    derive(derived)
    assert rows(derived, "status")[-1] == (date(2024, 6, 1), "churned")
    contract(derived, "1", date(2024, 1, 1))
    derive(derived)
    assert rows(derived, "status") == [(date(2024, 1, 1), "active"), (date(2024, 6, 1), "active")]


def test_a_reactivation_brings_an_account_without_contracts_back(acme, churn):
    churn(acme, date(2025, 1, 1))
    churn(acme, date(2025, 3, 1), is_reactivation=True)
    derive(acme)
    assert rows(acme, "status", "arr") == [
        (date(2024, 1, 1), "active", Decimal(12_000)),
        (date(2025, 1, 1), "churned", Decimal(12_000)),
        (date(2025, 3, 1), "active", Decimal(12_000)),
    ]


def test_churn_before_the_history_begins_says_nothing(acme, churn):
    churn(acme, date(2023, 1, 1))
    derive(acme)
    assert rows(acme, "status") == [(date(2024, 1, 1), "active")]


def test_many_accounts_take_the_queries_of_one(make_account, contract, django_assert_max_num_queries):
    accounts = [make_account(f"A{n}", is_arr_from_contracts=True) for n in range(20)]
    for account in accounts:
        contract(account, account.name, date(2024, 2, 1))
    # On PostgreSQL a write in bulk takes four statements, on SQLite one.
    with django_assert_max_num_queries(20):
        derive_from_contracts(account_ids=[account.pk for account in accounts], at=NOW)
    assert AccountHistory.objects.count() == 40


def test_a_change_dated_ahead_comes_into_force_on_its_day(acme):
    AccountHistory.objects.create(
        account=acme, valid_from=date(2026, 7, 2), recorded_at=NOW, phase="renewal", status="active", arr=1,
        currency="USD", segment=acme.segment, owner=acme.owner, seats=10,
    )  # fmt: skip
    assert settle_due(at=datetime(2026, 7, 1, 12, tzinfo=UTC)) == set()
    assert settle_due(at=datetime(2026, 7, 2, 12, tzinfo=UTC)) == {acme.pk}
    acme.refresh_from_db()
    assert (acme.phase, acme.arr) == ("renewal", 1)
