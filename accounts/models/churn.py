"""Accounts that left, and why."""

from django.db import models

from accounts.models.accounts import Account
from accounts.models.ingest import Fact


class ChurnEvent(Fact):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="churn_events")
    churned_on = models.DateField(db_index=True)
    reason_code = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    is_reactivation = models.BooleanField(default=False)
