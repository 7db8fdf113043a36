"""What a draft would do, before it is published: the last scored day once with the cards in force and once with it.

Both are computed the same way from all that is known now, so that nothing but the draft makes a difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from scoring.cards import Card, card_of_draft, cards_if_any, cards_on
from scoring.conclude import Concluded
from scoring.core.arrays import Bools, Ints
from scoring.core.bands import DEFINED, UNDEFINED, Bands, shown
from scoring.models import ScorecardDraft, ScoringRun
from scoring.queries.words import words_of_scorecards
from scoring.replay import replay
from scoring.rules import SCORE_DAYS

BIN_POINTS = 5
BINS = 100 // BIN_POINTS


@dataclass(frozen=True)
class BandChange:
    """How many accounts, and with how much ARR, are in the band now and would be; -1 is Undefined."""

    code: int
    label: str
    accounts_now: int
    accounts_then: int
    arr_cents_now: int
    arr_cents_then: int


@dataclass(frozen=True)
class Moved:
    """An account that would change its band; scores in hundredths, -1 for none."""

    account_id: int
    arr_cents: int
    score_now: int
    score_then: int
    band_now: int
    band_then: int

    @property
    def is_down(self) -> bool:
        """Whether the band is worse, or no longer known."""
        return self.band_now != UNDEFINED and (self.band_then == UNDEFINED or self.band_then > self.band_now)


@dataclass(frozen=True)
class Preview:
    """The accounts to which the draft would apply. Bins count scores by fives as they are shown; 100 is in the last."""

    day: date
    bands: tuple[BandChange, ...]
    bins_now: tuple[int, ...]
    bins_then: tuple[int, ...]
    moved: tuple[Moved, ...]  # the most ARR first
    moved_count: int
    moved_arr_cents: int
    down: int

    @property
    def accounts(self) -> int:
        return sum(band.accounts_then for band in self.bands)


def last_scored_day() -> date | None:
    """The newest day of which a run over all accounts is done."""
    runs = ScoringRun.objects.filter(state=ScoringRun.State.DONE, segment=None)
    return runs.order_by("-as_of").values_list("as_of", flat=True).first()


def preview(draft: ScorecardDraft, *, day: date) -> Preview:
    """The draft against the cards in force on the day. Raises BadScorecard for a draft that cannot be scored with."""
    card = card_of_draft(draft)
    now = replay(day=day, cards=cards_on(day))
    earlier = cards_if_any(day - timedelta(days=SCORE_DAYS), draft=card)
    then = replay(day=day, cards=cards_on(day, draft=card), earlier=earlier)
    return compared(now, then, card=card, day=day)


def compared(now: Concluded, then: Concluded, *, card: Card, day: date) -> Preview:
    """Two conclusions about the same accounts in the same order."""
    ours = then.versions == card.version_id
    changed = moved(now, then, ours=ours)
    return Preview(
        day=day,
        bands=band_changes(now, then, ours=ours, bands=card.bands),
        bins_now=bins(now.scores[ours]),
        bins_then=bins(then.scores[ours]),
        moved=changed,
        moved_count=len(changed),
        moved_arr_cents=sum(one.arr_cents for one in changed),
        down=sum(one.is_down for one in changed),
    )


def band_changes(now: Concluded, then: Concluded, *, ours: Bools, bands: Bands) -> tuple[BandChange, ...]:
    """The draft's bands in their order, and those that it would leave where an account is in one now."""
    former = {code for code in DEFINED if (now.bands[ours] == code).any()}
    there = {*bands.codes, *former}
    labels = [(code, bands.by_code[code].label if code in bands.codes else words_of_scorecards().band(code))
              for code in DEFINED if code in there]  # fmt: skip
    return tuple(
        BandChange(
            code=code,
            label=label,
            accounts_now=int((ours & (now.bands == code)).sum()),
            accounts_then=int((ours & (then.bands == code)).sum()),
            arr_cents_now=int(now.arr_cents[ours & (now.bands == code)].sum()),
            arr_cents_then=int(then.arr_cents[ours & (then.bands == code)].sum()),
        )
        for code, label in [*labels, (UNDEFINED, "Undefined")]
    )


def bins(scores: Ints) -> tuple[int, ...]:
    places = np.minimum(shown(scores[scores >= 0]) // BIN_POINTS, BINS - 1)
    return tuple(np.bincount(places, minlength=BINS).tolist())


def moved(now: Concluded, then: Concluded, *, ours: Bools) -> tuple[Moved, ...]:
    places = np.flatnonzero(ours & (now.bands != then.bands))
    ordered: Sequence[int] = places[np.lexsort((then.account_ids[places], -then.arr_cents[places]))].tolist()
    return tuple(
        Moved(
            account_id=int(then.account_ids[n]),
            arr_cents=int(then.arr_cents[n]),
            score_now=int(now.scores[n]),
            score_then=int(then.scores[n]),
            band_now=int(now.bands[n]),
            band_then=int(then.bands[n]),
        )
        for n in ordered
    )
