"""manage.py revoke_key PREFIX: a key of a source stops working."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from accounts.models import SourceKey
from accounts.operations.sources import KEY_BEGINS, SHOWN, digest_of, revoke_key


class Command(BaseCommand):
    help = "Revoke a key of a source: the next request with it is refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prefix", metavar="PREFIX", help=f"how the key begins, such as {KEY_BEGINS}V1StGXR")

    def handle(self, *args: Any, prefix: str, **options: Any) -> None:
        # Somebody may paste the whole key.
        named = Q(digest=digest_of(prefix)) | Q(prefix__startswith=prefix)
        found = list(SourceKey.objects.filter(named, revoked_at=None).select_related("source")[:2])
        if len(found) != 1 or len(prefix) <= len(KEY_BEGINS):
            many = "Several working keys begin" if found else "No working key begins"
            raise CommandError(f"{many} with {prefix[:SHOWN]!r}. Name one.")
        revoke_key(key=found[0], by=None, at=timezone.now())
        self.stdout.write(f"The key {found[0].prefix}… of {found[0].source.name!r} is revoked.")
