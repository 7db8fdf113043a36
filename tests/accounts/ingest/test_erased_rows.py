"""Rows that name who was erased are refused, or come in without the name, and are not kept: by file and by API."""

from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.ingest import jobs
from accounts.ingest.intake import take_in
from accounts.ingest.records import ContactRecord
from accounts.models import Contact, FileImport, Quarantine, Ticket
from accounts.operations import imports
from accounts.operations.erasure import erase_contact
from tests.conftest import NOW
from tests.dashboards.api.conftest import token_client
from tests.scoring.canaries import left_in_files, left_in_the_database

pytestmark = pytest.mark.django_db
NAME, EMAIL, KEY = "Zyxonia Qwertzuk", "zyxonia.q@canary.example", "zyx7"
CONTACTS = f"""external_id,account,name,email,known_from
{KEY},acme,{NAME},{EMAIL},2026-01-01
{KEY},acme,{NAME},{EMAIL},no day
c9,nobody,Zyxonia's friend,friend@x.example,2026-01-01
c8,acme,Bo Peep,bo@x.example,2026-01-01
"""
TICKETS = f"""external_id,account,opened_at,subject
1,nobody,2026-06-01T10:00:00Z,{EMAIL} cannot log in
2,acme,2026-06-01T10:00:00Z,{NAME} cannot log in
3,nobody,2026-06-01T10:00:00Z,Bo cannot log in
"""


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path) -> Path:
    settings.VAR_DIR = settings.INGEST_DIR = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def erased(organization, acme, source, ops) -> None:
    record = ContactRecord(external_id=KEY, account="acme", name=NAME, email=EMAIL, title="", persona="champion")
    take_in(kind="contacts", records=[record], source=source, at=NOW, by=None)
    erase_contact(contact=Contact.objects.get(), by=ops, at=NOW)
    assert left_in_the_database(NAME, EMAIL, KEY) == []


def brought(text: str, kind: str, ops) -> FileImport:
    """A file as the page brings it, to its end."""
    job = imports.receive_file(name="f.csv", chunks=[text.encode()], kind=kind, source="files", by=ops, at=NOW)
    jobs.work_on(pk=job.pk, worker="one", clock=lambda: NOW)
    job.refresh_from_db()
    imports.choose_mapping(job=job, mapping=job.mapping, name="", at=NOW)
    jobs.work_on(pk=job.pk, worker="one", clock=lambda: NOW)
    job.refresh_from_db()
    assert "qwertzuk" not in str(job.preview).lower()
    imports.start_import(job=job, by=ops, at=NOW)
    jobs.work_on(pk=job.pk, worker="one", clock=lambda: NOW)
    job.refresh_from_db()
    return job


def kept(job: FileImport) -> dict[int, str]:
    return {
        line: str(payload) for line, payload in Quarantine.objects.filter(run=job.run).values_list("line", "payload")
    }


def test_an_imported_row_of_who_was_erased_is_refused_and_not_kept(ops):
    job = brought(CONTACTS, "contacts", ops)
    refused = kept(job)
    assert set(refused) == {2, 3, 4}
    assert (refused[2], refused[3]) == ("{'': '[erased]'}",) * 2
    assert "friend@x.example" in refused[4]
    assert left_in_the_database(NAME, EMAIL, KEY) == []


def test_an_imported_row_that_mentions_them_is_kept_without_the_name(ops):
    job = brought(TICKETS, "tickets", ops)
    refused = kept(job)
    assert refused[2] == "{'': '[erased]'}"
    assert "Bo cannot" in refused[4]
    assert Ticket.objects.get().subject == "[erased] cannot log in"
    assert left_in_the_database(NAME, EMAIL) == []


def test_the_command_writes_none_of_them_into_its_file_of_refusals(own_files, tmp_path_factory):
    file = tmp_path_factory.mktemp("theirs") / "contacts.csv"
    file.write_text(CONTACTS)
    call_command("ingest", "contacts", str(file))
    assert left_in_the_database(NAME, EMAIL, KEY) == []
    assert left_in_files(own_files, NAME, EMAIL, KEY) == []
    (refusals,) = own_files.rglob("*-refused.csv")
    assert "friend@x.example" in refusals.read_text()


def test_the_api_refuses_them_and_keeps_no_answer_that_names_them(ops, source):
    row = {"external_id": KEY, "account": "acme", "name": NAME, "email": EMAIL}
    client = token_client(ops, "write", "ingest", source=source)
    answer = client.post("/api/v1/contacts/bulk", {"rows": [row]}, format="json", headers={"Idempotency-Key": "once"})
    (verdict,) = answer.json()["rows"]
    assert (verdict["verdict"], verdict["external_id"], verdict["column"]) == ("refused", "[erased]", "external_id")
    assert left_in_the_database(NAME, EMAIL, KEY) == []
