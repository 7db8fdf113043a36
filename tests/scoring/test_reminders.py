"""Reminders of owed values: one mail per person and week, of what ages out within a week."""

from datetime import timedelta

import pytest

from accounts.models import OutboxMail
from scoring.models import CustomMeasure
from scoring.reminders import remind_owners
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.own_measures import define_fit, enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def portfolio(organization, make_account, csm, other_csm, ops):
    """Maya: one account without a value, one fresh for three more weeks. Ben: one due in five days."""
    define_fit(ops)
    fresh, soon = make_account("Bolt", owner=csm), make_account("Cord", owner=other_csm)
    enter(fresh, 4, on=TODAY - timedelta(days=9), by=ops)
    enter(soon, 4, on=TODAY - timedelta(days=26), by=ops)
    return [make_account("Acme", owner=csm), fresh, soon]


def test_each_owner_hears_of_what_ages_out_within_a_week(portfolio, csm, other_csm):
    assert remind_owners(today=TODAY, at=NOW) == 2
    mails = {mail.recipient: mail for mail in OutboxMail.objects.all()}
    assert set(mails) == {csm.email, other_csm.email}
    assert mails[csm.email].subject == "1 value to enter before they age out"
    assert "- Product fit: 1 account\n" in mails[csm.email].text


def test_nobody_gets_a_second_mail_in_a_week_and_everybody_one_in_the_next(portfolio):
    remind_owners(today=TODAY, at=NOW)
    assert remind_owners(today=TODAY + timedelta(days=1), at=NOW) == 0
    assert remind_owners(today=TODAY + timedelta(days=7), at=NOW) == 2


def test_the_owner_of_a_measure_hears_of_all_accounts_and_their_csms_do_not(portfolio, ops):
    CustomMeasure.objects.update(owner=ops)
    remind_owners(today=TODAY, at=NOW)
    assert [mail.recipient for mail in OutboxMail.objects.all()] == [ops.email]
    assert "- Product fit: 2 accounts" in OutboxMail.objects.get().text


def test_who_owes_nothing_or_is_switched_off_gets_no_mail(portfolio, csm, other_csm, ops):
    enter(portfolio[0], 4, by=ops)
    other_csm.is_active = False
    other_csm.save()
    assert remind_owners(today=TODAY, at=NOW) == 0
