"""Amounts in other currencies become whole cents exactly, rounded half to even: against fractions."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.queries.exchange import Rates, UnknownRate
from scoring.extract.money import currencies_of, divided, in_reporting
from tests.scoring.conftest import AS_OF

EARLY = date(2020, 1, 1)
RATE = st.decimals(min_value="0.000001", max_value="99999", places=8)
# Up to 90 billion, as far as the database's numbers are whole as floats.
AMOUNTS = st.lists(st.tuples(st.integers(-(10**13), 9 * 10**12), st.sampled_from((0, 1, 2))), max_size=12)


def rates_of(**rates: str | Decimal) -> Rates:
    return Rates("USD", {currency: [(EARLY, Decimal(rate))] for currency, rate in rates.items()})


def converted(cents: list[int], codes: list[int], rates: Rates) -> list[int]:
    amounts, currencies = np.array(cents, dtype=np.float64), np.array(codes, dtype=np.float64)
    found = in_reporting(amounts, currencies, rates, AS_OF).tolist()
    assert (amounts.tolist(), currencies.tolist()) == (cents, codes)
    return found


@given(AMOUNTS, RATE, RATE)
def test_every_amount_is_what_fractions_give(amounts, euro, yen):
    rates = rates_of(EUR=euro, JPY=yen)
    cents, codes = [amount for amount, _ in amounts], [code for _, code in amounts]
    worth = (Fraction(1), Fraction(euro), Fraction(yen))
    assert converted(cents, codes, rates) == [round(amount * worth[code]) for amount, code in amounts]


def test_a_half_goes_to_the_even_cent():
    assert converted([1, 3, 5, -1, -3], [1] * 5, rates_of(EUR="0.5")) == [0, 2, 2, 0, -2]


def test_amounts_in_the_reporting_currency_stay_though_it_has_a_rate_by_mistake():
    rates = rates_of(EUR="2", USD="3")
    assert currencies_of(rates) == ["USD", "EUR", "USD"]
    assert converted([100, 100], [0, 1], rates) == [100, 200]


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**9))
def test_division_rounds_half_to_even_however_large_the_number(number, by):
    assert divided(number, by) == round(Fraction(number, by))


@pytest.mark.django_db
def test_a_currency_without_a_rate_is_named(make_account):
    make_account("Acme", currency="CHF")
    with pytest.raises(UnknownRate, match="No exchange rate for CHF"):
        converted([100], [-1], rates_of(EUR="2"))
