"""Makes a token with which a script uses the API as a user, or as a system that has a user of its own."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Scope, Source, User
from accounts.operations.tokens import DEFAULT_DAYS, LONGEST_DAYS, create_token

LONGEST_SOURCE = 80


class Command(BaseCommand):
    help = "Print a new API token of a user, once: only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--scope", action="append", choices=Scope.values, help="What it may do; may be repeated (default: read)."
        )
        parser.add_argument(
            "--days",
            type=int,
            default=DEFAULT_DAYS,
            help=f"For how many days it works, 1 to {LONGEST_DAYS} (default {DEFAULT_DAYS}).",
        )
        parser.add_argument("--name", default="Made on the command line", help="What it is for.")
        parser.add_argument("--source", help="The one source in whose name it writes; a new one is made.")

    def handle(self, *args: Any, email: str, days: int, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user with the address {email}.")
        scopes = options["scope"] or [Scope.READ.value]
        try:
            token, text = create_token(
                user=user,
                name=options["name"],
                scopes=scopes,
                days=days,
                source=source_named(options["source"]),
                by=None,
                at=timezone.now(),
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stderr.write(f"May {', '.join(token.scopes)} for {days} days. Send it as: Authorization: Bearer …")
        self.stdout.write(text)


def source_named(name: str | None) -> Source | None:
    if name is None:
        return None
    if not 0 < len(name.strip()) <= LONGEST_SOURCE:
        raise CommandError(f"A source has a name of 1 to {LONGEST_SOURCE} characters; not {name!r}.")
    return Source.objects.get_or_create(name=name.strip())[0]
