"""The import page in a real browser: upload, change the mapping, look, run, fetch what was refused, undo."""

import csv
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.ingest import jobs
from accounts.models import Account, FileImport
from tests.browser.test_accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILE = """Account ID,Company,Nickname,Customer since,Renewal,ARR
N-001,Halden Freight,Halden,2025-01-15,01/02/2027,486000
N-002,Tessera Labs,Tessera,2025-02-01,03/04/2027,many
acme,Acme,Acme,2024-01-01,05/06/2027,99000
"""


@pytest.fixture
def imports(page, log_in, live_server, company, ops, settings, tmp_path, monkeypatch):
    """The page of imports, open. No worker runs: the test does the work when it says so."""
    settings.INGEST_DIR = tmp_path
    monkeypatch.setattr("accounts.tasks.ring_for_import", lambda pk: None)
    log_in(page, ops)
    page.goto(f"{live_server.url}/imports")
    return page


def work() -> None:
    jobs.work_on(pk=FileImport.objects.latest("pk").pk, worker="one", clock=timezone.now)


def test_a_file_is_brought_checked_imported_and_undone(imports, tmp_path, company):
    path = tmp_path / "accounts.csv"
    path.write_text(FILE)
    imports.get_by_label("File", exact=True).set_input_files(path)
    imports.get_by_role("button", name="Upload").click()
    imports.get_by_text("Reading the file").wait_for()
    imports.reload()
    imports.get_by_text("Reading the file").wait_for()
    work()
    # The page loads itself anew; the name is taken from another column, and the doubt is asked.
    imports.get_by_label("Field for Company").select_option("Do not import")
    imports.get_by_label("Field for Nickname").select_option("Name (needed)")
    imports.get_by_role("button", name="Check rows").click()
    imports.get_by_text("Choose one: this is never guessed.").wait_for()
    assert imports.get_by_label("Field for Nickname").input_value() == "name"
    imports.get_by_label("The first: day, month, year").check()
    imports.get_by_role("button", name="Check rows").click()
    imports.get_by_text("Checking rows").wait_for()
    work()
    imports.get_by_text("This is what the import would do. Nothing is written yet.").wait_for()
    assert not Account.objects.filter(external_id="N-001").exists()
    with imports.expect_download() as download:
        imports.get_by_role("link", name="Refused rows as CSV").click()
    rows = list(csv.reader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert rows[1][:4] == ["3", "ARR", "'many' is no number", "N-002"]
    imports.get_by_role("button", name="Import 2 accounts").click()
    imports.get_by_text("Importing rows").wait_for()
    imports.reload()
    work()
    imports.get_by_text("It can be undone until").wait_for()
    assert Account.objects.get(external_id="N-001").name == "Halden"
    imports.locator("summary", has_text="Undo").click()
    imports.get_by_role("button", name="Undo the import").click()
    imports.get_by_text("You can leave this page; the work goes on.").wait_for()
    work()
    imports.get_by_text("1 removed, 1 restored.").wait_for()
    assert not Account.objects.filter(external_id="N-001").exists()


def test_nothing_is_wider_than_a_telephone(imports, tmp_path):
    imports.set_viewport_size({"width": 390, "height": 844})
    assert imports.evaluate("() => document.documentElement.scrollWidth") == 390
    path = tmp_path / "accounts.csv"
    path.write_text(FILE)
    imports.get_by_label("File", exact=True).set_input_files(path)
    imports.get_by_role("button", name="Upload").click()
    imports.get_by_text("Reading the file").wait_for()
    work()
    imports.get_by_label("Field for Company").wait_for()
    assert imports.evaluate("() => document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_step_follows_the_rules_of_accessibility(imports, tmp_path, ops, theme):
    ops.theme = theme
    ops.save()
    path = tmp_path / "accounts.csv"
    path.write_text(FILE)
    imports.get_by_label("File", exact=True).set_input_files(path)
    imports.get_by_role("button", name="Upload").click()
    imports.get_by_text("Reading the file").wait_for()
    assert violations(imports) == []
    work()
    imports.get_by_label("The first: day, month, year").check()
    assert violations(imports) == []
    imports.get_by_role("button", name="Check rows").click()
    imports.get_by_text("Checking rows").wait_for()
    work()
    imports.get_by_text("This is what the import would do. Nothing is written yet.").wait_for()
    assert violations(imports) == []
    imports.get_by_role("button", name="Import 2 accounts").click()
    imports.get_by_text("Importing rows").wait_for()
    work()
    imports.get_by_text("It can be undone until").wait_for()
    assert violations(imports) == []
