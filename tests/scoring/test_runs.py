"""Runs and their chunks: two starts, leases, a worker that died, a run seen whole or not at all."""

from datetime import timedelta

import pytest

from accounts.models import Account, AccountHistory, ExchangeRate
from accounts.queries.exchange import UnknownRate
from scoring import pipeline, runs
from scoring.models import AccountHealth, RunChunk, ScoringRun, Snapshot
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_chunks(settings, make_account, shipped):
    settings.SCORING_CHUNK_ACCOUNTS = 2
    for n in range(5):
        make_account(f"A{n}")
    return runs.start_run(as_of=AS_OF, at=NOW)


def test_two_starts_give_one_run(three_chunks):
    assert runs.start_run(as_of=AS_OF, at=NOW) == three_chunks
    assert ScoringRun.objects.count() == 1
    assert RunChunk.objects.count() == 3


def test_a_chunk_is_claimed_once_until_its_lease_ends(three_chunks):
    claimed = [runs.claim_chunk(run=three_chunks, worker=name, at=NOW) for name in ("a", "b", "c")]
    assert len({claim.chunk.pk for claim in claimed}) == 3
    assert runs.claim_chunk(run=three_chunks, worker="d", at=NOW) is None
    later = NOW + runs.lease() + timedelta(seconds=1)
    assert runs.claim_chunk(run=three_chunks, worker="d", at=later).chunk == claimed[0].chunk


def test_readers_see_nothing_until_the_last_chunk_is_scored(three_chunks):
    while claim := runs.claim_chunk(run=three_chunks, worker="a", at=NOW):
        pipeline.work_on_chunk(claim)
    assert pipeline.begin_scoring(three_chunks)
    for _ in range(2):
        pipeline.work_on_chunk(runs.claim_chunk(run=three_chunks, worker="a", at=NOW))
        pipeline.close(three_chunks, at=NOW)
    assert not Snapshot.objects.exists()
    assert not AccountHealth.objects.exists()
    pipeline.work_on(three_chunks, worker="a", clock=clock)
    assert Snapshot.objects.count() == AccountHealth.objects.count() == 5
    assert ScoringRun.objects.get().state == "done"


def test_a_run_that_a_dead_worker_left_is_found_when_its_lease_has_ended(three_chunks):
    runs.claim_chunk(run=three_chunks, worker="dead", at=NOW)
    assert runs.left_behind(at=NOW) == []
    later = NOW + runs.lease() + timedelta(seconds=1)
    assert runs.left_behind(at=later) == [three_chunks]
    pipeline.work_on(three_chunks, worker="next", clock=lambda: later)
    assert runs.left_behind(at=later) == []
    assert Snapshot.objects.count() == 5


def test_a_chunk_done_twice_gives_the_same(three_chunks):
    claim = runs.claim_chunk(run=three_chunks, worker="slow", at=NOW)
    later = NOW + runs.lease() + timedelta(seconds=1)
    pipeline.work_on(three_chunks, worker="quick", clock=lambda: later)
    once = list(Snapshot.objects.order_by("pk").values())
    pipeline.work_on_chunk(claim)  # the slow worker wakes up after the run was closed
    assert list(Snapshot.objects.order_by("pk").values()) == once
    assert ScoringRun.objects.get().state == "done"


def test_a_chunk_that_fails_every_time_ends_the_run_and_says_so(three_chunks):
    RunChunk.objects.filter(pk=three_chunks.chunks.first().pk).update(attempts=runs.MAX_ATTEMPTS)
    assert runs.claim_chunk(run=three_chunks, worker="a", at=NOW) is None
    run = ScoringRun.objects.get()
    assert (run.state, "was tried 20 times" in run.error) == ("failed", True)
    assert runs.start_run(as_of=AS_OF, at=NOW) != run


def test_a_chunk_that_fails_says_why_and_is_free_for_the_next_try(three_chunks, organization):
    Account.objects.filter(name="A0").update(currency="EUR")
    AccountHistory.objects.filter(account__name="A0").update(currency="EUR")
    with pytest.raises(UnknownRate):
        pipeline.work_on(three_chunks, worker="a", clock=clock)
    assert ScoringRun.objects.get().error.startswith("UnknownRate: No exchange rate for EUR")
    ExchangeRate.objects.create(currency="EUR", valid_from=AS_OF, rate=2)
    pipeline.work_on(three_chunks, worker="a", clock=clock)
    run = ScoringRun.objects.get()
    assert (run.state, run.error) == ("done", "")
    assert AccountHealth.objects.get(account__name="A0").arr_reporting == 24_000


def test_many_small_chunks_give_the_same_snapshots_as_one(three_chunks, settings):
    pipeline.work_on(three_chunks, worker="a", clock=clock)
    in_chunks = list(Snapshot.objects.order_by("account").values("account", "score", "breakdown"))
    settings.SCORING_CHUNK_ACCOUNTS = 1000
    pipeline.score_days([AS_OF], clock=clock)
    assert ScoringRun.objects.order_by("-pk").first().changed == 0
    assert list(Snapshot.objects.order_by("account").values("account", "score", "breakdown")) == in_chunks


def test_who_lost_the_lease_can_neither_finish_nor_fail_the_chunk_that_somebody_else_took(three_chunks):
    lost = runs.claim_chunk(run=three_chunks, worker="slow", at=NOW)
    later = NOW + runs.lease() + timedelta(seconds=1)
    pipeline.work_on(three_chunks, worker="next", clock=lambda: later)
    before = list(RunChunk.objects.order_by("pk").values())
    runs.finish_chunk(lost, state=RunChunk.State.COLLECTED, peers=b"late")
    runs.give_back(lost, error=ValueError("late"))
    assert list(RunChunk.objects.order_by("pk").values()) == before
    assert (ScoringRun.objects.get().state, ScoringRun.objects.get().error) == ("done", "")


def test_a_worker_without_a_chunk_stays_while_others_still_collect_theirs(three_chunks):
    claims = [runs.claim_chunk(run=three_chunks, worker=name, at=NOW) for name in ("a", "b", "c")]
    assert runs.others_are_collecting(three_chunks, at=NOW)
    assert not runs.others_are_collecting(three_chunks, at=NOW + runs.lease() + timedelta(seconds=1))
    for claim in claims:
        pipeline.work_on_chunk(claim)
    assert runs.others_are_collecting(three_chunks, at=NOW)  # whoever was last puts the peers together
    assert pipeline.begin_scoring(three_chunks)
    assert not runs.others_are_collecting(three_chunks, at=NOW)
