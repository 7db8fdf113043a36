"""What all cards of an organization have in common: as many bands as the default card has.

Names, colors and where bands begin are each card's own. A default card with another number takes the others along.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from scoring.cards import DEFAULT_SCOPE
from scoring.checks import BadScorecard, Problem, check
from scoring.content import CardFile, card_of_version
from scoring.core.bands import Bands, bands_from_json
from scoring.models import ScorecardVersion


def is_default(card: CardFile) -> bool:
    """Whether the card is that of all accounts without another."""
    return (card.segment, card.phase) == DEFAULT_SCOPE


def newest_versions() -> QuerySet[ScorecardVersion]:
    """Of each card the version that was published last, with all that it states."""
    of_card = ScorecardVersion.objects.filter(scorecard=OuterRef("scorecard")).order_by("-number")
    found = ScorecardVersion.objects.filter(pk=Subquery(of_card.values("pk")[:1])).order_by("scorecard__slug")
    return found.select_related("scorecard__segment").prefetch_related("items")


def newest_default() -> ScorecardVersion | None:
    """The newest version of the default card, in one query."""
    versions = ScorecardVersion.objects.filter(scorecard__segment=None, scorecard__phase="")
    return versions.select_related("scorecard").order_by("-number").first()


def default_bands() -> list[dict[str, Any]]:
    """The bands of the default card's newest version; none where it has none."""
    default = newest_default()
    return card_of_version(default).bands if default else []


def number_problems(card: CardFile) -> Iterator[Problem]:
    """Whether a card has as many bands as the default one. The default may have any number."""
    default = None if is_default(card) else newest_default()
    if default is not None and len(default.bands) != len(card.bands):
        text = (
            f"All cards have as many bands as the default one: {default} has {len(default.bands)}, this card "
            f"{len(card.bands)}. Take the default card's bands, or change their number there."
        )
        yield Problem("bands", text)


@dataclass(frozen=True)
class Follower:
    """A card that takes the default card's bands over, and the version that it had."""

    before: ScorecardVersion
    card: CardFile


def followers(default: CardFile) -> list[Follower]:
    """The cards that have another number of bands, with the bands of the default one. Raises BadScorecard."""
    if not is_default(default):
        return []
    versions = newest_versions().exclude(scorecard__segment=None, scorecard__phase="")
    others = [version for version in versions if len(version.bands) != len(default.bands)]
    return [Follower(version, following(version, default)) for version in others]


def caps_after(before: Bands, now: Bands) -> dict[str, str]:
    """For each band of before the one that a flag then caps at: the same, or where it is gone the next worse one."""
    there = {band.key for band in now.bands}
    worst = now.bands[-1].key
    return {
        band.key: band.key
        if band.key in there
        else next((new.key for at, new in now.by_code.items() if at >= code), worst)
        for code, band in before.by_code.items()
    }


def following(version: ScorecardVersion, default: CardFile) -> CardFile:
    before, now = card_of_version(version), bands_from_json(default.bands)
    capped_by = caps_after(bands_from_json(before.bands), now)
    flags = [flag | {"band_cap": capped_by.get(flag["band_cap"])} for flag in before.flags]
    card = replace(before, bands=default.bands, flags=flags)
    try:
        check(card)
    except BadScorecard as error:
        raise BadScorecard(f"{version.scorecard} takes the same bands over, which it cannot yet: {error}") from error
    return card
