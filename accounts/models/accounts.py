"""The companies that bought, what they were on each date, the people there and what happened to them."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.models.ingest import Fact
from accounts.models.kinds import TouchpointKind
from accounts.models.organization import currency_code

LONGEST_CADENCE_DAYS = 1_830


class Phase(models.TextChoices):
    ONBOARDING = "onboarding", "Onboarding"
    ADOPTION = "adoption", "Adoption"
    VALUE = "value", "Value"
    EXPANSION = "expansion", "Expansion"
    RENEWAL = "renewal", "Renewal"


class Status(models.TextChoices):
    ACTIVE = "active", "Active"
    CHURNED = "churned", "Churned"


class RollUp(models.TextChoices):
    OWN = "own", "By its own facts"
    MEAN = "mean", "Mean of its accounts"
    ARR_WEIGHTED = "arr_weighted", "Mean of its accounts, weighted by ARR"
    WORST = "worst", "Its worst account"


class RenewalPosture(models.TextChoices):
    OPTED_OUT = "opted_out", "Opted out"
    LEGAL_REVIEW = "legal_review", "In legal review"
    SILENT = "silent", "Silent"
    AUTO_RENEW = "auto_renew", "Auto-renew"
    RENEWED_EARLY = "renewed_early", "Renewed early"


def check_cadences(stated: object) -> None:
    """Days by kind of touchpoint, such as {"training": 180}."""
    if not isinstance(stated, dict) or not set(stated) <= set(TouchpointKind.values):
        raise ValidationError(f"State days by kind of touchpoint; the kinds are {', '.join(TouchpointKind.values)}.")
    if not all(type(days) is int and 1 <= days <= LONGEST_CADENCE_DAYS for days in stated.values()):
        raise ValidationError(f"A cadence is a whole number of days from 1 to {LONGEST_CADENCE_DAYS:,}.")


class Segment(models.Model):
    """Accounts that share cadences, targets and a scorecard."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    ebr_cadence_months = models.PositiveSmallIntegerField(default=6)
    touchpoint_cadence_days = models.PositiveSmallIntegerField(default=30)
    kind_cadences = models.JSONField(
        default=dict, blank=True, validators=[check_cadences],
        help_text='How often each kind of touchpoint is agreed, in days: {"training": 180, "workshop": 120}.',
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ebr_cadence_months__gt=0) & Q(touchpoint_cadence_days__gt=0),
                name="segment_cadences_positive",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Account(Fact):
    """A company that bought. What it is today; what it was on a date stands in AccountHistory."""

    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=200, blank=True)
    industry = models.CharField(max_length=80, blank=True)
    size_tier = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=80, blank=True)
    started_on = models.DateField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    roll_up = models.CharField(
        max_length=12, choices=RollUp.choices, default=RollUp.OWN,
        help_text="How the score of an account with accounts of its own is made.",
    )  # fmt: skip
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="accounts")
    phase = models.CharField(max_length=12, choices=Phase.choices, default=Phase.ONBOARDING)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    arr = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    currency = models.CharField(max_length=3, default="USD", validators=[currency_code])
    seats = models.PositiveIntegerField(null=True, blank=True)
    renewal_date = models.DateField(null=True, blank=True)
    is_arr_from_contracts = models.BooleanField(default=False)
    changed_at = models.DateTimeField(
        null=True, editable=False, help_text="When what it says today last became another; empty before the first time."
    )

    class Meta(Fact.Meta):
        indexes = [
            models.Index(fields=["name"]),
            models.Index(Lower("name"), "id", name="account_in_order"),
            models.Index(fields=["owner", "status"]),
        ]
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(arr__gte=0), name="account_arr_not_negative"),
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="account_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class AccountHistory(models.Model):
    """What an account was from a date on, until the next row: scoring a past date reads this, never Account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="history")
    valid_from = models.DateField()
    recorded_at = models.DateTimeField()
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    phase = models.CharField(max_length=12, choices=Phase.choices)
    status = models.CharField(max_length=10, choices=Status.choices)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    arr = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, validators=[currency_code])
    seats = models.PositiveIntegerField(null=True, blank=True)
    renewal_date = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "account histories"
        constraints = [models.UniqueConstraint(fields=["account", "valid_from"], name="account_history_once_a_day")]
        indexes = [models.Index(fields=["valid_from"])]

    def __str__(self) -> str:
        return f"{self.account_id} from {self.valid_from}"


class Persona(models.TextChoices):
    DECISION_MAKER = "decision_maker", "Decision maker"
    ECONOMIC_BUYER = "economic_buyer", "Economic buyer"
    CHAMPION = "champion", "Champion"
    BUSINESS_USER = "business_user", "Business user"


class Level(models.TextChoices):
    EXECUTIVE = "executive", "Executive"
    DIRECTOR = "director", "Director"
    MANAGER = "manager", "Manager"
    STAFF = "staff", "Staff"


class Contact(Fact):
    """A person at an account. Who left keeps the day on which they left."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    title = models.CharField(max_length=120, blank=True)
    persona = models.CharField(max_length=16, choices=Persona.choices, blank=True)
    level = models.CharField(max_length=10, choices=Level.choices, blank=True, default="", db_default="")
    known_from = models.DateField()
    left_on = models.DateField(null=True, blank=True)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("known_from")), name="contact_leaves_after_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BusinessEventKind(models.TextChoices):
    ACQUIRED = "acquired", "Acquired"
    RESTRUCTURED = "restructured", "Restructured"
    NEW_EXECUTIVES = "new_executives", "New executive team"
    OPT_OUT = "opt_out", "Opt-out notice given"
    LEGAL = "legal", "Legal involved"


class BusinessEvent(Fact):
    """Something that happened to the company: acquired, restructured, notice given."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="business_events")
    kind = models.CharField(max_length=16, choices=BusinessEventKind.choices)
    occurred_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)


class Outcome(Fact):
    """A result that the account bought for, due and perhaps met."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="outcomes")
    name = models.CharField(max_length=200)
    due_on = models.DateField()
    met_on = models.DateField(null=True, blank=True)


class MilestoneKind(models.TextChoices):
    KICKOFF = "kickoff", "Kickoff held"
    INSTALLED = "installed", "Installation completed"
    FIRST_VALUE = "first_value", "First value"
    ROLLED_OUT = "rolled_out", "Rolled out"


class Milestone(Fact):
    """A step of the journey, due and perhaps reached."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="milestones")
    kind = models.CharField(max_length=16, choices=MilestoneKind.choices)
    due_on = models.DateField(null=True, blank=True)
    reached_on = models.DateField(null=True, blank=True)


class Feature(models.Model):
    """A feature of the product that is sold."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=80)
    is_key = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Entitlement(Fact):
    """A feature that an account paid for, from a day on."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="entitlements")
    feature = models.ForeignKey(Feature, on_delete=models.CASCADE, related_name="entitlements")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
