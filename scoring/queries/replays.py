"""One account on any day with any card, as known now or as known then: explained like a score, and kept nowhere."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from accounts.models import Account
from scoring.cards import Card, Cards, card_of, card_of_draft, cards_if_any, cards_on
from scoring.conclude import Concluded
from scoring.custom import read_once
from scoring.models import AccountHealth, Scorecard, ScorecardDraft, ScorecardVersion, Snapshot
from scoring.queries.explanation import Explanation, explained
from scoring.replay import replay
from scoring.rules import SCORE_DAYS

VERSION, DRAFT = "v", "d"


@dataclass(frozen=True)
class CardChoice:
    """A card that a day can be replayed with; an empty key is the one that was in force then."""

    key: str
    label: str


@dataclass(frozen=True)
class Replayed:
    """The explanation of a replay, with what the account's last EBR was on that day, for the reasons of flags."""

    explanation: Explanation
    health: AccountHealth


def card_choices(*, with_drafts: bool) -> list[CardChoice]:
    """Every version of every card, the newest first, and the open drafts."""
    cards = Scorecard.objects.order_by("name")
    drafts = ScorecardDraft.objects.select_related("scorecard").order_by("scorecard__name") if with_drafts else []
    versions = ScorecardVersion.objects.filter(scorecard__in=cards).select_related("scorecard")
    return [
        CardChoice("", "In force then"),
        *(CardChoice(f"{DRAFT}{draft.pk}", f"{draft.scorecard}, draft") for draft in drafts),
        *(
            CardChoice(f"{VERSION}{one.pk}", f"{one.scorecard} v{one.number}")
            for one in versions.order_by("scorecard__name", "-number")
        ),
    ]


def chosen_cards(key: str, *, day: date) -> Cards:
    """The cards in force on the day, or one card for every account. Raises NoScorecard, BadScorecard, LookupError."""
    if not key:
        return cards_on(day)
    return Cards(by_segment={}, by_phase={}, default=chosen_card(key))


@read_once()
def chosen_card(key: str) -> Card:
    kind, pk = key[:1], key[1:]
    if kind == DRAFT and pk.isdecimal():
        return card_of_draft(ScorecardDraft.objects.select_related("scorecard__segment", "based_on").get(pk=int(pk)))
    if kind == VERSION and pk.isdecimal():
        versions = ScorecardVersion.objects.select_related("scorecard__segment").prefetch_related("items")
        return card_of(versions.get(pk=int(pk)))
    raise LookupError(f"There is no card {key!r}.")


@read_once()
def replayed(account: Account, *, day: date, card: str, known_at: datetime | None) -> Replayed | None:
    """What the account scores; None where it was not active on the day, or not known to be."""
    cards = chosen_cards(card, day=day)
    earlier = cards if card else cards_if_any(day - timedelta(days=SCORE_DAYS)) if known_at else None
    found = replay(day=day, cards=cards, known_at=known_at, account_ids=[account.pk], earlier=earlier)
    if not len(found.account_ids):
        return None
    by_id = {each.version_id: each for each in cards.all()}
    snapshot = snapshot_of(account, found, day=day)
    explanation = explained(snapshot, cards=by_id, earlier=None, started_on=account.started_on)
    return Replayed(explanation, health_of(account, found))


def snapshot_of(account: Account, found: Concluded, *, day: date) -> Snapshot:
    """The one account's conclusion, as a snapshot that is never saved."""
    score, customer_score = (
        None if column[0] < 0 else int(column[0]) for column in (found.scores, found.customer_scores)
    )
    return Snapshot(
        account=account,
        as_of=day,
        version_id=int(found.versions[0]),
        score=score,
        customer_score=customer_score,
        band=int(found.bands[0]),
        coverage=float(found.coverage[0]),
        breakdown=found.breakdowns[0],
    )


def health_of(account: Account, found: Concluded) -> AccountHealth:
    last = found.last_ebr[0]
    return AccountHealth(account=account, last_ebr_on=None if np.isnan(last) else date.fromordinal(int(last)))
