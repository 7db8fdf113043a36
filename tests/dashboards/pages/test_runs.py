"""The page of runs: what was done, what failed, what goes on; starting and cancelling (H-1)."""

import csv
import io
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AuditEntry, IngestRun
from dashboards.pages.runs_rows import duration
from scoring import pipeline, runs
from scoring.models import RunDifference, ScoringRun, Snapshot
from scoring.pipeline import score_days
from tests.conftest import NOW, TODAY

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def rung(monkeypatch) -> list[int]:
    """The runs that a worker is called for; nobody comes."""
    called: list[int] = []
    monkeypatch.setattr("scoring.tasks.ring", lambda run: called.append(run.pk))
    return called


@pytest.fixture
def browser(client, organization, ops, rung):
    client.force_login(ops)
    return client


def a_run(*, as_of: date = YESTERDAY, started_at: datetime = NOW, **fields: object) -> ScoringRun:
    values = {
        "state": "done",
        "accounts": 100,
        "changed": 7,
        "finished_at": started_at + timedelta(seconds=42),
        **fields,
    }
    return ScoringRun.objects.create(as_of=as_of, started_at=started_at, **values)


def html(response) -> str:
    return response.content.decode()


# The list


def test_without_any_run_the_page_says_what_will_happen(browser):
    said = html(browser.get(reverse("runs")))
    assert "No run over all accounts is done yet" in said
    assert "Every night at two" in said
    assert "No imports yet" in said


def test_a_run_shows_accounts_changes_duration_and_its_proof(browser):
    a_run(compared=12)
    said = html(browser.get(reverse("runs")))
    for words in ("29 Jun 2026", "100", "42 s", "All 12 scores found at once were found again", "of 12"):
        assert words in said


def test_scores_that_differ_are_told_at_the_top_and_have_a_tab(browser):
    a_run(compared=12, differing=2)
    said = html(browser.get(reverse("runs")))
    assert "2 of 12 scores found at once differ without a new fact" in said
    assert len(browser.get(reverse("runs"), {"show": "differing"}).context["page"].rows) == 1


def test_a_failure_shows_its_reason_and_has_a_tab(browser):
    a_run(state="failed", error="UnknownRate: No exchange rate for EUR")
    a_run()
    page = browser.get(reverse("runs"), {"show": "failed"})
    assert [row.word for row in page.context["page"].rows] == ["Failed"]
    assert "No exchange rate for EUR" in html(page)


def test_imports_stand_beside_with_what_they_refused(browser, source):
    IngestRun.objects.create(
        source=source, kind="business_events", file_name="events.csv", state="done", started_at=NOW,
        finished_at=NOW + timedelta(seconds=3), read_rows=10, created_rows=8, refused_rows=2,
    )  # fmt: skip
    IngestRun.objects.create(
        source=source, kind="usage", file_name="<b>.csv", state="failed", started_at=NOW, summary={"error": "no space"}
    )
    page = browser.get(reverse("runs"))
    assert [(row.kind, row.refused) for row in page.context["page"].imports] == [("Usage", 0), ("Business events", 2)]
    assert "no space" in html(page)
    assert "<b>.csv" not in html(page)
    refusals = page.context["page"].imports[1].refusals_url
    assert browser.get(refusals).status_code == 200


def test_pages_and_unknown_tabs(browser):
    for n in range(30):
        a_run(as_of=YESTERDAY - timedelta(days=n))
    page = browser.get(reverse("runs"), {"page": "2", "show": "nonsense"}).context["page"]
    assert (len(page.rows), page.shown) == (5, "all")


@pytest.mark.parametrize("count", [1, 25])
def test_the_page_takes_as_many_queries_for_many_runs_as_for_one(browser, source, count, django_assert_max_num_queries):
    for n in range(count):
        a_run(as_of=YESTERDAY - timedelta(days=n))
        a_run(as_of=TODAY - timedelta(days=n), state="waiting", finished_at=None)
        IngestRun.objects.create(source=source, kind="usage", state="done", started_at=NOW, finished_at=NOW)
    with django_assert_max_num_queries(14):
        browser.get(reverse("runs"))


def test_peers_are_not_read_for_the_list(browser, django_assert_max_num_queries):
    run = a_run(peers=b"x" * 1000)
    with django_assert_max_num_queries(13) as asked:
        browser.get(reverse("runs"))
    assert run.peers
    assert not any('"peers"' in query["sql"] for query in asked.captured_queries)


def test_the_file_has_every_run(browser):
    a_run(error="=cmd")
    a_run(as_of=TODAY, kind="touched", peers_of=ScoringRun.objects.get())
    text = html(browser.get(reverse("runs-csv"))).removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["what"], row["error"]) for row in rows] == [
        ("Accounts with a new fact", ""),
        ("All accounts", "'=cmd"),
    ]


def test_durations_read_as_people_say_them():
    spans = [0.04, 9.9, 42, 185, 7800]
    assert [duration(timedelta(seconds=s)) for s in spans] == ["0.0 s", "9.9 s", "42 s", "3 min 5 s", "2 h 10 min"]


# At work


@pytest.fixture
def at_work(settings, make_account, shipped):
    """A run of three chunks, of which nobody has taken one."""
    settings.SCORING_CHUNK_ACCOUNTS = 2
    for n in range(5):
        make_account(f"A{n}")
    return runs.start_run(as_of=YESTERDAY, at=NOW)


@pytest.fixture
def shipped(smb, organization):
    from scoring.operations import publish_shipped

    return publish_shipped(by=None, at=NOW)


def test_a_run_at_work_shows_how_far_it_is_and_asks_again(browser, at_work):
    pipeline.work_on_chunk(runs.claim_chunk(run=at_work, worker="a", at=NOW))
    said = html(browser.get(reverse("runs")))
    assert "1 of 3 chunks read." in said
    assert 'hx-trigger="every 2s"' in said
    bar = browser.get(reverse("run-progress", args=[at_work.pk]))
    assert "16%" in html(bar)
    assert "HX-Refresh" not in bar


def test_once_the_run_is_over_the_page_is_loaded_anew(browser, at_work):
    pipeline.work_on(at_work, worker="a", clock=lambda: NOW)
    assert browser.get(reverse("run-progress", args=[at_work.pk]))["HX-Refresh"] == "true"


def test_a_cancelled_run_stops_at_the_next_chunk_and_leaves_nothing(browser, at_work, ops):
    claim = runs.claim_chunk(run=at_work, worker="slow", at=NOW)
    browser.post(reverse("run-cancel", args=[at_work.pk]))
    run = ScoringRun.objects.get()
    assert (run.state, run.finished_at) == ("cancelled", NOW)
    pipeline.work_on_chunk(claim)  # the slow worker ends its chunk
    pipeline.work_on(at_work, worker="slow", clock=lambda: NOW)
    assert not Snapshot.objects.exists()
    assert not run.chunks.exclude(peers=None, snapshots=None).exists()
    entry = AuditEntry.objects.get(verb="run cancelled")
    assert (entry.by, entry.subject_id) == (ops, str(run.pk))
    assert runs.left_behind(at=NOW + timedelta(hours=1)) == []


def test_readers_keep_what_they_saw_before_a_cancelled_run(browser, at_work):
    pipeline.work_on(at_work, worker="a", clock=lambda: NOW)
    before = list(Snapshot.objects.order_by("account").values())
    again = runs.start_run(as_of=YESTERDAY, at=NOW)
    runs.claim_chunk(run=again, worker="a", at=NOW)
    browser.post(reverse("run-cancel", args=[again.pk]))
    assert list(Snapshot.objects.order_by("account").values()) == before
    score_days([YESTERDAY], clock=lambda: NOW)
    assert ScoringRun.objects.filter(state="done").count() == 2


def test_a_run_that_is_over_cannot_be_cancelled(browser):
    run = a_run()
    said = html(browser.post(reverse("run-cancel", args=[run.pk]), follow=True))
    assert "The run was over already." in said
    assert ScoringRun.objects.get().state == "done"


def test_cancelling_needs_a_post(browser, at_work):
    assert browser.get(reverse("run-cancel", args=[at_work.pk])).status_code == 405


# Starting


def test_days_chosen_by_hand_wait_for_a_worker_the_oldest_first(browser, rung, ops, acme, shipped):
    stated = {"first": "2026-06-01", "last": "2026-06-03", "segment": acme.segment_id}
    said = html(browser.post(reverse("runs-start"), stated, follow=True))
    assert "3 days will be scored" in said
    ordered = list(ScoringRun.objects.order_by("as_of"))
    assert [(run.as_of.day, run.state, run.kind) for run in ordered] == [(n, "waiting", "segment") for n in (1, 2, 3)]
    assert [run.refreshes_health for run in ordered] == [False, False, True]
    assert rung == [run.pk for run in ordered]
    assert AuditEntry.objects.get(verb="runs ordered").detail["runs"] == 3
    for run in ordered:
        pipeline.work_on(run, worker="a", clock=lambda: NOW)
    assert Snapshot.objects.count() == 3
    assert set(ScoringRun.objects.values_list("state", "accounts")) == {("done", 1)}


def test_only_month_ends_can_be_chosen(browser):
    browser.post(reverse("runs-start"), {"first": "2026-01-15", "last": "2026-04-15", "month_ends": "on"})
    assert [f"{run.as_of}" for run in ScoringRun.objects.order_by("as_of")] == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
    ]


def test_two_years_are_rung_for_a_few_at_a_time(browser, rung):
    browser.post(reverse("runs-start"), {"first": "2024-07-01", "last": "2026-06-29"})
    assert ScoringRun.objects.count() == 729
    assert len(rung) == len(runs.left_behind(at=NOW)) == runs.RUNG_AT_ONCE
    page = browser.get(reverse("runs"))
    assert "724 more days wait" in html(page)


def test_ordering_a_day_twice_gives_one_run(browser):
    for _ in range(2):
        said = html(browser.post(reverse("runs-start"), {"first": "2026-06-01", "last": "2026-06-01"}, follow=True))
    assert "being scored already" in said
    assert ScoringRun.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        ("", "2026-06-01", "Choose a day."),
        ("2026-06-31", "2026-06-01", "That is no date."),
        ("2026-06-02", "2026-06-01", "is before the first"),
        ("2026-06-02", "2026-07-01", "once it has begun"),
        ("1026-06-02", "2026-06-01", "more than 3660 days"),
    ],
)
def test_days_that_make_no_sense_are_refused_beside_their_field(browser, first, last, reason):
    answer = browser.post(reverse("runs-start"), {"first": first, "last": last})
    assert (answer.status_code, reason in html(answer)) == (422, True)
    assert not ScoringRun.objects.exists()


def test_a_run_that_waits_can_be_cancelled_and_never_begins(browser):
    browser.post(reverse("runs-start"), {"first": "2026-06-01", "last": "2026-06-01"})
    run = ScoringRun.objects.get()
    browser.post(reverse("run-cancel", args=[run.pk]))
    pipeline.work_on(run, worker="a", clock=lambda: NOW)
    assert ScoringRun.objects.get().state == "cancelled"
    assert not Snapshot.objects.exists()


def test_a_run_waits_while_another_one_of_its_day_is_at_work(browser, at_work):
    waiting = ScoringRun.objects.create(as_of=YESTERDAY, started_at=NOW, state="waiting")
    pipeline.work_on(waiting, worker="a", clock=lambda: NOW)
    assert ScoringRun.objects.get(pk=waiting.pk).state == "waiting"
    pipeline.work_on(at_work, worker="a", clock=lambda: NOW)
    pipeline.work_on(waiting, worker="a", clock=lambda: NOW)
    assert ScoringRun.objects.get(pk=waiting.pk).state == "done"


# One run


def test_a_run_lists_the_accounts_that_differ_with_both_scores(browser, acme):
    at_once = a_run(as_of=TODAY, kind="touched")
    run = a_run(as_of=TODAY, compared=1, differing=1)
    RunDifference.objects.create(run=run, account=acme, at_once=at_once, score_at_once=None, score=6650)
    said = html(browser.get(reverse("run", args=[run.pk])))
    for words in ("Acme", "66.50", "Undefined", "please report it"):
        assert words in said


def test_a_run_without_differences_says_how_many_it_compared(browser):
    assert "all 12 were found again" in html(browser.get(reverse("run", args=[a_run(compared=12).pk])))
    assert "No account had been scored at once" in html(browser.get(reverse("run", args=[a_run().pk])))


def test_what_was_scored_at_once_has_no_duration_and_no_proof(browser):
    run = a_run(kind="touched", error="Account 3: UnknownRate: none")
    said = html(browser.get(reverse("run", args=[run.pk])))
    assert "Accounts with a new fact" in said
    assert "Account 3: UnknownRate" in said
    assert "not found again" not in said


def test_no_such_run(browser):
    assert browser.get(reverse("run", args=[99])).status_code == 404
