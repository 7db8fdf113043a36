"""Makes a token with which a script reads the API as a user."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from knox.models import get_token_model

from accounts import audit
from accounts.models import User

LONGEST_DAYS = 365


class Command(BaseCommand):
    help = "Print a new API token of a user, once: only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--days", type=int, default=90, help="For how many days it works, 1 to 365 (default 90).")

    def handle(self, *args: Any, email: str, days: int, **options: Any) -> None:
        if not 1 <= days <= LONGEST_DAYS:
            raise CommandError(f"A token works for 1 to {LONGEST_DAYS} days.")
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user with the address {email}.")
        kept, token = get_token_model().objects.create(user, expiry=timedelta(days=days))
        now = timezone.now()
        audit.record(verb="API token made", subject=user, by=None, at=now, days=days, token_key=kept.token_key)
        self.stderr.write(f"Works for {days} days. Send it as: Authorization: Token …")
        self.stdout.write(token)
