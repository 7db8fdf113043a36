"""manage.py erase contact|account ID: a person or a company is erased; erase allow RECEIPT lets it come in again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model
from django.utils import timezone

from accounts.models import Account, Contact, Erasure
from accounts.operations.erasure import allow_again
from scoring.erasure import erase_account, erase_contact

KINDS: dict[str, type[Model]] = {"contact": Contact, "account": Account, "allow": Erasure}


class Command(BaseCommand):
    help = "Erases a contact or an account everywhere, with a receipt. It cannot be taken back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(KINDS), help="allow: what a receipt erased may come in again")
        parser.add_argument("id", type=int, help="as the address of its page says; of a receipt, its number")
        parser.add_argument("--name", help="the name in full, where nobody can be asked")

    def handle(self, *args: Any, **options: Any) -> None:
        found = KINDS[options["kind"]]._default_manager.filter(pk=options["id"]).first()
        if found is None:
            raise CommandError(f"There is no {options['kind'].replace('allow', 'receipt')} {options['id']}.")
        if isinstance(found, Erasure):
            gone = allow_again(erasure=found, by=None, at=timezone.now())
            self.stdout.write(f"What receipt {found.pk} erased may come in again ({gone} marks removed).")
            return
        self.ask_for(str(found), options["name"])
        self.tell(self.erase(found))

    def ask_for(self, name: str, given: str | None) -> None:
        """Nobody erases by mistake: the name has to be typed."""
        said = given if given is not None else input(f"This cannot be taken back. Type {name!r} to erase it: ")
        if said.strip() != name:
            raise CommandError("That is another name. Nothing was erased.")

    def erase(self, found: Model) -> Erasure:
        if isinstance(found, Contact):
            return erase_contact(contact=found, by=None, at=timezone.now())
        assert isinstance(found, Account)  # noqa: S101 - the table of kinds says so
        return erase_account(account=found, by=None, at=timezone.now())

    def tell(self, erasure: Erasure) -> None:
        say = self.stdout.write
        say(f"Erased. Receipt {erasure.pk}: {erasure.digest}")
        for verb, counts in (("deleted", erasure.deleted), ("rewritten", erasure.rewritten)):
            for table, count in counts.items():
                say(f"  {verb}: {count:,} of {table}")
        for verb, count in erasure.files.items():
            say(f"  files {verb}: {count:,}")
        say("Backups, and copies of exports that were downloaded, still hold what they held.")
