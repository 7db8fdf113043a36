"""Re-engagement mails: who gets them, how many, when; their no; and whether they came back."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import (
    AccountDay,
    AuditEntry,
    Holiday,
    MailPermission,
    OutboxMail,
    ReengagementMail,
    ReengagementText,
    Status,
    SurveyOptOut,
)
from accounts.operations import reengaging
from accounts.operations.reengaging import (
    Terms,
    TermsChanged,
    change_terms,
    in_office_hours,
    opt_in_again,
    opt_out,
    ready,
    set_permission,
    settle,
    write_to,
)
from accounts.queries.reengaging import mail_of, permitted, recipients, results_of, the_terms
from accounts.queries.workdays import WorkingDays, working_days
from tests.accounts.asking_cast import make_contact, token_of
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
ON = Terms(is_on=True, most_mails=2, window_days=90)


@pytest.fixture
def on(organization, ops):
    kept = ready(by=ops, at=NOW)
    return change_terms(terms=ON, texts={}, seen=kept.changed_at, by=ops, at=NOW)


@pytest.fixture
def rosa(acme, ops):
    rosa = make_contact(acme, "Rosa Silva")
    set_permission(contact=rosa, is_allowed=True, by=ops, at=NOW)
    return rosa


def write(account, at=NOW):
    return write_to(causes={account.pk: "Rule 7: Falls"}, by=None, at=at)


def reasons(account, at=NOW):
    return [one.reason for one in recipients(permitted([account.pk]), terms=the_terms(), at=at)]


def test_a_contact_who_allows_it_gets_the_mail_in_the_accounts_language(on, acme, rosa, csm):
    acme.country = "Germany"
    acme.save()
    [mail] = write(acme)
    sent = OutboxMail.objects.get()
    assert (mail.contact, mail.language, mail.cause) == (rosa, "de", "Rule 7: Falls")
    assert (sent.recipient, sent.subject) == (rosa.email, "Können wir helfen, Rosa?")
    assert csm.name in sent.text
    assert sent.headers["Reply-To"] == csm.email
    assert AuditEntry.objects.filter(verb="re-engagement mail sent", subject_id=str(mail.pk)).count() == 1


def test_who_did_not_allow_it_gets_none(on, acme, rosa):
    make_contact(acme, "Ada Frank")
    assert [mail.contact for mail in write(acme)] == [rosa]


def test_while_it_is_off_nobody_gets_a_mail(organization, acme, rosa, ops):
    assert write(acme) == []
    ready(by=ops, at=NOW)
    assert write(acme) == []


def test_the_cap_holds_within_its_days_and_ends_after_them(on, acme, rosa):
    assert len(write(acme)) == len(write(acme, NOW + timedelta(days=1))) == 1
    assert write(acme, NOW + timedelta(days=80)) == []
    assert reasons(acme, NOW + timedelta(days=80)) == ["got 2 of 2 mails in 90 days"]
    assert len(write(acme, NOW + timedelta(days=90, seconds=1))) == 1


def test_the_cap_is_an_addresss_at_whichever_account(on, acme, rosa, make_account, csm, ops):
    globex = make_account("Globex", owner=csm)
    twin = make_contact(globex, "Rosa Silva", email=rosa.email.upper())
    set_permission(contact=twin, is_allowed=True, by=ops, at=NOW)
    write(acme)
    write(acme)
    assert write(globex) == []
    together = write_to(causes={acme.pk: "A", globex.pk: "A"}, by=None, at=NOW + timedelta(days=91))
    assert len(together) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"left_on": TODAY}, "left the company"), ({"email": ""}, "has no e-mail address")],
)
def test_who_cannot_be_written_to_is_named_with_the_reason(on, acme, rosa, fields, reason):
    for name, value in fields.items():
        setattr(rosa, name, value)
    rosa.save()
    assert (reasons(acme), write(acme)) == ([reason], [])


def test_an_account_that_left_is_not_written_to(on, acme, rosa):
    acme.status = Status.CHURNED
    acme.save()
    assert (reasons(acme), write(acme)) == (["is no longer with a customer"], [])


def test_who_unsubscribed_from_surveys_gets_no_such_mail_either(on, acme, rosa):
    SurveyOptOut.objects.create(contact=rosa, at=NOW)
    assert (reasons(acme), write(acme)) == (["unsubscribed"], [])


def test_a_no_ends_the_mails_and_drops_those_that_wait(on, acme, rosa):
    [mail] = write(acme)
    opt_out(mail=mail, at=NOW)
    opt_out(mail=mail, at=NOW + timedelta(hours=1))
    mail.refresh_from_db()
    assert mail.opted_out_at == NOW
    assert not OutboxMail.objects.exists()
    assert write(acme) == []
    assert AuditEntry.objects.filter(verb="unsubscribed from re-engagement mails").count() == 1


def test_only_the_contact_takes_a_no_back(on, acme, rosa, ops):
    [mail] = write(acme)
    opt_out(mail=mail, at=NOW)
    with pytest.raises(ValidationError, match="Only they can take that back"):
        set_permission(contact=rosa, is_allowed=True, by=ops, at=NOW)
    opt_in_again(mail=mail, at=NOW)
    assert len(write(acme)) == 1
    assert ReengagementMail.objects.filter(opted_out_at__isnull=False).count() == 0


def test_a_permission_is_noted_once_and_taken_back(acme, rosa, ops):
    assert not set_permission(contact=rosa, is_allowed=True, by=ops, at=NOW)
    assert set_permission(contact=rosa, is_allowed=False, by=ops, at=NOW)
    assert not MailPermission.objects.exists()


def test_the_link_is_known_by_its_hash_alone(on, acme, rosa):
    [mail] = write(acme)
    token = token_of(OutboxMail.objects.get())
    assert token not in str(ReengagementMail.objects.values().get())
    assert mail_of(token) == mail
    rosa.email = ""
    rosa.save()
    assert mail_of(token) is None


MONDAY_TO_FRIDAY = WorkingDays(frozenset({1, 2, 3, 4, 5}))


def moment_of(words: str) -> datetime:
    return timezone.make_aware(datetime.strptime(words, "%Y-%m-%d %H"))  # noqa: DTZ007 - made aware at once


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        ("2026-6-30 12", "2026-6-30 12"),
        ("2026-6-30 3", "2026-6-30 8"),
        ("2026-6-30 18", "2026-7-1 8"),
        ("2026-7-3 19", "2026-7-6 8"),  # Friday evening: Monday
        ("2026-7-4 12", "2026-7-6 8"),  # Saturday
    ],
)
def test_a_mail_goes_in_office_hours_of_a_working_day(at, goes):
    found = in_office_hours(moment_of(at), days=MONDAY_TO_FRIDAY)
    assert found == moment_of(goes)


def test_a_mail_waits_for_the_end_of_a_holiday(on, acme, rosa):
    Holiday.objects.create(day=TODAY, name="Day off")
    [mail] = write(acme)
    assert mail.sent_on == working_days().after(TODAY, days=1)
    assert OutboxMail.objects.get().next_try_at == mail.sent_at


@given(st.integers(0, 365 * 24 * 60))
def test_whatever_the_moment_the_mail_goes_later_than_it_at_work(minutes):
    at = NOW + timedelta(minutes=minutes)
    found = timezone.localtime(in_office_hours(at, days=MONDAY_TO_FRIDAY))
    assert found >= at
    assert found.hour in range(8, 18)
    assert found.isoweekday() <= 5
    assert found - at < timedelta(days=4)


def use(account, day: date, users: int | None) -> None:
    AccountDay.objects.create(account=account, day=day, users=users, events=10)


def settled(mail, days: int = 31) -> str:
    settle(today=mail.sent_on + timedelta(days=days))
    mail.refresh_from_db()
    return mail.outcome


def test_who_uses_it_more_in_the_28_days_after_came_back(on, acme, rosa):
    [mail] = write(acme)
    use(acme, mail.sent_on - timedelta(days=27), 2)  # the first of the 28 days up to the mail
    use(acme, mail.sent_on - timedelta(days=28), 9)  # one too early
    use(acme, mail.sent_on + timedelta(days=28), 3)
    use(acme, mail.sent_on + timedelta(days=29), 9)  # one too late
    assert settled(mail, days=30) == ""
    assert settled(mail) == "back"
    found = results_of(ReengagementMail.objects.all())
    assert (found.sent, found.came_back, found.rate, found.waiting) == (1, 1, 1.0, 0)


def test_as_much_use_as_before_is_no_return(on, acme, rosa):
    [mail] = write(acme)
    use(acme, mail.sent_on, 2)
    use(acme, mail.sent_on + timedelta(days=1), 2)
    assert settled(mail) == "away"


def test_a_day_without_names_of_users_counts_as_one(on, acme, rosa):
    [mail] = write(acme)
    use(acme, mail.sent_on + timedelta(days=1), None)
    assert settled(mail) == "back"


def test_without_any_known_use_nothing_is_claimed(on, acme, rosa):
    [mail] = write(acme)
    assert settled(mail) == "unknown"
    assert results_of(ReengagementMail.objects.all()).rate is None


def test_terms_that_somebody_changed_meanwhile_are_not_written_over(on, ops):
    with pytest.raises(TermsChanged):
        change_terms(terms=ON, texts={}, seen=NOW - timedelta(days=1), by=ops, at=NOW)


def test_other_words_hold_from_then_on(on, acme, rosa, ops):
    english = {name: getattr(ReengagementText.objects.get(language="en"), name) for name in reengaging.WORDS}
    change_terms(terms=ON, texts={"en": {**english, "subject": "Ahoy {name}"}}, seen=NOW, by=ops, at=NOW)
    write(acme)
    assert OutboxMail.objects.get().subject == "Ahoy Rosa"
    assert AuditEntry.objects.filter(verb="re-engagement changed").latest("pk").detail["words"] == ["en"]
