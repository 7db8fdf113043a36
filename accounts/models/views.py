"""What a user keeps of lists: what a page shows, under a name."""

from django.conf import settings
from django.db import models
from django.db.models import Q

LONGEST_QUERY = 2_000


class ViewedPage(models.TextChoices):
    """The pages whose choices are kept. An address names a view by its number, whatever page it is of."""

    ACCOUNTS = "accounts", "Accounts"
    PORTFOLIO = "portfolio", "Portfolio"


class SavedView(models.Model):
    """What a page was asked for, as it stands in an address: accounts, and what the page shows of them.

    One that is dropped stays for a while, so that it can be taken back.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="views")
    page = models.CharField(max_length=10, choices=ViewedPage.choices, default=ViewedPage.ACCOUNTS)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    is_shared = models.BooleanField(default=False, help_text="The user's team sees it too.")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "name"], condition=Q(dropped_at=None), name="view_name_once_per_page"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
