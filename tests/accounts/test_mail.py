"""The outbox: one mail for one recipient and cause, retries that wait longer, texts that go."""

from datetime import timedelta

import pytest
from django.core import mail as sent_mail
from django.db import transaction
from django.urls import reverse

from accounts import mailing
from accounts.models import AuditEntry, Contact, MailState, OutboxMail
from accounts.operations import mail
from accounts.operations.erasure import erase_account, erase_contact
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def queue(to: str = "ann@acme.example", cause: str = "hello", **more: object) -> bool:
    return mail.queue_mail(**{"to": to, "cause": cause, "subject": "Hi", "text": "Hello.", "at": NOW, **more})


def fail_with(monkeypatch, error: Exception) -> None:
    def send(self: object, messages: object) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send)


@pytest.fixture
def rosa(acme, source) -> Contact:
    return Contact.objects.create(
        source=source, external_id="rosa", recorded_at=NOW, account=acme, name="Rosa Silva", email="rosa@acme.example",
        known_from=NOW.date(),
    )  # fmt: skip


def test_a_recipient_gets_one_mail_for_one_cause():
    assert [queue(), queue(), queue(cause="other"), queue(to="bob@acme.example")] == [True, False, True, True]
    assert mailing.send_due(clock=lambda: NOW) == 3
    assert [message.to for message in sent_mail.outbox] == [
        ["ann@acme.example"],
        ["ann@acme.example"],
        ["bob@acme.example"],
    ]
    assert not queue()
    assert mailing.send_due(clock=lambda: NOW + DAY) == 0


def test_a_mail_is_as_it_was_queued_and_has_the_same_id_each_time():
    queue(subject="Two\nlines", html="<p>Hello.</p>", headers={"List-Unsubscribe": "<https://health.example/u>"})
    row = OutboxMail.objects.get()
    mailing.send_due(clock=lambda: NOW)
    (message,) = sent_mail.outbox
    assert (message.subject, message.body) == ("Two lines", "Hello.")
    assert message.alternatives[0] == ("<p>Hello.</p>", "text/html")
    assert message.extra_headers["List-Unsubscribe"] == "<https://health.example/u>"
    assert message.extra_headers["Message-ID"] == mailing.message_of(row).extra_headers["Message-ID"]


def test_nothing_is_written_when_the_transaction_fails():
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert not OutboxMail.objects.exists()


def test_the_worker_is_rung_once_after_the_commit(django_capture_on_commit_callbacks, monkeypatch):
    rung = []
    monkeypatch.setattr("accounts.operations.mail.current_app.send_task", lambda name, **_: rung.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        queue()
        queue(cause="other")
        assert rung == []
    assert rung == ["accounts.tasks.send_mails"]


def test_each_try_waits_longer_up_to_an_hour(monkeypatch):
    fail_with(monkeypatch, ConnectionRefusedError("nobody"))
    queue()
    at, waits = NOW, []
    for _ in range(9):
        mailing.send_due(clock=lambda at=at: at)
        due = OutboxMail.objects.get().next_try_at
        waits.append((due - at) // MINUTE)
        at = due
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_server_that_is_down_for_a_week_makes_no_mail_fail(monkeypatch):
    with monkeypatch.context() as patched:
        fail_with(patched, TimeoutError("too slow"))
        queue()
        mailing.send_due(clock=lambda: NOW + 7 * DAY)
    assert mailing.send_due(clock=lambda: NOW + 8 * DAY) == 1


def test_a_claimed_mail_is_nobody_elses_until_the_lease_ends(settings):
    queue()
    mine = mailing.claim_next(at=NOW)
    assert mine is not None
    assert mailing.claim_next(at=NOW + timedelta(seconds=settings.MAIL_LEASE_SECONDS - 1)) is None
    later = NOW + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    theirs = mailing.claim_next(at=later)
    # Who took over has the say, whatever the first one hears in the end.
    mailing.conclude(mine, mailing.Trouble("gone", is_final=True), at=later)
    assert OutboxMail.objects.get().state == MailState.SENDING
    mailing.conclude(theirs, None, at=later)
    assert OutboxMail.objects.get().state == MailState.SENT


def test_two_who_saw_the_same_mail_cannot_both_claim_it():
    queue()
    one, other = OutboxMail.objects.get(), OutboxMail.objects.get()
    assert (mailing.claim(one, at=NOW), mailing.claim(other, at=NOW)) == (True, False)


def test_a_mail_that_opens_something_is_emptied_when_it_is_sent():
    queue(is_secret=True, headers={"X-Link": "secret"})
    queue(cause="other")
    mailing.send_due(clock=lambda: NOW)
    rows = list(OutboxMail.objects.order_by("pk").values_list("text", "headers"))
    assert rows == [("", {}), ("Hello.", {})]


def test_old_mails_lose_their_text_and_then_go():
    queue()
    queue(cause="waits", at=NOW + 20 * DAY)
    mailing.send_due(clock=lambda: NOW)
    assert mail.thin(at=NOW + 31 * DAY) == {"mails_deleted": 0, "mails_emptied": 1}
    assert not queue()
    assert mail.thin(at=NOW + 401 * DAY) == {"mails_deleted": 1, "mails_emptied": 0}
    assert OutboxMail.objects.get().text == "Hello."


def test_operations_sends_again_what_failed(client, ops, monkeypatch):
    with monkeypatch.context() as patched:
        fail_with(patched, ValueError("no such header"))
        queue()
        mailing.send_due(clock=lambda: NOW)
    failed = OutboxMail.objects.get()
    assert (failed.state, failed.error) == (MailState.FAILED, "no such header")
    client.force_login(ops)
    chosen = {"action": "send_again", "_selected_action": [failed.pk]}
    answer = client.post(reverse("admin:accounts_outboxmail_changelist"), chosen, follow=True)
    assert "1 of 1 chosen mails wait" in answer.content.decode()
    assert AuditEntry.objects.get().verb == "mail sent again"
    assert OutboxMail.objects.get().state == MailState.WAITING


def test_a_forgotten_password_waits_for_no_mail_server(client, csm, monkeypatch):
    fail_with(monkeypatch, ConnectionRefusedError("nobody"))
    assert client.post(reverse("account_reset_password"), {"email": csm.email}).status_code == 302
    row = OutboxMail.objects.get()
    assert (row.recipient, row.is_secret, row.state) == (csm.email, True, MailState.WAITING)
    assert "/password/new/" in row.text


def test_an_erased_contact_gets_no_mail_and_leaves_none(rosa, ops):
    queue(to="old@acme.example", contact=rosa, text="Hello Rosa.")
    queue(to="older@acme.example", contact=rosa)
    queue(to=rosa.email, text="To the address alone.", cause="other")
    erase_contact(contact=rosa, by=ops, at=NOW)
    assert mailing.send_due(clock=lambda: NOW) == 0
    assert set(OutboxMail.objects.values_list("recipient", "text", "state")) == {("", "", "failed")}


def test_an_erased_account_takes_the_mails_to_its_people_with_it(rosa, ops):
    queue(to=rosa.email, contact=rosa)
    erase_account(account=rosa.account, before=lambda *_: None, by=ops, at=NOW)
    assert not OutboxMail.objects.exists()
