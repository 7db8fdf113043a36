"""That something new is known about an account, so that its score is not: noted with the fact, in its transaction."""

from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account


class Turn(models.IntegerChoices):
    """Who is scored first of those who wait."""

    OWN = 0, "A fact of its own"
    SOURCE = 1, "Its source spoke of a day"


class AccountTouch(models.Model):
    """How often facts about an account were written, and up to which time its score knows them.

    Counts, not times: a clock says nothing about the order in which transactions end.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    touched_at = models.DateTimeField()
    touches = models.PositiveBigIntegerField(default=1)
    settled = models.PositiveBigIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    settled_for = models.DateField(null=True, help_text="The day as of which the account was scored.")
    turn = models.PositiveSmallIntegerField(choices=Turn.choices, default=Turn.OWN)
    common = models.PositiveBigIntegerField(default=0, help_text="How often common facts had changed by then.")

    class Meta:
        verbose_name_plural = "account touches"
        indexes = [
            models.Index(
                fields=["turn", "touched_at"], condition=Q(touches__gt=F("settled")), name="touch_waits_its_turn"
            )
        ]


class CommonTouch(models.Model):
    """How often something changed that concerns every account: rates, segments, features, scorecards. One row."""

    touches = models.PositiveBigIntegerField(default=0)
    touched_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "common touches"
