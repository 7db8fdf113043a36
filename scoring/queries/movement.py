"""Why scores moved between two days, each part by one cause: of one account, line by line, or of a portfolio.

The parts sum exactly to the difference of the two snapshots, in every line. docs/scoring.md tells the method.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from django.conf import settings

from scoring.breakdown import CHILD_PREFIX, CLAMP, OVERRIDE_PREFIX, PULSE_PREFIX, unpack
from scoring.cards import Card
from scoring.core import movement
from scoring.core.arrays import Ints
from scoring.core.movement import CAUSES, Cause, Lines, Parts, Step
from scoring.custom import read_once
from scoring.extract.attributes import active_account_ids
from scoring.extract.shared import read_shared_once
from scoring.models import Snapshot
from scoring.queries.explanation import ACCOUNT_BELOW, cards_of
from scoring.queries.lines import MEASURE_PREFIX
from scoring.queries.movement_children import ChildMoved, child_id, child_lines, split
from scoring.queries.movement_facts import Between, pools_on
from scoring.queries.movement_lines import Kept, Keys, kept_lines, scored_lines

# What our own people judge; said late, it is manual all the same.
JUDGMENTS = ("csm_sentiment", "rapport")
MANUAL_KEYS = {
    PULSE_PREFIX: Cause.MANUAL,
    OVERRIDE_PREFIX: Cause.MANUAL,
    **{f"{MEASURE_PREFIX}{key}": Cause.MANUAL for key in JUDGMENTS},
}
LABELS = {
    PULSE_PREFIX: "CSM pulses",
    OVERRIDE_PREFIX: "Overrides",
    CHILD_PREFIX: "Accounts below",
    CLAMP: "Kept within 0 to 100",
}


@dataclass(frozen=True)
class MovedLine:
    """A line that moved, in whole hundredths, and what of it is due to what."""

    key: str
    label: str
    causes: Mapping[Cause, int]

    @property
    def total(self) -> int:
        return sum(self.causes.values())


@dataclass(frozen=True)
class Movement:
    """From one day's score to a later one's; for a portfolio, means over the accounts that have a score on both."""

    first: date
    last: date
    before: int
    after: int
    accounts: int
    lines: tuple[MovedLine, ...]

    @property
    def total(self) -> int:
        return self.after - self.before

    @cached_property
    def causes(self) -> dict[Cause, int]:
        """The parts over all lines."""
        return {cause: sum(line.causes.get(cause, 0) for line in self.lines) for cause in CAUSES}


@dataclass(frozen=True)
class Ends:
    """The snapshots of accounts that have a score on both days, in the order of ids."""

    account_ids: Ints
    first: tuple[Kept, ...]
    last: tuple[Kept, ...]
    before: int  # the sums of the scores
    after: int


@read_shared_once()
@read_once()
def movement_of_account(account_id: int, *, first: date, last: date) -> Movement | None:
    """Why one account's score moved; None unless it has a score on both days."""
    return movements_of([account_id], first=first, last=last).get(account_id)


def movements_of(
    account_ids: Collection[int], *, first: date, last: date, above: frozenset[int] = frozenset()
) -> dict[int, Movement]:
    """The movement of each of these accounts; the lines of accounts below are split as these moved themselves.

    `above` are those from whom one came here: families may have changed, and who was below may stand above now.
    """
    found: dict[int, Movement] = {}
    kept: dict[int, tuple[Kept, Kept]] = {}
    for ends in ends_of(account_ids, first=first, last=last):
        keys = Keys(is_one_line_each=True)
        parts, cards = moved(ends, first=first, last=last, keys=keys)
        for place, account in enumerate(ends.account_ids.tolist()):
            kept[account] = ends.first[place], ends.last[place]
            lines = lines_of(movement.of_place(parts, place), keys=keys, cards=cards)
            before, after = (unpack(one.breakdown).score for one in kept[account])
            found[account] = Movement(first, last, before=before, after=after, accounts=1, lines=lines)
    return with_children(found, kept, first=first, last=last, above=above)


def with_children(
    found: Mapping[int, Movement],
    kept: Mapping[int, tuple[Kept, Kept]],
    *,
    first: date,
    last: date,
    above: frozenset[int],
) -> dict[int, Movement]:
    """The movements, those of parents with the causes of their children's; these are asked for all at once."""
    below = {child for one in found.values() for line in one.lines if (child := child_id(line.key)) is not None}
    above |= found.keys()
    if not below - above:
        return dict(found)
    children = {
        account: ChildMoved(one.before, one.after, one.causes)
        for account, one in movements_of(below - above, first=first, last=last, above=above).items()
    }
    return {
        account: replace(one, lines=split_lines(one.lines, ends=kept[account], children=children))
        for account, one in found.items()
    }


def split_lines(
    lines: Sequence[MovedLine], *, ends: tuple[Kept, Kept], children: Mapping[int, ChildMoved]
) -> tuple[MovedLine, ...]:
    return tuple(split_line(line, ends=ends, children=children) for line in lines)


def split_line(line: MovedLine, *, ends: tuple[Kept, Kept], children: Mapping[int, ChildMoved]) -> MovedLine:
    child = child_id(line.key)
    if child is None:
        return line
    before, after = (child_lines(kept).get(line.key, 0) for kept in ends)
    return replace(line, causes=split(before=before, after=after, child=children.get(child)))


@read_shared_once()
@read_once()
def movement_of_accounts(account_ids: Collection[int], *, first: date, last: date) -> Movement | None:
    """Why the mean score of these accounts moved, over those that have a score on both days; None without any."""
    keys = Keys(is_one_line_each=False)
    sums: list[Parts] = []
    cards: dict[int, Card] = {}
    count = before = after = 0
    for ends in ends_of(account_ids, first=first, last=last):
        parts, used = moved(ends, first=first, last=last, keys=keys)
        sums.append(movement.over_accounts(parts))
        cards |= used
        count, before, after = count + len(ends.account_ids), before + ends.before, after + ends.after
    if not count:
        return None
    total = movement.over_accounts(together(sums))
    # The mean before is what the mean after is, less the parts: so all that is shown adds up.
    shares = movement.means(total.amounts, count)
    mean_after = int(movement.means(np.array([after]), count)[0])
    lines = lines_of(replace(total, amounts=shares), keys=keys, cards=cards)
    return Movement(first, last, before=mean_after - int(shares.sum()), after=mean_after, accounts=count, lines=lines)


def together(parts: Sequence[Parts]) -> Parts:
    columns = ("places", "keys", "causes", "amounts")
    return Parts(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def ends_of(account_ids: Collection[int], *, first: date, last: date) -> Iterator[Ends]:
    """The accounts in chunks, each with what its snapshots of both days say."""
    ids, size = sorted(account_ids), settings.SCORING_CHUNK_ACCOUNTS
    for start in range(0, len(ids), size):
        found = ends_in(ids[start : start + size], first=first, last=last)
        if found is not None:
            yield found


def ends_in(ids: Sequence[int], *, first: date, last: date) -> Ends | None:
    rows = Snapshot.objects.filter(account_id__gte=ids[0], account_id__lte=ids[-1], as_of__in=(first, last))
    wanted, by_day = set(ids), defaultdict[date, dict[int, tuple[int, int, bytes]]](dict)
    found = rows.filter(score__isnull=False).values_list("account_id", "as_of", "version_id", "score", "breakdown")
    for account, day, version, score, breakdown in found.iterator(chunk_size=10_000):
        if account in wanted:
            by_day[day][account] = (version, int(score or 0), bytes(breakdown))
    both = sorted(by_day[first].keys() & by_day[last].keys())
    if not both:
        return None
    kept = [
        tuple(Kept(n, by_day[day][pk][0], True, by_day[day][pk][2]) for n, pk in enumerate(both))
        for day in (first, last)
    ]
    before, after = (sum(by_day[day][pk][1] for pk in both) for day in (first, last))
    return Ends(np.array(both, dtype=np.int64), kept[0], kept[1], before=before, after=after)


def moved(ends: Ends, *, first: date, last: date, keys: Keys) -> tuple[Parts, dict[int, Card]]:
    """The parts of the movement of each account, and the cards that were used."""
    cards = cards_of({one.version for one in (*ends.first, *ends.last)})
    size = len(ends.account_ids)
    start = kept_lines(ends.first, size=size, cards=cards, keys=keys)
    end = kept_lines(ends.last, size=size, cards=cards, keys=keys)
    told = list(chain(ends, first=first, last=last, cards=cards, keys=keys))
    told.append((end, Cause.BEHAVIOR, MANUAL_KEYS))
    steps = [Step(lines, keys.causes(cause, others)) for lines, cause, others in told]
    return movement.set_off(movement.parts_of(start, steps)), cards


Told = tuple[Lines, Cause, dict[str, Cause]]


def chain(ends: Ends, *, first: date, last: date, cards: Mapping[int, Card], keys: Keys) -> Iterator[Told]:
    """The lines as one thing after the other is let change. What the chain cannot tell stays without a score."""
    places = explainable(ends, first=first, last=last)
    if not len(places):
        return
    used = tuple(cards.values())
    ranked = sorted({key for card in used for key in card.percentile_keys})
    earlier = pools_on(first, ranked, defined_on=last)
    later = pools_on(last, ranked, defined_on=last)
    was, will = (np.array([one.version for one in kept])[places] for kept in (ends.first, ends.last))
    facts = Between(ends.account_ids[places], first, last, used)

    def lines(chunk, versions, pools):  # type: ignore[no-untyped-def]
        found = scored_lines(chunk, versions=versions, cards=cards, pools=pools.by_key, keys=keys)
        return spread(found, places, size=len(ends.account_ids))

    # What was recorded or corrected after the first day was scored.
    peers = {} if earlier.are_kept else {f"{MEASURE_PREFIX}{key}": Cause.PEERS for key in ranked}
    yield lines(facts.then, was, earlier), Cause.BEHAVIOR, MANUAL_KEYS | peers
    yield lines(facts.redefined, will, earlier), Cause.CONFIGURATION, {}
    yield lines(facts.aged, will, earlier), Cause.AGING, {}
    yield lines(facts.behaved, will, earlier), Cause.BEHAVIOR, {}
    yield lines(facts.now, will, earlier), Cause.MANUAL, {}
    yield lines(facts.now, will, later), Cause.PEERS, {}


def explainable(ends: Ends, *, first: date, last: date) -> Ints:
    """The places of accounts that can be scored anew: active on both days, and their score not made of children's."""
    active = np.isin(ends.account_ids, np.intersect1d(active_account_ids(as_of=first), active_account_ids(as_of=last)))
    child = CHILD_PREFIX.encode()
    own = [child not in a.breakdown and child not in b.breakdown for a, b in zip(ends.first, ends.last, strict=True)]
    return np.flatnonzero(active & np.array(own))


def spread(lines: Lines, places: Ints, *, size: int) -> Lines:
    """Lines of some accounts, at their places among all."""
    is_scored = np.zeros(size, dtype=bool)
    is_scored[places] = lines.is_scored
    return Lines(places[lines.places], lines.keys, lines.amounts, is_scored)


def lines_of(parts: Parts, *, keys: Keys, cards: Mapping[int, Card]) -> tuple[MovedLine, ...]:
    """The lines of one account or of all together: measures in their cards' order, then what changed the score."""
    names = list(keys.codes)
    found: dict[str, dict[Cause, int]] = defaultdict(dict)
    for key, cause, amount in zip(parts.keys.tolist(), parts.causes.tolist(), parts.amounts.tolist(), strict=True):
        found[names[key]][CAUSES[cause]] = amount
    labels = labels_of(cards)
    order = {key: n for n, key in enumerate(labels)}
    return tuple(
        MovedLine(key, label_in(labels, key), causes)
        for key, causes in sorted(
            found.items(), key=lambda pair: (order.get(pair[0], len(order)), names.index(pair[0]))
        )
    )


def labels_of(cards: Mapping[int, Card]) -> dict[str, str]:
    """What lines are called, the newest version's word last; measures first."""
    newest_last = sorted(cards.items())
    labels = {
        f"{MEASURE_PREFIX}{item.measure.key}": item.measure.label for _, card in newest_last for item in card.items
    }
    return labels | {rule.adjustment.key: rule.label for _, card in newest_last for rule in card.rules} | LABELS


def label_in(labels: Mapping[str, str], key: str) -> str:
    if key in labels:
        return labels[key]
    if key.startswith(CHILD_PREFIX):
        return ACCOUNT_BELOW
    return {"pulse": "CSM pulse", "override": "Override"}.get(key.partition(":")[0], key)
