"""What the schedule rings for pages: mails that say what a page says."""

import structlog
from celery import shared_task
from django.utils import timezone

from dashboards.public.share_mail import mail_customers

log = structlog.get_logger(__name__)


@shared_task
def mail_customers_monthly() -> int:
    """Every morning: the month's mails to customers that are not yet queued. Says how many."""
    count = mail_customers(at=timezone.now())
    if count:
        log.info("mailed customers", mails=count)
    return count
