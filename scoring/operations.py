"""Publishing scorecards. A published version is never edited: a change is a new version."""

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import Segment, User
from scoring.files import BadScorecard, CardFile, check, shipped_cards
from scoring.models import Scorecard, ScorecardItem, ScorecardVersion

# Shipped cards apply to all of history, so that any past day can be scored.
BEGINNING = date(2000, 1, 1)


@transaction.atomic
def publish(*, card: CardFile, effective_from: date, reason: str, by: User | None, at: datetime) -> ScorecardVersion:
    """A new version of the card's scorecard. Raises BadScorecard for a card that cannot be scored with."""
    check(card)
    if not reason.strip():
        raise BadScorecard("Say why: a version needs a reason.")
    scorecard, _ = Scorecard.objects.get_or_create(
        slug=card.slug, defaults={"name": card.name, "segment": segment_of(card), "phase": card.phase}
    )
    newest = scorecard.versions.order_by("-number").values_list("number", flat=True).first()
    version = ScorecardVersion.objects.create(
        scorecard=scorecard,
        number=(newest or 0) + 1,
        effective_from=effective_from,
        published_at=at,
        author=by,
        reason=reason,
        min_coverage=card.min_coverage,
        bands=card.bands,
        adjustments=card.adjustments,
        flags=card.flags,
        pulse=card.pulse,
    )
    ScorecardItem.objects.bulk_create(
        ScorecardItem(
            version=version,
            position=position,
            measure=item.measure,
            weight=item.weight,
            curve=item.curve,
            params=item.params,
            missing=item.missing,
        )
        for position, item in enumerate(card.items)
    )
    audit.record(verb="published scorecard", subject=version, by=by, at=at, reason=reason)
    return version


def publish_shipped(*, by: User | None, at: datetime) -> list[ScorecardVersion]:
    """Version 1 of each shipped card whose segment exists and which is not published yet; the default always."""
    segments = set(Segment.objects.values_list("slug", flat=True))
    there = set(Scorecard.objects.values_list("slug", flat=True))
    return [
        publish(card=card, effective_from=BEGINNING, reason="Shipped with healthapp", by=by, at=at)
        for card in shipped_cards()
        if card.slug not in there and (card.segment is None or card.segment in segments)
    ]


def segment_of(card: CardFile) -> Segment | None:
    if card.segment is None:
        return None
    segment = Segment.objects.filter(slug=card.segment).first()
    if segment is None:
        raise BadScorecard(f"There is no segment {card.segment!r}.")
    return segment
