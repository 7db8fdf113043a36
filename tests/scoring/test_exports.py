"""All of one's data leaves and comes back into an empty installation, and the same day scores the same (G-11)."""

import csv
import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import CharField, ForeignKey, TextField

from accounts.amendments import keep_former
from accounts.export import restore as restoring
from accounts.ingest.records import KINDS
from accounts.models import (
    Account,
    Amendment,
    Contact,
    Milestone,
    Restoration,
    ShareLink,
    SurveyResponse,
    Ticket,
    Touchpoint,
    UsageMonth,
    UsageRow,
    User,
)
from accounts.operations.sharing import create_share_link
from scoring import exports
from scoring.cards import cards_on
from scoring.extract.shared import forget_shared
from scoring.files import read_card
from scoring.models import AccountHealth, Snapshot
from scoring.operations import publish_shipped
from scoring.peers import pools_of_run
from scoring.pipeline import score_days
from scoring.replay import replay
from tests.conftest import NOW, TODAY
from tests.scoring.extract import worlds
from tests.server.world_scorer import DAYS, later_facts, publish_everything

YESTERDAY = TODAY - timedelta(days=1)
SCORED = ("account_id", "as_of", "version_id", "score", "customer_score", "band", "coverage", "breakdown")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


def scored(**which: object) -> list[tuple[object, ...]]:
    rows = Snapshot.objects.filter(**which).order_by("account_id", "as_of").values_list(*SCORED)
    return [(*row[:-1], bytes(row[-1])) for row in rows]


def emptied() -> None:
    """The same database as after `migrate`, and a process that remembers nothing."""
    call_command("flush", interactive=False, verbosity=0)
    pools_of_run.cache_clear()
    forget_shared()


def score_again(day: date) -> list[tuple[object, ...]]:
    pools_of_run.cache_clear()
    score_days([day], clock=lambda: NOW)
    return scored(as_of=day)


def export_to(folder: Path, *options: str) -> Path:
    call_command("export", str(folder), *options, stdout=StringIO())
    return folder


def restored(folder: Path) -> str:
    said = StringIO()
    call_command("restore_export", str(folder), stdout=said)
    return said.getvalue()


def everything() -> dict[str, list[object]]:
    """All rows of all tables that are exported, as they stand in the database."""
    return {table.name: [comparable(row) for row in table.rows()] for table in exports.ALL_TABLES}


def comparable(row: dict[str, object]) -> dict[str, object]:
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}


# Equal scores


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_random_world_comes_back_row_by_row_and_scores_the_same(seed, tmp_path):
    world = worlds.build(seed=seed, as_of=TODAY, zone=ZoneInfo("UTC"))
    publish_everything(world)
    score_days(DAYS, clock=lambda: NOW)
    later_facts(world)
    folder, before = export_to(tmp_path / "out"), everything()
    expected = score_again(TODAY)
    months = list(UsageMonth.objects.order_by("account", "month").values_list("account", "month", "days", "users"))
    emptied()
    restored(folder)
    assert everything() | {"audit": []} == before | {"audit": []}
    assert len(before["snapshots"]) > 10
    assert len(before["usage"]) > 100
    assert packed_months() == [(a, m, bytes(d), bytes(u)) for a, m, d, u in months]
    assert score_again(TODAY) == expected


def packed_months() -> list[tuple[object, ...]]:
    rows = UsageMonth.objects.order_by("account", "month").values_list("account", "month", "days", "users")
    return [(account, month, bytes(days), bytes(users)) for account, month, days, users in rows]


@pytest.mark.django_db(transaction=True)
def test_the_demo_company_scores_the_same_on_its_last_day_and_on_an_older_one(tmp_path):
    call_command("load_demo", accounts=12, stdout=StringIO())
    folder = export_to(tmp_path / "out")
    expected = [score_again(day) for day in (YESTERDAY, YESTERDAY - timedelta(days=60))]
    health = list(AccountHealth.objects.order_by("pk").values())
    emptied()
    restored(folder)
    assert [score_again(day) for day in (YESTERDAY, YESTERDAY - timedelta(days=60))] == expected
    assert len(expected[0]) > 5
    assert [row | {"run_id": 0} for row in AccountHealth.objects.order_by("pk").values()] == [
        row | {"run_id": 0} for row in health
    ]


@pytest.mark.django_db(transaction=True)
def test_without_scores_the_facts_come_back_and_the_day_is_scored_anew(tmp_path):
    world = worlds.build(seed=4, as_of=TODAY, zone=ZoneInfo("UTC"))
    publish_everything(world)
    expected = score_again(TODAY)
    folder = export_to(tmp_path / "out", "--without-scores")
    assert not (folder / "snapshots.csv").exists()
    emptied()
    restored(folder)
    assert scored() == []
    assert score_again(TODAY) == expected


@pytest.mark.django_db(transaction=True)
def test_a_day_as_it_was_known_then_is_the_same_after_a_restore(tmp_path):
    worlds.build(seed=5, as_of=TODAY, zone=ZoneInfo("UTC"))
    publish_shipped(by=None, at=NOW)
    amend_tickets(at=NOW + timedelta(hours=1))
    folder, then, now = export_to(tmp_path / "out"), as_known(NOW), as_known(None)
    assert then != now
    assert Amendment.objects.exists()
    emptied()
    restored(folder)
    assert (as_known(NOW), as_known(None)) == (then, now)


def amend_tickets(*, at: datetime) -> None:
    """What every ticket said before is kept; from now on none was ever closed."""
    tickets = Ticket.objects.all()
    keep_former(model=Ticket, rows=tickets.values(), at=at)
    tickets.update(closed_at=None, severity="urgent", is_escalated=True, recorded_at=at)


def as_known(at: datetime | None) -> list[object]:
    found = replay(day=TODAY, cards=cards_on(TODAY), known_at=at)
    return [found.account_ids.tolist(), found.scores.tolist(), found.breakdowns]


# What is written


def test_the_manifest_counts_and_sums_every_file(acme, csm, organization, tmp_path):
    folder = export_to(tmp_path / "out")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["format"], manifest["version"], manifest["organization"]) == (
        "healthapp export",
        1,
        "Kestrel Works",
    )
    files = {one["file"]: one for one in manifest["files"]}
    assert set(files) == {table.file for table in exports.ALL_TABLES}
    assert files["accounts.csv"]["rows"] == 1
    assert files["accounts.csv"]["sha256"] == hashlib.sha256((folder / "accounts.csv").read_bytes()).hexdigest()


def test_scorecards_are_also_files_that_can_be_published(organization, acme, tmp_path):
    publish_shipped(by=None, at=NOW)
    folder = export_to(tmp_path / "out")
    assert sorted(path.name for path in (folder / "scorecards").iterdir()) == ["default.toml", "smb.toml"]
    assert read_card(folder / "scorecards" / "default.toml").slug == "default"


def test_neither_passwords_nor_keys_leave(organization, acme, csm, tmp_path):
    create_share_link(account=acme, recipient="Ann", days=5, by=csm, at=NOW)
    folder = export_to(tmp_path / "out")
    secrets = {csm.password, *ShareLink.objects.values_list("token_hash", flat=True)}
    said = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert not [secret for secret in secrets if secret in said]


FORMULAS = ("=1+1", "+49 30", "-5", "@here", "\tx", "\rx", "'s-Hertogenbosch", "''", "＝1", 'a,"b"\nc\r\nd', "x\u2028y")


@pytest.mark.django_db(transaction=True)
def test_no_cell_is_a_live_formula_and_each_comes_back_as_it_was(organization, acme, tmp_path):
    for n, text in enumerate(FORMULAS):
        made = {"account": acme, "source": acme.source, "known_from": TODAY, "recorded_at": NOW}
        Contact.objects.create(external_id=f"{text}{n}", name=text, **made)
    folder = export_to(tmp_path / "out")
    cells = [cell for path in folder.glob("*.csv") for line in csv.reader(open_text(path)) for cell in line]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    emptied()
    restored(folder)
    assert tuple(Contact.objects.order_by("pk").values_list("name", flat=True)) == FORMULAS


def open_text(path: Path) -> Iterator[str]:
    return iter(path.read_text(encoding="utf-8").splitlines(keepends=True))


@pytest.mark.django_db(transaction=True)
def test_the_files_of_kinds_are_files_that_ingest_reads(tmp_path):
    worlds.build(seed=6, as_of=TODAY, zone=ZoneInfo("UTC"))
    # What the database may hold and a file may not say.
    Milestone.objects.filter(due_on=None, reached_on=None).delete()
    Touchpoint.objects.update(state="held", cancelled_by="", replied_on=None)
    before = ingested_facts()
    folder = export_to(tmp_path / "out")
    for kind, file in KIND_FILES.items():
        said = StringIO()
        call_command("ingest", kind, str(folder / file), source="again", stdout=said)
        assert "refused 0" in said.getvalue(), said.getvalue()
    assert ingested_facts(source__name="again") == before


def ingested_facts(**which: object) -> dict[str, int]:
    models = {"contacts": Contact, "touchpoints": Touchpoint, "usage": UsageRow, "surveys": SurveyResponse}
    return {name: model.objects.filter(**which).count() for name, model in models.items()}


KIND_FILES = {
    "accounts": "account_history.csv",
    **{kind: f"{kind}.csv" for kind in KINDS if kind not in ("accounts", "churn")},
}


def test_every_table_leaves_or_says_why_it_stays():
    ours = {m._meta.label_lower for app in ("accounts", "scoring") for m in apps.get_app_config(app).get_models(True)}
    leaving = {table.model._meta.label_lower for table in exports.ALL_TABLES}
    assert leaving | set(exports.STAYS) == ours
    assert not leaving & set(exports.STAYS)


def test_what_a_row_points_at_leaves_too_and_comes_back_before_it():
    there: set[object] = set()
    for table in exports.ALL_TABLES:
        there |= {table.model} if table.own_links else set()
        links = [field for field in table.fields if isinstance(field, ForeignKey)]
        assert [field.attname for field in links if field.related_model not in there] == [], table.name
        there.add(table.model)


def test_a_csv_has_no_column_in_which_nothing_and_an_empty_text_would_be_the_same():
    assert [
        f"{table.name}.{field.attname}"
        for table in exports.ALL_TABLES
        if table.is_csv
        for field in table.fields
        if field.null and isinstance(field, CharField | TextField)
    ] == []


# What is refused, and what is taken up


@pytest.mark.django_db(transaction=True)
def test_a_restore_that_was_stopped_is_taken_up_where_it_was(tmp_path, monkeypatch):
    worlds.build(seed=7, as_of=TODAY, zone=ZoneInfo("UTC"))
    folder, before = export_to(tmp_path / "out"), everything()
    emptied()
    monkeypatch.setattr(restoring, "AT_ONCE", 40)
    stop_at(monkeypatch, calls=25)
    with pytest.raises(KeyboardInterrupt):
        restored(folder)
    begun = Restoration.objects.get()
    assert begun.finished_at is None
    assert sum(begun.rows.values()) > 200
    monkeypatch.setattr(restoring, "insert", INSERT)
    restored(folder)
    assert everything() | {"audit": []} == before | {"audit": []}


INSERT = restoring.insert


def stop_at(monkeypatch, *, calls: int) -> None:
    left = iter(range(calls))

    def insert(table, rows) -> None:
        INSERT(table, rows)
        if next(left, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "insert", insert)


def test_an_installation_with_people_in_it_is_refused(organization, acme, tmp_path):
    folder = export_to(tmp_path / "out")
    with pytest.raises(CommandError, match="There are organization here already. Restore into an empty installation"):
        restored(folder)


def test_a_file_that_was_changed_is_refused_by_name(organization, acme, tmp_path):
    folder = export_to(tmp_path / "out")
    (folder / "accounts.csv").write_text((folder / "accounts.csv").read_text().replace("Acme", "Apex"))
    with pytest.raises(CommandError, match="accounts.csv is not as it was written"):
        restored(folder)
    (folder / "accounts.csv").unlink()
    with pytest.raises(CommandError, match="accounts.csv is missing"):
        restored(folder)


def test_another_format_and_no_export_at_all_are_refused(organization, tmp_path):
    folder = export_to(tmp_path / "out")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"version": 2}))
    with pytest.raises(CommandError, match="has format 2; this version reads format 1"):
        restored(folder)
    with pytest.raises(CommandError, match="There is no manifest.json"):
        restored(tmp_path)


def test_a_folder_with_something_in_it_is_not_written_into(organization, tmp_path):
    (tmp_path / "precious").touch()
    with pytest.raises(CommandError, match="is not an empty folder"):
        export_to(tmp_path)


@pytest.mark.django_db(transaction=True)
def test_after_a_restore_new_rows_get_ids_of_their_own(organization, acme, csm, tmp_path):
    folder, last = export_to(tmp_path / "out"), Account.objects.latest("pk").pk
    emptied()
    restored(folder)
    again = Account.objects.get()
    fresh = Account.objects.create(
        source=again.source, external_id="new", name="New", started_on=TODAY, recorded_at=NOW
    )
    assert fresh.pk > last
    assert not User.objects.get(email=csm.email).has_usable_password()
