"""Invoices and contracts → arrays."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

import numpy as np
from django.db.models import Min, Q, Sum

from accounts.models import AccountHistory, BusinessEvent, BusinessEventKind, Contract, Invoice, RenewalPosture
from accounts.queries.exchange import load_rates
from scoring.core import recency
from scoring.core.arrays import Floats, divide
from scoring.extract.attributes import Attributes, cents
from scoring.extract.scope import Scope

POSTURES = {posture: float(place) for place, posture in enumerate(RenewalPosture.values)}


@dataclass(frozen=True)
class Billing:
    scope: Scope
    attributes: Attributes

    @cached_property
    def is_recorded(self) -> bool:
        return self.scope.is_recorded(Invoice, day="issued_on")

    @cached_property
    def overdue(self) -> list[tuple[int, str, date, Decimal]]:
        """(account, currency, oldest due date, amount) of what was late at the end of the day."""
        day = self.scope.as_of
        late = Q(issued_on__lte=day, due_on__lt=day) & (Q(paid_on=None) | Q(paid_on__gt=day))
        return list(
            self.scope.rows(Invoice.objects.filter(late))
            .values("account_id", "currency")
            .annotate(oldest=Min("due_on"), owed=Sum("amount"))
            .order_by("account_id", "-oldest")
            .values_list("account_id", "currency", "oldest", "owed")
        )

    def days_overdue(self) -> Floats:
        """Days by which the oldest unpaid invoice is late; 0 where none is."""
        if not self.is_recorded:
            return np.full(self.scope.size, np.nan)
        # Ordered so that an account's oldest row, over all its currencies, comes last and counts.
        oldest = self.scope.dates(self.overdue, field=2)
        return np.nan_to_num(recency.days_between(oldest, self.scope.as_of.toordinal()), nan=0.0)

    def overdue_share(self) -> Floats:
        """Overdue amount ÷ ARR, both in the reporting currency."""
        if not self.is_recorded:
            return np.full(self.scope.size, np.nan)
        rates = load_rates()
        owed: dict[int, int] = {}
        for account, currency, _, amount in self.overdue:
            owed[account] = owed.get(account, 0) + cents(rates.in_reporting(amount, currency, self.scope.as_of))
        return divide(self.scope.column(list(owed.items()), empty=0.0), self.attributes.arr_cents)

    def arr_change(self) -> Floats:
        """ARR ÷ ARR a year before; unknown before an account's first year is over, and where it paid nothing."""
        year_before = recency.add_months(np.array([float(self.scope.as_of.toordinal())]), -12)[0]
        day = date.fromordinal(int(year_before))
        rows = self.scope.rows(AccountHistory.objects.filter(valid_from__lte=day)).order_by("account_id", "valid_from")
        rates = load_rates()
        then = self.scope.column(
            [
                (account, cents(rates.in_reporting(arr, currency, self.scope.as_of)))
                for account, arr, currency in rows.values_list("account_id", "arr", "currency")
            ]
        )
        return divide(self.attributes.arr_cents, then)

    def renewal_posture(self) -> Floats:
        """The posture of the open contract, as its place from opted out (0) to renewed early (4)."""
        day = self.scope.as_of
        is_open = Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gt=day)) & ~Q(posture="")
        rows = self.scope.rows(Contract.objects.filter(is_open)).order_by("account_id", "starts_on", "pk")
        stated = self.scope.column([(a, POSTURES[p]) for a, p in rows.values_list("account_id", "posture")])
        given = self.scope.rows(
            BusinessEvent.objects.filter(kind=BusinessEventKind.OPT_OUT, occurred_on__lte=day).filter(
                Q(ended_on=None) | Q(ended_on__gt=day)
            )
        )
        opted_out = self.scope.column([(a, 1.0) for a in given.values_list("account_id", flat=True)], empty=0.0)
        return np.where(opted_out > 0, POSTURES[RenewalPosture.OPTED_OUT], stated)
