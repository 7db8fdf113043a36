"""How accounts use the product, worked out each night: what the product usage page adds up, and what its lists show."""

from django.conf import settings
from django.db import models

from accounts.models import Account, Feature, Segment

# Where a flow begins or ends outside of what is counted.
NOT_YET, GONE = -1, -2
# What stands for "used none" where a feature's id would stand.
NO_FEATURE = 0


class AccountUse(models.Model):
    """One account: in which months it was in use, and what it used most and how it stood a quarter ago and now.

    Months are bits: bit 0 is the newest month of the study, bit 1 the one before. `main_…` is the id of the feature
    used on most days of 28, NO_FEATURE, NOT_YET, GONE, or null where use is not known. `band_…` is null where the
    account was no customer.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="use")
    start_month = models.DateField(help_text="The first day of the month in which it started.")
    left_on = models.DateField(null=True)
    known_months = models.PositiveIntegerField()
    active_months = models.PositiveIntegerField()
    main_before = models.IntegerField(null=True)
    main_now = models.IntegerField(null=True)
    band_before = models.SmallIntegerField(null=True)
    band_now = models.SmallIntegerField(null=True)

    class Meta:
        verbose_name_plural = "account uses"
        indexes = [models.Index(fields=["start_month"])]


class FeatureStanding(models.Model):
    """A feature that an account pays for or uses. `days` are those of 28 with use; null where use is not known."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    feature = models.ForeignKey(Feature, on_delete=models.CASCADE, related_name="+")
    is_paid = models.BooleanField()
    days = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "feature"], name="feature_standing_once")]


class UseSum(models.Model):
    """The sums of one owner's accounts in one segment; with `is_all` those of all owners together."""

    is_all = models.BooleanField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    found = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["is_all", "owner"])]
