"""Links by which a customer opens its own health page, without a login."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account


class ShareLink(models.Model):
    """Only the hash of the token is stored: whoever reads the database cannot open the page."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="share_links")
    token_hash = models.CharField(max_length=64, unique=True)
    recipient = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_opened_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="share_link_expires_later")
        ]
