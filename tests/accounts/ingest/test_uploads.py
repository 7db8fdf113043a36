"""Files of imports: how long they are kept, and what ends with them."""

import os
from datetime import datetime, timedelta

import pytest

from accounts import tasks
from accounts.ingest import uploads
from accounts.models import FileImport, ImportState
from accounts.operations import imports
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.INGEST_DIR = tmp_path


@pytest.fixture
def bring(organization, ops):
    """Brings a file at a moment, and leaves the import in a state."""

    def bring(state: str, *, at: datetime) -> FileImport:
        job = imports.receive_file(name="a.csv", chunks=[b"id"], kind="", source="files", by=ops, at=at)
        FileImport.objects.filter(pk=job.pk).update(state=state)
        os.utime(uploads.folder_of(job.pk), (at.timestamp(), at.timestamp()))
        return job

    return bring


def has_file(job: FileImport) -> bool:
    return uploads.original_of(job.pk).exists()


@pytest.mark.parametrize("state", imports.OPEN)
def test_a_file_with_which_nobody_goes_on_ends_after_thirty_days(bring, state):
    old, young = bring(state, at=NOW - timedelta(days=31)), bring(state, at=NOW - timedelta(days=29))
    assert imports.tidy(at=NOW) == {"cancelled": 1, "files": 1}
    assert (has_file(old), has_file(young)) == (False, True)
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.state, old.finished_at, old.error) == (
        ImportState.CANCELLED, NOW, "Nobody went on with it for 30 days.",
    )  # fmt: skip
    assert young.state == state


def test_files_of_failed_imports_may_be_read_again_for_thirty_days(bring):
    old, young = (bring(ImportState.FAILED, at=NOW - timedelta(days=days)) for days in (31, 29))
    assert imports.tidy(at=NOW) == {"cancelled": 0, "files": 1}
    assert (has_file(old), has_file(young)) == (False, True)


def test_work_that_takes_long_keeps_its_file(bring):
    job = bring(ImportState.READING, at=NOW - timedelta(days=40))
    assert imports.tidy(at=NOW) == {"cancelled": 0, "files": 0}
    assert has_file(job)


def test_a_folder_whose_import_never_came_to_be_goes_after_a_day(bring):
    lost, arriving = bring(ImportState.READING, at=NOW - timedelta(hours=25)), bring(ImportState.READING, at=NOW)
    FileImport.objects.all().delete()
    assert imports.tidy(at=NOW) == {"cancelled": 0, "files": 1}
    assert (has_file(lost), has_file(arriving)) == (False, True)


def test_the_nightly_task_says_what_went(organization):
    assert tasks.tidy_imports() == {"cancelled": 0, "files": 0}
