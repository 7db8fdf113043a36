"""manage.py create_source NAME [--rhythm-days N]: a key with which a source sends events."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import Source
from accounts.operations.sources import create_key, create_source


class Command(BaseCommand):
    help = "Print a new key of a source, once: only its hash is stored. A source that is not there yet is made."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--rhythm-days", type=int, metavar="N", help="how often a new source should deliver")

    def handle(self, *args: Any, name: str, rhythm_days: int | None, **options: Any) -> None:
        now = timezone.now()
        source = Source.objects.filter(name=name.strip()).first()
        if source is not None and rhythm_days is not None:
            raise CommandError(f"There is a source {source.name!r} already; leave --rhythm-days out for another key.")
        with transaction.atomic():
            try:
                made = source or create_source(name=name, rhythm_days=rhythm_days, by=None, at=now)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
            _, text = create_key(source=made, name="command line", by=None, at=now)
        about = "another key of source" if source else "the first key of the new source"
        self.stderr.write(f"This is {about} {made.name!r}. Keep it: it is not shown again.")
        self.stdout.write(text)
