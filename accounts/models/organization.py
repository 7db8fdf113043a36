"""The company that runs healthapp, and the money that it counts in."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

CODE = re.compile(r"[a-z0-9_]{1,40}")
currency_code = RegexValidator(r"^[A-Z]{3}$", "A currency is three capital letters, such as USD.")


class DisplayScale(models.TextChoices):
    """How scores are shown to people. They are kept in hundredths of a point whatever is chosen."""

    HUNDRED = "100", "0 to 100"
    TEN = "10", "0.0 to 10.0"
    FIVE = "5", "1 to 5"
    BAND = "band", "The band alone"


LONGEST_REASON = 60


def usual_reasons() -> list[list[str]]:
    """Why accounts leave, until CS operations says otherwise: code and words."""
    return [
        ["budget", "Budget"], ["pricing", "Price"], ["product_fit", "Product fit"], ["features", "Missing features"],
        ["support", "Support"], ["slow_onboarding", "Slow onboarding"], ["sponsor_left", "Sponsor left"],
        ["competitor", "Competitor"], ["acquired", "Acquired or closed"], ["unknown", "Not known"],
    ]  # fmt: skip


def check_reasons(stated: object) -> None:
    """A list of [code, words], each code once."""
    if not isinstance(stated, list) or not stated:
        raise ValidationError("State at least one reason.")
    codes = [row[0] if isinstance(row, list) and len(row) == 2 else None for row in stated]
    if not all(isinstance(code, str) and CODE.fullmatch(code) for code in codes):
        raise ValidationError("A code is small letters, digits and underscores, 40 at most.")
    if len(set(codes)) != len(codes):
        raise ValidationError("Two reasons have the same code.")
    if not all(isinstance(words, str) and 0 < len(words.strip()) <= LONGEST_REASON for _, words in stated):
        raise ValidationError(f"Each reason has words, {LONGEST_REASON} characters at most.")


class Organization(models.Model):
    """One row: the company whose customers these are."""

    name = models.CharField(max_length=120)
    reporting_currency = models.CharField(max_length=3, default="USD", validators=[currency_code])
    brand_color = models.CharField(max_length=7, default="#1F5F4A")
    display_scale = models.CharField(max_length=4, choices=DisplayScale.choices, default=DisplayScale.HUNDRED)

    pulse_limit_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Pulses that change a score by more wait for a manager; empty: none waits."
    )
    is_leaderboard_own_only = models.BooleanField(
        default=False, help_text="A CSM sees only themselves on the leaderboard, not the team."
    )
    do_overrides_wait = models.BooleanField(default=False, help_text="Overrides wait for a manager.")
    working_days = models.CharField(max_length=7, default="12345", help_text="Weekdays at work: 1 is Monday, 7 Sunday.")

    churn_reasons = models.JSONField(
        default=usual_reasons,
        validators=[check_reasons],
        editable=False,
        help_text="Why accounts leave: [code, words] in order.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="organization_is_one"),
            models.CheckConstraint(
                condition=Q(pulse_limit_percent=None) | Q(pulse_limit_percent__lte=100), name="organization_pulse_limit"
            ),
            models.CheckConstraint(condition=~Q(working_days=""), name="organization_works_some_day"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_limits(self) -> bool:
        """Whether any pulse or override waits for somebody's approval."""
        return self.pulse_limit_percent is not None or self.do_overrides_wait


class ExchangeRate(models.Model):
    """What one unit of a currency is worth in the reporting currency from a day on; entered by CS operations."""

    currency = models.CharField(max_length=3, validators=[currency_code])
    valid_from = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "valid_from"], name="exchange_rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate} from {self.valid_from}"
