"""Money from one currency to another, at the rates that CS operations entered."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from accounts.models import ExchangeRate, Organization

DEFAULT_CURRENCY = "USD"


class UnknownRate(LookupError):
    """A currency without a rate: CS operations must enter one."""


@dataclass(slots=True)
class Rates:
    """What one unit of each currency is worth in the reporting currency, by day."""

    reporting: str
    by_currency: dict[str, list[tuple[date, Decimal]]]
    missing: set[tuple[str, str]] = field(default_factory=set)

    def convert(self, amount: Decimal, given: str, wanted: str, day: date) -> Decimal:
        """The amount in the wanted currency; nothing, and noted as missing, where a rate is not known."""
        if given == wanted:
            return amount
        from_rate, to_rate = self.rate(given, day), self.rate(wanted, day)
        if from_rate is None or to_rate is None:
            self.missing.add((given, wanted))
            return Decimal(0)
        return amount * from_rate / to_rate

    def in_reporting(self, amount: Decimal, given: str, day: date) -> Decimal:
        """The amount in the reporting currency. Raises UnknownRate."""
        rate = self.rate(given, day)
        if rate is None:
            raise UnknownRate(f"No exchange rate for {given}. Enter one in the back office, under Exchange rates.")
        return amount * rate

    def rate(self, currency: str, day: date) -> Decimal | None:
        """The rate in force on the day; before the first one, that first one: an old figure beats none."""
        if currency == self.reporting:
            return Decimal(1)
        dated = self.by_currency.get(currency, [])
        at = bisect_right(dated, day, key=lambda pair: pair[0])
        return dated[max(at - 1, 0)][1] if dated else None

    def missing_sentences(self) -> list[str]:
        """One sentence for each pair of currencies that could not be converted."""
        return [
            f"no exchange rate from {given} to {wanted}: such contracts are left out of the account's ARR"
            for given, wanted in sorted(self.missing)
        ]

    def unknown_sentences(self, currencies: Iterable[str]) -> list[str]:
        """One sentence for each currency that has no rate at all."""
        known = {self.reporting, *self.by_currency}
        return [
            f"no exchange rate for {currency}: enter one in the back office, without it no day can be scored"
            for currency in sorted(set(currencies) - known)
        ]


def reporting_currency() -> str:
    """The organization's currency, USD until it is set."""
    return Organization.objects.values_list("reporting_currency", flat=True).first() or DEFAULT_CURRENCY


def load_rates() -> Rates:
    by_currency: dict[str, list[tuple[date, Decimal]]] = {}
    rows = ExchangeRate.objects.order_by("valid_from").values_list("currency", "valid_from", "rate")
    for currency, valid_from, rate in rows:
        by_currency.setdefault(currency, []).append((valid_from, rate))
    return Rates(reporting=reporting_currency(), by_currency=by_currency)
