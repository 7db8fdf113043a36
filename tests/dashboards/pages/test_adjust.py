"""Pulses and overrides from the account page: the effect first; saved, ended early, told to who comes second."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts import deliveries
from accounts.models import Amendment, AuditEntry, ManualReading, Override, Pulse, Source
from accounts.operations import silences
from scoring.foresight import foresee, standing_now
from scoring.models import Snapshot
from scoring.pipeline import score_days
from scoring.rescore import rescore_waiting
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import publish_card  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
SHEET = {"HX-Request": "true"}
WORDS = "The new owners review all vendors."
DAYS = {"starts_on": TODAY.isoformat(), "ends_on": "2026-09-28"}
RATING = {"key": "reading:rating", "weight": 100, "curve": "linear", "zero": 1, "full": 5}


@pytest.fixture
def scored(acme, source, publish_card):  # noqa: F811
    """Acme is rated 4 of 1 to 5: 75.00, Strong. Scored last night."""
    publish_card(RATING)
    ManualReading.objects.create(
        account=acme, measure="rating", value=4, read_on=TODAY, expires_on=TODAY + timedelta(days=60),
        source=source, external_id="r", recorded_at=NOW,
    )  # fmt: skip
    score_days([TODAY], clock=lambda: NOW)
    assert Snapshot.objects.get(account=acme).score == 7500
    return acme


@pytest.fixture
def maya(client, csm):
    client.force_login(csm)
    return client


def seen_in(client, account, kind="pulse") -> str:
    shown = client.get(reverse("adjust", args=[account.pk, kind]), headers=SHEET).content.decode()
    found = re.search(r'name="seen" value="([^"]*)"', shown)
    return found[1] if found else ""


def save(client, account, kind="pulse", **sent):
    values = {"percent": "-20", "category": "acquired", "reason": WORDS, "seen": "", **DAYS} | sent
    return client.post(reverse("adjust", args=[account.pk, kind]), values, headers=SHEET)


def test_the_effect_is_shown_before_anything_is_saved(maya, scored):
    answer = maya.post(reverse("adjust-preview", args=[scored.pk, "pulse"]), {"percent": "-20"}, headers=SHEET)
    page = answer.context["page"]
    assert (page.now.score, page.now.name) == (Decimal(75), "Strong")
    assert (page.then.score, page.then.name) == (Decimal(60), "Moderate")
    assert not Pulse.objects.exists()
    assert not AuditEntry.objects.filter(verb="pulse added").exists()


def test_the_score_becomes_what_was_foreseen(maya, scored):
    assert save(maya, scored).headers["HX-Refresh"] == "true"
    pulse = Pulse.objects.get()
    assert (pulse.percent, pulse.category, pulse.reason, pulse.author.name) == (-20, "acquired", WORDS, "Maya Example")
    assert (pulse.starts_on, pulse.ends_on) == (TODAY, date(2026, 9, 28))
    rescore_waiting(as_of=TODAY, at=NOW)
    assert Snapshot.objects.get(account=scored).score == 6000


def test_an_override_shows_its_effect_and_takes_the_place_of_the_score(maya, scored):
    page = maya.post(reverse("adjust-preview", args=[scored.pk, "override"]), {"score": "30"}).context["page"]
    assert (page.then.score, page.then.name) == (Decimal(30), "Weak")
    save(maya, scored, "override", score="30")
    assert Override.objects.get().score_hundredths == 3000
    rescore_waiting(as_of=TODAY, at=NOW)
    assert Snapshot.objects.get(account=scored).score == 3000


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        ({"reason": "  "}, "reason", "Say why, in at least 20 characters."),
        ({"reason": "Too short"}, "reason", "Say why, in at least 20 characters."),
        ({"category": ""}, "category", "Choose what kind of reason."),
        ({"percent": ""}, "percent", "Say by how much."),
        ({"ends_on": ""}, "ends_on", "Say until which day."),
        ({"ends_on": "2026-06-29"}, "ends_on", "The end lies today or later."),
        ({"starts_on": "2026-10-01"}, "ends_on", "The end cannot be before the start."),
    ],
)
def test_without_a_reason_or_an_end_nothing_is_saved_and_nothing_typed_is_lost(maya, scored, sent, field, sentence):
    answer = save(maya, scored, **sent)
    assert answer.status_code == 422
    assert answer.context["page"].form.errors[field] == [sentence]
    if field != "reason":
        assert WORDS in answer.content.decode()
    assert not Pulse.objects.exists()


def test_a_pulse_goes_as_far_as_the_scorecard_lets_it_and_never_up(maya, scored):
    assert save(maya, scored, percent="-40").context["page"].form.errors["percent"]
    assert save(maya, scored, percent="10").context["page"].form.errors["percent"]
    assert not Pulse.objects.exists()


def test_who_comes_second_is_told_what_acts_now_and_may_save_again(client, scored, csm, manager):
    client.force_login(manager)
    save(client, scored, percent="-10", reason="Their sponsor left the company.")
    client.force_login(csm)
    answer = save(client, scored)
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "Their sponsor left the company." in shown
    assert WORDS in shown
    assert Pulse.objects.count() == 1
    seen = re.search(r'name="seen" value="([^"]+)"', shown)[1]
    assert save(client, scored, seen=seen).status_code == 200
    assert Pulse.objects.count() == 2


def test_a_pulse_ends_early_and_what_it_said_stays_known(maya, scored, csm):
    save(maya, scored, starts_on="2026-06-20")
    pulse = Pulse.objects.get()
    maya.post(reverse("adjust-end", args=[scored.pk, "pulse", pulse.pk]))
    pulse.refresh_from_db()
    assert pulse.ends_on == TODAY - timedelta(days=1)
    assert Amendment.objects.get(table="accounts.pulse").content["ends_on"] == "2026-09-28"
    assert AuditEntry.objects.get(verb="pulse ended").by == csm
    rescore_waiting(as_of=TODAY, at=NOW)
    assert Snapshot.objects.get(account=scored).score == 7500


def test_what_began_today_goes_when_it_is_ended(maya, scored):
    save(maya, scored)
    maya.post(reverse("adjust-end", args=[scored.pk, "pulse", Pulse.objects.get().pk]))
    assert not Pulse.objects.exists()
    assert AuditEntry.objects.get(verb="pulse ended").detail["would_have_ended"] == "2026-09-28"


def test_the_toast_takes_a_pulse_back_for_whoever_made_it_alone(maya, scored, client, manager):
    save(maya, scored, starts_on="2026-06-20")
    undo = re.search(r'action="([^"]+\?undo=1)"', maya.get(reverse("accounts")).content.decode())[1]
    client.force_login(manager)
    client.post(undo)
    assert Pulse.objects.exists()
    client.force_login(Pulse.objects.get().author)
    client.post(undo)
    assert not Pulse.objects.exists()


def test_before_the_first_scores_a_pulse_is_saved_without_a_preview(maya, acme):
    answer = maya.get(reverse("adjust", args=[acme.pk, "pulse"]), headers=SHEET)
    assert "The account has no score yet" in answer.content.decode()
    assert save(maya, acme).status_code == 200
    assert Pulse.objects.count() == 1


def test_there_is_no_third_kind(maya, acme):
    assert maya.get(reverse("adjust", args=[acme.pk, "gift"])).status_code == 404


def test_foresight_leaves_nothing_behind(scored, csm):
    before = standing_now(account_id=scored.pk, as_of=TODAY, at=NOW)
    found = foresee(
        account_id=scored.pk, as_of=TODAY, at=NOW,
        write=lambda: ManualReading.objects.filter(account=scored).update(value=1),
    )  # fmt: skip
    assert (found.now.score, found.then.score, before.score) == (7500, 0, 7500)
    assert ManualReading.objects.get().value == 4


def test_the_score_is_marked_where_it_depends_on_a_silent_source(maya, scored, source):
    Source.objects.filter(pk=source.pk).update(rhythm_days=1)
    deliveries.note(source_id=source.pk, kind="readings", brought=1, at=NOW - timedelta(days=3))
    silences.watch(at=NOW)
    mark = f'<span class="visually-hidden">Stale: nothing comes from {source.name}</span>'
    assert maya.get(reverse("adjust", args=[scored.pk, "pulse"]), headers=SHEET).content.decode().count(mark) == 1


def test_the_dialog_and_the_preview_ask_few_queries(maya, scored, django_assert_max_num_queries):
    with django_assert_max_num_queries(28):
        maya.get(reverse("adjust", args=[scored.pk, "pulse"]), headers=SHEET)
    with django_assert_max_num_queries(54):
        maya.post(reverse("adjust-preview", args=[scored.pk, "pulse"]), {"percent": "-20"}, headers=SHEET)
