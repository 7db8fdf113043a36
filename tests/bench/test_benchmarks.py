"""Every benchmark of the engine runs, on a tiny company: what it measures is not tested, that it measures is."""

from datetime import date

import numpy as np
import pytest
from django.db import connection

from accounts.demo.synthetic.company import AS_OF, Company
from accounts.models import Account
from bench import event_accept, full_runs, ingest_usage, naive, replays, rescoring
from bench.company import load_company
from bench.database import drop, name_for
from bench.floor.compute import compute
from bench.parquet import export
from bench.runner import Result

TINY = 60


@pytest.fixture
def own_databases(settings, tmp_path, monkeypatch, django_db_setup, django_db_blocker):
    """Benchmarks make databases of their own; those of this test are gone after it."""
    monkeypatch.setattr(full_runs, "TIMES", 1)
    settings.VAR_DIR = tmp_path
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    with django_db_blocker.unblock():
        yield
        connection.close()
        for purpose in (str(TINY), str(2 * TINY)):
            drop(name_for(purpose))


def names_of(results: list[Result]) -> list[str]:
    return [result.name.rpartition(", ")[0] for result in results]


@pytest.mark.server
def test_full_runs_are_measured(own_databases):
    results = full_runs.measure(TINY)
    names = ["full run, 60 accounts, one worker", "memory of a worker, 60 accounts"]
    if connection.vendor == "postgresql":
        names += ["full run, 60 accounts, 2 workers", "two workers, 60 accounts"]
        names += ["each of 2 tasks at once that share nothing", "snapshot, 7 measures"]
    assert names_of(results) == [*names, "full run against a loop, 60 accounts"]
    assert all(result.value > 0 and result.base_value > 0 for result in results)
    # The second time finds the company there, and scores it from nothing again.
    [growth] = full_runs.measure_growth(TINY, 2 * TINY)
    assert names_of([growth]) == ["growth to 120 accounts"]
    assert (growth.ratio_bar, growth.ratio_aim) == (2.6, 2)


@pytest.mark.server
def test_rescoring_is_measured(own_databases):
    results = rescoring.measure(TINY)
    assert names_of(results) == ["one account of 60 rescored (p95)", "1 % of 60 accounts rescored"]
    assert all(result.value > 0 and result.base_value > 0 for result in results)


def test_replays_are_measured(own_databases):
    [result] = replays.measure(TINY, months=2)
    assert names_of([result]) == ["2 month ends replayed, 60 accounts"]
    assert replays.month_ends(3) == [date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30)]


@pytest.mark.server
def test_ingest_is_measured(own_databases):
    [result] = ingest_usage.measure(rows=1_000)
    assert result.value > 0


@pytest.mark.server
def test_the_accepting_of_events_is_measured(own_databases):
    """It finds everything there that was answered, and that the naive way reads the same events."""
    results = event_accept.measure(batches=8, turns=1)
    assert names_of(results) == ["events accepted", "events accepted against DRF"]
    assert all(result.value > 0 and result.base_value > 0 for result in results)


@pytest.mark.django_db
def test_the_naive_loop_computes_the_floors_values(tmp_path):
    company = Company(accounts=60, seed=3)
    load_company(company)
    export(company, folder=tmp_path)
    floor = compute(tmp_path, as_of=AS_OF)
    loop = [naive.values(account, as_of=AS_OF) for account in Account.objects.order_by("pk")]
    assert floor.columns[1:] == sorted(naive.MEASURES)
    for key in floor.columns[1:]:
        ours = np.array([values[key] for values in loop], dtype=float)
        theirs = floor[key].cast(float).fill_null(np.nan).to_numpy()
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9, err_msg=key)
