"""What the night found of accounts that may grow or speak for us."""

from django.db import models

from accounts.models import Account, GrowthKind


class GrowthSign(models.Model):
    """One account's sign of a kind, as of the newest scored day. Worked out anew every night, never edited.

    `value` is the share of seats in use, the usage trend, or the best NPS answer; `people` are the active users, or
    who answered so. `mark` says which sign of its kind it is, so that a new one comes back from a snooze.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=GrowthKind.choices)
    as_of = models.DateField()
    value = models.FloatField()
    people = models.PositiveIntegerField(null=True)
    said_on = models.DateField(null=True)
    mark = models.CharField(max_length=20)
    arr = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        verbose_name_plural = "signs of growth"
        constraints = [models.UniqueConstraint(fields=["account", "kind"], name="growth_sign_once")]
        indexes = [models.Index(fields=["kind", "-arr", "account"], name="growth_in_order")]
