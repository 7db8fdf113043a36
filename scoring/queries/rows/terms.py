"""The invoices, contracts and history behind measures of payment, terms and size."""

from datetime import date, timedelta

import numpy as np
from django.db.models import Q

from accounts.models import AccountHistory, Contract, Invoice
from accounts.queries.exchange import load_rates
from scoring.core import recency
from scoring.extract.payments import FAILED_WINDOW
from scoring.extract.scope import RECORDED_WITHIN_DAYS
from scoring.extract.terms import PAYING_WINDOW
from scoring.queries.rows.asked import ON_THE_DAY, UP_TO_THE_DAY, Asked, Column, Found, Input, Row, ratio, words_of
from scoring.queries.rows.contracts import HISTORY, INVOICES, arr_cents, cents, history, history_row


def balance_share(asked: Asked) -> Found:
    """What was invoiced and not paid at the end of the day, the first due first."""
    unpaid = Q(issued_on__lte=asked.day) & (Q(paid_on=None) | Q(paid_on__gt=asked.day))
    found = Invoice.objects.filter(unpaid, account=asked.account).order_by("due_on", "pk")
    rows = list(found.values_list("number", "issued_on", "due_on", "paid_on", "amount", "currency"))
    rates, currencies = load_rates(), {row[5] for row in rows}
    sums = [cents(rates, sum(row[4] for row in rows if row[5] == one), one, asked.day) for one in currencies]
    arr = arr_cents(asked.state, rates, asked.day)
    value = ratio(sum(sums), arr) if asked.is_recorded(Invoice, day="issued_on") else None
    inputs: tuple[Input, ...] = (
        (f"ARR on the day, {rates.reporting}", None if arr is None else arr / 100, "decimal"),
        (f"Open, {rates.reporting}", sum(sums) / 100, "decimal"),
    )
    return Found(INVOICES, rows, value, f"unpaid, due or not, {ON_THE_DAY}", inputs)


FAILURES: tuple[Column, ...] = (
    ("Number", "text"), ("Counted on", "day"), ("Failed payments", "count"), ("Due", "day"), ("Paid", "day"),
)  # fmt: skip


def failed_within(asked: Asked, days: int) -> Q:
    window = asked.window(days)
    return Q(failed_payments__gt=0) & (Q(failed_on__range=window) | Q(failed_on=None, due_on__range=window))


def failed_payments(asked: Asked) -> Found:
    found = Invoice.objects.filter(failed_within(asked, FAILED_WINDOW), account=asked.account, issued_on__lte=asked.day)
    rows: list[Row] = [
        (one.number, one.failed_on or one.due_on, one.failed_payments, one.due_on, one.paid_on)
        for one in found.order_by("-due_on", "-pk")
    ]
    is_recorded = Invoice.objects.filter(failed_within(asked, RECORDED_WITHIN_DAYS)).exists()
    return Found(FAILURES, rows, sum(row[2] for row in rows) if is_recorded else None, words_of(FAILED_WINDOW))


# Contracts.

AGREED: tuple[Column, ...] = (
    ("From", "day"), ("To", "day"), ("Plan", "text"), ("Agreed months", "count"), ("Upsell terms", "text"),
)  # fmt: skip
SAYS = {True: "Stated", False: "None", None: "Not said"}


def in_force(asked: Asked) -> list[Contract]:
    """Open contracts, the one that began last first."""
    is_open = Q(starts_on__lte=asked.day) & (Q(ends_on=None) | Q(ends_on__gt=asked.day))
    return list(Contract.objects.filter(is_open, account=asked.account).order_by("-starts_on", "-pk"))


def agreed(contract: Contract) -> Row:
    upsell = SAYS[contract.has_upsell_terms]
    return contract.starts_on, contract.ends_on, contract.plan_name, contract.term_months, upsell


def contract_term(asked: Asked) -> Found:
    contracts = in_force(asked)
    stated = [one.term_months for one in contracts if one.term_months is not None]
    return Found(AGREED, [agreed(one) for one in contracts], stated[0] if stated else None, f"open, {ON_THE_DAY}")


def upsell_terms(asked: Asked) -> Found:
    contracts = in_force(asked)
    said = [one.has_upsell_terms for one in contracts if one.has_upsell_terms is not None]
    return Found(AGREED, [agreed(one) for one in contracts], ratio(sum(said), len(said)), f"open, {ON_THE_DAY}")


# What the account was.


def days_to_renewal(asked: Asked) -> Found:
    state = asked.state
    renewal = state.renewal_date if state else None
    rows = [history_row(state)] if state else []
    inputs: tuple[Input, ...] = (("Renewal date", renewal, "day"),)
    value = None if renewal is None else max((renewal - asked.day).days, 0)
    return Found(HISTORY, rows, value, ON_THE_DAY, inputs)


def seats_change(asked: Asked) -> Found:
    """The row of the day and the one of a year before."""
    year_before = recency.add_months(np.array([float(asked.day.toordinal())]), -12)[0]
    then = asked.state_on(date.fromordinal(int(year_before)))
    value = ratio(asked.seats, then.seats if then else None)
    rows = [history_row(state) for state in (asked.state, then) if state is not None]
    return Found(HISTORY, rows, value, "the day and a year before")


def paying_share(asked: Asked) -> Found:
    first, last = asked.window_of_use(PAYING_WINDOW)
    told = history(asked)
    paid = sum(arr_of(told, first + timedelta(days=n)) > 0 for n in range((last - first).days + 1))
    inputs: tuple[Input, ...] = (("Days paid for", paid, "count"), ("Days", (last - first).days + 1, "count"))
    rows = [history_row(state) for state in told]
    return Found(HISTORY, rows, ratio(paid, (last - first).days + 1), words_of(PAYING_WINDOW), inputs)


def arr_of(told: list[AccountHistory], day: date) -> float:
    """The ARR on a day, from rows of which the newest stands first."""
    return next((float(state.arr) for state in told if state.valid_from <= day), 0.0)


def tenure_months(asked: Asked) -> Found:
    months = recency.whole_months_between(
        np.array([float(asked.account.started_on.toordinal())]), asked.day.toordinal()
    )
    inputs: tuple[Input, ...] = (("Start", asked.account.started_on, "day"),)
    rows = [history_row(state) for state in history(asked)[-1:]]
    return Found(HISTORY, rows, int(months[0]), UP_TO_THE_DAY, inputs)
