"""Mails go through a table: written with what they are about, sent by a worker afterwards.

So a mail server that is down delays no request and loses nothing, and whoever has the same cause twice sends one mail.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from celery import current_app
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import Contact, MailState, OutboxMail, User

# The worker listens under this name. A ring that nobody hears by then is worth nothing: beat rings again.
BELL = "accounts.tasks.send_mails"
RING_SECONDS = 30
# What a mail said is kept so long, and that it was sent so long: until then the same cause sends no second one.
TEXT_KEPT = timedelta(days=30)
ROW_KEPT = timedelta(days=400)
OVER = (MailState.SENT, MailState.FAILED)


def queue_mail(
    *,
    to: str,
    cause: str,
    subject: str,
    text: str,
    at: datetime,
    html: str = "",
    headers: Mapping[str, str] | None = None,
    contact: Contact | None = None,
    is_secret: bool = False,
) -> bool:
    """Writes the mail in the caller's transaction; False where this recipient had one for this cause before.

    `cause` says what it is about for ever, such as `plan-step-due:17:2026-07-01`. `is_secret`: its text goes as soon
    as it is sent, for whoever reads it may open something. `contact`: it goes when that contact is erased.
    """
    if OutboxMail.objects.filter(recipient=to, cause=cause).exists():
        return False
    mail = OutboxMail(
        recipient=to, cause=cause, subject=one_line(subject), text=text, html=html, headers=dict(headers or {}),
        contact=contact, is_secret=is_secret, queued_at=at, next_try_at=at,
    )  # fmt: skip
    # Whoever wrote it at the same moment was first; which of the two it was does not matter.
    OutboxMail.objects.bulk_create([mail], ignore_conflicts=True)
    ring_after_commit()
    return True


def one_line(subject: str) -> str:
    """A name is one line, whatever it is; a subject of two would be refused."""
    return " ".join(subject.split())[: OutboxMail._meta.get_field("subject").max_length]


@transaction.atomic
def send_again(*, mails: "QuerySet[OutboxMail]", by: User, at: datetime) -> int:
    """What failed waits again; says how many. One whose text is gone stays as it is."""
    failed = mails.filter(state=MailState.FAILED).exclude(text="").exclude(recipient="")
    found = list(failed.select_for_update())
    for mail in found:
        audit.record(verb="mail sent again", subject=mail, by=by, at=at)
    OutboxMail.objects.filter(pk__in=[mail.pk for mail in found]).update(
        state=MailState.WAITING, next_try_at=at, queued_at=at
    )
    if found:
        ring_after_commit()
    return len(found)


def thin(*, at: datetime) -> dict[str, int]:
    """Every night: what old mails said goes, then that they were."""
    over = OutboxMail.objects.filter(state__in=OVER)
    gone, _ = over.filter(queued_at__lt=at - ROW_KEPT).delete()
    emptied = over.filter(queued_at__lt=at - TEXT_KEPT).exclude(Q(text="") & Q(html=""))
    return {"mails_deleted": gone, "mails_emptied": emptied.update(text="", html="", headers={})}


def ring_after_commit() -> None:
    """Once a transaction, however many mails it writes."""
    if not any(entry[1] is ring for entry in connection.run_on_commit):
        transaction.on_commit(ring, robust=True)


def ring() -> None:
    """Whether anybody hears it does not matter to the writer of a mail."""
    current_app.send_task(BELL, expires=RING_SECONDS, retry=False, ignore_result=True)
