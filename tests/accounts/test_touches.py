"""A fact about an account is noted with it, by whatever way it comes, in its transaction; then a doorbell rings."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from celery import current_app
from django.db import transaction
from django.urls import reverse

from accounts import touches
from accounts.ingest.intake import take_in
from accounts.ingest.records import ContractRecord, SurveyRecord, TicketRecord, UsageRecord
from accounts.models import AccountTouch, CommonTouch, Contact, ExchangeRate, Source
from accounts.models.touches import Turn
from accounts.operations import organization, ratings, readings
from tests.accounts.ingest.test_intake import EXAMPLES, MOMENT
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
DAY = date(2025, 3, 1)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def kim(acme, source):
    return Contact.objects.create(
        source=source, external_id="kim", account=acme, name="Kim", known_from=DAY, recorded_at=NOW
    )


def bring(kind: str, *records, source: Source, at=NOW) -> None:
    take_in(kind=kind, records=records, source=source, at=at, by=None)


def counted() -> dict[str, int]:
    return dict(AccountTouch.objects.values_list("account__name", "touches"))


def waiting() -> list[int]:
    return touches.take_waiting(limit=100).account_ids


@pytest.mark.parametrize("kind", sorted(set(EXAMPLES) - {"accounts"}))
def test_every_kind_of_fact_that_is_brought_touches_its_account_and_no_other(kind, kim, source, make_account):
    stranger = Source.objects.create(name="another system")
    other = make_account("Other")
    type(other).objects.filter(pk=other.pk).update(source=stranger)
    record, amended = EXAMPLES[kind]
    bring(kind, record, source=source)
    assert waiting() == [kim.account_id]
    before = counted()
    bring(kind, record, source=source)
    assert counted() == before
    if kind != "usage":
        bring(kind, replace(record, **amended), source=source, at=LATER)
        assert counted()["Acme"] == before["Acme"] + 1


def test_a_new_account_waits_for_its_first_score(source, organization):
    record, _ = EXAMPLES["accounts"]
    bring("accounts", record, source=source)
    assert counted() == {"X": 1}


def test_a_fact_that_moves_touches_the_account_that_it_leaves_too(acme, make_account, source):
    make_account("Other")
    ticket = TicketRecord(external_id="t", account="acme", opened_at=MOMENT)
    bring("tickets", ticket, source=source)
    bring("tickets", replace(ticket, account="other"), source=source)
    assert counted() == {"Acme": 2, "Other": 1}


def test_a_day_that_a_source_delivers_for_the_first_time_is_news_about_its_accounts_without_a_row_too(
    acme, make_account, source
):
    make_account("Silent")
    bring("usage", UsageRecord(external_id="1", account="acme", day=DAY, events=3), source=source)
    assert counted() == {"Acme": 2, "Silent": 1}  # the known day; and Acme's use
    bring("usage", UsageRecord(external_id="2", account="acme", day=DAY, events=4), source=source)
    assert counted() == {"Acme": 3, "Silent": 1}


def test_news_about_an_account_is_news_about_those_whose_score_is_made_of_it(acme, make_account):
    group, holding = make_account("Group", roll_up="mean"), make_account("Holding", roll_up="worst")
    owner = make_account("Owner")  # by its own facts
    for child, parent in ((acme, group), (group, holding), (holding, owner)):
        type(acme).objects.filter(pk=child.pk).update(parent=parent)
    touches.touch([acme.pk], at=NOW)
    assert counted() == {"Acme": 1, "Group": 1, "Holding": 1}


def test_what_people_judge_and_enter_touches_the_account(acme, csm):
    span = {"starts_on": DAY, "ends_on": DAY, "by": csm, "at": NOW}
    ratings.add_pulse(account=acme, percent=Decimal(-5), category="other", reason="why", **span)
    ratings.set_override(account=acme, score_hundredths=1, category="other", reason="why", **span)
    entered = {"measure": "fit", "value": 1.0, "read_on": DAY, "expires_on": DAY, "by": csm, "at": NOW}
    readings.add_reading(account=acme, **entered)
    readings.add_reading(account=acme, **entered)
    assert counted() == {"Acme": 3}


def test_a_correction_in_the_back_office_touches_the_account_and_the_one_that_it_was_about(
    client, ops, kim, make_account
):
    other = make_account("Other")
    client.force_login(ops)
    page = reverse("admin:accounts_contact_change", args=[kim.pk])
    form = client.get(page).context["adminform"].form
    values = {name: value for name, value in form.initial.items() if value is not None}
    values |= {"recorded_at_0": "2026-06-30", "recorded_at_1": "12:00:00"}
    assert client.post(page, {**values, "account": other.pk}).status_code == 302
    assert counted() == {"Acme": 1, "Other": 1}
    client.post(reverse("admin:accounts_contact_delete", args=[kim.pk]), {"post": "yes"})
    assert counted() == {"Acme": 1, "Other": 2}


def test_what_concerns_every_account_wakes_nobody_and_is_counted(client, ops, organization):
    client.force_login(ops)
    client.post(reverse("admin:accounts_exchangerate_add"), {"currency": "EUR", "valid_from": DAY, "rate": "1.1"})
    assert ExchangeRate.objects.count() == 1
    assert touches.common_touches() == 1
    organization_rate(Decimal(2))
    assert (touches.common_touches(), CommonTouch.objects.count(), counted()) == (2, 1, {})


def organization_rate(rate: Decimal) -> None:
    organization.set_exchange_rate(currency="EUR", valid_from=DAY, rate=rate, by=None, at=NOW)


def test_the_first_fact_of_a_kind_concerns_every_account(acme, source):
    survey = SurveyRecord(external_id="s", account="acme", kind="nps", asked_on=DAY)
    bring("surveys", survey, source=source)
    assert touches.common_touches() == 1
    bring("surveys", replace(survey, external_id="s2"), source=source)
    bring("contracts", ContractRecord(external_id="c", account="acme", starts_on=DAY, arr=Decimal(1)), source=source)
    assert touches.common_touches() == 2


def test_a_fact_that_is_rolled_back_touches_nothing(acme, csm):
    with transaction.atomic():
        touches.touch([acme.pk], at=NOW)
        transaction.set_rollback(True)
    assert counted() == {}


def test_an_account_that_is_touched_while_it_is_scored_waits_again(acme):
    touches.touch([acme.pk], at=NOW)
    seen = touches.take_waiting(limit=10)
    touches.touch([acme.pk], at=LATER)
    touches.settle(seen, as_of=DAY, at=NOW)
    assert waiting() == [acme.pk]
    touches.settle(touches.take_waiting(limit=10), as_of=DAY, at=NOW)
    assert waiting() == []


def test_those_that_wait_longest_come_first(make_account):
    first, second, third = (make_account(name) for name in "abc")
    for n, account in enumerate([second, first, third]):
        touches.touch([account.pk], at=NOW + timedelta(minutes=n))
    assert touches.take_waiting(limit=2).account_ids == [first.pk, second.pk]


def test_the_doorbell_rings_once_after_the_commit(acme, make_account, monkeypatch, django_capture_on_commit_callbacks):
    rung: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: rung.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        touches.touch([acme.pk], at=NOW)
        touches.touch([make_account("b").pk], at=NOW)
        assert rung == []
    assert rung == ["scoring.tasks.rescore_touched"]


def test_a_broker_that_is_away_does_not_take_the_fact_with_it(acme, monkeypatch, django_capture_on_commit_callbacks):
    def refuse(name: str, **options: object) -> None:
        raise ConnectionError("nobody there")

    monkeypatch.setattr(current_app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        touches.touch([acme.pk], at=NOW)
    assert waiting() == [acme.pk]


def test_a_day_that_was_scored_while_a_run_was_at_work_is_scored_once_more(acme, make_account):
    early, late = make_account("early"), acme
    for account, at in ((early, NOW), (late, LATER)):
        touches.touch([account.pk], at=NOW)
        touches.settle(touches.take_waiting(limit=10), as_of=DAY, at=at)
    touches.wake_settled_since(LATER, as_of=DAY - timedelta(days=1))
    assert waiting() == []
    touches.wake_settled_since(LATER, as_of=DAY)
    assert waiting() == [late.pk]


def test_a_fact_of_its_own_comes_before_those_of_whom_their_source_alone_spoke(make_account):
    first, second, third = (make_account(name) for name in "abc")
    touches.touch_accounts_of({first.source_id}, at=NOW)
    touches.touch([third.pk], at=LATER)
    assert touches.take_waiting(limit=1).account_ids == [third.pk]
    assert touches.take_waiting(limit=9, turns=[Turn.SOURCE]).account_ids == [first.pk, second.pk]
    assert touches.first_waiting(Turn.SOURCE) == first.pk


def test_who_waits_with_a_fact_keeps_its_turn_when_its_source_speaks_and_loses_it_once_scored(acme):
    touches.touch([acme.pk], at=NOW)
    touches.touch_accounts_of({acme.source_id}, at=LATER)
    assert AccountTouch.objects.get().turn == Turn.OWN
    touches.settle(touches.take_waiting(limit=10), as_of=DAY, at=NOW)
    touches.touch_accounts_of({acme.source_id}, at=LATER)
    assert AccountTouch.objects.get().turn == Turn.SOURCE
