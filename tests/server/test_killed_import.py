"""kill -9 of a real worker in the middle of an import: the next one goes on, and the result is as without it."""

import sqlite3
from contextlib import closing

import psycopg2
import pytest

from tests.server.installation import Installation, wait_until
from tests.server.test_killed_worker import worker

ROWS = 12_000
PREPARE = f"""
from datetime import UTC, datetime
from django.utils import timezone
from accounts.ingest import jobs
from accounts.models import FileImport, Organization, Role, User
from accounts.operations import imports
Organization.objects.create(pk=1, name="Kestrel Works")
ops = User.objects.create_user(email="o@k.example", password="long-enough-word", name="Olu", role=Role.OPS)
text = "external_id,name,started_on,arr\\n" + "".join(
    f"a{{n}},Company {{n}},2025-01-01,{{n if n % 100 else 'x'}}\\n" for n in range({ROWS})
)
now = timezone.now()
job = imports.receive_file(name="a.csv", chunks=[text.encode()], kind="accounts", source="files", by=ops, at=now)
jobs.work_on(pk=job.pk, worker="here", clock=timezone.now)
FileImport.objects.filter(pk=job.pk).update(state="checked")
job.refresh_from_db()
imports.start_import(job=job, by=ops, at=timezone.now())
"""
RESULT = """
from accounts.models import Account, AccountHistory, FileImport, Quarantine
job = FileImport.objects.select_related("run").get()
run = job.run
print(job.state, run.created_rows, run.changed_rows, run.unchanged_rows, run.refused_rows, Account.objects.count(),
      AccountHistory.objects.count(), Quarantine.objects.filter(run=run).exclude(payload={}).count())
"""


def state(installation: Installation) -> tuple[str, int]:
    url = installation.variables.get("DATABASE_URL")
    connection = psycopg2.connect(url) if url else sqlite3.connect(installation.folder / "healthapp.sqlite3")
    with closing(connection), closing(connection.cursor()) as cursor:
        cursor.execute("SELECT state, done_rows FROM accounts_fileimport")
        return cursor.fetchone()


def ring(installation: Installation) -> None:
    installation.shell("from accounts import tasks; tasks.take_up_imports()")


@pytest.fixture
def on_files(tmp_path, tables) -> Installation:
    return tables.give(Installation(tmp_path, {"IMPORT_LEASE_SECONDS": "3"}))


@pytest.fixture
def on_servers(tmp_path, tables, postgres_url, redis_url) -> Installation:
    addresses = {"DATABASE_URL": postgres_url, "CELERY_BROKER_URL": redis_url}
    return tables.give(Installation(tmp_path, {"IMPORT_LEASE_SECONDS": "3", **addresses}))


@pytest.mark.parametrize("parts", ["on_files", "on_servers"])
def test_an_import_goes_on_where_the_killed_worker_was(parts, request):
    installation = request.getfixturevalue(parts)
    installation.shell(PREPARE)
    with worker(installation, "first") as running:
        ring(installation)
        wait_until(lambda: state(installation)[1] > 0, what="the first batch is in", look_every=0.02)
        running.kill()
    assert state(installation)[0] == "importing"
    with worker(installation, "second"):

        def is_done() -> bool:
            ring(installation)
            return state(installation)[0] == "done"

        wait_until(is_done, what="the import is done", seconds=120)
    assert installation.shell(RESULT) == f"done {ROWS - 120} 0 0 120 {ROWS - 120} {ROWS - 120} 120"
