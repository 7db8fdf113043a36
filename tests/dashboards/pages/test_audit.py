"""The audit log: filters, pages by cursor, the file."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import audit
from accounts.models import AuditEntry
from accounts.origin import coming_from
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organization")]


@pytest.fixture
def told(acme, csm, manager):
    audit.record(verb="plan opened", subject=csm, by=csm, at=NOW - timedelta(days=2), account=acme.pk, was="a", now="b")
    audit.record(verb="account moved", subject=acme, by=manager, at=NOW, account=acme.pk)
    audit.record(verb="organization set up", subject=manager, by=None, at=NOW, name="<b>Kestrel</b>")


def verbs(client, **query) -> list[str]:
    return [row.verb for row in client.get(reverse("audit"), query).context["page"].rows]


@pytest.fixture
def reader(client, ops):
    client.force_login(ops)
    return client


def test_the_newest_comes_first_and_each_says_what_it_was_and_became(reader, told, acme):
    page = reader.get(reverse("audit"))
    first, second, third = page.context["page"].rows
    assert [first.verb, second.verb, third.verb] == ["organization set up", "account moved", "plan opened"]
    assert (third.account, third.account_pk, third.by, third.detail) == ("Acme", acme.pk, "Maya Example", "")
    assert list(map(str, third.changes)) == ["a → b"]
    assert "&lt;b&gt;Kestrel" in page.content.decode()


def test_of_several_things_those_that_changed_are_told(reader, acme, csm):
    before, now = {"goal": "Use it", "owner_id": 3, "note": ""}, {"goal": "Use it", "owner_id": 4, "note": "Soon"}
    audit.record(verb="plan edited", subject=acme, by=csm, at=NOW, before=before, now=now, plan=7)
    page = reader.get(reverse("audit"))
    (row,) = page.context["page"].rows
    assert list(map(str, row.changes)) == ["note: nothing → Soon", "owner id: 3 → 4"]
    assert row.detail == "plan: 7"
    assert "owner id: 3" in page.content.decode()
    line = b"".join(reader.get(reverse("audit-csv")).streaming_content).decode()
    assert "note: nothing → Soon; owner id: 3 → 4,plan: 7" in line


def test_it_is_narrowed_by_where_from_and_shows_it(reader, acme, csm):
    for where in ("page 203.0.113.9", "api 203.0.113.9, token 4 Nightly", "command ingest"):
        with coming_from(where):
            audit.record(verb=f"by {where[:3]}", subject=acme, by=csm, at=NOW)
    assert verbs(reader, origin="203.0.113.9") == ["by api", "by pag"]
    assert verbs(reader, origin="Command") == ["by com"]
    assert "api 203.0.113.9, token 4 Nightly" in reader.get(reverse("audit")).content.decode()
    answer = reader.get(reverse("audit-csv"), {"origin": "command"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[3] for line in lines] == ["From where", "command ingest"]


def test_it_is_narrowed_by_person_deed_account_and_day(reader, told, acme, csm):
    assert verbs(reader, by=csm.pk) == ["plan opened"]
    assert verbs(reader, by="none") == ["organization set up"]
    assert verbs(reader, verb="MOVED") == ["account moved"]
    assert verbs(reader, account=acme.pk) == ["account moved", "plan opened"]
    assert verbs(reader, account=acme.pk + 1) == []
    assert verbs(reader, until=(TODAY - timedelta(days=1)).isoformat()) == ["plan opened"]
    assert verbs(reader, since=TODAY.isoformat()) == ["organization set up", "account moved"]
    assert len(verbs(reader, since="2026-13-45", by="x", before="y", account="-1")) == 3


def test_pages_follow_the_cursor_and_leave_nothing_out(reader, csm):
    for n in range(120):
        audit.record(verb=f"deed {n}", subject=csm, by=csm, at=NOW)
    seen, address = [], reverse("audit") + "?verb=deed"
    while address:
        page = reader.get(address).context["page"]
        seen += [row.verb for row in page.rows]
        address = page.older_url
        # What comes meanwhile moves nothing.
        audit.record(verb="deed later", subject=csm, by=csm, at=NOW)
    assert seen == [f"deed {n}" for n in reversed(range(120))]


def test_the_file_has_what_the_filters_leave(reader, told, acme):
    answer = reader.get(reverse("audit-csv"), {"account": acme.pk})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[4] for line in lines] == ["Deed", "account moved", "plan opened"]


def test_a_page_takes_few_queries(reader, told, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        reader.get(reverse("audit"))
    assert AuditEntry.objects.count() == 3
