"""What people judge: pulses, overrides, readings entered by hand and rapport with a contact."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account, Contact
from accounts.models.ingest import Fact


class PulseCategory(models.TextChoices):
    ACQUIRED = "acquired", "Acquired or merging"
    SPONSOR_LEFT = "sponsor_left", "Sponsor left"
    BUSINESS_EVENT = "business_event", "Business event"
    PRODUCT_FIT = "product_fit", "Product fit"
    OTHER = "other", "Other"


class Pulse(models.Model):
    """A CSM's reasoned change of the score, from its start to its end, both included."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="pulses")
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    category = models.CharField(max_length=16, choices=PulseCategory.choices)
    reason = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pulses")
    starts_on = models.DateField()
    ends_on = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="pulse_has_a_reason"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="pulse_ends_after_start"),
            models.CheckConstraint(condition=Q(percent__range=(-100, 100)), name="pulse_percent_in_range"),
        ]


class Override(models.Model):
    """A reasoned replacement of the whole score, until its end; the computed one stays beside it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="overrides")
    score_hundredths = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=16, choices=PulseCategory.choices)
    reason = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="overrides")
    starts_on = models.DateField()
    ends_on = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="override_ends_after_start"),
            models.CheckConstraint(condition=Q(score_hundredths__lte=10_000), name="override_within_0_100"),
        ]


class ProposalKind(models.TextChoices):
    PULSE = "pulse", "Pulse"
    OVERRIDE = "override", "Override"


class ProposalState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Proposal(models.Model):
    """A pulse or an override beyond the organization's limit. Nothing reads it as a fact: only its approval makes one.

    `made_id` is the pulse or override that its approval made.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=8, choices=ProposalKind.choices)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    score_hundredths = models.PositiveSmallIntegerField(null=True)
    category = models.CharField(max_length=16, choices=PulseCategory.choices)
    reason = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals")
    starts_on = models.DateField()
    ends_on = models.DateField()
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=ProposalState.choices, default=ProposalState.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    words = models.TextField(blank=True)
    made_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account"], condition=Q(state="waiting"), name="proposals_waiting")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="proposal_has_a_reason"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="proposal_ends_after_start"),
            models.CheckConstraint(
                condition=Q(kind="pulse", percent__isnull=False, score_hundredths=None)
                | Q(kind="override", percent=None, score_hundredths__lte=10_000),
                name="proposal_is_a_pulse_or_an_override",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "withdrawn"], decided_by=None)
                | Q(state__in=["approved", "declined"], decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("author")),
                name="proposal_is_decided_by_another",
            ),
        ]


class ManualReading(Fact):
    """A measure's value entered by hand or by file, with a date and a shelf life."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="readings")
    measure = models.CharField(max_length=60)
    value = models.FloatField()
    read_on = models.DateField()
    expires_on = models.DateField()

    class Meta(Fact.Meta):
        indexes = [models.Index(fields=["measure", "read_on"])]
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(expires_on__gte=F("read_on")), name="reading_expires_after_reading"),
        ]


class Rapport(Fact):
    """How well we stand with a contact, 1 to 5, as rated on a day; the newest rating counts."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="rapports")
    rated_on = models.DateField()
    rating = models.PositiveSmallIntegerField()

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="rapport_1_to_5"),
        ]
