"""Writing to contacts again when interest wanes: the terms and words, who allows it, and each mail that went."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.accounts import Contact
from accounts.models.asking import Language


class Reengagement(models.Model):
    """One row: whether rules may write to contacts, and how many mails a contact gets within so many days."""

    is_on = models.BooleanField(default=False)
    most_mails = models.PositiveSmallIntegerField(default=2)
    window_days = models.PositiveSmallIntegerField(default=90)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "re-engagement"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="reengagement_is_one"),
            models.CheckConstraint(condition=Q(most_mails__range=(1, 12)), name="reengagement_has_a_cap"),
            models.CheckConstraint(condition=Q(window_days__range=(7, 365)), name="reengagement_window"),
        ]

    def __str__(self) -> str:
        return f"{self.most_mails} in {self.window_days} days"


class ReengagementText(models.Model):
    """The mail in one language. `{name}`: the contact's first name, `{company}`: us, `{csm}`: who looks after them."""

    language = models.CharField(max_length=2, choices=Language.choices, unique=True)
    subject = models.CharField(max_length=150)
    greeting = models.CharField(max_length=200)
    body = models.TextField(max_length=2_000)
    closing = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.language}: {self.subject}"


class MailPermission(models.Model):
    """A contact who allows re-engagement mails, as somebody noted; with `withdrawn_at` they said no themselves."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, primary_key=True, related_name="mail_permission")
    given_at = models.DateTimeField()
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"contact {self.contact_id}"


class Return(models.TextChoices):
    """Whether the account's people used it more in the 28 days after a mail than in the 28 days before."""

    WAITING = "", "Too early to say"
    BACK = "back", "Came back"
    AWAY = "away", "Did not come back"
    UNKNOWN = "unknown", "Use is not known"


class ReengagementMail(models.Model):
    """A mail to a contact, and whether they opted out by it. Only the token's hash is kept; `cause` says which rule."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    language = models.CharField(max_length=2, choices=Language.choices)
    cause = models.CharField(max_length=120)
    token_hash = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    sent_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opted_out_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Return.choices, default=Return.WAITING, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["contact", "sent_at"], name="reengagement_of_contact"),
            models.Index(fields=["sent_on"], name="reengagement_sent"),
        ]

    def __str__(self) -> str:
        return f"to contact {self.contact_id} at {self.sent_at:%Y-%m-%d}"
