"""What was erased on request: the receipt, and what keeps it from coming back. Neither names anybody."""

from django.conf import settings
from django.db import models


class Erasure(models.Model):
    """The receipt of one erasure: what went, by table, when and by whom."""

    class Kind(models.TextChoices):
        CONTACT = "contact", "Contact"
        ACCOUNT = "account", "Account"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject = models.CharField(max_length=64, help_text="Keyed hash of who it was; tells nothing without the key.")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    deleted = models.JSONField(default=dict, help_text="Rows deleted, by table.")
    rewritten = models.JSONField(default=dict, help_text="Rows that stay without what told who it was, by table.")
    files = models.JSONField(default=dict, help_text="Files deleted and rewritten.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of all that the receipt says.")

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class Suppression(models.Model):
    """Something that was erased, as a keyed hash: what comes in and has the same hash does not come back."""

    class Kind(models.TextChoices):
        ACCOUNT = "account", "Id of an account"
        CONTACT = "contact", "Id of a contact"
        FACT = "fact", "Id of another fact"
        WORDS = "words", "Name or address"
        USER = "user", "Key of a user"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    digest = models.CharField(max_length=64)
    words = models.PositiveSmallIntegerField(default=1, help_text="Of how many words it is made.")
    stand_in = models.CharField(max_length=200, blank=True, help_text="What stands in its place.")
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="suppressions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "digest"], name="suppression_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:8]}"
