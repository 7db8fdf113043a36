"""The invoices, contracts, history, events and milestones behind measures of billing, journey and outcome."""

from collections.abc import Callable
from datetime import date

import numpy as np
from django.db.models import Q

from accounts.models import (
    AccountHistory,
    BusinessEvent,
    BusinessEventKind,
    Contract,
    Invoice,
    Milestone,
    MilestoneKind,
    Outcome,
    RenewalPosture,
)
from accounts.queries.exchange import Rates, load_rates
from scoring.core import recency
from scoring.queries.rows.asked import (
    ON_THE_DAY,
    UP_TO_THE_DAY,
    Asked,
    Column,
    Found,
    Input,
    Row,
    ratio,
    whole_months,
)

INVOICES: tuple[Column, ...] = (
    ("Number", "text"), ("Issued", "day"), ("Due", "day"), ("Paid", "day"), ("Amount", "decimal"), ("Currency", "text"),
)  # fmt: skip


def overdue(asked: Asked) -> list[Row]:
    """What was unpaid and late at the end of the day, the oldest first."""
    late = Q(issued_on__lte=asked.day, due_on__lt=asked.day) & (Q(paid_on=None) | Q(paid_on__gt=asked.day))
    rows = Invoice.objects.filter(late, account=asked.account).order_by("due_on", "pk")
    return list(rows.values_list("number", "issued_on", "due_on", "paid_on", "amount", "currency"))


def days_overdue(asked: Asked) -> Found:
    rows = overdue(asked)
    value = (asked.day - rows[0][2]).days if rows else 0
    is_recorded = asked.is_recorded(Invoice, day="issued_on")
    return Found(INVOICES, rows, value if is_recorded else None, f"unpaid and late, {ON_THE_DAY}")


def overdue_share(asked: Asked) -> Found:
    rows, rates = overdue(asked), load_rates()
    by_currency = {currency: sum(row[4] for row in rows if row[5] == currency) for currency in {row[5] for row in rows}}
    owed = sum(cents(rates, amount, currency, asked.day) for currency, amount in by_currency.items())
    arr = arr_cents(asked.state, rates, asked.day)
    value = ratio(owed, arr) if asked.is_recorded(Invoice, day="issued_on") else None
    inputs: tuple[Input, ...] = (
        (f"ARR on the day, {rates.reporting}", None if arr is None else arr / 100, "decimal"),
        (f"Overdue, {rates.reporting}", owed / 100, "decimal"),
    )
    return Found(INVOICES, rows, value, f"unpaid and late, {ON_THE_DAY}", inputs)


def cents(rates: Rates, amount, currency: str, day: date) -> int:  # type: ignore[no-untyped-def]
    """Whole cents of the reporting currency, rounded half to even as money is."""
    return int((rates.in_reporting(amount, currency, day) * 100).to_integral_value())


def arr_cents(state: AccountHistory | None, rates: Rates, day: date) -> int | None:
    return None if state is None else cents(rates, state.arr, state.currency, day)


# What the account was.

HISTORY: tuple[Column, ...] = (
    ("From", "day"), ("Phase", "text"), ("Owner", "text"), ("ARR", "decimal"), ("Currency", "text"), ("Seats", "count"),
)  # fmt: skip


def history(asked: Asked) -> list[AccountHistory]:
    rows = AccountHistory.objects.filter(account=asked.account, valid_from__lte=asked.day)
    return list(rows.select_related("owner").order_by("-valid_from"))


def history_row(state: AccountHistory) -> Row:
    owner = state.owner.name if state.owner else ""
    return state.valid_from, state.get_phase_display(), owner, state.arr, state.currency, state.seats


def arr_change(asked: Asked) -> Found:
    """The row of the day and the one of a year before."""
    year_before = recency.add_months(np.array([float(asked.day.toordinal())]), -12)[0]
    then, rates = asked.state_on(date.fromordinal(int(year_before))), load_rates()
    value = ratio(arr_cents(asked.state, rates, asked.day), arr_cents(then, rates, asked.day))
    rows = [history_row(state) for state in (asked.state, then) if state is not None]
    return Found(HISTORY, rows, value, "the day and a year before, both at the day's rates")


def months_in_phase(asked: Asked) -> Found:
    rows = history(asked)
    since = rows[0].valid_from if rows else asked.day
    for row in rows:
        if row.phase != rows[0].phase:
            break
        since = row.valid_from
    inputs: tuple[Input, ...] = (("Present phase since", since, "day"),)
    found = [history_row(row) for row in rows]
    return Found(HISTORY, found, whole_months(since, asked.day) if rows else None, UP_TO_THE_DAY, inputs)


def no_owner(asked: Asked) -> Found:
    rows = history(asked)[:1]
    return Found(HISTORY, [history_row(row) for row in rows], int(bool(rows) and rows[0].owner is None), ON_THE_DAY)


# Contracts and events.

TERMS: tuple[Column, ...] = (("From", "day"), ("To", "day"), ("What", "text"), ("Says", "text"))


def open_contracts(asked: Asked) -> list[Contract]:
    """Open contracts that say what happens at their end, the one that counts first."""
    is_open = Q(starts_on__lte=asked.day) & (Q(ends_on=None) | Q(ends_on__gt=asked.day)) & ~Q(posture="")
    return list(Contract.objects.filter(is_open, account=asked.account).order_by("-starts_on", "-pk"))


def running_events(asked: Asked, *kinds: str) -> list[BusinessEvent]:
    running = Q(occurred_on__lte=asked.day) & (Q(ended_on=None) | Q(ended_on__gt=asked.day))
    rows = BusinessEvent.objects.filter(running, account=asked.account, kind__in=kinds)
    return list(rows.order_by("-occurred_on", "-pk"))


def posture(asked: Asked) -> int | None:
    """The place of the posture; notice that was given goes before what the contract says."""
    if running_events(asked, BusinessEventKind.OPT_OUT):
        return RenewalPosture.values.index(RenewalPosture.OPTED_OUT)
    contracts = open_contracts(asked)
    return RenewalPosture.values.index(contracts[0].posture) if contracts else None


def terms(asked: Asked, *kinds: str) -> list[Row]:
    events: list[Row] = [
        (one.occurred_on, one.ended_on, one.get_kind_display(), one.note) for one in running_events(asked, *kinds)
    ]
    contracts: list[Row] = [
        (one.starts_on, one.ends_on, "Contract", one.get_posture_display()) for one in open_contracts(asked)
    ]
    return events + contracts


def renewal_posture(asked: Asked) -> Found:
    return Found(TERMS, terms(asked, BusinessEventKind.OPT_OUT), posture(asked), ON_THE_DAY)


def opted_out(asked: Asked) -> Found:
    is_on = posture(asked) == RenewalPosture.values.index(RenewalPosture.OPTED_OUT)
    return Found(TERMS, terms(asked, BusinessEventKind.OPT_OUT), int(is_on), ON_THE_DAY)


def legal_involved(asked: Asked) -> Found:
    in_review = posture(asked) == RenewalPosture.values.index(RenewalPosture.LEGAL_REVIEW)
    is_on = in_review or bool(running_events(asked, BusinessEventKind.LEGAL))
    return Found(TERMS, terms(asked, BusinessEventKind.OPT_OUT, BusinessEventKind.LEGAL), int(is_on), ON_THE_DAY)


def days_since_event(*kinds: str) -> Callable[[Asked], Found]:
    """The running events of these kinds, the newest first."""

    def read(asked: Asked) -> Found:
        events = running_events(asked, *kinds)
        rows: list[Row] = [(one.occurred_on, one.ended_on, one.get_kind_display(), one.note) for one in events]
        value = (asked.day - events[0].occurred_on).days if events else None
        return Found(TERMS, rows, value, f"not ended, {ON_THE_DAY}")

    return read


# Milestones and outcomes.

STEPS: tuple[Column, ...] = (("Milestone", "text"), ("Due", "day"), ("Reached", "day"))


def milestones(asked: Asked, chosen: Q) -> list[Milestone]:
    return list(Milestone.objects.filter(chosen, account=asked.account).order_by("due_on", "pk"))


def milestone_row(one: Milestone) -> Row:
    return one.get_kind_display(), one.due_on, one.reached_on


def journey_progress(asked: Asked) -> Found:
    reached, kinds = Q(reached_on__lte=asked.day), len(MilestoneKind.values)
    is_recorded = Milestone.objects.filter(reached | Q(due_on__lte=asked.day)).exists()
    rows = milestones(asked, reached)
    value = ratio(len({one.kind for one in rows}), kinds) if is_recorded else None
    inputs: tuple[Input, ...] = (("Kinds of milestones", kinds, "count"),)
    return Found(STEPS, [milestone_row(one) for one in rows], value, UP_TO_THE_DAY, inputs)


def milestones_on_time(asked: Asked) -> Found:
    due = milestones(asked, Q(due_on__lte=asked.day))
    on_time = sum(one.reached_on is not None and one.due_on is not None and one.reached_on <= one.due_on for one in due)
    return Found(STEPS, [milestone_row(one) for one in due], ratio(on_time, len(due)), "due by the day")


def time_to_first_value(asked: Asked) -> Found:
    firsts = Milestone.objects.filter(kind=MilestoneKind.FIRST_VALUE)
    is_recorded = firsts.filter(Q(reached_on__lte=asked.day) | Q(due_on__lte=asked.day)).exists()
    rows = milestones(asked, Q(kind=MilestoneKind.FIRST_VALUE))
    until = min([one.reached_on for one in rows if one.reached_on and one.reached_on <= asked.day] + [asked.day])
    value = max((until - asked.account.started_on).days, 0) if is_recorded else None
    inputs: tuple[Input, ...] = (("Start", asked.account.started_on, "day"), ("Counted to", until, "day"))
    return Found(STEPS, [milestone_row(one) for one in rows], value, UP_TO_THE_DAY, inputs)


def outcomes_met(asked: Asked) -> Found:
    due = list(Outcome.objects.filter(account=asked.account, due_on__lte=asked.day).order_by("due_on", "pk"))
    met = sum(one.met_on is not None and one.met_on <= asked.day for one in due)
    columns: tuple[Column, ...] = (("Outcome", "text"), ("Due", "day"), ("Met", "day"))
    return Found(columns, [(one.name, one.due_on, one.met_on) for one in due], ratio(met, len(due)), "due by the day")
