"""What the demo company's people say of a few renewals."""

from datetime import date, datetime, timedelta

from accounts.models import Account, RenewalOutlook, Status
from accounts.operations.outlooks import Words, say

SAID = (
    (100, "Signed by their board; the order follows after their budget is closed."),
    (30, "Their new head of operations asked for a price by seats in use, and we have none to offer."),
    (85, "Procurement wants three years instead of one; legal has no open points."),
    (0, "Notice was given on the phone: the parent company standardizes on its own system."),
)


def add_outlooks(*, today: date, at: datetime) -> None:
    """Of every fifth renewal in the next half year one, up to four; what is there already stays."""
    if RenewalOutlook.objects.exists():
        return
    soon = Account.objects.filter(
        status=Status.ACTIVE, owner__isnull=False, renewal_date__range=(today, today + timedelta(days=180))
    )
    chosen = list(soon.select_related("owner").order_by("renewal_date", "external_id")[2::5])
    for account, (percent, reason) in zip(chosen, SAID, strict=False):
        if account.owner:
            say(account=account, words=Words(percent, reason), seen="", by=account.owner, at=at)
