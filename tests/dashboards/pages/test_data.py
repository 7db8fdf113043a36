"""The page of one's own data: exports in the background, erasing with the name typed, receipts (G-11)."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AuditEntry, Contact, Erasure, Export
from scoring import exports, tasks
from tests.conftest import NOW, TODAY


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path) -> Path:
    settings.VAR_DIR = tmp_path
    settings.EXPORT_DIR = tmp_path / "exports"
    with time_machine.travel(NOW, tick=False):
        yield tmp_path


@pytest.fixture
def browser(client, organization, ops, monkeypatch):
    monkeypatch.setattr("scoring.tasks.write_export.delay_on_commit", lambda **_: None)
    client.force_login(ops)
    return client


@pytest.fixture
def ann(acme) -> Contact:
    return Contact.objects.create(
        source=acme.source, external_id="c1", account=acme, name="Ann Lee", email="ann@acme.example",
        known_from=TODAY, recorded_at=NOW,
    )  # fmt: skip


def html(response) -> str:
    return response.content.decode()


def ordered(browser) -> Export:
    browser.post(reverse("export-order"), {"with_scores": "1"})
    return Export.objects.latest("pk")


def written(browser) -> Export:
    export = ordered(browser)
    tasks.write_export(export_id=export.pk)
    return Export.objects.get(pk=export.pk)


def test_an_export_that_was_ordered_waits_and_is_shown_with_its_bar(browser):
    export = ordered(browser)
    assert export.state == Export.State.WAITING
    said = html(browser.get(reverse("data")))
    assert "Waits for a worker" in said
    assert reverse("export-progress", args=[export.pk]) in said


def test_a_worker_writes_it_and_it_can_be_downloaded_as_one_file(browser, acme, ops):
    export = written(browser)
    assert (export.state, export.rows) == (Export.State.DONE, export.all_rows)
    answer = browser.get(reverse("export-file", args=[export.pk]))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert f"healthapp-{export.pk}/manifest.json" in archive.namelist()
    assert b"Acme" in archive.read(f"healthapp-{export.pk}/accounts.csv")
    assert AuditEntry.objects.filter(verb="export downloaded", by=ops).count() == 1
    assert browser.get(reverse("export-progress", args=[export.pk]))["HX-Refresh"] == "true"


def test_after_its_time_the_file_is_deleted_and_cannot_be_downloaded(browser, acme, own_files):
    export = written(browser)
    later = NOW + timedelta(hours=72)
    with time_machine.travel(later, tick=False):
        browser.force_login(export.ordered_by)
        assert browser.get(reverse("export-file", args=[export.pk])).status_code == 404
        assert exports.delete_expired(at=later) == 1
    assert list((own_files / "exports").iterdir()) == []
    assert Export.objects.get().state == Export.State.GONE


def test_an_export_whose_worker_died_is_written_by_the_next(browser, acme):
    export = ordered(browser)
    assert exports.claim(pk=export.pk, at=NOW) is not None
    assert exports.claim(pk=export.pk, at=NOW) is None
    assert exports.left_behind(at=NOW) == []
    assert exports.left_behind(at=NOW + timedelta(minutes=6)) == [export.pk]
    exports.work_on_export(pk=export.pk, clock=lambda: NOW + timedelta(minutes=6))
    assert Export.objects.get().state == Export.State.DONE


def test_what_goes_wrong_is_said_and_tried_five_times(browser, monkeypatch):
    def fail(*args, **options) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(exports, "write_export", fail)
    export = ordered(browser)
    for _ in range(exports.MOST_ATTEMPTS):
        with pytest.raises(OSError, match="No space"):
            tasks.write_export(export_id=export.pk)
    assert Export.objects.get().state == Export.State.FAILED
    assert "No space left on device" in html(browser.get(reverse("data")))


def test_an_export_is_deleted_by_hand(browser, acme, own_files):
    export = written(browser)
    browser.post(reverse("export-delete", args=[export.pk]))
    assert list((own_files / "exports").iterdir()) == []


def test_who_is_to_be_erased_is_found_by_name_address_or_id(browser, ann):
    for words in ("ann l", "ann@acme", "c1"):
        assert reverse("erase", args=["contact", ann.pk]) in html(browser.get(reverse("data"), {"q": words}))
    assert "Nobody and nothing is called" in html(browser.get(reverse("data"), {"q": "zz"}))


def test_another_name_erases_nobody(browser, ann):
    answer = browser.post(reverse("erase", args=["contact", ann.pk]), {"name": "Ann"})
    assert (answer.status_code, Contact.objects.get().name) == (422, "Ann Lee")
    assert "That is another name. Nothing was erased." in html(answer)


def test_the_name_erases_and_the_receipt_can_be_downloaded(browser, ann, ops):
    assert browser.post(reverse("erase", args=["contact", ann.pk]), {"name": "Ann Lee"}).status_code == 302
    assert Contact.objects.get().name == "Erased contact"
    receipt = Erasure.objects.get()
    answer = browser.get(reverse("erasure-receipt", args=[receipt.pk]))
    said = json.loads(answer.content)
    assert (said["kind"], said["by"], said["sha256"]) == ("contact", ops.email, receipt.digest)
    assert "Ann" not in html(answer)
    assert f"Receipt {receipt.pk}" in html(browser.get(reverse("data")))


def test_an_account_is_erased_with_its_exports(browser, acme, ann):
    written(browser)
    browser.post(reverse("erase", args=["account", acme.pk]), {"name": "Acme"})
    assert not Contact.objects.exists()
    assert Export.objects.get().state == Export.State.GONE


def test_a_kind_that_there_is_not_is_not_found(browser, ann):
    assert browser.get(reverse("erase", args=["user", ann.pk])).status_code == 404


def test_the_page_takes_nine_queries_however_much_there_is(browser, ann, django_assert_max_num_queries):
    for _ in range(3):
        ordered(browser)
    # One of them asks for silent sources, as every page of operations does.
    with django_assert_max_num_queries(9):
        browser.get(reverse("data"), {"q": "a"})
