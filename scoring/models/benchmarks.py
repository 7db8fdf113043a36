"""What a customer is told of accounts like it: quartiles of a group, coarse, and published on a slow rhythm."""

from django.db import models
from django.db.models import F, Q


class Benchmark(models.Model):
    """The published quartiles of the accounts of one industry and size, in whole points.

    `members` are the ids of the accounts when they were published, so that a later month can tell how many changed;
    no page reads them. docs/customer-page.md says what is published when, and why.
    """

    industry = models.CharField(max_length=80)
    size_tier = models.CharField(max_length=40)
    low = models.PositiveSmallIntegerField()
    middle = models.PositiveSmallIntegerField()
    high = models.PositiveSmallIntegerField()
    accounts = models.PositiveIntegerField(help_text="How many others there are for each, in whole tens, rounded down.")
    as_of = models.DateField()
    checked_on = models.DateField()
    is_shown = models.BooleanField(default=True)
    members = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["industry", "size_tier"], name="benchmark_of_a_group_once"),
            models.CheckConstraint(
                condition=Q(low__lte=F("middle"), middle__lte=F("high"), high__lte=100), name="benchmark_in_order"
            ),
        ]
