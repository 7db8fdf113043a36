"""Invoices that are open, and payments that failed → arrays. Read only for a card that asks."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet, Sum

from accounts.models import Invoice
from accounts.queries.exchange import Rates, load_rates
from scoring.core.arrays import Floats, Ints, divide, filled
from scoring.extract.attributes import Attributes
from scoring.extract.money import currencies_of, in_reporting
from scoring.extract.plans import Named
from scoring.extract.scope import RECORDED_WITHIN_DAYS, Scope
from scoring.extract.shared import shared
from scoring.extract.words import place_in

FAILED_WINDOW = 180


@dataclass(frozen=True)
class Payments:
    scope: Scope
    attributes: Attributes

    @cached_property
    def rates(self) -> Rates:
        return shared("rates", load_rates)

    @cached_property
    def invoices(self) -> tuple[Ints, Floats, Floats, Floats]:
        """(account's place, currency, cents unpaid, payments that failed in 180 days)."""
        rows = Named(("open invoices", *currencies_of(self.rates)), self.open_or_failed)
        places, codes, owed, failed = self.scope.read(rows, "code", "owed", "failed")
        return places, codes, filled(owed, 0.0), filled(failed, 0.0)

    def open_or_failed(self) -> QuerySet[Any]:
        seen = self.scope.seen
        unpaid, failed = Q(paid_on=None) | Q(paid_on__gt=seen), self.failed_within(FAILED_WINDOW)
        rows = Invoice.objects.filter(unpaid | failed, issued_on__lte=seen)
        coded = rows.annotate(code=place_in("currency", currencies_of(self.rates))).values("account_id", "code")
        return coded.annotate(
            owed=Sum("amount", filter=unpaid) * 100, failed=Sum("failed_payments", filter=failed)
        ).order_by()

    def failed_within(self, days: int) -> Q:
        """A payment failed in the window; one of which nobody says when, on the day on which it was due."""
        window = (self.scope.first_day(window_days=days), self.scope.seen)
        when = Q(failed_on__range=window) | Q(failed_on=None, due_on__range=window)
        return Q(failed_payments__gt=0) & when

    def balance_share(self) -> Floats:
        """Amount invoiced and not paid, due or not ÷ ARR, both in the reporting currency.

        Source: our own, after "balance outstanding"; `overdue_share` is the part of it that is late.
        """
        if not self.scope.is_recorded(Invoice, day="issued_on"):
            return self.scope.unknown()
        places, currencies, owed, _ = self.invoices
        amounts = in_reporting(owed, currencies, self.rates, self.scope.as_of)
        total = np.bincount(places, weights=amounts, minlength=self.scope.size)
        return divide(total, self.attributes.arr_cents)

    def failed_payments(self) -> Floats:
        """Payments that failed in 180 days, as the invoices count them.

        Source: our own. Where nobody recorded a failed payment for a year, nobody notes them. An invoice is counted
        with all its failed payments on the day of the last one, or where nobody says when, on its due day.
        """
        failed = self.failed_within(RECORDED_WITHIN_DAYS)
        if not self.scope.is_any("failed payments", lambda: Invoice.objects.filter(failed)):
            return self.scope.unknown()
        places, _, _, counts = self.invoices
        return np.bincount(places, weights=counts, minlength=self.scope.size).astype(np.float64)
