"""Accounts that left, and why."""

from django.db import models
from django.db.models import Q

from accounts.models.accounts import Account
from accounts.models.ingest import Fact


class ChurnEvent(Fact):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="churn_events")
    churned_on = models.DateField(db_index=True)
    reason_code = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    competitor = models.CharField(max_length=120, blank=True, default="", db_default="")
    lost_arr = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True,
        help_text="In the reporting currency; empty: what the account paid the day before.",
    )  # fmt: skip
    is_reactivation = models.BooleanField(default=False)

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(lost_arr=None) | Q(lost_arr__gte=0), name="churn_lost_arr_not_negative"),
        ]
