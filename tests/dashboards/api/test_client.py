"""A client that a generator makes from the description reads and writes against a live server."""

import importlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

from accounts.models import Contact
from accounts.operations.tokens import create_token
from tests.conftest import NOW
from tests.dashboards.api.world import living  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def fixed_clock():
    """None here: the server is another thread, whose requests take real time."""


@pytest.fixture
def client_package(tmp_path, monkeypatch) -> str:
    """The package that the generator made; it must not have warned of anything it left out."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    (tmp_path / "openapi.json").write_text(json.dumps(schema, default=str))
    command = [
        sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none",
        "--output-path", "generated_client", "--fail-on-warning",
    ]  # fmt: skip
    # It formats what it made with ruff, which stands beside our Python.
    variables = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    return "generated_client"


def test_a_generated_client_reads_scores_and_writes_facts(client_package, living, ops, live_server):  # noqa: F811
    _, token = create_token(user=ops, name="Client", scopes=["admin"], days=30, source=None, by=None, at=NOW)
    package = importlib.import_module(client_package)
    client = package.AuthenticatedClient(base_url=live_server.url, token=token)

    def call(module: str):
        return importlib.import_module(f"{client_package}.api.{module}").sync_detailed

    models = importlib.import_module(f"{client_package}.models")
    score = call("accounts.accounts_score_retrieve")(living.pk, client=client).parsed
    assert (score.score, score.measures[0].key) == (55.35, "utilisation_vs_target")
    moved = call("accounts.accounts_movement_retrieve")(
        living.pk, client=client, from_=date(2026, 5, 30), to=date(2026, 6, 30)
    ).parsed
    assert moved.total == -26.15
    record = models.ContactRecord(external_id="c1", account="acme", name="Ann", known_from=date(2026, 1, 1))
    written = call("contacts.contacts_create")(client=client, body=record, source="crm")
    assert (written.status_code, str(written.parsed.verdict)) == (201, "created")
    rows = models.ContactRows(rows=[record, models.ContactRecord(external_id="c2", account="nobody", name="Bo")])
    told = call("contacts.contacts_bulk_create")(client=client, body=rows, source="crm").parsed
    assert (told.unchanged, told.refused, told.rows[1].column) == (1, 1, "account")
    listed = call("contacts.contacts_list")(client=client, external_id="c1").parsed
    assert [(found.name, found.known_from) for found in listed.results] == [("Ann", date(2026, 1, 1))]
    refused = call("contacts.contacts_create")(client=client, body=record)
    assert (refused.status_code, refused.parsed.errors[0].field) == (400, "source")
    assert Contact.objects.count() == 1
    client.get_httpx_client().close()
