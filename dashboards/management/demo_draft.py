"""A draft in the demo company: mid-market accounts measured by what they say and do with us, to be looked at."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.models import User
from scoring.content import ItemFile, card_of_version
from scoring.models import Scorecard, ScorecardDraft
from scoring.operations import import_draft, newest_version

CARD = "mid-market"
# In the place of measures of the same weight: (what goes, what comes, its curve).
CHANGES: tuple[tuple[str, str, str, dict[str, float]], ...] = (
    ("csat", "product_sentiment", "linear", {"zero": 1.5, "full": 4.5}),
    ("rapport", "reply_rate", "linear", {"zero": 0.3, "full": 0.95}),
    ("days_overdue", "failed_payments", "thresholds", {"at_risk": 2.0, "healthy": 0.0}),
    ("nps", "training_taken", "linear", {"zero": 0.0, "full": 2.0}),
)


@transaction.atomic
def start_dealings_draft(*, by: User, at: datetime) -> None:
    """The draft, unless there is one; nothing is published by it."""
    scorecard = Scorecard.objects.filter(slug=CARD).first()
    version = newest_version(scorecard) if scorecard else None
    if version is None or version.number > 1 or ScorecardDraft.objects.filter(scorecard=scorecard).exists():
        return
    card = card_of_version(version)
    import_draft(card=replace(card, items=tuple(changed(item) for item in card.items)), by=by, at=at)


def changed(item: ItemFile) -> ItemFile:
    for gone, comes, curve, params in CHANGES:
        if item.measure == gone:
            return replace(item, measure=comes, curve=curve, params=dict(params))
    return item
