"""Daily snapshots with their breakdown for some months, then month ends (H-3): on both databases, safe to repeat."""

from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from scoring import partitions, retention
from scoring.models import ScoringRun, Snapshot, SupersededSnapshot
from scoring.pipeline import score_days
from scoring.tasks import thin_old_snapshots
from tests.conftest import NOW
from tests.scoring.conftest import clock

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has partitions")
TODAY = date(2026, 6, 30)
KEPT = date(2024, 6, 1)  # 24 months and this one are kept


@pytest.fixture
def two_accounts(acme, make_account, shipped):
    return acme, make_account("Left")


@pytest.fixture
def three_months(two_accounts):
    """A few days of each of three months; one account leaves in the middle of the second."""
    _, left = two_accounts
    left.history.create(
        valid_from=date(2024, 5, 20), recorded_at=NOW, phase="value", status="churned", currency="USD", arr=0
    )
    score_days([date(2024, month, day) for month in (4, 5, 6) for day in (5, 15, 25)], clock=clock)
    return two_accounts


def kept() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, day in Snapshot.objects.order_by("as_of").values_list("account__name", "as_of"):
        found.setdefault(name, []).append(f"{day:%m-%d}")
    return found


def test_of_an_old_month_each_account_keeps_its_last_day(three_months):
    retention.thin(keep_months=24, today=TODAY)
    assert kept() == {
        "Acme": ["04-25", "05-25", "06-05", "06-15", "06-25"],
        "Left": ["04-25", "05-15"],
    }


def test_what_is_kept_keeps_its_breakdown(three_months):
    before = {(row["account_id"], row["as_of"]): row for row in Snapshot.objects.values()}
    retention.thin(keep_months=24, today=TODAY)
    assert all(before[row["account_id"], row["as_of"]] == row for row in Snapshot.objects.values())


def test_thinning_again_changes_nothing(three_months):
    retention.thin(keep_months=24, today=TODAY)
    once = list(Snapshot.objects.order_by("account", "as_of").values())
    assert sum(month.snapshots for month in retention.thin(keep_months=24, today=TODAY)) == 0
    assert list(Snapshot.objects.order_by("account", "as_of").values()) == once


def test_a_dry_run_says_how_much_would_go_and_leaves_it(three_months):
    planned = retention.thin(keep_months=24, today=TODAY, is_dry_run=True)
    assert [(month.month.month, month.snapshots) for month in planned] == [(4, 4), (5, 3)]
    assert Snapshot.objects.count() == 14
    assert retention.thin(keep_months=24, today=TODAY) == planned


def test_replaced_snapshots_are_thinned_by_the_same_rule(three_months):
    run = ScoringRun.objects.first()
    for day in (date(2024, 4, 15), date(2024, 4, 25), date(2024, 6, 15)):
        row = Snapshot.objects.get(account__name="Acme", as_of=day)
        SupersededSnapshot.objects.create(
            account=row.account, as_of=day, run=run, version=row.version, score=1, band=2, coverage=1, breakdown=b"x"
        )
    retention.thin(keep_months=24, today=TODAY)
    assert [row.as_of.day for row in SupersededSnapshot.objects.order_by("as_of")] == [25, 15]


def test_what_was_replaced_on_a_day_without_a_snapshot_keeps_the_months_last(three_months):
    run = ScoringRun.objects.first()
    version = Snapshot.objects.first().version
    for day in (3, 4):
        SupersededSnapshot.objects.create(
            account=three_months[0], as_of=date(2024, 3, day), run=run, version=version, score=1, band=2, coverage=1,
            breakdown=b"x",
        )  # fmt: skip
    retention.thin(keep_months=24, today=TODAY)
    assert [row.as_of.day for row in SupersededSnapshot.objects.all()] == [4]


def test_one_that_is_killed_leaves_whole_months(three_months, monkeypatch):
    def killed(month: date) -> None:
        raise KeyboardInterrupt

    def kill_in_may(month: retention.Thinned) -> None:
        if month.month.month == 4:
            monkeypatch.setattr(retention, "surplus_superseded", killed)

    with pytest.raises(KeyboardInterrupt):
        retention.thin(keep_months=24, today=TODAY, on_month=kill_in_may)
    assert kept()["Acme"] == ["04-25", "05-05", "05-15", "05-25", "06-05", "06-15", "06-25"]
    monkeypatch.undo()
    retention.thin(keep_months=24, today=TODAY)
    assert kept()["Acme"][:2] == ["04-25", "05-25"]


@on_postgresql
def test_a_thinned_month_is_a_partition_like_the_others(three_months):
    retention.thin(keep_months=24, today=TODAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM scoring_snapshot_2024_04")
        assert cursor.fetchone() == (2,)
        cursor.execute(
            "SELECT count(*) FROM pg_index WHERE indrelid = ANY(%s::regclass[]) GROUP BY indrelid",
            [["scoring_snapshot_2024_04", "scoring_snapshot_2024_06"]],
        )
        assert len(set(cursor.fetchall())) == 1
    score_days([date(2024, 4, 28)], clock=clock)
    assert kept()["Acme"][:2] == ["04-25", "04-28"]


@on_postgresql
def test_a_month_without_a_partition_gets_one_when_it_is_thinned(two_accounts, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("scoring.runs.ensure_month", lambda day: None)
        score_days([date(2024, 2, 5), date(2024, 2, 9)], clock=clock)
    assert not partitions.exists("scoring_snapshot_2024_02")
    retention.thin(keep_months=24, today=TODAY)
    assert partitions.exists("scoring_snapshot_2024_02")
    assert {days[-1] for days in kept().values()} == {"02-09"}


@time_machine.travel(NOW, tick=False)
def test_the_command_says_what_went(three_months):
    assert "7 snapshots before 2024-06-01 would go" in told("--dry-run")
    assert "2024-04: 4 snapshots, 0 replaced ones" in told()
    assert told().startswith("0 snapshots before 2024-06-01 are gone")
    with pytest.raises(CommandError, match="7 or more"):
        told("--keep-months", "6")


def told(*options: str) -> str:
    output = StringIO()
    call_command("thin_snapshots", *options, stdout=output)
    return output.getvalue()


@time_machine.travel(NOW, tick=False)
def test_beat_thins_by_the_setting(three_months, settings):
    settings.SNAPSHOT_KEEP_MONTHS = 30
    assert thin_old_snapshots() == 0
    settings.SNAPSHOT_KEEP_MONTHS = 24
    assert thin_old_snapshots() == 7


def test_the_months_that_are_kept_begin_with_a_whole_one():
    assert retention.daily_since(keep_months=24, today=TODAY) == KEPT
    assert retention.daily_since(keep_months=24, today=date(2026, 7, 1)) == date(2024, 7, 1)
