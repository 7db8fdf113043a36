"""What people say of a renewal to come."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.accounts import Account


class RenewalOutlook(models.Model):
    """How likely an account is to renew on a date, as somebody judges it: 0 it leaves, 100 it stays."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="outlooks")
    renewal_date = models.DateField()
    percent = models.PositiveSmallIntegerField()
    reason = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "renewal_date"], name="outlook_once_per_renewal"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="outlook_within_0_100"),
            models.CheckConstraint(condition=~Q(reason=""), name="outlook_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} on {self.renewal_date}: {self.percent}%"
