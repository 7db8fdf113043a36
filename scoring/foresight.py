"""What a fact would do to an account's score before anybody says it: written, scored by the usual code, rolled back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.db import transaction

from scoring.cards import Card
from scoring.rescore import Ground, conclude_all, ground_on


@dataclass(frozen=True)
class Standing:
    """A score in hundredths (-1 for none) and its band, by the card that applies."""

    score: int
    band: int
    card: Card

    @property
    def band_name(self) -> str:
        return "Undefined" if self.band < 0 else self.card.bands.by_code[self.band].label


@dataclass(frozen=True)
class Foreseen:
    now: Standing
    then: Standing


def foresee(*, account_id: int, write: Callable[[], object], as_of: date, at: datetime) -> Foreseen | None:
    """The account as of the day without and with what `write` writes, which does not stay.

    None before the first full run, and for an account that is not scored.
    """
    with transaction.atomic(), ground_on(as_of, at=at) as ground:
        now = standing(account_id, as_of=as_of, ground=ground) if ground else None
        if ground is None or now is None:
            return None
        write()
        then = standing(account_id, as_of=as_of, ground=ground)
        transaction.set_rollback(True)
    return Foreseen(now, then) if then else None


def standing_now(*, account_id: int, as_of: date, at: datetime) -> Standing | None:
    """As the account would be scored now."""
    with transaction.atomic(), ground_on(as_of, at=at) as ground:
        return standing(account_id, as_of=as_of, ground=ground) if ground else None


def standing(account_id: int, *, as_of: date, ground: Ground) -> Standing | None:
    _, parts = conclude_all([account_id], as_of=as_of, ground=ground)
    cards = {card.version_id: card for card in ground.cards.all()}
    for part in parts:
        for row in np.flatnonzero(part.account_ids == account_id).tolist():
            return Standing(int(part.scores[row]), int(part.bands[row]), cards[int(part.versions[row])])
    return None
