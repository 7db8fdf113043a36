"""Who is erased is nowhere any more, in no table and no file, scores stay, and no file brings them back (G-11)."""

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import models

from accounts.erasure.rules import RULES
from accounts.ingest.events.event import ENCODER, unpack
from accounts.ingest.intake import take_in
from accounts.ingest.records import (
    AccountRecord,
    ContactRecord,
    SurveyRecord,
    TicketRecord,
    TouchpointRecord,
    UsageRecord,
)
from accounts.models import (
    Account,
    AuditEntry,
    Contact,
    Erasure,
    InboxBatch,
    Suppression,
    SurveyResponse,
    Ticket,
    Touchpoint,
    UsageMonth,
    UsageRow,
    UserDay,
)
from accounts.operations.erasure import allow_again, said_by
from scoring.erasure import erase_account, erase_contact
from scoring.files import shipped_cards
from scoring.models import DailySummary, Snapshot
from scoring.operations import BEGINNING, publish
from scoring.pipeline import score_days
from tests.conftest import NOW, TODAY
from tests.scoring.canaries import Planter, an_event, left_in_files, left_in_the_database, plant_files

NAME, EMAIL, KEY = "Zyxonia Qwertzuk", "zyxonia.q@canary.example", "crm-zyx-0077"
COMPANY, DOMAIN, COMPANY_KEY = "Vortigo Canaria", "vortigo-canaria.example", "crm-vortigo-88"


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    return settings.VAR_DIR


@pytest.fixture
def world(organization, make_account, csm, source) -> Account:
    """An account with three people, who met, answered, wrote and used the product, and another account."""
    make_account("Beta", owner=csm)
    account = make_account("Acme", owner=csm, domain=DOMAIN)
    Account.objects.filter(pk=account.pk).update(external_id=COMPANY_KEY, name=COMPANY)
    bring(source)
    for card in shipped_cards():
        if card.segment in (None, "smb"):
            # However little is known, there is a score.
            generous = replace(card, min_coverage=0.0)
            publish(card=generous, effective_from=BEGINNING, reason="test", by=None, at=NOW)
    return Account.objects.get(pk=account.pk)


CONTACTS = [
    ContactRecord(external_id=KEY, account=COMPANY_KEY, name=NAME, email=EMAIL, title="Duchess", persona="champion"),
    ContactRecord(external_id="c2", account=COMPANY_KEY, name="Bo Peep", email="bo@x.example", persona="champion"),
]
TOUCHPOINTS = [
    TouchpointRecord(
        external_id="t1", account=COMPANY_KEY, kind="ebr", day=TODAY - timedelta(days=9), note="She moves to Rome",
        contacts=(KEY, "c2"),
    ),
    TouchpointRecord(
        external_id="t2", account=COMPANY_KEY, kind="call", day=TODAY - timedelta(days=8),
        note=f"Bo says Zyxonia is ill; write to {EMAIL}.", contacts=("c2",),
    ),
]  # fmt: skip
SURVEYS = [
    SurveyRecord(
        external_id="s1", account=COMPANY_KEY, kind="nps", asked_on=TODAY - timedelta(days=20),
        answered_on=TODAY - timedelta(days=19), score=9, contact=KEY, comment="My son loves it",
    )
]  # fmt: skip
TICKETS = [
    TicketRecord(
        external_id=f"{KEY}/1", account=COMPANY_KEY, opened_at=NOW - timedelta(days=3), subject=f"{NAME}: no login"
    )
]
USAGE = [
    UsageRecord(
        external_id=f"u{n}", account=COMPANY_KEY, user_key=key, day=TODAY - timedelta(days=n), events=5, feature="A"
    )
    for n in range(1, 9)
    for key in ((EMAIL, "bo") if n % 2 else (KEY,))
][:8]
RECORDS = {
    "contacts": CONTACTS, "touchpoints": TOUCHPOINTS, "surveys": SURVEYS, "tickets": TICKETS,
    "usage": [UsageRecord(**{**as_dict, "external_id": f"use-{n}"}) for n, as_dict in enumerate(
        {name: getattr(row, name) for name in UsageRecord.__dataclass_fields__} for row in USAGE
    )],
}  # fmt: skip


def bring(source) -> dict[str, tuple[int, int, int]]:
    """All records; says how many were created, changed and refused, by kind."""
    done = {}
    for kind, records in RECORDS.items():
        outcome = take_in(kind=kind, records=records, source=source, at=NOW, by=None)
        done[kind] = (outcome.created, outcome.changed, len(outcome.refusals))
    return done


def the_contact() -> Contact:
    return Contact.objects.get(external_id=KEY)


def scores() -> list[tuple[Any, ...]]:
    score_days([TODAY], clock=lambda: NOW)
    rows = Snapshot.objects.order_by("account_id").values_list("account_id", "score", "band", "coverage", "breakdown")
    return [(*row[:-1], bytes(row[-1])) for row in rows]


def test_of_an_erased_contact_no_table_and_no_file_keeps_a_trace(world, source, csm, ops, own_files):
    contact = the_contact()
    words = f"Ask {NAME} or {NAME.upper()} ({EMAIL}), id {KEY}."
    planter = Planter(words, EMAIL, account=world, contact=contact, user=csm, source=source)
    assert len(planter.plant_everywhere()) > 30
    plant_files(own_files, words)
    assert left_in_the_database(NAME, EMAIL, KEY)
    erase_contact(contact=contact, by=ops, at=NOW)
    assert left_in_the_database(NAME, EMAIL, KEY, "Qwertzuk", "zyxonia.q") == []
    assert left_in_files(own_files, NAME, EMAIL, KEY) == []
    assert not (own_files / "exports" / "healthapp-1.zip").exists()
    assert "Bo Peep" in (own_files / "ingest" / "1-contacts-refused.csv").read_text()


def test_of_an_erased_account_no_table_and_no_file_keeps_a_trace(world, source, csm, ops, own_files):
    words = f"{COMPANY} of {DOMAIN} ({COMPANY_KEY}): {NAME}, {EMAIL}"
    planter = Planter(words, DOMAIN, account=world, contact=the_contact(), user=csm, source=source)
    assert len(planter.plant_everywhere()) > 30
    plant_files(own_files, words)
    scores()
    erase_account(account=world, by=ops, at=NOW)
    gone = (COMPANY, DOMAIN, COMPANY_KEY, NAME, EMAIL, KEY)
    assert left_in_the_database(*gone) == []
    assert left_in_files(own_files, *gone) == []
    assert Account.objects.count() == 1


def test_every_table_says_what_an_erasure_does_to_it():
    assert {model._meta.label_lower for model in apps.get_models(include_auto_created=True)} == set(RULES)


def test_whatever_belongs_to_an_account_goes_with_it():
    pointing = {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model in (Account, Contact, Touchpoint)
    }
    assert pointing <= {label for label, rule in RULES.items() if rule.of_account}


# What stays


def test_scores_and_their_lines_stay_when_a_contact_is_erased(world, ops):
    before = scores()
    erase_contact(contact=the_contact(), by=ops, at=NOW)
    assert scores() == before
    assert [row[1] for row in before if row[1] is not None]


def test_the_contact_stays_as_a_nameless_one_with_its_persona_and_its_answer(world, ops):
    pk = the_contact().pk
    erase_contact(contact=the_contact(), by=ops, at=NOW)
    left = Contact.objects.get(pk=pk)
    assert (left.name, left.email, left.title, left.persona) == ("Erased contact", "", "", "champion")
    answer = SurveyResponse.objects.get()
    assert (answer.contact_id, answer.score, answer.comment) == (pk, 9, "")


def test_notes_lose_what_tells_who_it_was_and_keep_the_rest(world, ops):
    erase_contact(contact=the_contact(), by=ops, at=NOW)
    notes = dict(Touchpoint.objects.values_list("external_id", "note"))
    assert notes == {"t1": "", "t2": "Bo says [erased] is ill; write to [erased]."}
    assert Ticket.objects.get().subject == "[erased]: no login"


def test_a_user_counts_on_under_a_stand_in(world, ops):
    counted = UserDay.objects.count(), UserDay.objects.values("user_key").distinct().count()
    erase_contact(contact=the_contact(), by=ops, at=NOW)
    keys = set(UserDay.objects.values_list("user_key", flat=True))
    assert (UserDay.objects.count(), len(keys)) == counted
    assert {key[:7] for key in keys} == {"erased-", "bo"}


def test_events_of_others_stay_in_the_inbox(world, source, ops):
    events = [an_event(user_id=KEY), an_event(user_id="bo")]
    InboxBatch.objects.create(source=source, received_at=NOW, events=2, payload=ENCODER.encode(events))
    erase_contact(contact=the_contact(), by=ops, at=NOW)
    assert [event.user_id for event in unpack(InboxBatch.objects.get().payload)] == ["bo"]


def test_an_erased_accounts_share_leaves_the_sums_of_its_days(world, ops, make_account, csm):
    score_days([TODAY - timedelta(days=1), TODAY], clock=lambda: NOW)
    arr = sum(DailySummary.objects.filter(as_of=TODAY).values_list("arr_reporting", flat=True))
    erase_account(account=world, by=ops, at=NOW)
    after = DailySummary.objects.filter(as_of=TODAY)
    assert sum(after.values_list("accounts", flat=True)) == 1
    assert sum(after.values_list("arr_reporting", flat=True)) == arr - world.arr
    score_days([TODAY], clock=lambda: NOW)
    assert list(after.values_list("accounts", "score_sum", "arr_reporting")) == list(
        DailySummary.objects.filter(as_of=TODAY).values_list("accounts", "score_sum", "arr_reporting")
    )


def test_children_of_an_erased_account_stay_without_a_parent(world, ops, make_account, csm):
    child = make_account("Child", owner=csm, parent=world)
    erase_account(account=world, by=ops, at=NOW)
    assert Account.objects.get(pk=child.pk).parent is None


# The receipt


def test_the_receipt_counts_by_table_names_nobody_and_is_sealed(world, ops):
    receipt = erase_contact(contact=the_contact(), by=ops, at=NOW)
    assert receipt.rewritten["accounts.contact"] >= 1
    assert receipt.rewritten["accounts.userday"] == 5
    assert len(receipt.digest) == 64
    said = json.dumps(said_by(receipt))
    assert not [word for word in (NAME, EMAIL, KEY, "Qwertzuk") if word in said]
    entry = AuditEntry.objects.get(verb="contact erased")
    assert (entry.by, entry.detail) == (ops, {"receipt": receipt.digest})


# Nobody comes back


def test_the_same_files_bring_nothing_back(world, source, ops):
    erase_contact(contact=the_contact(), by=ops, at=NOW)
    rows = UsageRow.objects.count(), UserDay.objects.count()
    assert bring(source) == {
        "contacts": (0, 0, 1), "touchpoints": (0, 0, 0), "surveys": (0, 0, 0), "tickets": (0, 0, 1), "usage": (0, 0, 0),
    }  # fmt: skip
    assert (UsageRow.objects.count(), UserDay.objects.count()) == rows
    assert left_in_the_database(NAME, EMAIL, KEY, "Qwertzuk") == []


def test_new_facts_that_mention_who_was_erased_come_in_without_the_name(world, source, ops):
    erase_contact(contact=the_contact(), by=ops, at=NOW)
    new = TicketRecord(
        external_id="9", account=COMPANY_KEY, opened_at=NOW, subject=f"From {NAME.lower()}, {EMAIL}: help"
    )
    take_in(kind="tickets", records=[new], source=source, at=NOW, by=None)
    assert Ticket.objects.get(external_id="9").subject.count("[erased]") == 2
    assert left_in_the_database(NAME, EMAIL) == []


def test_an_erased_account_is_refused_with_all_that_names_it(world, source, ops):
    erase_account(account=world, by=ops, at=NOW)
    record = AccountRecord(external_id=COMPANY_KEY, name=COMPANY, started_on=TODAY)
    refused = take_in(kind="accounts", records=[record], source=source, at=NOW, by=None).refusals
    assert "was erased on request" in refused[0].reason
    assert {created for created, *_ in bring(source).values()} == {0}
    assert left_in_the_database(COMPANY, NAME) == []


def test_what_was_erased_may_be_allowed_again(world, source, ops):
    receipt = erase_contact(contact=the_contact(), by=ops, at=NOW)
    assert allow_again(erasure=receipt, by=ops, at=NOW) > 3
    assert bring(source)["contacts"] == (1, 0, 0)
    assert not Suppression.objects.exists()


# The command


def test_the_command_asks_for_the_name_and_prints_the_receipt(world):
    said, contact = StringIO(), the_contact()
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase", "contact", contact.pk, name="Somebody", stdout=said)
    call_command("erase", "contact", contact.pk, name=NAME, stdout=said)
    assert f"Receipt {Erasure.objects.get().pk}: {Erasure.objects.get().digest}" in said.getvalue()
    with pytest.raises(CommandError, match="There is no account 9999"):
        call_command("erase", "account", 9999, name="x")


def test_months_are_folded_anew_without_the_key(world, ops):
    before = bytes(UsageMonth.objects.order_by("month").last().users)
    erase_contact(contact=the_contact(), by=ops, at=NOW)
    after = bytes(UsageMonth.objects.order_by("month").last().users)
    assert after != before
    assert len(after) == len(before)
