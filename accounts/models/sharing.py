"""The customer's own page: links that open it without a login, who opened them, and what the customer said there."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account
from accounts.models.asking import Language
from accounts.models.plans import PlanStep


class Shown(models.TextChoices):
    """How a customer reads its health."""

    SCORE = "score", "Score and band"
    BAND = "band", "The band alone"


class Block(models.TextChoices):
    """The parts of the page that a link may leave out."""

    MEASURES = "measures", "How we measure it"
    TREND = "trend", "How it has changed"
    BENCHMARK = "benchmark", "Compared with others"
    STEPS = "steps", "Agreed steps"
    CONTACT = "contact", "Who to ask"


class ShareLink(models.Model):
    """Only the hash of the token is stored: whoever reads the database cannot open the page."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="share_links")
    token_hash = models.CharField(max_length=64, unique=True)
    recipient = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.EN)
    shows = models.CharField(max_length=5, choices=Shown.choices, default=Shown.SCORE)
    hidden_blocks = models.JSONField(default=list, blank=True)
    hidden_measures = models.JSONField(default=list, blank=True)
    words = models.CharField(max_length=400, blank=True, help_text="The CSM's own sentence on top of the page.")
    is_mailed = models.BooleanField(default=False, help_text="One mail a month with the score and a link.")
    mail_stopped_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_opened_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="share_link_expires_later"),
            models.CheckConstraint(condition=Q(is_mailed=False) | ~Q(email=""), name="share_link_mails_somebody"),
        ]


class ShareKey(models.Model):
    """Another token of a link, sent in a monthly mail: it opens what the link opens, and ends with it."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="keys")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()


class ShareOpening(models.Model):
    """The page was opened by a link. Who the reader is beyond the link is not kept."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="openings", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["link", "at"], name="share_opening_of_link")]


class WordKind(models.TextChoices):
    DONE = "done", "Ticked off"
    COMMENT = "comment", "Comment"


class CustomerWord(models.Model):
    """What a customer said about an agreed step: that it is done, or in words. `before` is the state it had."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="customer_words")
    step = models.ForeignKey(PlanStep, on_delete=models.CASCADE, related_name="customer_words")
    kind = models.CharField(max_length=8, choices=WordKind.choices)
    text = models.CharField(max_length=500, blank=True)
    before = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
