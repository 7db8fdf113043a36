"""What is particular to each kind."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from accounts.ingest.intake import take_in
from accounts.ingest.outcome import Outcome
from accounts.ingest.records import (
    ChurnRecord,
    ContactRecord,
    ContractRecord,
    InvoiceRecord,
    MilestoneRecord,
    RapportRecord,
    ReadingRecord,
    Record,
    SurveyRecord,
    TicketRecord,
    TouchpointRecord,
)
from accounts.models import (
    Account,
    CommonTouch,
    Contact,
    Contract,
    Invoice,
    ManualReading,
    SurveyResponse,
    Ticket,
    Touchpoint,
)
from tests.conftest import NOW, TODAY

DAY = date(2025, 3, 1)
BEFORE = date(2025, 2, 28)
OLD = date(2023, 1, 1)
MOMENT = datetime(2025, 3, 1, 9, 30, tzinfo=UTC)

CONTACT = ContactRecord(external_id="kim", account="acme", name="Kim")
CONTRACT = ContractRecord(external_id="c1", account="acme", starts_on=DAY, arr=Decimal(5))
TICKET = TicketRecord(external_id="t1", account="acme", opened_at=MOMENT)
TOUCHPOINT = TouchpointRecord(external_id="m1", account="acme", kind="ebr", day=DAY)
SURVEY = SurveyRecord(external_id="s1", account="acme", kind="nps", asked_on=DAY, answered_on=DAY, score=9)
INVOICE = InvoiceRecord(external_id="i1", account="acme", issued_on=DAY, due_on=DAY, amount=Decimal("1.50"))
CHURN = ChurnRecord(external_id="x1", account="acme", churned_on=DAY, reason_code="price")
READING = ReadingRecord(external_id="r1", account="acme", measure="csm_sentiment", value=4.0, read_on=DAY)
RAPPORT = RapportRecord(external_id="p1", contact="kim", rated_on=DAY, rating=4)


@pytest.fixture
def bring(acme, source):
    def brought(kind: str, *records: Record) -> Outcome:
        return take_in(kind=kind, records=records, source=source, at=NOW, by=None)

    return brought


@pytest.mark.parametrize(
    ("kind", "record", "amended", "column", "reason"),
    [
        ("contacts", CONTACT, {"persona": "boss"}, "persona", "'boss' is none of"),
        ("contacts", CONTACT, {"level": "king"}, "level", "'king' is none of"),
        ("contacts", CONTACT, {"known_from": DAY, "left_on": BEFORE}, "left_on", "left before known"),
        ("contracts", CONTRACT, {"ends_on": BEFORE}, "ends_on", "ends before it starts"),
        ("contracts", CONTRACT, {"arr": Decimal(-1)}, "arr", "is negative"),
        ("contracts", CONTRACT, {"arr": Decimal("NaN")}, "arr", "digits before the point"),
        ("contracts", CONTRACT, {"currency": "usd"}, "currency", "three capital letters"),
        ("tickets", TICKET, {"closed_at": MOMENT - timedelta(minutes=1)}, "closed_at", "closed before it was opened"),
        ("tickets", TICKET, {"satisfaction": 6}, "satisfaction", "not between 1 and 5"),
        ("tickets", TICKET, {"opened_at": MOMENT.replace(tzinfo=None)}, "opened_at", "has no time zone"),
        ("tickets", TICKET, {"subject": "s" * 201}, "subject", "longer than 200 characters"),
        ("touchpoints", TOUCHPOINT, {"kind": "party"}, "kind", "'party' is none of"),
        ("touchpoints", TOUCHPOINT, {"cancelled_by": "us"}, "cancelled_by", "held, not cancelled"),
        ("touchpoints", TOUCHPOINT, {"replied_on": BEFORE}, "replied_on", "replied before the day"),
        ("touchpoints", TOUCHPOINT, {"state": "planned", "replied_on": DAY}, "replied_on", "planned, not held"),
        ("touchpoints", TOUCHPOINT, {"contacts": ("lee",)}, "contacts", "no contact 'lee'"),
        ("surveys", SURVEY, {"score": 11}, "score", "not between 0 and 10"),
        ("surveys", SURVEY, {"kind": "csat"}, "score", "not between 1 and 5"),
        ("surveys", SURVEY, {"about_people": 6}, "about_people", "not between 1 and 5"),
        (
            "surveys",
            SURVEY,
            {"answered_on": None, "score": None, "about_brand": 3},
            "about_brand",
            "nobody has answered",
        ),
        ("surveys", SURVEY, {"kind": "mood"}, "kind", "'mood' is none of"),
        ("surveys", SURVEY, {"score": None}, "score", "needs both"),
        ("surveys", SURVEY, {"answered_on": BEFORE}, "answered_on", "answered before asked"),
        ("surveys", SURVEY, {"contact": "lee"}, "contact", "no contact 'lee'"),
        ("surveys", SURVEY, {"touchpoint": "m9"}, "touchpoint", "no touchpoint 'm9'"),
        ("invoices", INVOICE, {"failed_on": BEFORE}, "failed_on", "failed before it was issued"),
        ("invoices", INVOICE, {"due_on": BEFORE}, "due_on", "due before it was issued"),
        ("churn", CHURN, {"reason_code": ""}, "reason_code", "missing"),
        ("readings", READING, {"value": float("inf")}, "value", "is not a number"),
        ("readings", READING, {"expires_on": BEFORE}, "expires_on", "expires before it was read"),
        ("milestones", MilestoneRecord(external_id="j", account="acme", kind="kickoff"), {}, "due_on", "neither due"),
        ("rapports", RAPPORT, {"contact": "lee"}, "contact", "no contact 'lee'"),
    ],
)
def test_what_cannot_be_is_refused_by_its_column(bring, kind, record, amended, column, reason):
    (refusal,) = bring(kind, replace(record, **amended)).refusals
    assert refusal.column == column
    assert reason in refusal.reason


def test_a_rating_is_1_to_5(bring):
    bring("contacts", CONTACT)
    (refusal,) = bring("rapports", replace(RAPPORT, rating=6)).refusals
    assert (refusal.column, refusal.reason) == ("rating", "6 is not between 1 and 5")


def test_a_contact_is_known_from_the_accounts_start_unless_said_otherwise(bring, acme):
    bring("contacts", CONTACT)
    assert Contact.objects.get().known_from == acme.started_on
    bring("contacts", replace(CONTACT, known_from=DAY))
    assert bring("contacts", CONTACT).unchanged == 1
    assert Contact.objects.get().known_from == DAY


def test_an_empty_word_is_unsaid_and_keeps_what_is_stored(bring):
    bring("contacts", replace(CONTACT, persona="champion", title="CFO"))
    assert bring("contacts", CONTACT).unchanged == 1
    assert Contact.objects.get().persona == "champion"


def test_an_empty_date_is_a_statement_a_ticket_can_be_opened_again(bring):
    bring("tickets", replace(TICKET, closed_at=MOMENT, satisfaction=4))
    assert bring("tickets", TICKET).changed == 1
    assert (Ticket.objects.get().closed_at, Ticket.objects.get().satisfaction) == (None, None)


def test_the_currency_is_the_accounts_unless_said_otherwise(bring):
    Account.objects.update(currency="EUR")
    bring("contracts", CONTRACT)
    assert Contract.objects.get().currency == "EUR"


def test_a_reading_is_good_for_45_days_unless_said_otherwise(bring):
    bring("readings", READING)
    assert ManualReading.objects.get().expires_on == date(2025, 4, 15)


def test_who_was_met_follows_the_record(bring):
    bring("contacts", CONTACT, replace(CONTACT, external_id="lee", name="Lee"))
    met = replace(TOUCHPOINT, contacts=("kim", "lee"), host_email="Maya@kestrel.example")
    assert bring("touchpoints", met).created == 1
    touchpoint = Touchpoint.objects.get()
    assert touchpoint.host.name == "Maya Example"
    assert set(touchpoint.contacts.values_list("external_id", flat=True)) == {"kim", "lee"}
    assert bring("touchpoints", met).unchanged == 1
    assert bring("touchpoints", replace(met, contacts=("lee",))).changed == 1
    assert set(touchpoint.contacts.values_list("external_id", flat=True)) == {"lee"}


def test_which_of_our_people_were_there_follows_the_record_and_the_host_is_not_told_twice(bring, csm, manager):
    both = replace(
        TOUCHPOINT, host_email=csm.email, colleague_emails=(csm.email, manager.email.upper(), "nobody@kestrel.example")
    )
    outcome = bring("touchpoints", both)
    touchpoint = Touchpoint.objects.get()
    assert list(touchpoint.colleagues.all()) == [manager]
    assert outcome.warnings.first_lines == {"a colleague is no user": [1]}
    assert bring("touchpoints", both).unchanged == 1
    assert bring("touchpoints", replace(both, colleague_emails=())).changed == 1
    assert not touchpoint.colleagues.exists()


def test_a_contact_of_another_account_is_refused(bring, make_account):
    make_account("Other")
    bring("contacts", replace(CONTACT, account="other"))
    (refusal,) = bring("touchpoints", replace(TOUCHPOINT, contacts=("kim",))).refusals
    assert (refusal.column, refusal.reason) == ("contacts", "contact 'kim' belongs to another account")


def test_a_survey_points_at_its_contact_and_its_touchpoint(bring):
    bring("contacts", CONTACT)
    bring("touchpoints", TOUCHPOINT)
    bring("surveys", replace(SURVEY, contact="kim", touchpoint="m1"))
    response = SurveyResponse.objects.get()
    assert (response.contact.name, response.touchpoint.kind) == ("Kim", "ebr")


@pytest.mark.parametrize(
    ("kind", "record", "warning"),
    [
        ("contracts", replace(CONTRACT, starts_on=date(2023, 1, 1)), "before the account's start"),
        ("tickets", replace(TICKET, opened_at=MOMENT.replace(year=2023)), "before the account's start"),
        ("tickets", replace(TICKET, opened_at=MOMENT.replace(year=2030)), "in the future"),
        ("touchpoints", replace(TOUCHPOINT, day=TODAY + timedelta(days=1)), "in the future"),
        ("touchpoints", replace(TOUCHPOINT, host_email="ghost@kestrel.example"), "the host is no user"),
        ("surveys", replace(SURVEY, asked_on=OLD, answered_on=None, score=None), "before the account's start"),
        ("invoices", replace(INVOICE, paid_on=BEFORE), "paid before it was issued"),
        ("churn", replace(CHURN, churned_on=date(2023, 1, 1)), "before the account's start"),
        ("readings", replace(READING, read_on=TODAY + timedelta(days=1)), "in the future"),
    ],
)  # fmt: skip
def test_odd_facts_are_kept_with_a_warning(bring, kind, record, warning):
    outcome = bring(kind, record)
    assert outcome.created == 1
    assert outcome.warnings.counts == {warning: 1}
    assert bring(kind, record).warnings.counts == {warning: 1}


def test_a_planned_touchpoint_lies_ahead_as_it_should(bring):
    assert bring("touchpoints", replace(TOUCHPOINT, day=TODAY + timedelta(days=9), state="planned")).warnings.rows == 0


def test_churn_without_an_open_contract_makes_the_account_churned(bring, acme):
    bring("churn", CHURN)
    acme.refresh_from_db()
    assert acme.status == "churned"


def test_who_left_before_the_day_stored_as_known_is_refused(bring):
    bring("contacts", replace(CONTACT, known_from=DAY))
    outcome = bring("contacts", replace(CONTACT, left_on=BEFORE))
    assert [(refusal.column, refusal.reason) for refusal in outcome.refusals] == [("left_on", "left before known")]


def test_a_touchpoint_that_takes_place_after_all_was_cancelled_by_nobody(bring):
    bring("touchpoints", replace(TOUCHPOINT, state="cancelled", cancelled_by="customer"))
    assert bring("touchpoints", TOUCHPOINT).changed == 1
    assert Touchpoint.objects.values_list("state", "cancelled_by").get() == ("held", "")


def test_a_reading_of_the_last_day_there_is_is_refused_and_stops_nothing(bring):
    outcome = bring("readings", replace(READING, external_id="r2", read_on=date.max), READING)
    assert (outcome.created, [refusal.column for refusal in outcome.refusals]) == (1, ["read_on"])


def test_what_facts_say_for_more_measures_is_kept(bring):
    bring("contacts", replace(CONTACT, level="executive"))
    bring("contracts", replace(CONTRACT, has_upsell_terms=True, term_months=24))
    bring("touchpoints", replace(TOUCHPOINT, kind="mail", replied_on=DAY))
    bring("surveys", replace(SURVEY, about_product=2))
    bring("invoices", replace(INVOICE, failed_payments=2, failed_on=DAY))
    assert Contact.objects.get().level == "executive"
    contract = Contract.objects.get()
    assert (contract.term_months, contract.has_upsell_terms) == (24, True)
    assert Touchpoint.objects.get().replied_on == DAY
    answer = SurveyResponse.objects.get()
    assert (answer.about_product, answer.about_brand) == (2, None)
    assert Invoice.objects.get().failed_on == DAY
    bring("contracts", CONTRACT)
    assert Contract.objects.get().has_upsell_terms is None


def test_the_first_reply_and_the_first_training_say_something_about_every_account(bring):
    def touches() -> int:
        return CommonTouch.objects.aggregate(n=Sum("touches"))["n"] or 0

    mail = replace(TOUCHPOINT, kind="mail")
    bring("touchpoints", mail)
    before = touches()
    bring("touchpoints", replace(mail, external_id="m2"))
    assert touches() == before
    bring("touchpoints", replace(mail, external_id="m3", replied_on=DAY))
    bring("touchpoints", replace(TOUCHPOINT, external_id="m4", kind="training"))
    assert touches() == before + 2
    bring("touchpoints", replace(mail, external_id="m5", replied_on=DAY))
    assert touches() == before + 2
