"""Amounts in many currencies → whole cents of the reporting one."""

from datetime import date
from decimal import Decimal

import numpy as np

from accounts.models import AccountHistory, Invoice
from accounts.queries.exchange import Rates
from scoring.core.arrays import Floats, Ints


def currencies_of(rates: Rates) -> list[str]:
    """Every currency with a rate, the reporting one first; queries tell them by their place."""
    return [rates.reporting, *rates.by_currency]


def in_reporting(amounts: Floats, currencies: Floats, rates: Rates, day: date) -> Ints:
    """Amounts in cents → whole cents of the reporting currency, rounded half to even. Raises UnknownRate."""
    found, names = np.rint(amounts).astype(np.int64), currencies_of(rates)
    for code in set(currencies[currencies != 0].tolist()):
        name = names[int(code)] if code >= 0 else one_without_rate(names)
        # Exact fractions, for the accounts that pay in another currency.
        numerator, denominator = rates.in_reporting(Decimal(1), name, day).as_integer_ratio()
        rows = np.flatnonzero(currencies == code)
        found[rows] = [divided(cents * numerator, denominator) for cents in found[rows].tolist()]
    return found


def one_without_rate(known: list[str]) -> str:
    """A currency in use that is not among those with a rate: for the message."""
    for model in (AccountHistory, Invoice):
        found = model._default_manager.exclude(currency__in=known).values_list("currency", flat=True).first()
        if found:
            return str(found)
    return "a currency"


def divided(number: int, by: int) -> int:
    """The quotient, rounded half to even as money is."""
    whole, rest = divmod(number, by)
    return whole + (2 * rest > by or (2 * rest == by and whole % 2 == 1))
