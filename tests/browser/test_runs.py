"""The page of runs in a real browser: a run goes on while one looks, and is cancelled."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from scoring import pipeline, runs
from scoring.models import ScoringRun, Snapshot
from scoring.operations import publish_shipped
from tests.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at_work(transactional_db, settings, organization, make_account):
    """A run of three chunks, of which nobody has taken one."""
    settings.SCORING_CHUNK_ACCOUNTS = 2
    publish_shipped(by=None, at=NOW)
    for n in range(5):
        make_account(f"A{n}")
    return runs.start_run(as_of=timezone.localdate() - timedelta(days=1), at=timezone.now())


@pytest.fixture
def log(page, log_in, live_server, at_work, ops):
    """The page of runs, open."""
    log_in(page, ops)
    page.goto(f"{live_server.url}/runs")
    return page


def read_a_chunk(run: ScoringRun) -> None:
    pipeline.work_on_chunk(runs.claim_chunk(run=run, worker="a", at=timezone.now()))


def test_the_bar_moves_by_itself_and_the_run_is_cancelled(log, at_work, watch):
    log.get_by_text("0 of 3 chunks read.").wait_for()
    read_a_chunk(at_work)
    log.get_by_text("1 of 3 chunks read.").wait_for()
    log.locator("summary", has_text="Cancel").click()
    # The confirmation stays open while the bar beside it goes on.
    read_a_chunk(at_work)
    log.get_by_text("2 of 3 chunks read.").wait_for()
    log.get_by_role("button", name="Cancel the run").click()
    log.get_by_text("is cancelled. Scores stay as they were before it.").wait_for()
    assert log.get_by_role("heading", name="At work").count() == 0
    expect(log.get_by_role("cell", name="Cancelled")).to_be_visible()
    pipeline.work_on(at_work, worker="a", clock=timezone.now)
    assert ScoringRun.objects.get().state == "cancelled"
    assert not Snapshot.objects.exists()
    assert (watch.complaints, watch.strangers) == ([], [])


def test_the_page_is_loaded_anew_when_the_run_is_over(log, at_work):
    log.get_by_text("0 of 3 chunks read.").wait_for()
    pipeline.work_on(at_work, worker="a", clock=timezone.now)
    log.get_by_text("scored 5 accounts").wait_for()
    assert log.get_by_role("heading", name="At work").count() == 0


def test_nothing_is_wider_than_a_telephone(log):
    log.set_viewport_size({"width": 390, "height": 844})
    assert log.evaluate("document.documentElement.scrollWidth") == 390
