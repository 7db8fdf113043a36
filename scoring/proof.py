"""The nightly proof: what was found at once is what the night finds, unless something new became known since.

Compared are the accounts that were scored at once for the run's day and have no touch after it: their snapshots must
be the same to the last bit. Peers move from run to run; so the night's facts are concluded once more with the peers
that were used at once. What concerns all accounts (a card, a rate) counts as something new for each.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts import touches
from scoring import merge, store
from scoring.cards import Cards
from scoring.collect import Collected
from scoring.conclude import Concluded, conclude
from scoring.core.peers import PeerPool
from scoring.families import Families, conclude_parents
from scoring.models import RunDifference, ScoringRun, Snapshot
from scoring.peers import pools_of_run

# As a chunk keeps it: {"compared": 3, "differing": [[account, run at once, score at once, score]]}.
Proof = dict[str, Any]
Content = tuple[Any, ...]
SCORE = merge.CONTENT.index("score")


@dataclass(frozen=True)
class AtOnce:
    """What was found for an account at once, and by which entry of the run log."""

    run_id: int
    peers_of_id: int
    content: Content


Found = dict[int, AtOnce]


def prove_chunk(run: ScoringRun, chunk: Collected, concluded: Concluded, *, cards: Cards) -> Proof:
    """Compare the chunk's accounts with what was found for them at once."""
    found = found_at_once(run, first=int(chunk.account_ids[0]), last=int(chunk.account_ids[-1]))
    mine, proof = set(chunk.account_ids.tolist()), no_proof()
    found = {account: kept for account, kept in found.items() if account in mine}
    for peers_of, some in by_peers(found).items():
        again = conclude(chunk, cards=cards, pools=pools_of_run(peers_of)) if cards.percentile_keys else concluded
        add(proof, run, some, [again])
    return proof


def prove_parents(run: ScoringRun, families: Families, found: list[Concluded], *, cards: Cards) -> Proof:
    """The same for accounts that roll up; their children are read again where peers have moved."""
    parents = sorted(families.children)
    at_once = found_at_once(run, first=parents[0], last=parents[-1]) if parents else {}
    at_once = {account: kept for account, kept in at_once.items() if account in families.children}
    proof = no_proof()
    for peers_of, some in by_peers(at_once).items():
        pools = pools_of_run(peers_of)
        again = parents_again(run, families, some, cards=cards, pools=pools) if cards.percentile_keys else found
        add(proof, run, some, again)
    return proof


def parents_again(
    run: ScoringRun, families: Families, some: Found, *, cards: Cards, pools: Mapping[str, PeerPool]
) -> list[Concluded]:
    return conclude_parents(families, among=some, members={}, day=run.as_of, cards=cards, pools=pools)


def found_at_once(run: ScoringRun, *, first: int, last: int) -> Found:
    """The day's snapshots that were found at once before the run began, and of which nothing new is known since."""
    if run.kind != ScoringRun.Kind.FULL:
        return {}
    settled = touches.untouched_since_settled(as_of=run.as_of, before=run.started_at)
    known = set(settled.filter(account_id__gte=first, account_id__lte=last).values_list("account_id", flat=True))
    if not known:
        return {}
    rows = Snapshot.objects.filter(
        as_of=run.as_of, account_id__gte=first, account_id__lte=last, run__kind=ScoringRun.Kind.TOUCHED
    ).values_list("account_id", "run_id", "run__peers_of_id", *merge.CONTENT)
    return {
        account: AtOnce(run_id, peers_of, (*content, bytes(breakdown)))
        for account, run_id, peers_of, *content, breakdown in rows
        if account in known
    }


def by_peers(found: Found) -> dict[int, Found]:
    """By the run whose peers were used."""
    groups: dict[int, Found] = defaultdict(dict)
    for account, at_once in found.items():
        groups[at_once.peers_of_id][account] = at_once
    return groups


def add(proof: Proof, run: ScoringRun, at_once: Found, again: Iterable[Concluded]) -> None:
    """Compare, and note what differs."""
    now = {account: content for part in again for account, content in contents(run, part) if account in at_once}
    proof["compared"] += len(now)
    for account, content in sorted(now.items()):
        before = at_once[account]
        if content != before.content:
            proof["differing"].append([account, before.run_id, before.content[SCORE], content[SCORE]])


def contents(run: ScoringRun, found: Concluded) -> Iterable[tuple[int, Content]]:
    columns = store.snapshot_columns(run, found)
    return zip(columns["account_id"], zip(*(columns[name] for name in merge.CONTENT), strict=True), strict=True)


def no_proof() -> Proof:
    return {"compared": 0, "differing": []}


def keep(run: ScoringRun, proofs: Iterable[Proof]) -> None:
    """The sums on the run (not saved here), and a row for each account that differs."""
    found = [proof for proof in proofs if proof]
    rows = [row for proof in found for row in proof["differing"]]
    run.compared, run.differing = sum(proof["compared"] for proof in found), len(rows)
    RunDifference.objects.bulk_create(
        RunDifference(run=run, account_id=account, at_once_id=at_once, score_at_once=before, score=now)
        for account, at_once, before, now in rows
    )
