"""Sends the mails that are due: each claimed first, so that two workers never send the same at once.

A claim ends by itself: what a killed worker held is sent by another. If it was killed between the server's yes and
ours, the mail goes a second time, under the same Message-ID. At least once, then; twice only after a kill.
"""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import QuerySet

from accounts.models import MailState, OutboxMail

log = structlog.get_logger(__name__)
ON_ITS_WAY = (MailState.WAITING, MailState.SENDING)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
# A server that answers "later" for so long means no.
GIVE_UP_AFTER = timedelta(days=3)


@dataclass(frozen=True)
class Trouble:
    """Why a mail was not sent, and whose fault it is."""

    said: str
    is_final: bool = False
    # The server cannot be used at all: the other mails need not try.
    is_servers: bool = False


def send_due(*, clock: Callable[[], datetime]) -> int:
    """Sends until nothing is due or the server fails; says how many went out."""
    count = 0
    server = get_connection()
    try:
        while mail := claim_next(at=clock()):
            trouble = send(mail, server)
            conclude(mail, trouble, at=clock())
            count += trouble is None
            if trouble is not None and trouble.is_servers:
                break
    finally:
        close(server)
    return count


def claim_next(*, at: datetime) -> OutboxMail | None:
    """The mail that is due for longest, ours until the lease ends."""
    while mail := due(at).first():
        if claim(mail, at=at):
            return mail
    return None


def due(at: datetime) -> QuerySet[OutboxMail]:
    return OutboxMail.objects.filter(state__in=ON_ITS_WAY, next_try_at__lte=at).order_by("next_try_at", "pk")


def claim(mail: OutboxMail, *, at: datetime) -> bool:
    """Whether it is ours: whoever raises `attempts` from what was seen has it."""
    lease = at + timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    seen = OutboxMail.objects.filter(pk=mail.pk, attempts=mail.attempts, state=mail.state)
    is_ours = seen.update(state=MailState.SENDING, attempts=mail.attempts + 1, next_try_at=lease)
    mail.attempts += is_ours
    return bool(is_ours)


def send(mail: OutboxMail, server: BaseEmailBackend) -> Trouble | None:
    """Hands the mail over; None when the server took it."""
    try:
        # Opened once and kept for the mails that follow.
        server.open()
        server.send_messages([message_of(mail)])
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return trouble_of(error)
    return None


def message_of(mail: OutboxMail) -> EmailMultiAlternatives:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    queued = f"{mail.queued_at:%Y%m%d%H%M%S}"
    headers = {**mail.headers, "Message-ID": f"<outbox.{mail.pk}.{queued}@{host}>"}
    message = EmailMultiAlternatives(subject=mail.subject, body=mail.text, to=[mail.recipient], headers=headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def trouble_of(error: Exception) -> Trouble:
    """What a failure means: for this mail for ever, for this mail for now, or for all of them."""
    said = str(error) or type(error).__name__
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return Trouble(said, is_final=all(code >= 500 for code in codes))
    if isinstance(error, smtplib.SMTPDataError):
        return Trouble(said, is_final=error.smtp_code >= 500)
    is_servers = isinstance(error, smtplib.SMTPException | OSError)
    is_mails = isinstance(error, ValueError | smtplib.SMTPNotSupportedError)
    return Trouble(said, is_final=is_mails, is_servers=is_servers and not is_mails)


def conclude(mail: OutboxMail, trouble: Trouble | None, *, at: datetime) -> None:
    """Notes what became of it; whoever took over after our lease has the say instead."""
    ours = OutboxMail.objects.filter(pk=mail.pk, attempts=mail.attempts, state=MailState.SENDING)
    if trouble is None:
        emptied = {"text": "", "html": "", "headers": {}} if mail.is_secret else {}
        ours.update(state=MailState.SENT, sent_at=at, error="", **emptied)
        return
    is_over = trouble.is_final or (not trouble.is_servers and at - mail.queued_at > GIVE_UP_AFTER)
    state = MailState.FAILED if is_over else MailState.WAITING
    ours.update(state=state, next_try_at=at + wait_after(mail.attempts), error=trouble.said[:500])
    log.warning("mail not sent", mail=mail.pk, cause=mail.cause, state=str(state), error=trouble.said)


def wait_after(attempts: int) -> timedelta:
    """A minute, two, four … an hour."""
    return min(FIRST_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)


def close(server: BaseEmailBackend) -> None:
    try:
        server.close()
    except (smtplib.SMTPException, OSError) as error:
        # All mails that it took are noted: a bad goodbye changes nothing.
        log.info("mail server hung up", error=str(error))
