"""manage.py scorecard export|check|diff|import: scorecards as files. Publishing a file is publish_scorecards."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from scoring.checks import BadScorecard, problems, warnings
from scoring.common_bands import number_problems
from scoring.content import CardFile, card_of_draft, card_of_version
from scoring.differences import differences
from scoring.files import read_unchecked, to_toml
from scoring.models import Scorecard, ScorecardVersion
from scoring.operations import import_draft, newest_version


class Command(BaseCommand):
    help = "Write a scorecard to a TOML file, check such a file, say how it differs, or open it as a draft."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        export = actions.add_parser("export", help="print a card as TOML: its newest version, unless told otherwise")
        export.add_argument("slug")
        which = export.add_mutually_exclusive_group()
        which.add_argument("--version-number", type=int, metavar="N")
        which.add_argument("--draft", action="store_true", help="the open draft")
        export.add_argument("--output", type=Path, metavar="FILE")
        for name, about in {
            "check": "name every problem of a file",
            "diff": "say how a file differs from the newest version of its card",
            "import": "open a file as the draft of its card; it is not published",
        }.items():
            actions.add_parser(name, help=about).add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"on_{options['action']}")(**options)
        except (BadScorecard, OSError) as error:
            raise CommandError(str(error)) from error

    def on_export(self, *, slug: str, output: Path | None, **options: Any) -> None:
        text = to_toml(self.chosen(slug, number=options["version_number"], is_draft=options["draft"]))
        if output:
            output.write_text(text)
            self.stdout.write(f"Wrote {output}.")
        else:
            self.stdout.write(text, ending="")

    def chosen(self, slug: str, *, number: int | None, is_draft: bool) -> CardFile:
        card = card_named(slug)
        if is_draft:
            draft = getattr(card, "draft", None)
            if draft is None:
                raise CommandError(f"{card} has no open draft.")
            return card_of_draft(draft)
        version = card.versions.filter(number=number).first() if number else newest_version(card)
        if version is None:
            raise CommandError(f"{card} has no version {number}." if number else f"{card} has no version yet.")
        return card_of_version(version)

    def on_check(self, *, file: Path, **options: Any) -> None:
        card = read_unchecked(file)
        found = [*problems(card), *number_problems(card)]
        if found:
            raise CommandError("\n".join(problem.text for problem in found))
        for warning in warnings(card):
            self.stdout.write(self.style.WARNING(warning))
        self.stdout.write(f"{file.name} can be published.")

    def on_diff(self, *, file: Path, **options: Any) -> None:
        card = read_unchecked(file)
        version = ScorecardVersion.objects.filter(scorecard__slug=card.slug).order_by("-number").first()
        if version is None:
            self.stdout.write(f"{card.slug} is a new card.")
            return
        lines = differences(card_of_version(version), card)
        self.stdout.write("\n".join(lines) or f"{file.name} says what v{version.number} says.")

    def on_import(self, *, file: Path, **options: Any) -> None:
        draft = import_draft(card=read_unchecked(file), by=None, at=timezone.now())
        card = card_of_draft(draft)
        left = len([*problems(card), *number_problems(card)])
        state = f"{left} problem{'' if left == 1 else 's'} to mend" if left else "it can be published"
        self.stdout.write(f"Opened as the draft of {draft.scorecard}: {state}.")


def card_named(slug: str) -> Scorecard:
    found = Scorecard.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Scorecard.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no scorecard {slug!r}. Known: {known}.")
    return found
