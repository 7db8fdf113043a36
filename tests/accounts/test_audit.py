"""The audit: from where each deed came, and that nobody changes an entry."""

import runpy
import sys
from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse

from accounts import audit, origin
from accounts.models import AuditEntry
from healthapp.celery import app
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organization")]
KEPT = "never changed"


@pytest.fixture
def entry(csm, acme) -> AuditEntry:
    return audit.record(verb="plan opened", subject=acme, by=csm, at=NOW, account=acme.pk)


def refused(change) -> None:
    with pytest.raises(IntegrityError, match=KEPT), transaction.atomic():
        change()


def in_sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_nobody_changes_or_deletes_an_entry_by_any_way(entry, other_csm):
    refused(lambda: AuditEntry(pk=entry.pk, verb="x", subject="y", subject_id="1", at=NOW).save())
    refused(lambda: AuditEntry.objects.filter(pk=entry.pk).update(by=other_csm))
    refused(lambda: AuditEntry.objects.bulk_update([entry], ["verb"]))
    refused(entry.delete)
    refused(AuditEntry.objects.all().delete)
    refused(lambda: AuditEntry.objects.all()._raw_delete(using="default"))
    refused(lambda: in_sql("UPDATE accounts_auditentry SET at = at"))
    refused(lambda: in_sql("DELETE FROM accounts_auditentry"))
    kept = AuditEntry.objects.get()
    assert (kept.verb, kept.by, kept.at) == ("plan opened", entry.by, NOW)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no TRUNCATE")
def test_nor_is_the_table_emptied(entry):
    in_sql("SET CONSTRAINTS ALL IMMEDIATE")
    refused(lambda: in_sql("TRUNCATE accounts_auditentry"))


def test_an_erasure_may_and_the_door_is_shut_behind_it(entry):
    with audit.rewriting():
        AuditEntry.objects.update(detail={"erased": True})
    assert AuditEntry.objects.get().detail == {"erased": True}
    refused(AuditEntry.objects.all().delete)


def test_an_erasure_that_breaks_off_shuts_the_door_too(entry):
    with suppress(ZeroDivisionError), audit.rewriting():
        AuditEntry.objects.update(detail={})
        _ = 1 / 0
    assert AuditEntry.objects.get().detail == entry.detail
    refused(AuditEntry.objects.all().delete)


def test_the_back_office_shows_entries_and_changes_none(client, ops, entry):
    client.force_login(ops)
    page = reverse("admin:accounts_auditentry_change", args=[entry.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"verb": "x"}).status_code == 403
    assert client.post(reverse("admin:accounts_auditentry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403


def test_a_page_says_its_address(client, ops):
    client.force_login(ops)
    client.post(reverse("export-order"), REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert AuditEntry.objects.get().origin == "page 203.0.113.9"
    assert origin.origin() == ""


def test_a_trusted_proxy_names_the_address(client, ops, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client.force_login(ops)
    client.post(reverse("export-order"), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4, 198.51.100.1")
    assert AuditEntry.objects.get().origin == "page 198.51.100.1"


def test_who_is_not_logged_in_leaves_no_address(acme, csm):
    with origin.coming_from("page 203.0.113.9"):
        assert audit.record(verb="survey answered", subject=acme, by=None, at=NOW).origin == "page"
        assert audit.record(verb="noted", subject=acme, by=csm, at=NOW).origin == "page 203.0.113.9"
        audit.record_many("noted", "account", [(1, {}), (2, {})], by=None, at=NOW)
    assert list(AuditEntry.objects.filter(verb="noted", by=None).values_list("origin", flat=True)) == ["page", "page"]


def test_a_task_and_a_task_within_it_say_their_names(acme):
    @app.task(name="accounts.tasks.inner")
    def inner() -> str:
        return origin.origin()

    @app.task(name="accounts.tasks.outer")
    def outer() -> tuple[str, str, str]:
        return origin.origin(), inner.apply().get(disable_sync_subtasks=False), origin.origin()

    assert outer.apply().get() == ("task outer", "task inner", "task outer")
    assert origin.origin() == ""


def test_a_command_says_its_name(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["manage.py", "create_source", "segment"])
    # A command ends with its process; here the test goes on.
    monkeypatch.setattr(connections, "close_all", lambda: None)
    runpy.run_path("manage.py", run_name="__main__")
    assert set(AuditEntry.objects.values_list("verb", "origin")) == {
        ("source made", "command create_source"), ("source key made", "command create_source"),
    }  # fmt: skip
