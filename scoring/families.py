"""Parent accounts whose score rolls up from their children's: who they are on a day, and scoring them last."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from accounts.models import Account, RollUp
from scoring.cards import Cards
from scoring.collect import collect
from scoring.conclude import Concluded, conclude
from scoring.core.peers import PeerPool
from scoring.core.rollup import Member, RolledUp, Rule, rolled_up
from scoring.extract.attributes import active_account_ids
from scoring.extract.scope import Scope, ScoresBefore

Members = dict[int, Member]


@dataclass(frozen=True)
class Families:
    """Parents with a rule that have active children on the day, those of the deepest level first."""

    rules: Mapping[int, Rule]
    children: Mapping[int, tuple[int, ...]]
    levels: tuple[tuple[int, ...], ...]

    @property
    def members(self) -> frozenset[int]:
        """Every child of such a parent."""
        return frozenset(child for children in self.children.values() for child in children)

    def ancestors(self, account_ids: Iterable[int]) -> set[int]:
        """The parents whose score changes with these accounts."""
        parents = {child: parent for parent, children in self.children.items() for child in children}
        found: set[int] = set()
        for account in account_ids:
            while account in parents and parents[account] not in found:
                account = parents[account]
                found.add(account)
        return found


NO_FAMILIES = Families({}, {}, ())


def families_on(day: date, *, known_at: datetime | None = None) -> Families:
    """The families of the day. Who is whose child is today's; who was active is the day's."""
    rows = Account.objects.exclude(parent=None).exclude(parent__roll_up=RollUp.OWN).order_by("pk")
    found = list(rows.values_list("pk", "parent_id", "parent__roll_up"))
    if not found:
        return NO_FAMILIES
    active = set(active_account_ids(as_of=day, known_at=known_at).tolist())
    children: dict[int, list[int]] = defaultdict(list)
    rules: dict[int, Rule] = {}
    for child, parent, rule in found:
        if child in active and parent in active:
            children[parent].append(child)
            rules[parent] = Rule(rule)
    levels = levels_of(children)
    kept = [parent for level in levels for parent in level]
    return Families(
        rules={parent: rules[parent] for parent in kept},
        children={parent: tuple(children[parent]) for parent in kept},
        levels=levels,
    )


def levels_of(children: Mapping[int, Collection[int]]) -> tuple[tuple[int, ...], ...]:
    """Parents in the order in which they can be scored; who stands in a circle is in none of the levels."""
    waiting, levels = dict(children), []
    while ready := tuple(sorted(p for p, found in waiting.items() if not any(child in waiting for child in found))):
        levels.append(ready)
        for parent in ready:
            del waiting[parent]
    return tuple(levels)


def members_in(found: Concluded, families: Families) -> Members:
    """Of what was concluded, what parents need."""
    wanted = families.members
    columns = (found.account_ids, found.scores, found.low, found.high, found.arr_cents)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {
        account: Member(account, None if score < 0 else score, low, high, arr)
        for account, score, low, high, arr in rows
        if account in wanted
    }


def conclude_parents(
    families: Families,
    *,
    among: Collection[int],
    members: Members,
    day: date,
    cards: Cards,
    pools: Mapping[str, PeerPool],
    known_at: datetime | None = None,
    scores_before: ScoresBefore | None = None,
) -> list[Concluded]:
    """The parents `among` these accounts, level by level. Children that are not given are scored on the way."""
    known, done = dict(members), []
    for level in families.levels:
        parents = sorted(set(level) & set(among))
        if not parents:
            continue
        missing = {child for parent in parents for child in families.children[parent]} - known.keys()
        for found in conclude_accounts(
            missing, families, members=known, day=day, cards=cards, pools=pools, known_at=known_at
        ):
            known |= members_in(found, families)
        bases = {parent: base_of(parent, families, known) for parent in parents}
        ids = np.array(parents, dtype=np.int64)
        scope = Scope(account_ids=ids, as_of=day, known_at=known_at, scores_before=scores_before)
        done.append(conclude(collect(scope, cards), cards=cards, pools=pools, bases=bases))
        known |= members_in(done[-1], families)
    return done


def conclude_accounts(
    account_ids: Collection[int],
    families: Families,
    *,
    members: Members,
    day: date,
    cards: Cards,
    pools: Mapping[str, PeerPool],
    known_at: datetime | None = None,
) -> list[Concluded]:
    """Accounts of any kind: those with facts of their own first, then the parents among them."""
    alone = sorted(set(account_ids) - families.children.keys())
    found = []
    if alone:
        scope = Scope(account_ids=np.array(alone, dtype=np.int64), as_of=day, known_at=known_at)
        found.append(conclude(collect(scope, cards), cards=cards, pools=pools))
    parents = set(account_ids) & families.children.keys()
    if parents:
        known = {**members, **(members_in(found[0], families) if found else {})}
        found += conclude_parents(
            families, among=parents, members=known, day=day, cards=cards, pools=pools, known_at=known_at
        )
    return found


def base_of(parent: int, families: Families, members: Members) -> RolledUp:
    return rolled_up([members[child] for child in families.children[parent]], rule=families.rules[parent])
