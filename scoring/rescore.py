"""Rescoring at once: accounts with a new fact, by the same code as the night, against the last full run's peers.

An account is scored as of today, since a fact of today must count; the night's run over today then confirms or
replaces it. What waits is taken and settled in the transaction that writes the scores: two workers never score the
same account twice for one fact, and one that is killed leaves everything as it was.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from django.db import OperationalError, transaction
from django.db.models import F

from accounts import touches
from scoring import locks, merge, store
from scoring.cards import Cards, NoScorecard, cards_on
from scoring.conclude import Concluded
from scoring.core.peers import PeerPool
from scoring.extract.attributes import active_account_ids
from scoring.families import conclude_accounts, families_on
from scoring.models import ScoringRun
from scoring.partitions import ensure_month
from scoring.peers import pools_of_run

log = structlog.get_logger(__name__)

AT_ONCE = 1_000


@dataclass(frozen=True)
class Ground:
    """What accounts are scored against."""

    full_run_id: int
    cards: Cards
    pools: Mapping[str, PeerPool]


def rescore_waiting(*, as_of: date, at: datetime) -> int:
    """Score some of the accounts that wait; says how many waited. Call it until none does."""
    if not touches.is_anybody_waiting():
        return 0
    with transaction.atomic():
        ground = ground_on(as_of)
        if ground is None:
            return 0
        waiting = touches.take_waiting(limit=AT_ONCE)
        score_or_split(waiting.account_ids, ground=ground, as_of=as_of, at=at)
        touches.settle(waiting, as_of=as_of, at=at)
    return len(waiting.touches)


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
        with transaction.atomic():
            ground = ground_on(as_of)
            if ground is None:
                return changed
            changed += score(ids[start : start + AT_ONCE], ground=ground, as_of=as_of, at=at)
    return changed


def ground_on(as_of: date) -> Ground | None:
    """The day's cards and the newest full run's peers; None while accounts cannot be ranked."""
    full = ScoringRun.objects.filter(kind=ScoringRun.Kind.FULL, state=ScoringRun.State.DONE)
    newest = full.order_by("-as_of", "-pk").values_list("pk", flat=True).first()
    if newest is None:
        return None
    try:
        cards = cards_on(as_of)
    except NoScorecard:
        return None
    pools = pools_of_run(newest) if cards.percentile_keys else {}
    return Ground(newest, cards, pools) if pools.keys() >= set(cards.percentile_keys) else None


def score(account_ids: Sequence[int], *, ground: Ground, as_of: date, at: datetime) -> int:
    """Collect, conclude and store; also the parents whose scores are made of these."""
    families = families_on(as_of)
    wanted = {*account_ids, *families.ancestors(account_ids)}
    if len(wanted) > len(set(account_ids)):
        locks.score_families_alone()
    active = active_account_ids(as_of=as_of, among=wanted).tolist()
    found = conclude_accounts(active, families, members={}, day=as_of, cards=ground.cards, pools=ground.pools)
    run = touched_run(as_of=as_of, peers_of=ground.full_run_id, at=at)
    ensure_month(as_of)
    locks.wait_for_closing()
    changed = sum(write(run, part) for part in found)
    if gone := wanted - set(active):
        changed += merge.forget(run, gone)
    ScoringRun.objects.filter(pk=run.pk).update(
        accounts=F("accounts") + len(active), changed=F("changed") + changed, finished_at=at
    )
    return changed


def write(run: ScoringRun, found: Concluded) -> int:
    changed = merge.write_few_snapshots(run, store.snapshot_columns(run, found))
    merge.write_few_health(store.health_columns(run, found))
    return changed


def touched_run(*, as_of: date, peers_of: int, at: datetime) -> ScoringRun:
    """The run log's row of all that was scored at once for a day against the same peers."""
    run, _ = ScoringRun.objects.get_or_create(
        kind=ScoringRun.Kind.TOUCHED,
        as_of=as_of,
        peers_of_id=peers_of,
        defaults={"state": ScoringRun.State.DONE, "started_at": at, "finished_at": at},
    )
    return run


def note_failure(account_id: int, *, error: Exception, ground: Ground, as_of: date, at: datetime) -> None:
    """The account keeps its score until its next fact, or until the night; the run log says why."""
    log.error("account not rescored", account=account_id, as_of=str(as_of), error=repr(error))
    run = touched_run(as_of=as_of, peers_of=ground.full_run_id, at=at)
    ScoringRun.objects.filter(pk=run.pk).update(error=f"Account {account_id}: {type(error).__name__}: {error}")
