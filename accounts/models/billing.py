"""Contracts and invoices: exact decimals with a currency."""

from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account, RenewalPosture
from accounts.models.ingest import Fact
from accounts.models.organization import currency_code


class Contract(Fact):
    """An agreement with a start and perhaps an end; open on every day of [starts_on, ends_on)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contracts")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    renews_on = models.DateField(null=True, blank=True)
    plan_name = models.CharField(max_length=80, blank=True)
    arr = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, validators=[currency_code])
    seats = models.PositiveIntegerField(null=True, blank=True)
    posture = models.CharField(max_length=14, choices=RenewalPosture.choices, blank=True)
    is_trial = models.BooleanField(default=False)
    term_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="For how long it was agreed, whatever became of it."
    )
    has_upsell_terms = models.BooleanField(
        null=True, blank=True, help_text="Whether it states the terms of buying more; empty where nobody says."
    )

    class Meta(Fact.Meta):
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="contract_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(arr__gte=0), name="contract_arr_not_negative"),
        ]


class Invoice(Fact):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invoices")
    number = models.CharField(max_length=80, blank=True)
    issued_on = models.DateField()
    due_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, validators=[currency_code])
    paid_on = models.DateField(null=True, blank=True)
    failed_payments = models.PositiveSmallIntegerField(default=0)
    failed_on = models.DateField(
        null=True, blank=True, help_text="The day of the last failed payment; unstated, they count on the due day."
    )

    class Meta(Fact.Meta):
        indexes = [models.Index(fields=["due_on"])]
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(condition=Q(due_on__gte=F("issued_on")), name="invoice_due_after_issue"),
            models.CheckConstraint(
                condition=Q(failed_on=None) | Q(failed_on__gte=F("issued_on")), name="invoice_fails_after_issue"
            ),
        ]
