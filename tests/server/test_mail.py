"""Mails against a real mail server: dead, slow, choosy, and with workers that are killed in the middle."""

import time
from datetime import timedelta

import pytest

from accounts.mailing import send_due
from accounts.models import MailState, OutboxMail
from accounts.operations.mail import queue_mail
from tests.conftest import NOW
from tests.server.installation import Installation, wait_until
from tests.server.post import Post, post_office
from tests.server.test_killed_worker import worker

MINUTE = timedelta(minutes=1)
QUEUE = """
from django.db import transaction
from django.utils import timezone
from accounts.operations.mail import queue_mail
with transaction.atomic():
    for n in range({count}):
        queue_mail(to=f"p{{n}}@acme.example", cause="hello", subject=f"Mail {{n}}", text="Hello.", at=timezone.now())
"""
AGAIN = "from accounts import tasks; tasks.send_mails.delay()"
STATES = (
    "from accounts.models import OutboxMail;"
    "print(sorted(OutboxMail.objects.values_list('subject', 'state', 'attempts')))"
)


@pytest.fixture
def post(tmp_path):
    with post_office(tmp_path / "post") as office:
        yield office


@pytest.fixture
def by_smtp(post, settings) -> Post:
    """This process sends through the server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", post.port, False
    settings.EMAIL_TIMEOUT = 0.5
    return post


def queue(*names: str) -> None:
    for name in names:
        queue_mail(to=f"{name}@acme.example", cause="hello", subject=f"To {name}", text="Hello.", at=NOW)


def states() -> dict[str, tuple[str, int]]:
    rows = OutboxMail.objects.order_by("pk").values_list("recipient", "state", "attempts")
    return {recipient.partition("@")[0]: (state, attempts) for recipient, state, attempts in rows}


@pytest.mark.django_db
def test_a_dead_server_loses_nothing_and_is_not_asked_for_every_mail(by_smtp):
    by_smtp.kill()
    queue("ann", "bob", "cleo")
    assert send_due(clock=lambda: NOW) == 0
    assert states() == {"ann": ("waiting", 1), "bob": ("waiting", 0), "cleo": ("waiting", 0)}
    assert "refused" in OutboxMail.objects.get(recipient="ann@acme.example").error
    by_smtp.start()
    assert send_due(clock=lambda: NOW) == 2
    assert send_due(clock=lambda: NOW + MINUTE) == 1
    assert sorted(mail["To"] for mail in by_smtp.mails) == [f"{name}@acme.example" for name in ("ann", "bob", "cleo")]
    assert set(states().values()) == {(MailState.SENT, 1), (MailState.SENT, 2)}


@pytest.mark.django_db
def test_a_slow_server_is_left_after_its_time_and_tried_again(by_smtp):
    (by_smtp.folder / "slow").touch()
    queue("ann")
    began = time.monotonic()
    assert send_due(clock=lambda: NOW) == 0
    assert time.monotonic() - began < 5
    assert states() == {"ann": ("waiting", 1)}
    (by_smtp.folder / "slow").unlink()
    assert send_due(clock=lambda: NOW + MINUTE) == 1


@pytest.mark.django_db
def test_one_refused_recipient_does_not_keep_the_others_from_their_mail(by_smtp):
    (by_smtp.folder / "refused").write_text("bob@acme.example")
    (by_smtp.folder / "later").write_text("cleo@acme.example")
    queue("bob", "cleo", "dan")
    assert send_due(clock=lambda: NOW) == 1
    assert states() == {"bob": ("failed", 1), "cleo": ("waiting", 1), "dan": ("sent", 1)}
    assert "No such person" in OutboxMail.objects.get(recipient="bob@acme.example").error
    (by_smtp.folder / "later").unlink()
    assert send_due(clock=lambda: NOW + timedelta(hours=1)) == 1
    assert states()["bob"] == ("failed", 1)


def test_what_a_killed_worker_held_is_sent_by_the_next(post, embedded):
    embedded.variables |= {**post.variables, "MAIL_LEASE_SECONDS": "2"}
    (post.folder / "slow").touch()
    with worker(embedded, "first") as running:
        embedded.shell(QUEUE.format(count=3))
        wait_until((post.folder / "asked").exists, what="the server is asked to take a mail")
        running.kill()
    # Its server lost the connection with it: nothing was taken.
    post.kill()
    (post.folder / "slow").unlink()
    post.start()
    with worker(embedded, "second"):
        # As beat does when the lease is over.
        time.sleep(2)
        embedded.shell(AGAIN)
        wait_until(lambda: len(post.mails) == 3, what="all mails are sent")
    assert embedded.shell(STATES) == str([("Mail 0", "sent", 2), ("Mail 1", "sent", 1), ("Mail 2", "sent", 1)])
    assert sorted(mail["Subject"] for mail in post.mails) == ["Mail 0", "Mail 1", "Mail 2"]


def test_two_workers_send_each_mail_once(post, tmp_path, tables, postgres_url):
    installation = tables.give(Installation(tmp_path, {**post.variables, "DATABASE_URL": postgres_url}))
    with worker(installation, "first"), worker(installation, "second"):
        installation.shell(QUEUE.format(count=40) + "\n" + AGAIN)
        wait_until(lambda: len(post.mails) >= 40, what="all mails are sent")
    assert len({mail["Message-ID"] for mail in post.mails}) == len(post.mails) == 40
    assert {attempts for _, state, attempts in eval(installation.shell(STATES)) if state == "sent"} == {1}  # noqa: S307
