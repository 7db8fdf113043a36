"""Who was erased stays away from the events that come after: use counts on without a name, and nothing said is kept."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.ingest.events.event import unpack
from accounts.models import Account, Contact, EventQuarantine, EventUser, HeldEvent, InboxBatch, Source, UserDay
from accounts.operations.erasure import erase_account, erase_contact
from tests.accounts.ingest.events.conftest import fold_all
from tests.conftest import NOW
from tests.scoring.canaries import left_in_the_database

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 30)
NAME, EMAIL = "Zyxonia Qwertzuk", "zyxonia.q@canary.example"
KIM = {"user_id": "zyx7", "group_id": "acme"}
IDENTIFY = {**KIM, "type": "identify", "name": None, "traits": {"name": NAME, "email": EMAIL, "title": "Duchess"}}


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def product() -> Source:
    """Events come from a product, contacts and accounts from elsewhere."""
    return Source.objects.create(name="product")


@pytest.fixture
def erased(fold, acme, product, ops) -> str:
    """A contact who used the product under two ids and was erased; the stand-in that counts on."""
    fold(IDENTIFY, {**KIM, "anonymous_id": "anon9", "type": "identify"}, {"anonymous_id": "anon9"}, to=product)
    erase_contact(contact=Contact.objects.get(), by=ops, at=NOW)
    assert traces() == []
    return UserDay.objects.get().user_key


def traces() -> list[str]:
    return left_in_the_database("zyx7", "zyxonia", "qwertzuk", "duchess", "anon9")


def counted() -> dict[str, int]:
    return dict(UserDay.objects.order_by("day").values_list("user_key", "events"))


def quarantined() -> list[tuple[Any, ...]]:
    return list(EventQuarantine.objects.order_by("pk").values_list("code", "state", "payload", "message_id"))


def gone_account(account: Account, by: Any) -> None:
    erase_account(account=account, before=lambda account, tally: None, by=by, at=NOW)


def test_use_counts_on_under_the_stand_in_by_every_id_of_the_user(fold, erased, product):
    fold(KIM, {"anonymous_id": "anon9"}, {"user_id": "zyx7"}, to=product)
    assert counted() == {erased: 4}
    assert traces() == []


def test_an_identify_makes_no_contact_of_who_was_erased(fold, erased, product):
    fold(IDENTIFY, to=product)
    assert [contact.name for contact in Contact.objects.all()] == ["Erased contact"]
    assert (quarantined(), traces()) == ([], [])


def test_the_address_under_another_id_brings_nobody_back(fold, erased, product):
    fold({**IDENTIFY, "user_id": "other"}, to=product)
    assert Contact.objects.count() == 1
    assert quarantined() == [("erased", "discarded", {}, "")]
    assert traces() == []


def test_a_new_id_of_who_was_erased_counts_under_the_stand_in(fold, erased, product):
    fold({"type": "alias", "name": None, "previous_id": "zyx7", "user_id": "new1"}, to=product)
    fold({"user_id": "new1", "group_id": "acme"}, {**IDENTIFY, "user_id": "new1"}, to=product)
    assert counted() == {erased: 2}
    assert EventUser.objects.get(key="new1").same_as == erased
    assert Contact.objects.count() == 1
    assert traces() == []


def test_what_cannot_count_of_who_was_erased_waits_nowhere(fold, erased, product):
    fold({**KIM, "group_id": "nobody", "properties": {"said": NAME}}, to=product)
    assert quarantined() == [("erased", "discarded", {}, "")]
    assert traces() == []


def test_what_somebody_else_says_of_them_is_kept_without_it(fold, erased, product):
    fold({"user_id": "bo", "group_id": "nobody", "properties": {"to": [EMAIL, "Ann"], "assignee": "zyx7"}}, to=product)
    (code, _, payload, _) = quarantined()[0]
    address, ann = payload["properties"]["to"]
    assert (code, address[:7], ann, payload["properties"]["assignee"]) == ("unknown_account", "erased-", "Ann", erased)
    assert traces() == []


def test_an_event_dated_ahead_waits_with_what_counts_alone(fold, erased, product):
    tomorrow = NOW + timedelta(days=1)
    fold({**KIM, "at": tomorrow, "properties": {"said": NAME, "feature": "Reports"}}, to=product)
    (held,) = unpack(HeldEvent.objects.get().payload)
    assert (held.user_id, held.group_id, held.properties) == (erased, "acme", {"feature": "Reports"})
    assert traces() == []
    fold_all(at=tomorrow)
    assert list(UserDay.objects.order_by("day").values_list("user_key", flat=True)) == [erased, erased]


def test_an_address_dated_ahead_is_not_kept_either(fold, erased, product):
    fold({**IDENTIFY, "user_id": "other", "at": NOW + timedelta(days=1)}, to=product)
    assert not HeldEvent.objects.exists()
    assert traces() == []


def test_events_of_others_stay_in_their_batch(fold, erased, product):
    fold(KIM, {"user_id": "bo", "group_id": "acme"}, to=product)
    (event,) = unpack(InboxBatch.objects.latest("pk").payload)
    assert event.user_id == "bo"
    assert counted() == {erased: 2, "bo": 1}


def test_an_event_of_somebody_else_that_mentions_them_counts_and_does_not_stay(fold, erased, product):
    """By address or, at their account, by name."""
    bo = {"user_id": "bo", "group_id": "acme"}
    said = [{"properties": {"to": [EMAIL]}}, {"properties": {"note": f"Met {NAME}."}}, {"name": f"Wrote to {EMAIL}"}]
    fold(*({**bo, **each} for each in said), {**bo, "properties": {"note": "Met Ann."}}, to=product)
    (kept,) = unpack(InboxBatch.objects.latest("pk").payload)
    assert (kept.properties, counted()) == ({"note": "Met Ann."}, {erased: 1, "bo": 4})
    assert traces() == []


def test_at_erasure_batches_that_were_folded_lose_what_others_said_of_them(fold, acme, product, ops):
    bo = {"user_id": "bo", "group_id": "acme"}
    fold(IDENTIFY, {**bo, "properties": {"to": EMAIL}}, {**bo, "properties": {"note": f"Met {NAME}."}}, bo, to=product)
    receipt = erase_contact(contact=Contact.objects.get(), by=ops, at=NOW)
    batch = InboxBatch.objects.get()
    (kept,) = unpack(batch.payload)
    assert (batch.folded_at is not None, kept.user_id, kept.properties, counted()) == (True, "bo", {}, {"bo": 3})
    assert receipt.rewritten["accounts.inboxbatch"] == 1
    assert traces() == []


def test_a_batch_that_cannot_be_folded_puts_nobody_aside_who_was_erased(send, erased, product, monkeypatch):
    send(KIM, {"user_id": "bo", "group_id": "acme"}, to=product)
    monkeypatch.setattr("accounts.ingest.events.stream.Stream.fold", lambda *_: 1 / 0)
    fold_all()
    assert [(code, bool(payload)) for code, _, payload, _ in quarantined()] == [("erased", False), ("failed", True)]
    assert traces() == []


def test_an_erased_accounts_events_are_refused_without_what_they_say(fold, acme, product, ops):
    fold(KIM, to=product)
    gone_account(acme, ops)
    assert not EventUser.objects.exists()
    fold(
        {**KIM, "properties": {"said": NAME}},
        {"user_id": "zyx7"},
        {"user_id": "bo", "properties": {"companyId": "acme"}},
        {"type": "group", "name": None, "group_id": "acme", "traits": {"name": "Acme"}},
        {**KIM, "at": NOW + timedelta(days=3)},
        to=product,
    )
    assert quarantined() == [("erased", "discarded", {}, "")] * 5
    assert not HeldEvent.objects.exists()
    assert not UserDay.objects.exists()
    assert unpack(InboxBatch.objects.latest("pk").payload) == []


def test_an_erased_account_is_not_made_again_by_a_group(fold, acme, product, ops):
    Source.objects.filter(pk=product.pk).update(mapping={"makes_accounts": True, "accounts_of": acme.source.name})
    gone_account(acme, ops)
    fold({"type": "group", "name": None, "group_id": "acme", "traits": {"name": "Acme"}}, to=product)
    assert not Account.objects.exists()
    assert quarantined() == [("erased", "discarded", {}, "")]


def test_a_user_who_is_known_elsewhere_too_counts_there_as_before(fold, acme, product, ops, make_account):
    other = make_account("Other")
    Account.objects.filter(pk=other.pk).update(external_id="other")
    fold(KIM, {**KIM, "group_id": "other"}, to=product)
    gone_account(acme, ops)
    fold({**KIM, "group_id": "other"}, to=product)
    assert counted() == {"zyx7": 2}


def test_waiting_events_that_name_a_short_id_go_with_their_user(fold, acme, product, ops):
    fold(IDENTIFY, {**KIM, "group_id": "nobody"}, {"user_id": "bo", "group_id": "nobody"}, to=product)
    erase_contact(contact=Contact.objects.get(), by=ops, at=NOW)
    assert [payload["user_id"] for payload in EventQuarantine.objects.values_list("payload", flat=True)] == ["bo"]
