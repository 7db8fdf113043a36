"""An account that is deleted while scores are written leaves none behind, however the two meet."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep

import psycopg2
import pytest
from django.db import connection, transaction

from accounts.ingest.undo_accounts import remove
from accounts.models import Account
from accounts.operations.erasure import erase_account
from scoring import locks, pipeline, runs
from scoring.models import AccountHealth, Snapshot
from tests.conftest import NOW
from tests.dashboards.snapshots import give_snapshot
from tests.scoring.conftest import AS_OF, clock

PATIENCE_SECONDS = 20


@pytest.fixture
def on_postgresql(transactional_db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@contextmanager
def another_session() -> Iterator[psycopg2.extensions.cursor]:
    other = psycopg2.connect(dbname=connection.settings_dict["NAME"], **others_of(connection.settings_dict))
    try:
        yield other.cursor()
    finally:
        other.close()


def others_of(settings) -> dict[str, object]:
    return {name.lower(): settings[name] for name in ("HOST", "PORT", "USER", "PASSWORD") if settings[name]}


def wait_for_a_lock() -> None:
    """Until some session waits for a lock that another one holds."""
    until = monotonic() + PATIENCE_SECONDS
    with another_session() as cursor:
        while monotonic() < until:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
            sleep(0.02)
    raise AssertionError("Nobody waits.")


def in_a_session_of_its_own(work, *args, **named) -> None:
    try:
        with transaction.atomic():
            work(*args, **named)
    finally:
        connection.close()


@pytest.mark.django_db
def test_an_account_deleted_between_scoring_and_closing_leaves_no_score(make_account, shipped):
    gone, stays = make_account("Gone"), make_account("Stays")
    run = runs.start_run(as_of=AS_OF, at=NOW)
    while claim := runs.claim_chunk(run=run, worker="a", at=NOW):
        pipeline.work_on_chunk(claim)
    pipeline.begin_scoring(run)
    while claim := runs.claim_chunk(run=run, worker="a", at=NOW):
        pipeline.work_on_chunk(claim)
    Account.objects.filter(pk=gone.pk).delete()
    pipeline.work_on(run, worker="a", clock=clock)
    run.refresh_from_db()
    assert run.state == "done"
    for model in (Snapshot, AccountHealth):
        assert list(model.objects.values_list("account_id", flat=True)) == [stays.pk]


@pytest.mark.parametrize(
    "hold", [locks.close_alone, lambda: locks.hold_few(Account.objects.values_list("pk", flat=True))]
)
def test_accounts_that_are_held_may_change_and_may_not_go(on_postgresql, make_account, hold):
    account = make_account("Acme")
    with transaction.atomic(), another_session() as cursor:
        hold()
        cursor.execute("UPDATE accounts_account SET name = 'Acme Ltd' WHERE id = %s", [account.pk])
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            cursor.execute("SELECT 1 FROM accounts_account FOR UPDATE NOWAIT")


@pytest.mark.parametrize("how", ["undone with its import", "erased"])
def test_who_deletes_an_account_waits_for_its_score_and_takes_it_along(on_postgresql, organization, make_account, how):
    account = make_account("Acme")
    named = {"account": account, "before": lambda account, tally: None, "by": None, "at": NOW}
    work = (remove, {account.pk}) if how == "undone with its import" else (erase_account,)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            locks.close_alone()
            give_snapshot(account, day=AS_OF, score=5000, measures=[[None, None, 0]] * 7)
            done = pool.submit(in_a_session_of_its_own, *work, **(named if how == "erased" else {}))
            wait_for_a_lock()
        done.result(timeout=PATIENCE_SECONDS)
    assert not Account.objects.exists()
    assert not Snapshot.objects.exists()
