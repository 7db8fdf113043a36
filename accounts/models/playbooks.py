"""Playbooks: what is usually done about a kind of risk, as a template of at most five steps; and days off work."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

MOST_DUE_DAYS = 260


class StepRole(models.TextChoices):
    """Who owns a step, of those who look after the account on the day on which the playbook is started."""

    CSM = "csm", "The account's CSM"
    MANAGER = "manager", "The CSM's manager"
    PERSON = "person", "A named person"


class Playbook(models.Model):
    """A template of a plan. `edition` counts its changes, so that nobody writes over another's."""

    name = models.CharField(max_length=80)
    reason = models.CharField(max_length=200)
    goal = models.CharField(max_length=200, blank=True)
    target_band = models.SmallIntegerField(null=True, blank=True, help_text="A band's part in the order: 0 is best.")
    target_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Working days after the start.")
    edition = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"), condition=Q(archived_at=None), name="playbook_name_once_among_those_in_use"
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(reason=""), name="playbook_has_name_and_reason"),
            models.CheckConstraint(
                condition=Q(target_band=None) | Q(target_band__in=[-2, 0, 1, 2, 3]), name="playbook_target_is_a_band"
            ),
            models.CheckConstraint(
                condition=Q(target_days=None) | Q(target_days__range=(1, MOST_DUE_DAYS)),
                name="playbook_target_within_a_year",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PlaybookStep(models.Model):
    """A step of the template. It is due so many working days after the start; 0 is the day of the start."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)
    due_days = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=10, choices=StepRole.choices, default=StepRole.CSM)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_shared = models.BooleanField(default=False)
    is_customers_turn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["playbook", "position"], name="playbook_step_position_once"),
            models.CheckConstraint(condition=Q(position__range=(1, 5)), name="playbook_has_five_steps_at_most"),
            models.CheckConstraint(condition=~Q(text=""), name="playbook_step_has_words"),
            models.CheckConstraint(condition=Q(due_days__lte=MOST_DUE_DAYS), name="playbook_step_within_a_year"),
            models.CheckConstraint(
                condition=Q(role="person", person__isnull=False)
                | (Q(role__in=["csm", "manager"]) & Q(person__isnull=True)),
                name="playbook_step_names_a_person_or_a_role",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Holiday(models.Model):
    """A day on which the whole organization does not work."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="holiday_has_a_name")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
