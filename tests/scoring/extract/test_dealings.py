"""Replies, trainings, cadences by kind, payments, terms, levels and subjects of answers → values, by hand."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import (
    AccountHistory,
    Contract,
    ExchangeRate,
    Invoice,
    ManualReading,
    Milestone,
    Segment,
    SurveyResponse,
    Ticket,
    Touchpoint,
)
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, moment
from tests.scoring.extract.conftest import ago

pytestmark = pytest.mark.django_db


def test_the_reply_rate_is_mails_and_calls_answered_by_the_day(acme, make_account, fact, value_of):
    quiet = make_account("Quiet")
    for days, replied in ((1, None), (10, 8), (89, 0), (90, 90)):
        fact(Touchpoint, account=acme, kind="mail", day=ago(days), replied_on=None if replied is None else ago(replied))
    fact(Touchpoint, account=acme, kind="call", day=ago(3))  # nobody notes answers to calls
    fact(Touchpoint, account=acme, kind="mail", day=ago(2), state="planned")
    assert value_of("reply_rate", acme, quiet) == [0.666667, None]
    assert value_of("reply_rate", acme, quiet, as_of=ago(1)) == [0.5, None]  # 2 of 4: one answer comes a day later
    fact(Touchpoint, account=quiet, kind="call", day=ago(5), replied_on=ago(5))
    assert value_of("reply_rate", acme, quiet) == [0.5, 1.0]


def test_where_nobody_notes_replies_the_rate_is_unknown(acme, fact, value_of):
    fact(Touchpoint, account=acme, kind="mail", day=ago(2))
    assert value_of("reply_rate", acme) == [None]


def test_only_what_the_customer_cancelled_counts_as_that(acme, fact, value_of):
    for state, who in (("held", ""), ("held", ""), ("cancelled", "customer"), ("cancelled", "us"), ("cancelled", "")):
        fact(Touchpoint, account=acme, kind="call", day=ago(3), state=state, cancelled_by=who)
    fact(Touchpoint, account=acme, kind="call", day=ago(90), state="cancelled", cancelled_by="customer")
    assert value_of("customer_cancel_rate", acme) == [0.333333]
    assert value_of("touchpoint_cancel_rate", acme) == [0.6]


def test_training_taken_counts_those_held_in_180_days_once_anybody_records_them(acme, make_account, fact, value_of):
    none = make_account("None")
    fact(Touchpoint, account=acme, kind="call", day=ago(1))
    assert value_of("training_taken", acme, none) == [None, None]
    for days, state in ((0, "held"), (179, "held"), (180, "held"), (5, "cancelled")):
        fact(Touchpoint, account=acme, kind="training", day=ago(days), state=state)
    assert value_of("training_taken", acme, none) == [2.0, 0.0]


def test_each_kind_is_held_against_the_cadence_that_the_segment_agreed(acme, make_account, fact, value_of):
    Segment.objects.update(kind_cadences={"training": 90, "workshop": 60, "visit": 3_000})
    young = make_account("Young", started_on=ago(59))
    fact(Touchpoint, account=acme, kind="training", day=ago(90))
    fact(Touchpoint, account=acme, kind="workshop", day=ago(61))
    fact(Touchpoint, account=acme, kind="call", day=ago(1))
    assert value_of("kinds_on_cadence", acme, young) == [0.5, None]  # a visit is not due yet
    fact(Touchpoint, account=young, kind="visit", day=ago(3))
    assert value_of("kinds_on_cadence", acme, young) == [0.5, 1.0]
    Segment.objects.update(kind_cadences={})
    assert value_of("kinds_on_cadence", acme, young) == [None, None]


def test_people_in_touch_are_hosts_and_colleagues_once_each(acme, make_account, csm, manager, fact, value_of):
    alone = make_account("Alone")
    fact(Touchpoint, account=acme, kind="call", day=ago(1))
    assert value_of("people_in_touch", acme, alone) == [None, None]  # nobody says who was there
    fact(Touchpoint, account=acme, kind="call", day=ago(1), host=csm).colleagues.set([manager])
    fact(Touchpoint, account=acme, kind="call", day=ago(2), host=manager)
    fact(Touchpoint, account=alone, kind="call", day=ago(90), host=csm)
    assert value_of("people_in_touch", acme, alone) == [2.0, 0.0]


def test_level_coverage_counts_levels_with_somebody_there(acme, make_account, make_contact, value_of):
    empty = make_account("Empty")
    make_contact(acme, "Ann")
    assert value_of("level_coverage", acme, empty) == [None, None]
    make_contact(acme, "Bob", level="executive")
    make_contact(acme, "Cid", level="staff")
    make_contact(acme, "Dan", level="manager", left_on=ago(0))
    assert value_of("level_coverage", acme, empty) == [0.5, 0.0]


def test_an_executive_tie_needs_our_management_and_their_executives(
    acme, make_account, make_contact, csm, manager, leader, fact, value_of
):
    nobody = make_account("Nobody")
    boss, chief, user = (
        make_contact(acme, name, level=level)
        for name, level in (("Boss", "executive"), ("Chief", "executive"), ("User", "staff"))
    )
    fact(Touchpoint, account=acme, kind="call", day=ago(1), host=csm).contacts.set([boss, chief])
    fact(Touchpoint, account=acme, kind="call", day=ago(1), host=leader).contacts.set([user])
    fact(Touchpoint, account=acme, kind="call", day=ago(180), host=leader).contacts.set([chief])
    assert value_of("executive_tie", acme, nobody) == [0.0, None]
    met = fact(Touchpoint, account=acme, kind="ebr", day=ago(179), host=csm)
    met.contacts.set([boss])
    met.colleagues.set([manager])
    assert value_of("executive_tie", acme, nobody) == [0.5, None]


def test_active_users_are_counted_once_each(acme, use, value_of):
    use(acme, days=range(0, 28, 2), users=("ann", "bob"))
    use(acme, days=range(1, 28, 2), users=("ann",))
    assert value_of("active_users", acme) == [2.0]


def test_seats_assigned_are_read_and_shared_by_the_licensed_ones(acme, fact, value_of):
    fact(ManualReading, account=acme, measure="assigned_seats", value=8, read_on=ago(5), expires_on=AS_OF)
    assert value_of("seats_assigned", acme) == [0.8]
    assert value_of("seats_assigned", acme, as_of=ago(-1)) == [None]


BILL = {"issued_on": ago(80), "amount": Decimal(600), "currency": "USD"}


def test_the_open_balance_is_all_that_is_invoiced_and_unpaid(acme, make_account, fact, value_of, organization):
    ExchangeRate.objects.create(currency="EUR", valid_from=date(2024, 1, 1), rate=Decimal("1.5"))
    settled = make_account("Settled")
    fact(Invoice, account=acme, due_on=ago(40), **BILL)
    fact(Invoice, account=acme, due_on=ago(-10), **{**BILL, "currency": "EUR"})
    fact(Invoice, account=settled, due_on=ago(50), paid_on=ago(1), **BILL)
    fact(Invoice, account=settled, due_on=ago(-40), **{**BILL, "issued_on": ago(-1)})
    assert value_of("balance_share", acme, settled) == [0.125, 0.0]  # (600 + 900) of 12,000
    assert value_of("balance_share", acme, settled, as_of=ago(2)) == [0.125, 0.05]


def test_failed_payments_count_on_the_day_of_the_last_one_or_the_due_day(acme, make_account, fact, value_of):
    fine = make_account("Fine")
    fact(Invoice, account=fine, due_on=ago(40), paid_on=ago(41), **BILL)
    assert value_of("failed_payments", acme, fine) == [None, None]  # nobody notes them
    fact(Invoice, account=acme, due_on=ago(40), paid_on=ago(3), failed_payments=2, failed_on=ago(10), **BILL)
    fact(Invoice, account=acme, due_on=ago(20), failed_payments=1, **BILL)
    early = {**BILL, "issued_on": ago(300)}
    fact(Invoice, account=acme, due_on=ago(290), failed_payments=4, failed_on=ago(180), **early)
    assert value_of("failed_payments", acme, fine) == [3.0, 0.0]
    assert value_of("failed_payments", acme, fine, as_of=ago(11)) == [5.0, 0.0]  # the two had not failed yet


def test_seats_change_is_against_those_of_a_year_before(acme, make_account, value_of):
    young = make_account("Young", started_on=date(2025, 12, 1))
    acme.history.update(seats=8)
    AccountHistory.objects.create(
        account=acme, valid_from=date(2025, 7, 1), recorded_at=NOW, phase="value", status="active",
        arr=Decimal(12_000), currency="USD", segment=acme.segment, seats=10,
    )  # fmt: skip
    assert value_of("seats_change", acme, young) == [1.25, None]


def test_a_free_account_that_starts_to_pay_climbs_from_zero(acme, make_account, value_of):
    free = make_account("Free", arr=Decimal(0))
    turned = make_account("Turned", arr=Decimal(0))
    AccountHistory.objects.create(
        account=turned, valid_from=ago(8), recorded_at=NOW, phase="value", status="active", arr=Decimal(900),
        currency="USD", segment=turned.segment,
    )  # fmt: skip
    assert value_of("paying_share", acme, free, turned) == [1.0, 0.0, 0.1]
    assert value_of("paying_share", acme, free, turned, as_of=ago(9)) == [1.0, 0.0, 0.0]


def test_days_to_renewal_come_from_the_history_of_the_day(acme, make_account, value_of):
    soon, past = make_account("Soon", renewal_date=ago(-30)), make_account("Past", renewal_date=ago(3))
    assert value_of("days_to_renewal", acme, soon, past) == [None, 30.0, 0.0]
    assert value_of("days_to_renewal", acme, soon, past, as_of=ago(10)) == [None, 40.0, 7.0]


def test_terms_are_those_of_open_contracts(acme, make_account, fact, value_of):
    unsaid = make_account("Unsaid")
    shared = {"arr": 1, "currency": "USD"}
    fact(Contract, account=acme, starts_on=ago(700), ends_on=ago(0), term_months=36, has_upsell_terms=True, **shared)
    fact(Contract, account=acme, starts_on=ago(200), term_months=24, has_upsell_terms=True, **shared)
    fact(Contract, account=acme, starts_on=ago(100), has_upsell_terms=False, **shared)
    fact(Contract, account=unsaid, starts_on=ago(100), **shared)
    assert value_of("contract_term", acme, unsaid) == [24.0, None]
    assert value_of("upsell_terms", acme, unsaid) == [0.5, None]
    assert value_of("contract_term", acme, unsaid, as_of=ago(300)) == [36.0, None]


@pytest.mark.parametrize("subject", ["brand", "people", "product", "process"])
def test_a_subject_is_what_answers_say_of_it_else_what_the_csm_does(acme, make_account, fact, value_of, subject):
    rated, silent = make_account("Rated"), make_account("Silent")
    key = {
        "brand": "brand_sentiment", "people": "people_sentiment", "product": "product_sentiment",
        "process": "process_sentiment",
    }[subject]  # fmt: skip
    for score, days in ((4, 0), (1, 179), (5, 180)):
        answered = {"asked_on": ago(200), "answered_on": ago(days), "score": 9}
        fact(SurveyResponse, account=acme, kind="nps", **answered, **{f"about_{subject}": score})
    fact(SurveyResponse, account=rated, kind="nps", asked_on=ago(9), answered_on=ago(9), score=9)
    for account, value in ((acme, 1), (rated, 3)):
        fact(ManualReading, account=account, measure=key, value=value, read_on=ago(5), expires_on=AS_OF)
    assert value_of(key, acme, rated, silent) == [2.5, 3.0, None]


def test_tickets_are_counted_by_seats_and_by_how_severe_they_are(acme, make_account, fact, value_of):
    calm = make_account("Calm")
    for days, severity in ((0, "urgent"), (10, "low"), (89, "high"), (20, ""), (90, "urgent")):
        fact(Ticket, account=acme, opened_at=moment(ago(days)), severity=severity)
    assert value_of("ticket_volume", acme, calm) == [40.0, 0.0]
    assert value_of("ticket_severity", acme, calm) == [0.666667, None]


def test_progress_is_the_kinds_of_milestones_reached_and_tenure_the_months(acme, make_account, fact, value_of):
    new = make_account("New", started_on=date(2026, 4, 30))
    assert value_of("journey_progress", acme, new) == [None, None]
    fact(Milestone, account=acme, kind="kickoff", due_on=ago(60), reached_on=ago(30))
    fact(Milestone, account=acme, kind="kickoff", reached_on=ago(20))
    fact(Milestone, account=acme, kind="installed", due_on=ago(10))
    assert value_of("journey_progress", acme, new) == [0.25, 0.0]
    assert value_of("tenure_months", acme, new) == [29.0, 2.0]
