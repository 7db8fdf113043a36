"""What contracts and the dated history of an account say about terms and size → arrays. Read only for a card that asks.

Shapes: R rows, of contracts or of history.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db.models import Case, F, IntegerField, Q, QuerySet, When

from accounts.models import AccountHistory, Contract
from scoring.core import recency
from scoring.core.arrays import Floats, Ints, divide
from scoring.core.groups import is_last_of
from scoring.extract.attributes import Attributes
from scoring.extract.plans import Named
from scoring.extract.scope import Scope

PAYING_WINDOW = 90


@dataclass(frozen=True)
class Terms:
    scope: Scope
    attributes: Attributes

    @cached_property
    def contracts(self) -> tuple[Ints, Floats, Floats]:
        """Open contracts, the newest of an account last: (place, agreed months, 1 or 0 for upsell terms)."""
        places, months, upsell = self.scope.read(
            Named("contracts in force", self.open_contracts), "term_months", "upsell"
        )
        return places, months, upsell

    def open_contracts(self) -> QuerySet[Contract]:
        is_open = Q(starts_on__lte=self.scope.seen) & (Q(ends_on=None) | Q(ends_on__gt=self.scope.as_of))
        upsell = Case(
            When(has_upsell_terms=True, then=1), When(has_upsell_terms=False, then=0), output_field=IntegerField()
        )
        return Contract.objects.filter(is_open).annotate(upsell=upsell).order_by("account_id", "starts_on", "pk")

    def term_months(self) -> Floats:
        """The months for which the open contract was agreed that began last and states them.

        Source: our own, after "term" among what a contract says. Not from its end, which moves when the customer
        leaves: a past day would tell the future.
        """
        places, months, _ = self.contracts
        stated = ~np.isnan(months)
        return self.scope.spread(places[stated], months[stated])

    def upsell_share(self) -> Floats:
        """Open contracts that state the terms of buying more ÷ those that say whether they do.

        Source: our own, after "upsell terms" among what a contract says.
        """
        places, _, upsell = self.contracts
        says = ~np.isnan(upsell)
        stated = np.bincount(places[says], weights=upsell[says], minlength=self.scope.size)
        return divide(stated, np.bincount(places[says], minlength=self.scope.size))

    @cached_property
    def history(self) -> tuple[Ints, Floats, Floats, Floats, Floats]:
        """What accounts were, oldest first per account: (place, from, renewal date, seats, cents of ARR)."""
        told = Named("terms over time", self.states)
        days = ("valid_from", "renewal_date")
        places, since, renewal, seats, cents = self.scope.read(
            told, "valid_from", "renewal_date", "seats", "cents", days=days
        )
        return places, since, renewal, seats, cents

    def states(self) -> QuerySet[AccountHistory]:
        rows = AccountHistory.objects.filter(valid_from__lte=self.scope.seen).annotate(cents=F("arr") * 100)
        return rows.order_by("account_id", "valid_from")

    def newest(self, *, until: int) -> Ints:
        """The row of each account that says what it was at the end of a day."""
        places, since, *_ = self.history
        rows = np.flatnonzero(since <= until)
        return rows[is_last_of(places[rows])]

    def days_to_renewal(self) -> Floats:
        """Days to the renewal date; 0 once it has passed. Source: our own, after "renewal date" of a contract."""
        places, _, renewals, *_ = self.history
        rows = self.newest(until=self.scope.seen.toordinal())
        renewal = self.scope.spread(places[rows], renewals[rows])
        return np.maximum(renewal - self.scope.as_of.toordinal(), 0.0)

    def seats_change(self) -> Floats:
        """Licensed seats ÷ those of a year before; unknown in the first year, and without seats on either day.

        Source: our own, beside `arr_change`: an account grows in people before it grows in money.
        """
        year_before = int(recency.add_months(np.array([float(self.scope.as_of.toordinal())]), -12)[0])
        places, _, _, seats, _ = self.history
        rows = self.newest(until=min(year_before, self.scope.seen.toordinal()))
        return divide(self.attributes.seats, self.scope.spread(places[rows], seats[rows]))

    def paying_share(self) -> Floats:
        """Days on which the account's ARR was over zero ÷ its days, of 90 days.

        Source: our own: a free account stands at 0 and climbs from the day on which it starts to pay.
        """
        places, since, _, _, cents = self.history
        first, last = float(self.scope.first_day(window_days=PAYING_WINDOW).toordinal()), self.scope.as_of.toordinal()
        until = np.where(is_last_of(places), last + 1.0, np.append(since[1:], 0.0))
        began = np.maximum(np.maximum(since, first), self.attributes.started[places])
        days = np.maximum(until - began, 0.0)
        paid = np.bincount(places, weights=days * (cents > 0), minlength=self.scope.size)
        return divide(paid, np.bincount(places, weights=days, minlength=self.scope.size))
