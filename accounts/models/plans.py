"""What we do about a risk: mitigation plans, at most five open steps, weekly reviews."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.accounts import Account
from accounts.models.playbooks import Playbook


class PlanOutcome(models.TextChoices):
    RESOLVED = "resolved", "Risk resolved"
    PARTLY = "partly", "Partly resolved"
    LOST = "lost", "Account lost"
    DROPPED = "dropped", "No longer needed"


class PlanOrigin(models.TextChoices):
    """What made somebody open the plan."""

    HAND = "hand", "By hand"
    FLAG = "flag", "A flag"
    DROP = "drop", "A drop of the score"
    RULE = "rule", "A rule"


class MitigationPlan(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="plans")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="plans")
    reason = models.CharField(max_length=200)
    goal = models.CharField(max_length=200, blank=True)
    target_band = models.SmallIntegerField(null=True, blank=True, help_text="A band's part in the order: 0 is best.")
    target_date = models.DateField(null=True, blank=True)
    origin = models.CharField(max_length=10, choices=PlanOrigin.choices, default=PlanOrigin.HAND)
    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, null=True, blank=True, related_name="plans")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    score_at_opening_hundredths = models.PositiveSmallIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=PlanOutcome.choices, blank=True)
    closing_note = models.CharField(max_length=500, blank=True, help_text="What came of it, in words.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(closed_at=None), name="plan_one_open_per_account"),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="plan_closed_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(target_band=None) | Q(target_band__in=[-2, 0, 1, 2, 3]), name="plan_target_is_a_band"
            ),
        ]


class StepState(models.TextChoices):
    OPEN = "open", "Not started"
    STARTED = "started", "In progress"
    DONE = "done", "Done"


class PlanStep(models.Model):
    plan = models.ForeignKey(MitigationPlan, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="steps")
    due_date = models.DateField()
    first_due_date = models.DateField()
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.OPEN)
    done_at = models.DateTimeField(null=True, blank=True)
    is_shared = models.BooleanField(default=False, help_text="The customer sees this step.")
    is_customers_turn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="plan_step_position_once"),
            models.CheckConstraint(condition=Q(position__range=(1, 5)), name="plan_has_five_steps_at_most"),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | (~Q(state="done") & Q(done_at=None)),
                name="plan_step_done_has_a_time",
            ),
        ]


class ReviewOutcome(models.TextChoices):
    ON_TRACK = "on_track", "On track"
    CHANGE_STEPS = "change_steps", "Change steps"
    ESCALATE = "escalate", "Escalate"
    CLOSE = "close", "Close"


class PlanReview(models.Model):
    """A manager signed an account off in the weekly review; `plan` is the one that was open then, if any.

    `rules` says what had put it into the queue, `score_hundredths` where its score stood.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="reviews", db_index=False)
    plan = models.ForeignKey(MitigationPlan, on_delete=models.CASCADE, null=True, blank=True, related_name="reviews")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=ReviewOutcome.choices)
    note = models.TextField()
    rules = models.JSONField(default=list, blank=True)
    score_hundredths = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(note=""), name="plan_review_has_a_note")]
        indexes = [
            models.Index(fields=["plan", "at"]),
            models.Index(fields=["account", "at"], name="review_of_account"),
            models.Index(fields=["at"], name="review_at"),
        ]
