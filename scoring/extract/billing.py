"""Invoices and contracts → arrays."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Count, Min, Q, QuerySet, Sum

from accounts.models import BusinessEvent, BusinessEventKind, Contract, Invoice, RenewalPosture
from accounts.queries.exchange import Rates, load_rates
from scoring.core import recency
from scoring.core.arrays import Floats, Ints, divide, filled
from scoring.extract.attributes import Attributes
from scoring.extract.money import currencies_of, in_reporting
from scoring.extract.plans import Named
from scoring.extract.register import Register
from scoring.extract.scope import Scope
from scoring.extract.shared import shared
from scoring.extract.words import place_in

POSTURES = {posture: float(place) for place, posture in enumerate(RenewalPosture.values)}


@dataclass(frozen=True)
class Billing:
    scope: Scope
    attributes: Attributes
    register: Register

    @cached_property
    def is_recorded(self) -> bool:
        return self.scope.is_recorded(Invoice, day="issued_on")

    @cached_property
    def overdue(self) -> tuple[Ints, Floats, Floats, Floats]:
        """(account's place, currency, oldest due date, cents) of what was late at the end of the day."""
        late = Named(("late invoices", *currencies_of(self.rates)), self.late_invoices)
        places, codes, oldest, owed = self.scope.read(late, "code", "oldest", "owed", days=("oldest",))
        return places, codes, oldest, owed

    def late_invoices(self) -> QuerySet[Any]:
        seen = self.scope.seen
        late = Q(issued_on__lte=seen, due_on__lt=self.scope.as_of) & (Q(paid_on=None) | Q(paid_on__gt=seen))
        rows = Invoice.objects.filter(late).annotate(code=place_in("currency", currencies_of(self.rates)))
        return rows.values("account_id", "code").annotate(oldest=Min("due_on"), owed=Sum("amount") * 100).order_by()

    @cached_property
    def rates(self) -> Rates:
        return shared("rates", load_rates)

    def days_overdue(self) -> Floats:
        """Days by which the oldest unpaid invoice is late; 0 where none is. Source: the scoring contract."""
        if not self.is_recorded:
            return self.scope.unknown()
        places, _, oldest, _ = self.overdue
        due = self.scope.unknown()
        np.fmin.at(due, places, oldest)
        return filled(recency.days_between(due, self.scope.as_of.toordinal()), 0.0)

    def overdue_share(self) -> Floats:
        """Overdue amount ÷ ARR, both in the reporting currency. Source: the scoring contract."""
        if not self.is_recorded:
            return self.scope.unknown()
        places, currencies, _, owed = self.overdue
        amounts = in_reporting(owed, currencies, self.rates, self.scope.as_of)
        total = np.bincount(places, weights=amounts, minlength=self.scope.size)
        return divide(total, self.attributes.arr_cents)

    def arr_change(self) -> Floats:
        """ARR ÷ ARR a year before; unknown before an account's first year is over, and where it paid nothing.

        Source: the scoring contract; for one account what net revenue retention is for all. Both at today's rates.
        """
        year_before = recency.add_months(np.array([float(self.scope.as_of.toordinal())]), -12)[0]
        day = min(date.fromordinal(int(year_before)), self.scope.seen)
        before = self.register.history.on(day)
        amounts = in_reporting(before.cents, before.currencies, self.rates, self.scope.as_of)
        then = self.scope.spread(self.scope.places(before.account_ids)[0], amounts.astype(np.float64))
        return divide(self.attributes.arr_cents, then)

    def renewal_posture(self) -> Floats:
        """The posture of the open contract, as its place from opted out (0) to renewed early (4).

        Source: the scoring contract. Notice that was given goes before what the contract says.
        """
        return self.posture

    def has_posture(self, posture: RenewalPosture) -> Floats:
        """1 where the posture is this one, else 0."""
        return (self.posture == POSTURES[posture]).astype(np.float64)

    @cached_property
    def posture(self) -> Floats:
        stated = self.scope.spread(*self.scope.read(Named("open contracts", self.open_contracts), "place"))
        opted_out = self.scope.grouped(Named("opt-outs", self.opt_outs), empty=0.0, given=Count("pk"))["given"]
        return np.where(opted_out > 0, POSTURES[RenewalPosture.OPTED_OUT], stated)

    def open_contracts(self) -> QuerySet[Contract]:
        day = self.scope.seen
        is_open = Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gt=self.scope.as_of)) & ~Q(posture="")
        rows = Contract.objects.filter(is_open).annotate(place=place_in("posture", RenewalPosture.values))
        return rows.order_by("account_id", "starts_on", "pk")

    def opt_outs(self) -> QuerySet[BusinessEvent]:
        """Notice that was given and not taken back."""
        day = self.scope.seen
        given = BusinessEvent.objects.filter(kind=BusinessEventKind.OPT_OUT, occurred_on__lte=day)
        return given.filter(Q(ended_on=None) | Q(ended_on__gt=day))
