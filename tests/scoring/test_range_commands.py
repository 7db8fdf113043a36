"""recompute and backfill: which days a range means, and that nothing that was there is lost (H-4)."""

from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError

from scoring.models import DailySummary, ScoringRun, Snapshot, SupersededSnapshot
from scoring.operations import publish
from scoring.spans import BadSpan, days_of_span
from tests.conftest import NOW
from tests.scoring.conftest import a_card

pytestmark = pytest.mark.django_db
RATING = {"key": "reading:rating", "weight": 100, "curve": "linear", "zero": 1, "full": 5}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def told(command: str, *options: str) -> str:
    output = StringIO()
    call_command(command, *options, stdout=output)
    return output.getvalue().strip()


def scored() -> list[str]:
    return [f"{day:%m-%d}" for day in Snapshot.objects.order_by("as_of").values_list("as_of", flat=True).distinct()]


def test_without_options_yesterday_is_scored(acme, shipped):
    assert told("recompute") == "Scored 2026-06-29: 1 accounts on the last day, 1 snapshots new or changed."


def test_a_range_is_scored_both_ends_included_and_again_changes_nothing(acme, shipped):
    first = told("recompute", "--from", "2026-06-01", "--to", "2026-06-03")
    assert first == "Scored 2026-06-01 to 2026-06-03, 3 days: 1 accounts on the last day, 3 snapshots new or changed."
    assert told("recompute", "--from", "2026-06-01", "--to", "2026-06-03").endswith("0 snapshots new or changed.")
    assert scored() == ["06-01", "06-02", "06-03"]


def test_month_ends_are_the_last_days_of_months_within_the_range(acme, shipped):
    told("recompute", "--from", "2026-01-31", "--to", "2026-04-29", "--month-ends")
    assert scored() == ["01-31", "02-28", "03-31"]


def test_each_day_is_scored_with_the_card_that_was_in_force_on_it(acme, organization):
    for day in (date(2026, 1, 1), date(2026, 6, 2)):
        publish(card=a_card(RATING), effective_from=day, reason="test", by=None, at=NOW)
    told("recompute", "--from", "2026-06-01", "--to", "2026-06-02")
    assert list(Snapshot.objects.order_by("as_of").values_list("version__number", flat=True)) == [1, 2]


def test_what_a_later_computation_replaces_is_kept(acme, publish_card):
    publish_card(RATING)
    told("recompute", "--as-of", "2026-06-01")
    publish(card=a_card(RATING), effective_from=date(2026, 5, 1), reason="again", by=None, at=NOW)
    told("recompute", "--as-of", "2026-06-01")
    assert Snapshot.objects.get().version.number == 2
    assert SupersededSnapshot.objects.get().version.number == 1


def test_a_segment_alone_is_scored_and_the_others_stay(acme, make_account, shipped):
    make_account("Big", segment=None)
    told("recompute", "--as-of", "2026-06-01", "--segment", "smb")
    assert [row.account.name for row in Snapshot.objects.all()] == ["Acme"]


def test_backfill_scores_only_the_days_that_never_were_and_goes_on_where_it_stopped(acme, shipped):
    told("recompute", "--as-of", "2026-06-02")
    assert "2 days" in told("backfill", "--from", "2026-06-01", "--to", "2026-06-03")
    assert ScoringRun.objects.count() == DailySummary.objects.count() == 3
    again = told("backfill", "--from", "2026-06-01", "--to", "2026-06-03")
    assert again == "All of the 3 days are scored. To score them again: manage.py recompute"


def test_backfill_alone_means_the_months_that_are_kept(acme, shipped, settings):
    settings.SNAPSHOT_KEEP_MONTHS = 7
    told("backfill", "--month-ends")
    assert scored() == ["11-30", "12-31", "01-31", "02-28", "03-31", "04-30", "05-31"]


def test_backfill_of_a_segment_passes_over_the_days_that_were_scored_whole(acme, shipped):
    told("recompute", "--as-of", "2026-06-01")
    told("backfill", "--from", "2026-06-01", "--to", "2026-06-02", "--segment", "smb")
    assert [run.kind for run in ScoringRun.objects.order_by("pk")] == ["full", "segment"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--as-of", "2026-06-01", "--from", "2026-06-01"], "either --as-of or"),
        (["--from", "2026-06-01"], "needs both"),
        (["--from", "2026-06-02", "--to", "2026-06-01"], "is before the first"),
        (["--from", "2026-06-02", "--to", "2026-06-05", "--month-ends"], "No month ends"),
        (["--month-ends"], "chooses among"),
        (["--from", "1026-06-02", "--to", "2026-06-05"], "more than 3660 days"),
        (["--segment", "none"], "There is no segment 'none'. Known: smb"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused_in_a_sentence(options, reason, acme, shipped):
    with pytest.raises(CommandError, match=reason):
        told("recompute", *options)


def test_a_run_that_does_not_end_is_told(acme, shipped, monkeypatch):
    monkeypatch.setattr("scoring.pipeline.work_on", lambda run, **options: None)
    with pytest.raises(CommandError, match="is collecting: try again later"):
        told("recompute")


def test_a_span_of_one_day():
    day = date(2026, 6, 1)
    assert days_of_span(first=day, last=day, month_ends=False) == [day]
    with pytest.raises(BadSpan):
        days_of_span(first=day, last=day, month_ends=True)
