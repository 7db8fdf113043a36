"""Measures that an organization made up: what each is now, and every definition that it ever had."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class MeasureKind(models.TextChoices):
    ENTERED = "entered", "Entered by hand"
    PUSHED = "pushed", "Pushed by file or API"
    FORMULA = "formula", "Formula"


class Rhythm(models.TextChoices):
    NONE = "none", "No rhythm"
    MONTHLY = "monthly", "Monthly"
    QUARTERLY = "quarterly", "Quarterly"


class CustomMeasure(models.Model):
    """A measure beside the built-in ones. The slug is for ever; words and the definition may change.

    The values of entered and pushed ones are the readings whose `measure` is the slug.
    """

    slug = models.CharField(max_length=50, unique=True)
    kind = models.CharField(max_length=8, choices=MeasureKind.choices)
    label = models.CharField(max_length=80)
    question = models.CharField(max_length=120, help_text="What the customer is asked to read it as")
    element = models.CharField(max_length=16)
    unit = models.CharField(max_length=20)
    window = models.CharField(max_length=60, blank=True, help_text="The time that a value is about, in words")
    is_higher_better = models.BooleanField(default=True)
    is_leading = models.BooleanField(default=True)
    is_internal = models.BooleanField(default=False, help_text="What our own people judge: no customer sees it")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    rhythm = models.CharField(max_length=10, choices=Rhythm.choices, default=Rhythm.NONE)
    shelf_life_days = models.PositiveSmallIntegerField(null=True)
    lowest = models.FloatField(null=True)
    highest = models.FloatField(null=True)
    formula = models.CharField(max_length=500, blank=True)
    retired_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(slug="") & ~Q(label="") & ~Q(question=""), name="custom_measure_has_its_words"
            ),
            models.CheckConstraint(condition=Q(kind__in=MeasureKind.values), name="custom_measure_kind"),
            models.CheckConstraint(condition=Q(rhythm__in=Rhythm.values), name="custom_measure_rhythm"),
            models.CheckConstraint(
                condition=(Q(kind="formula") & ~Q(formula="") & Q(shelf_life_days=None))
                | (~Q(kind="formula") & Q(formula="", shelf_life_days__isnull=False, shelf_life_days__gte=1)),
                name="custom_measure_formula_or_shelf_life",
            ),
            models.CheckConstraint(
                condition=Q(lowest=None) | Q(highest=None) | Q(highest__gt=F("lowest")), name="custom_measure_range"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class MeasureDefinition(models.Model):
    """What a custom measure meant from a day on, until the next one; the first holds for all time before, too.

    Never edited: a score of a past day is computed with the definition of that day, and trends mark the change.
    """

    measure = models.ForeignKey(CustomMeasure, on_delete=models.CASCADE, related_name="definitions")
    number = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    formula = models.CharField(max_length=500, blank=True)
    unit = models.CharField(max_length=20)
    window = models.CharField(max_length=60, blank=True)
    is_higher_better = models.BooleanField()
    shelf_life_days = models.PositiveSmallIntegerField(null=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["measure", "number"], name="measure_definition_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="measure_definition_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.measure} v{self.number}"
