"""Usage: rows as they came, the days that they add up to, and the ledger of known days."""

from django.db import models
from django.db.models import Q

from accounts.models.accounts import Account, Feature
from accounts.models.ingest import Fact, Source


class InboxBatch(models.Model):
    """A batch of events as it was received, committed before the answer; a consumer folds it into usage rows."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="batches", db_index=False)
    received_at = models.DateTimeField()
    events = models.PositiveIntegerField()
    payload = models.BinaryField()
    folded_at = models.DateTimeField(null=True, blank=True)
    # With a default of the database's own: what accepts events names the columns that it writes.
    is_repeat = models.BooleanField(
        db_default=False, help_text="Events that came before: replayed, or held back until their day."
    )

    class Meta:
        verbose_name_plural = "inbox batches"
        indexes = [
            models.Index(fields=["source", "received_at"]),
            models.Index(fields=["id"], condition=Q(folded_at=None), name="batch_is_waiting"),
        ]


class UsageRow(Fact):
    """What a user did with a feature on a day. `user_key` is empty where the source names no user."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="usage_rows", db_index=False)
    feature = models.ForeignKey(
        Feature, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    user_key = models.CharField(max_length=200, blank=True)
    contract_key = models.CharField(max_length=200, blank=True)
    day = models.DateField(db_index=True)
    events = models.PositiveIntegerField()
    seconds = models.PositiveIntegerField(null=True, blank=True)
    errors = models.PositiveIntegerField(null=True, blank=True)
    loads = models.PositiveIntegerField(null=True, blank=True, help_text="Page loads that were tried.")
    failed_loads = models.PositiveIntegerField(null=True, blank=True)
    load_ms = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Milliseconds that the loads that succeeded took together."
    )


class UserDay(models.Model):
    """One active user on one day. Seconds are null where the source does not measure time."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="user_days", db_index=False)
    day = models.DateField()
    user_key = models.CharField(max_length=200)
    events = models.PositiveIntegerField()
    seconds = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "account", "user_key"], name="user_day_once")]


class FeatureDay(models.Model):
    """One feature in use at one account on one day."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="feature_days", db_index=False)
    day = models.DateField()
    feature = models.ForeignKey(Feature, on_delete=models.CASCADE, related_name="+", db_index=False)
    events = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "account", "feature"], name="feature_day_once")]


class AccountDay(models.Model):
    """One account on one day with usage. `users` is null where the source names no users."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    users = models.PositiveIntegerField(null=True)
    events = models.PositiveIntegerField()
    seconds = models.PositiveBigIntegerField(null=True)
    errors = models.PositiveIntegerField(null=True)
    loads = models.PositiveIntegerField(null=True)
    failed_loads = models.PositiveIntegerField(null=True)
    load_ms = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "account"], name="account_day_once"),
            models.CheckConstraint(condition=Q(events__gte=0), name="account_day_events_not_negative"),
        ]
        indexes = [models.Index(fields=["account", "day"])]


class UsageMonth(models.Model):
    """An account's days of a month, packed: what scoring reads. accounts/months.py says how, and writes it.

    A hundred days of ten users are a thousand rows by day and four by month, so that reading costs a tenth.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="usage_months", db_index=False)
    month = models.DateField(help_text="The first day of the month.")
    days = models.BinaryField(default=bytes)
    users = models.BinaryField(default=bytes)
    times = models.BinaryField(default=bytes)
    features = models.BinaryField(default=bytes)
    loads = models.BinaryField(default=bytes)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "month"], name="usage_month_once")]


class KnownDay(models.Model):
    """A day on which a source delivered anything for anyone: there, no row is a true zero."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="known_days")
    day = models.DateField()
    has_users = models.BooleanField(help_text="The source named users on this day.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="known_day_once")]
        indexes = [models.Index(fields=["day"])]
