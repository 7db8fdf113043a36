"""Touchpoints, surveys, tickets, invoices, contacts and milestones → values."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import (
    AccountHistory,
    BusinessEvent,
    Contract,
    ExchangeRate,
    Invoice,
    ManualReading,
    Milestone,
    Outcome,
    Rapport,
    SurveyResponse,
    Ticket,
    Touchpoint,
)
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, moment
from tests.scoring.extract.conftest import ago

pytestmark = pytest.mark.django_db


def test_touchpoint_cadence_is_held_over_expected_in_90_days(acme, fact, value_of):
    for days in (0, 40, 89, 90):
        fact(Touchpoint, account=acme, kind="call", day=ago(days))
    fact(Touchpoint, account=acme, kind="call", day=ago(5), state="cancelled")
    assert value_of("touchpoint_cadence", acme) == [2.0]  # 3 held; one every 60 days expects 1.5
    assert value_of("touchpoint_cancel_rate", acme) == [0.25]
    assert value_of("days_since_touchpoint", acme) == [0.0]


def test_where_nobody_records_touchpoints_no_account_is_neglected(acme, value_of):
    assert value_of("touchpoint_cadence", acme) == [None]
    assert value_of("ebr_overdue", acme) == [0.0]


def test_an_ebr_is_overdue_by_the_segments_calendar_months(acme, make_account, fact, value_of):
    never = make_account("Never", started_on=date(2025, 10, 29))
    fact(Touchpoint, account=acme, kind="ebr", day=date(2025, 10, 30))
    assert value_of("ebr_overdue", acme, never) == [0.0, 1.0]  # 8 months: due on 30 June; 29 June has passed
    assert value_of("months_since_ebr", acme, never) == [8.0, 8.0]
    assert value_of("ebr_overdue", acme, never, as_of=date(2026, 7, 1)) == [1.0, 1.0]


def test_a_planned_or_later_ebr_does_not_count(acme, fact, value_of):
    fact(Touchpoint, account=acme, kind="ebr", day=ago(-1))
    fact(Touchpoint, account=acme, kind="ebr", day=ago(1), state="planned")
    fact(Touchpoint, account=acme, kind="call", day=ago(1))
    assert value_of("months_since_ebr", acme) == [29.0]  # from the start, 1 January 2024


def test_nps_is_the_share_of_promoters_less_that_of_detractors(acme, fact, value_of):
    for score in (10, 9, 8, 6, 9):
        fact(SurveyResponse, account=acme, kind="nps", asked_on=ago(20), answered_on=ago(10), score=score)
    fact(SurveyResponse, account=acme, kind="nps", asked_on=ago(200), answered_on=ago(180), score=0)
    fact(SurveyResponse, account=acme, kind="nps", asked_on=ago(20))
    assert value_of("nps", acme) == [40.0]


def test_csat_is_the_mean_of_surveys_and_of_closed_tickets(acme, fact, value_of):
    fact(SurveyResponse, account=acme, kind="csat", asked_on=ago(20), answered_on=ago(10), score=5)
    fact(Ticket, account=acme, opened_at=moment(ago(9)), closed_at=moment(ago(8)), satisfaction=2)
    assert value_of("csat", acme) == [3.5]


def test_unresolved_tickets_are_those_open_for_over_seven_days_per_100_seats(acme, make_account, fact, value_of):
    calm = make_account("Calm")
    fact(Ticket, account=acme, opened_at=moment(ago(7)))
    fact(Ticket, account=acme, opened_at=moment(ago(6)))
    fact(Ticket, account=acme, opened_at=moment(ago(30)), closed_at=moment(ago(1)), is_escalated=True)
    assert value_of("tickets_unresolved", acme, calm) == [10.0, 0.0]
    assert value_of("tickets_unresolved", acme, calm, as_of=ago(10)) == [10.0, 0.0]  # then the third was open
    assert value_of("ticket_escalation_rate", acme, calm) == [0.333333, None]


def test_days_overdue_are_those_of_the_oldest_unpaid_invoice(acme, make_account, fact, value_of):
    paid = make_account("Paid")
    bill = {"issued_on": ago(80), "amount": Decimal(600), "currency": "USD"}
    fact(Invoice, account=acme, due_on=ago(40), **bill)
    fact(Invoice, account=acme, due_on=ago(50), paid_on=ago(49), **bill)
    fact(Invoice, account=paid, due_on=ago(50), paid_on=ago(0), **bill)
    assert value_of("days_overdue", acme, paid) == [40.0, 0.0]
    assert value_of("overdue_share", acme, paid) == [0.05, 0.0]
    assert value_of("days_overdue", acme, paid, as_of=ago(1)) == [39.0, 49.0]  # on that day it was not paid


def test_overdue_amounts_of_two_currencies_are_counted_in_the_reporting_one(acme, fact, value_of, organization):
    ExchangeRate.objects.create(currency="EUR", valid_from=date(2024, 1, 1), rate=Decimal("1.5"))
    for currency, days in (("EUR", 10), ("USD", 20)):
        fact(Invoice, account=acme, issued_on=ago(60), due_on=ago(days), amount=Decimal(480), currency=currency)
    assert value_of("overdue_share", acme) == [0.1]  # (720 + 480) of 12,000
    assert value_of("days_overdue", acme) == [20.0]


def test_arr_change_reads_the_history_of_a_year_before(acme, make_account, value_of):
    young = make_account("Young", started_on=date(2025, 12, 1))
    acme.history.update(arr=Decimal(10_000))
    AccountHistory.objects.create(
        account=acme, valid_from=date(2025, 7, 1), recorded_at=NOW, phase="value", status="active",
        arr=Decimal(12_500), currency="USD", segment=acme.segment,
    )  # fmt: skip
    assert value_of("arr_change", acme, young) == [1.25, None]


def test_the_renewal_posture_is_that_of_the_open_contract_unless_notice_was_given(acme, make_account, fact, value_of):
    leaving = make_account("Leaving")
    for account in (acme, leaving):
        fact(Contract, account=account, starts_on=ago(400), ends_on=ago(30), arr=1, currency="USD", posture="silent")
        fact(Contract, account=account, starts_on=ago(30), arr=1, currency="USD", posture="auto_renew")
    fact(BusinessEvent, account=leaving, kind="opt_out", occurred_on=ago(3))
    assert value_of("renewal_posture", acme, leaving) == [3.0, 0.0]


def test_persona_coverage_counts_personas_with_somebody_there(acme, make_contact, value_of):
    make_contact(acme, "Ann", persona="champion")
    make_contact(acme, "Bob", persona="champion")
    make_contact(acme, "Cid", persona="decision_maker")
    make_contact(acme, "Dan", persona="economic_buyer", left_on=ago(0))
    assert value_of("persona_coverage", acme) == [0.5]


def test_a_sponsor_who_left_is_a_flag_until_somebody_follows(acme, make_account, make_contact, value_of):
    replaced = make_account("Replaced")
    make_contact(acme, "Ann", persona="champion", left_on=ago(10))
    make_contact(replaced, "Bob", persona="champion", left_on=ago(10))
    make_contact(replaced, "Cid", persona="champion")
    assert value_of("sponsor_left", acme, replaced) == [1.0, 0.0]
    assert value_of("sponsor_left", acme, replaced, as_of=ago(11)) == [0.0, 0.0]


def test_rapport_counts_decision_makers_twice_and_the_newest_rating_only(acme, make_contact, fact, value_of):
    boss = make_contact(acme, "Boss", persona="decision_maker")
    user = make_contact(acme, "User", persona="business_user")
    fact(Rapport, contact=boss, rated_on=ago(100), rating=1)
    fact(Rapport, contact=boss, rated_on=ago(10), rating=5)
    fact(Rapport, contact=user, rated_on=ago(10), rating=2)
    assert value_of("rapport", acme) == [4.0]


def test_a_reading_goes_missing_when_its_shelf_life_ends(acme, fact, value_of):
    fact(ManualReading, account=acme, measure="csm_sentiment", value=4, read_on=ago(10), expires_on=AS_OF)
    assert value_of("csm_sentiment", acme) == [4.0]
    assert value_of("csm_sentiment", acme, as_of=ago(-1)) == [None]
    assert value_of("csm_sentiment", acme, as_of=ago(11)) == [None]


def test_the_rating_index_is_the_newest_rating_of_the_app_while_it_is_good(acme, fact, value_of):
    for days, stars in ((40, 3.1), (20, 4.4)):
        fact(ManualReading, account=acme, measure="rating_index", value=stars, read_on=ago(days), expires_on=ago(0))
    assert value_of("rating_index", acme) == [4.4]
    assert value_of("rating_index", acme, as_of=ago(21)) == [3.1]
    assert value_of("rating_index", acme, as_of=ago(-1)) == [None]


def test_advocacy_acts_are_summed_over_a_year_and_unknown_where_nobody_counts(acme, make_account, fact, value_of):
    quiet = make_account("Quiet")
    assert value_of("advocacy_acts", acme, quiet) == [None, None]
    for days, acts in ((0, 1), (364, 2), (365, 7)):
        fact(ManualReading, account=acme, measure="advocacy_acts", value=acts, read_on=ago(days), expires_on=AS_OF)
    assert value_of("advocacy_acts", acme, quiet) == [3.0, 0.0]


def test_milestones_outcomes_and_first_value(acme, make_account, fact, value_of):
    late = make_account("Late", started_on=ago(50))
    fact(Milestone, account=acme, kind="kickoff", due_on=ago(20), reached_on=ago(25))
    fact(Milestone, account=acme, kind="first_value", due_on=ago(30), reached_on=ago(10))
    fact(Outcome, account=acme, name="Save", due_on=ago(1), met_on=ago(1))
    fact(Outcome, account=acme, name="Grow", due_on=ago(1))
    fact(Outcome, account=acme, name="Later", due_on=ago(-1))
    assert value_of("milestones_on_time", acme, late) == [0.5, None]
    assert value_of("outcomes_met", acme, late) == [0.5, None]
    first_value_after = (ago(10) - date(2024, 1, 1)).days
    assert value_of("time_to_first_value", acme, late) == [float(first_value_after), 50.0]


def test_months_in_phase_count_from_the_day_on_which_the_phase_began(acme, value_of):
    for day, phase in ((date(2026, 1, 15), "value"), (date(2026, 5, 1), "value")):
        AccountHistory.objects.create(
            account=acme, valid_from=day, recorded_at=NOW, phase=phase, status="active", arr=1, currency="USD"
        )
    assert value_of("months_in_phase", acme) == [5.0]


def test_business_events_count_from_their_day_until_they_end(acme, make_account, fact, value_of):
    calm = make_account("Calm")
    fact(BusinessEvent, account=acme, kind="acquired", occurred_on=ago(12))
    fact(BusinessEvent, account=calm, kind="acquired", occurred_on=ago(12), ended_on=ago(2))
    assert value_of("days_since_acquired", acme, calm) == [12.0, None]
