"""Idempotency keys: done once, answered again, refused for another body or while in flight, free after a kill."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError

from accounts.models import AuditEntry, Contact, KeptAnswer
from dashboards.api import writing
from tests.conftest import NOW
from tests.dashboards.api.conftest import token_client
from tests.dashboards.api.rows import ROWS

pytestmark = pytest.mark.django_db

CONTACT = {"external_id": "c1", "account": "acme", "name": "Ann"}
KEY = "5e0c5bd6-6d70-4d5f-a3d2-0b9b5f0f0b1e"


def send(client, body: object = CONTACT, *, key: str = KEY, path: str = "contacts"):
    return client.post(f"/api/v1/{path}", body, format="json", headers={"idempotency-key": key})


def test_the_same_request_again_gets_the_saved_answer_and_does_nothing(feed, acme):
    first = send(feed)
    Contact.objects.update(name="Changed by somebody else")
    again = send(feed)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert Contact.objects.get().name == "Changed by somebody else"
    assert AuditEntry.objects.filter(verb="took in contacts").count() == 1


def test_many_rows_are_answered_again_with_all_their_verdicts(feed, acme):
    body = {"rows": [CONTACT, {"external_id": "c2"}]}
    first, again = (send(feed, body, path="contacts/bulk") for _ in range(2))
    assert [row["verdict"] for row in again.json()["rows"]] == ["created", "refused"]
    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("body", "path"),
    [({**CONTACT, "name": "Bo"}, "contacts"), (CONTACT, "contacts?source=files"), (CONTACT, "tickets")],
)
def test_the_key_with_another_request_is_refused(feed, acme, body, path):
    send(feed)
    answer = send(feed, body, path=path)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


def test_the_same_body_in_other_spaces_and_order_is_the_same(feed, acme):
    send(feed)
    spaced = '{ "name":"Ann",  "account":"acme", "external_id":"c1" }'
    answer = feed.post("/api/v1/contacts", spaced, content_type="application/json", headers={"idempotency-key": KEY})
    assert answer["Idempotent-Replayed"] == "true"


def test_a_request_in_flight_is_a_conflict_until_its_lease_ends(feed, acme, ops):
    send(feed)
    # As a process leaves it that was killed in the midst of the work: the claim stands, the answer does not.
    KeptAnswer.objects.update(status=None, answer="")
    Contact.objects.all().delete()
    busy = send(feed)
    assert (busy.status_code, busy.json()["code"], busy["Retry-After"]) == (409, "in_flight", "60")
    with time_machine.travel(NOW + timedelta(seconds=59), tick=False):
        assert send(feed).status_code == 409
    with time_machine.travel(NOW + timedelta(seconds=60), tick=False):
        assert send(feed).status_code == 201
    assert Contact.objects.count() == 1


def test_who_comes_back_after_the_lease_writes_nothing_twice(feed, acme, monkeypatch):
    """The first process slept for longer than its lease; the second did the work meanwhile."""

    def slow(*args, **kwargs):
        found = taken_in(*args, **kwargs)
        KeptAnswer.objects.update(claimed_at=NOW + timedelta(seconds=61))
        return found

    taken_in = writing.taken_in
    monkeypatch.setattr(writing, "taken_in", slow)
    assert send(feed).status_code == 409
    assert Contact.objects.count() == 0


def test_a_refusal_keeps_nothing_since_nothing_was_done(feed, make_account, smb):
    assert send(feed).status_code == 400
    make_account("Acme")
    assert send(feed).status_code == 201


def test_work_that_failed_frees_the_key_and_leaves_nothing(feed, acme, monkeypatch):
    def fails(**more):
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr("dashboards.api.idempotency.keep_answer", fails)
        answer = send(feed)
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "5")
    assert (Contact.objects.count(), KeptAnswer.objects.count()) == (0, 0)
    assert send(feed).status_code == 201


def test_an_answer_is_forgotten_after_a_day(feed, acme):
    send(feed)
    with time_machine.travel(NOW + timedelta(hours=23, minutes=59), tick=False):
        assert send(feed)["Idempotent-Replayed"] == "true"
    with time_machine.travel(NOW + timedelta(hours=24), tick=False):
        again = send(feed)
    assert (again.json()["verdict"], "Idempotent-Replayed" in again) == ("unchanged", False)
    assert KeptAnswer.objects.count() == 1


def test_two_people_may_use_the_same_key(feed, csm, acme):
    send(feed)
    other = token_client(csm, "write")
    assert send(other, ROWS["milestones"], path="milestones?source=files").status_code == 201


@pytest.mark.parametrize("key", ["", "two words", "x" * 201, "é"])
def test_a_key_that_is_none_is_refused_by_name(feed, acme, key):
    answer = send(feed, key=key)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Idempotency-Key")


def test_a_refusal_by_the_gate_claims_no_key(csm, acme):
    assert send(token_client(csm, "write"), path="contacts/bulk").status_code == 403
    assert not KeptAnswer.objects.exists()
