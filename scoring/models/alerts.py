"""Alerts: the rules that somebody made, what they found, who is told, and how far the looking is."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account, MitigationPlan, PlanReview, Playbook, Segment, Team


class AlertKind(models.TextChoices):
    BAND = "band", "Change of band"
    SCORE = "score", "Change of the score"
    FLAG = "flag", "A flag comes on"
    MEASURE = "measure", "A measure crosses a value"
    RENEWAL = "renewal", "Renewal comes near"
    SILENCE = "silence", "A source falls silent"


class AlertScope(models.TextChoices):
    MINE = "mine", "My accounts"
    TEAM = "team", "A team"
    SEGMENT = "segment", "A segment"
    ALL = "all", "All accounts that I see"


class MailPace(models.TextChoices):
    NONE = "none", "No mail"
    NOW = "now", "At once"
    DAILY = "daily", "In a daily digest"
    WEEKLY = "weekly", "In a weekly digest"


class AlertRule(models.Model):
    """When somebody is told, and who. scoring/alerts/conditions.py reads `params`; `edition` counts the changes."""

    name = models.CharField(max_length=80)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="alert_rules")
    kind = models.CharField(max_length=8, choices=AlertKind.choices)
    params = models.JSONField(default=dict)
    scope = models.CharField(max_length=8, choices=AlertScope.choices, default=AlertScope.MINE)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    tells_me = models.BooleanField(default=True)
    tells_owners = models.BooleanField(default=False)
    tells_managers = models.BooleanField(default=False)
    targets = models.ManyToManyField("scoring.AlertTarget", blank=True, related_name="rules")
    mail = models.CharField(max_length=8, choices=MailPace.choices, default=MailPace.NONE)
    due_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Makes the notice a task, due then.")
    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    writes_contacts = models.BooleanField(default=False, help_text="Mails contacts who allow it, within their cap.")
    is_on = models.BooleanField(default=False)
    on_since = models.DateField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    edition = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(is_on=False) | Q(on_since__isnull=False), name="alert_rule_on_since"),
            models.CheckConstraint(condition=~Q(scope="segment") | Q(segment__isnull=False), name="alert_rule_segment"),
            models.CheckConstraint(condition=~Q(scope="team") | Q(team__isnull=False), name="alert_rule_team"),
        ]

    def __str__(self) -> str:
        return self.name


class AlertFiring(models.Model):
    """What one look at one rule found at once: what is told together."""

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="firings")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.rule_id} at {self.at:%Y-%m-%d %H:%M}"


class Alert(models.Model):
    """One thing that a rule found, or that a weekly review asks for; the same is never told twice.

    `text` says what, without a name or a score. With the review that is taken back its alert is gone.
    """

    firing = models.ForeignKey(AlertFiring, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts")
    rule = models.ForeignKey(
        AlertRule, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts", db_index=False
    )
    review = models.OneToOneField(PlanReview, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    cause = models.CharField(max_length=120)
    text = models.CharField(max_length=300)
    as_of = models.DateField()
    at = models.DateTimeField()
    plan = models.ForeignKey(
        MitigationPlan, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="That it started."
    )
    mails = models.PositiveSmallIntegerField(default=0, help_text="To contacts, that it sent.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "cause"], name="alert_once_per_cause"),
        ]
        indexes = [models.Index(fields=["rule", "at"], name="alert_of_rule")]

    def __str__(self) -> str:
        return f"{self.cause} of {self.rule_id or 'a review'}"


class AlertNotice(models.Model):
    """An alert as one person is told it; the mail goes once `mail_due_at` is over."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    due_on = models.DateField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    mail = models.CharField(max_length=8, choices=MailPace.choices, default=MailPace.NONE)
    mail_due_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "user"], name="alert_notice_once")]
        indexes = [
            models.Index(fields=["user", "read_at"], name="alert_notice_of_user"),
            models.Index(
                fields=["mail_due_at"],
                condition=Q(mailed_at=None, mail_due_at__isnull=False),
                name="alert_notice_mail_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} for {self.user_id}"


class AlertPreference(models.Model):
    """When a person wants no mail. Quiet hours may go over midnight."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    time_zone = models.CharField(max_length=60)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="alert_quiet_hours_have_both_ends",
            )
        ]


class AlertMute(models.Model):
    """A rule of which a person wants no mails; notices stay."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="mutes")
    muted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "rule"], name="alert_mute_once")]


class AlertWatch(models.Model):
    """One row: how far the scores were looked at, and until when somebody is at it."""

    runs = models.JSONField(default=list, help_text="The runs of the last days that were looked at.")
    looked_at = models.DateTimeField(null=True, blank=True)
    dates_looked_at = models.DateTimeField(null=True, blank=True, help_text="When renewal dates were looked at last.")
    held_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "alert watch"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="alert_watch_is_one")]
