"""Writing scorecards: drafts, which may change, and published versions, which never do."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from accounts import audit, touches
from accounts.models import Segment, User
from scoring.checks import BadScorecard, check
from scoring.common_bands import followers, number_problems
from scoring.content import CardFile, card_of_draft, card_of_version, content_of, items_of
from scoring.files import shipped_cards
from scoring.models import BEGINNING, Scorecard, ScorecardDraft, ScorecardItem, ScorecardVersion

LONGEST_REASON = 300


class ChangedMeanwhile(Exception):
    """Somebody else changed the draft since it was read."""


@transaction.atomic
def publish(*, card: CardFile, effective_from: date, reason: str, by: User | None, at: datetime) -> ScorecardVersion:
    """A new version of the card's scorecard. Raises BadScorecard, naming all that stands in the way.

    A default card with another number of bands publishes a version with its bands of every other card, too.
    """
    check_to_publish(card)
    version = new_version(card, effective_from=effective_from, reason=reason, by=by, at=at)
    for follower in followers(card):
        why = f"Bands as {version}: {reason.strip()}"[:LONGEST_REASON]
        try:
            new_version(follower.card, effective_from=effective_from, reason=why, by=by, at=at)
        except BadScorecard as error:
            raise BadScorecard(f"{follower.before.scorecard} takes the same bands over: {error}") from error
    touches.touch_all(at=at)
    return version


def check_to_publish(card: CardFile) -> None:
    """Refuse what could not be scored with, and another number of bands than the default card has."""
    check(card)
    if found := [problem.text for problem in number_problems(card)]:
        raise BadScorecard(" ".join(found))


def new_version(
    card: CardFile, *, effective_from: date, reason: str, by: User | None, at: datetime
) -> ScorecardVersion:
    scorecard = scorecard_of(card)
    newest = newest_version(scorecard)
    refuse_publishing(newest, effective_from=effective_from, reason=reason)
    version = ScorecardVersion.objects.create(
        scorecard=scorecard,
        number=newest.number + 1 if newest else 1,
        effective_from=effective_from,
        published_at=at,
        author=by,
        reason=reason.strip(),
        min_coverage=card.min_coverage,
        bands=card.bands,
        adjustments=card.adjustments,
        flags=card.flags,
        pulse=card.pulse,
    )
    ScorecardItem.objects.bulk_create(items_of(card, version=version))
    audit.record(
        verb="published scorecard", subject=version, by=by, at=at, reason=reason, effective_from=str(effective_from)
    )
    return version


def refuse_publishing(newest: ScorecardVersion | None, *, effective_from: date, reason: str) -> None:
    """Raises BadScorecard for a missing reason and for a day before the newest version's."""
    said: list[str] = []
    if not reason.strip():
        said.append("Say why: a version needs a reason.")
    if len(reason.strip()) > LONGEST_REASON:
        said.append(f"The reason has {len(reason.strip())} characters; {LONGEST_REASON} fit.")
    if newest and effective_from < newest.effective_from:
        said.append(
            f"v{newest.number} applies from {newest.effective_from}; the next version cannot apply from "
            f"{effective_from}, before it."
        )
    if said:
        raise BadScorecard(" ".join(said))


def publish_shipped(*, by: User | None, at: datetime) -> list[ScorecardVersion]:
    """Version 1 of each shipped card whose segment exists and which is not published yet; the default always."""
    segments = set(Segment.objects.values_list("slug", flat=True))
    there = set(Scorecard.objects.values_list("slug", flat=True))
    return [
        publish(card=card, effective_from=BEGINNING, reason="Shipped with healthapp", by=by, at=at)
        for card in shipped_cards()
        if card.slug not in there and (card.segment is None or card.segment in segments)
    ]


@transaction.atomic
def start_draft(
    *, scorecard: Scorecard, by: User | None, at: datetime, based_on: ScorecardVersion | None = None
) -> ScorecardDraft:
    """A draft that starts as the newest version, or as an older one. Raises BadScorecard where one is open."""
    if ScorecardDraft.objects.filter(scorecard=scorecard).exists():
        raise BadScorecard(f"{scorecard} has an open draft already.")
    based_on = based_on or newest_version(scorecard)
    if based_on is None:
        raise BadScorecard(f"{scorecard} has no version to start from.")
    return new_draft(scorecard, based_on=based_on, content=content_of(card_of_version(based_on)), by=by, at=at)


@transaction.atomic
def start_card(
    *, name: str, segment: Segment | None, phase: str, like: ScorecardVersion, by: User, at: datetime
) -> ScorecardDraft:
    """A card for a segment or a phase that has none yet, as a draft like another card's version."""
    refuse_scope(name=name, segment=segment, phase=phase)
    scorecard = Scorecard.objects.create(slug=free_slug(name), name=name.strip(), segment=segment, phase=phase)
    audit.record(verb="started scorecard", subject=scorecard, by=by, at=at, name=name)
    return new_draft(scorecard, based_on=None, content=content_of(card_of_version(like)), by=by, at=at)


def refuse_scope(*, name: str, segment: Segment | None, phase: str) -> None:
    """Raises BadScorecard unless the card is for one segment or one phase that has none yet."""
    if not name.strip():
        raise BadScorecard("A scorecard needs a name.")
    if bool(segment) == bool(phase):
        raise BadScorecard("A new scorecard is for one segment or for one phase.")
    taken = Scorecard.objects.filter(segment=segment, phase=phase).first()
    if taken:
        raise BadScorecard(f"{taken} is there for it already.")


def free_slug(name: str) -> str:
    """A slug made of the name that no card has yet."""
    wanted = slugify(name)[:40] or "scorecard"
    taken = set(Scorecard.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    return next(slug for slug in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def new_draft(
    scorecard: Scorecard, *, based_on: ScorecardVersion | None, content: dict[str, Any], by: User | None, at: datetime
) -> ScorecardDraft:
    draft = ScorecardDraft.objects.create(
        scorecard=scorecard, based_on=based_on, content=content, author=by, started_at=at, changed_by=by, changed_at=at
    )
    audit.record(verb="started draft", subject=scorecard, by=by, at=at)
    return draft


@transaction.atomic
def edit_draft(*, draft: ScorecardDraft, content: Mapping[str, Any], edition: int, by: User, at: datetime) -> None:
    """Keep what was edited, sound or not. Raises ChangedMeanwhile unless `edition` is the one that was read."""
    changes = {"content": dict(content), "changed_by": by, "changed_at": at, "edition": edition + 1}
    if not ScorecardDraft.objects.filter(pk=draft.pk, edition=edition).update(**changes):
        raise ChangedMeanwhile
    draft.refresh_from_db()


@transaction.atomic
def discard_draft(*, draft: ScorecardDraft, by: User | None, at: datetime) -> None:
    """The draft is gone, and with it a card that was never published."""
    scorecard = draft.scorecard
    audit.record(verb="discarded draft", subject=scorecard, by=by, at=at, content=draft.content)
    draft.delete()
    if not scorecard.versions.exists():
        scorecard.delete()


@transaction.atomic
def publish_draft(
    *, draft: ScorecardDraft, edition: int, effective_from: date, reason: str, by: User | None, at: datetime
) -> ScorecardVersion:
    """The draft as the card's next version. Raises BadScorecard, or ChangedMeanwhile."""
    held = ScorecardDraft.objects.select_for_update().filter(pk=draft.pk, edition=edition).first()
    if held is None:
        raise ChangedMeanwhile
    version = publish(card=card_of_draft(held), effective_from=effective_from, reason=reason, by=by, at=at)
    held.delete()
    return version


@transaction.atomic
def import_draft(*, card: CardFile, by: User | None, at: datetime) -> ScorecardDraft:
    """What a file states becomes the card's draft; nothing is published. Raises BadScorecard where one is open."""
    scorecard = scorecard_of(card)
    if ScorecardDraft.objects.filter(scorecard=scorecard).exists():
        raise BadScorecard(f"{scorecard} has an open draft. Publish or discard it first.")
    return new_draft(scorecard, based_on=newest_version(scorecard), content=content_of(card), by=by, at=at)


def newest_version(scorecard: Scorecard) -> ScorecardVersion | None:
    return scorecard.versions.select_related("scorecard__segment").order_by("-number").first()


def scorecard_of(card: CardFile) -> Scorecard:
    """The scorecard of the card's slug, made where it is missing. Raises BadScorecard where its scope is another's."""
    segment = segment_of(card)
    found = Scorecard.objects.filter(slug=card.slug).first()
    if found is None:
        taken = Scorecard.objects.filter(segment=segment, phase=card.phase).first()
        if taken:
            raise BadScorecard(f"{taken} ({taken.slug}) applies to the same accounts already.")
        return Scorecard.objects.create(slug=card.slug, name=card.name, segment=segment, phase=card.phase)
    if (found.segment, found.phase) != (segment, card.phase):
        raise BadScorecard(f"{found} applies to other accounts than the file says; that cannot change.")
    return found


def segment_of(card: CardFile) -> Segment | None:
    if card.segment is None:
        return None
    segment = Segment.objects.filter(slug=card.segment).first()
    if segment is None:
        raise BadScorecard(f"There is no segment {card.segment!r}.")
    return segment
