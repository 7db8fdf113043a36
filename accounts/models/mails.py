"""Mails on their way: a row per message, written with its cause, sent by a worker."""

from django.db import models
from django.db.models import Q

from accounts.models.accounts import Contact


class MailState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


class OutboxMail(models.Model):
    """A message to one recipient for one cause; a second one for the same cause is not written.

    Who sends it raises `attempts` first: that number is the claim, and it ends at `next_try_at`.
    """

    recipient = models.EmailField()
    cause = models.CharField(max_length=200)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    is_secret = models.BooleanField(default=False, help_text="Emptied as soon as it is sent, for it opens something.")
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.WAITING)
    queued_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "mail"
        verbose_name_plural = "outbox of mails"
        constraints = [
            # An erased recipient is nobody in particular.
            models.UniqueConstraint(
                fields=["recipient", "cause"], condition=~Q(recipient=""), name="outbox_mail_once_per_cause"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state__in=["waiting", "sending"]), name="outbox_mail_is_due"
            ),
            models.Index(fields=["queued_at"], name="outbox_mail_queued"),
        ]

    def __str__(self) -> str:
        return f"{self.cause} to {self.recipient}"
