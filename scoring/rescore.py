"""Rescoring at once: accounts with a new fact, by the same code as the night, against the last full run's peers.

An account is scored as of today, since a fact of today must count; the night's run over today then confirms or
replaces it. What waits is taken and settled in the transaction that writes the scores: two workers never score the
same account twice for one fact, and one that is killed leaves everything as it was.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet

from accounts import touches
from accounts.models import Account
from accounts.models.touches import Turn
from scoring import locks, merge, store
from scoring.cards import Cards, NoScorecard, cards_on
from scoring.collect import collect_from
from scoring.conclude import Concluded, conclude
from scoring.core.peers import PeerPool
from scoring.extract.attributes import active_account_ids, codes
from scoring.extract.facts import Facts
from scoring.extract.plans import Asked, Named, plan_of
from scoring.extract.register import read_register
from scoring.extract.scope import Scope
from scoring.extract.shared import keep_shared, shared
from scoring.families import NO_FAMILIES, Families, conclude_accounts, families_on
from scoring.models import ScoringRun
from scoring.partitions import ensure_month
from scoring.peers import pools_of_run

log = structlog.get_logger(__name__)

AT_ONCE = 1_000
# What changed without being noted (by hand, in the database) is seen after so long.
KEPT_SECONDS = 60
RUNS_AND_STAMP = """
SELECT newest.id,
       (SELECT id FROM scoring_scoringrun WHERE kind = 'touched' AND as_of = %s AND peers_of_id = newest.id),
       (SELECT touches FROM accounts_commontouch),
       (SELECT count(*) FROM scoring_scoringrun WHERE state = 'done' AND kind <> 'touched')
FROM scoring_scoringrun newest WHERE kind = 'full' AND state = 'done' ORDER BY newest.as_of DESC, newest.id DESC LIMIT 1
"""


@dataclass(frozen=True)
class Ground:
    """What accounts are scored against, and the entry of the run log that says so (0: there is none yet)."""

    full_run_id: int
    touched_run_id: int
    cards: Cards
    pools: Mapping[str, PeerPool]


def rescore_waiting(*, as_of: date, at: datetime, turns: Collection[Turn] = tuple(Turn)) -> int:
    """Score some of the accounts that wait; says how many waited. Call it until none does."""
    if not any(touches.first_waiting(turn) is not None for turn in turns):
        return 0
    with transaction.atomic(), ground_on(as_of, at=at) as ground:
        if ground is None:
            return 0
        waiting = touches.take_waiting(limit=AT_ONCE, turns=turns)
        score_or_split(waiting.account_ids, ground=ground, as_of=as_of, at=at)
        touches.settle(waiting, as_of=as_of, at=at)
    return len(waiting.touches)


def rescore_others(first: int, *, as_of: date, at: datetime) -> int:
    """Score some accounts that wait because their source spoke of a day; says how many.

    None if it is another's turn than that of `first`, since somebody went on; or while somebody does.
    """
    if touches.first_waiting(Turn.SOURCE) != first:
        return 0
    with transaction.atomic():
        is_ours = locks.may_score_others()
        return rescore_waiting(as_of=as_of, at=at, turns=[Turn.SOURCE]) if is_ours else 0


def score_or_split(account_ids: Sequence[int], *, ground: Ground, as_of: date, at: datetime) -> None:
    """Score the accounts. Where that fails, each half: one account never keeps the others from their scores."""
    if not account_ids:
        return
    try:
        with transaction.atomic():
            score(account_ids, ground=ground, as_of=as_of, at=at)
    except OperationalError:
        raise  # the database's trouble, not an account's: all of them wait on
    except Exception as error:
        if len(account_ids) == 1:
            note_failure(account_ids[0], error=error, ground=ground, as_of=as_of, at=at)
            return
        middle = len(account_ids) // 2
        for half in (account_ids[:middle], account_ids[middle:]):
            score_or_split(half, ground=ground, as_of=as_of, at=at)


def rescore(*, account_ids: Collection[int], as_of: date, at: datetime) -> int:
    """Score these accounts as of the day; says how many snapshots are new or differ.

    None are before the first full run, or while a card ranks accounts by a measure of which no peers are known yet.
    """
    ids, changed = sorted(set(account_ids)), 0
    for start in range(0, len(ids), AT_ONCE):
        with transaction.atomic(), ground_on(as_of, at=at) as ground:
            if ground is None:
                return changed
            changed += score(ids[start : start + AT_ONCE], ground=ground, as_of=as_of, at=at)
    return changed


@contextmanager
def ground_on(as_of: date, *, at: datetime) -> Iterator[Ground | None]:
    """The day's cards and the newest full run's peers; None while accounts cannot be ranked.

    Inside, what accounts share is read once per process, until something changes for all of them, or a minute is over.
    """
    found = runs_and_stamp(as_of)
    if found is None:
        yield None
        return
    full_run, touched_run, *stamp = found
    with keep_shared((as_of, full_run, *stamp, int(at.timestamp()) // KEPT_SECONDS)):
        cards = cards_or_none(as_of)
        if cards is None:
            yield None
            return
        pools = pools_of_run(full_run) if cards.percentile_keys else {}
        is_known = pools.keys() >= set(cards.percentile_keys)
        yield Ground(full_run, touched_run or 0, cards, pools) if is_known else None


def cards_or_none(as_of: date) -> Cards | None:
    try:
        return shared("cards", lambda: cards_on(as_of))
    except NoScorecard:
        return None


def runs_and_stamp(as_of: date) -> tuple[int, ...] | None:
    """The newest full run, the log's entry of what was scored at once for the day against it, and what has changed."""
    with connection.cursor() as cursor:
        cursor.execute(RUNS_AND_STAMP, [as_of])
        return cursor.fetchone()  # type: ignore[no-any-return]


def score(account_ids: Sequence[int], *, ground: Ground, as_of: date, at: datetime) -> int:
    """Collect, conclude and store; also the parents whose scores are made of these."""
    locks.hold_few(account_ids)
    wanted, found = conclude_all(account_ids, as_of=as_of, ground=ground)
    active = {account for part in found for account in part.account_ids.tolist()}
    run = touched_run(ground, as_of=as_of, at=at)
    shared("month", lambda: ensure_month(as_of))
    changed = sum(write(run, part) for part in found)
    if gone := wanted - active:
        changed += merge.forget(run, gone)
    note_in_log(run, accounts=len(active), changed=changed, at=at)
    return changed


def conclude_all(account_ids: Sequence[int], *, as_of: date, ground: Ground) -> tuple[set[int], list[Concluded]]:
    """The accounts and the parents that are made of them; and what those of them score that are active."""
    if len(account_ids) == 1 and (alone := conclude_alone(account_ids[0], as_of=as_of, ground=ground)) is not None:
        return set(account_ids), alone
    families = families_of(account_ids, as_of=as_of)
    wanted = {*account_ids, *families.ancestors(account_ids)}
    if families.children:
        locks.score_families_alone()
        locks.hold_few(wanted)
    active = active_account_ids(as_of=as_of, among=wanted).tolist()
    return wanted, conclude_accounts(active, families, members={}, day=as_of, cards=ground.cards, pools=ground.pools)


def conclude_alone(account_id: int, *, as_of: date, ground: Ground) -> list[Concluded] | None:
    """One account, read by the plan of the day; nothing where it is not active, None where it has a family."""
    asked = Asked(plan_of(as_of, "who"), account_id)
    (relatives,) = asked.columns(Named("relatives", with_family), "pk", days=(), about="pk")
    if len(relatives):
        return None
    ids = np.array([account_id], dtype=np.int64)
    register = read_register(Scope(ids, as_of, asked=asked))
    if not register.active(as_of).size:
        return []
    now = register.history.on(as_of)
    # What only other cards measure is not asked.
    card = ground.cards.card(int(codes(now.segments)[0]), int(now.phases[0]))
    scope = Scope(ids, as_of, asked=Asked(plan_of(as_of, str(card.version_id)), account_id))
    collected = collect_from(Facts(scope, read_before=register), [card])
    return [conclude(collected, cards=ground.cards, pools=ground.pools)]


def with_family() -> QuerySet[Account]:
    return Account.objects.filter(Q(parent__isnull=False) | Q(children__isnull=False))


def families_of(account_ids: Sequence[int], *, as_of: date) -> Families:
    """The families of the day, where any of the accounts is in one."""
    return families_on(as_of) if with_family().filter(pk__in=account_ids).exists() else NO_FAMILIES


def write(run: ScoringRun, found: Concluded) -> int:
    changed = merge.write_few_snapshots(run, store.snapshot_columns(run, found))
    merge.write_few_health(store.health_columns(run, found))
    return changed


def touched_run(ground: Ground, *, as_of: date, at: datetime) -> ScoringRun:
    """The run log's row of all that was scored at once for a day against the same peers."""
    about = {"kind": ScoringRun.Kind.TOUCHED, "as_of": as_of, "peers_of_id": ground.full_run_id}
    if ground.touched_run_id:
        return shared(("run", ground.touched_run_id), lambda: ScoringRun(pk=ground.touched_run_id, **about))
    over = {"state": ScoringRun.State.DONE, "started_at": at, "finished_at": at}
    return ScoringRun.objects.get_or_create(**about, defaults=over)[0]


def note_in_log(run: ScoringRun, *, accounts: int, changed: int, at: datetime) -> None:
    """Plain SQL: this is done for every fact that comes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scoring_scoringrun SET accounts = accounts + %s, changed = changed + %s, finished_at = %s"
            " WHERE id = %s",
            [accounts, changed, touches.stamp(at), run.pk],
        )


def note_failure(account_id: int, *, error: Exception, ground: Ground, as_of: date, at: datetime) -> None:
    """The account keeps its score until its next fact, or until the night; the run log says why."""
    log.error("account not rescored", account=account_id, as_of=str(as_of), error=repr(error))
    run = touched_run(ground, as_of=as_of, at=at)
    ScoringRun.objects.filter(pk=run.pk).update(error=f"Account {account_id}: {type(error).__name__}: {error}")
