"""Touchpoints from our own pages: logged, changed, taken back; who comes second is told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AccountTouch, Amendment, AuditEntry, CommonTouch, Contact, Touchpoint
from accounts.operations import touchpoints
from accounts.operations.touchpoints import ChangedMeanwhile, Meeting
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
LATER, LATEST = NOW + timedelta(minutes=5), NOW + timedelta(minutes=9)
CALL = Meeting(kind="call", state="held", day=TODAY, note="  They stay.  ")
VISIT_AHEAD = Meeting(kind="visit", state="planned", day=TODAY + timedelta(days=7))


@pytest.fixture
def kim(acme, source) -> Contact:
    return Contact.objects.create(
        source=source, external_id="kim", account=acme, name="Kim Roe", known_from=date(2024, 1, 1), recorded_at=NOW
    )


@pytest.fixture
def log(acme, csm):
    def log(meeting: Meeting = CALL, *, key: str = "a", at: datetime = NOW, **more: object) -> Touchpoint:
        return touchpoints.log_touchpoint(account=acme, meeting=meeting, key=key, by=csm, at=at, **more)

    return log


@pytest.fixture
def change(csm):
    def change(touchpoint: Touchpoint, meeting: Meeting, *, seen: datetime = NOW, by=csm, at: datetime = LATER):
        return touchpoints.change_touchpoint(touchpoint=touchpoint, meeting=meeting, seen=seen, by=by, at=at)

    return change


def test_a_logged_touchpoint_keeps_both_sides_and_its_account_is_scored_anew(log, acme, kim, csm, manager):
    made = log(Meeting(kind="ebr", state="held", day=TODAY, host_id=csm.pk, contacts=[kim.pk],
                       colleagues=[manager.pk, csm.pk], note="Went well"))  # fmt: skip
    assert (made.kind, made.host, list(made.contacts.all())) == ("ebr", csm, [kim])
    assert list(made.colleagues.all()) == [manager]
    assert AccountTouch.objects.get(account=acme).touches == 1
    entry = AuditEntry.objects.get(verb="touchpoint logged")
    assert (entry.by, entry.at, entry.detail) == (csm, NOW, {"account": acme.pk, "kind": "ebr", "state": "held"})


def test_a_form_that_is_sent_twice_makes_one_touchpoint(log):
    assert log() == log(at=LATER)
    assert Touchpoint.objects.count() == AuditEntry.objects.count() == 1


def test_the_next_one_is_planned_with_it_and_goes_with_it(log, csm):
    made = log(then=VISIT_AHEAD)
    assert list(Touchpoint.objects.order_by("day").values_list("kind", "state")) == [
        ("call", "held"), ("visit", "planned"),
    ]  # fmt: skip
    touchpoints.take_back(touchpoint=made, seen=NOW, by=csm, at=LATER)
    assert not Touchpoint.objects.exists()


def test_the_next_one_stays_where_it_was_changed_since(log, change, csm):
    made = log(then=VISIT_AHEAD)
    change(Touchpoint.objects.get(kind="visit"), Meeting(kind="workshop", state="planned", day=TODAY))
    touchpoints.take_back(touchpoint=made, seen=NOW, by=csm, at=LATEST)
    assert Touchpoint.objects.get().kind == "workshop"


@pytest.mark.parametrize(
    ("meeting", "field", "sentence"),
    [
        (Meeting(kind="party", state="held", day=TODAY), "kind", "Choose what kind"),
        (Meeting(kind="call", state="held", day=TODAY + timedelta(days=1)), "day", "Plan it instead."),
        (Meeting(kind="call", state="planned", day=TODAY - timedelta(days=1)), "day", "Say whether it was held"),
        (Meeting(kind="call", state="cancelled", day=TODAY), "cancelled_by", "Say who cancelled it."),
        (Meeting(kind="call", state="held", day=TODAY, cancelled_by="us"), "cancelled_by", "Only what is cancelled"),
        (Meeting(kind="visit", state="held", day=TODAY, replied_on=TODAY), "replied_on", "Only a mail or a call"),
        (Meeting(kind="mail", state="held", day=TODAY, replied_on=TODAY + timedelta(days=1)), "replied_on", "between"),
        (Meeting(kind="call", state="held", day=TODAY, begins_at=NOW - timedelta(days=2)), "begins_at", "not on that"),
        (Meeting(kind="call", state="held", day=TODAY, minutes=0), "minutes", "1 to 1,440"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(log, meeting, field, sentence):
    with pytest.raises(ValidationError, match=sentence) as refused:
        log(meeting)
    assert list(refused.value.message_dict) == [field]
    assert not Touchpoint.objects.exists()


def test_a_planned_one_is_held_or_cancelled_and_what_was_planned_stays_known(log, change, acme):
    made = log(VISIT_AHEAD)
    change(made, Meeting(kind="visit", state="cancelled", cancelled_by="customer", day=VISIT_AHEAD.day))
    now = Touchpoint.objects.get()
    assert (now.state, now.cancelled_by, now.recorded_at) == ("cancelled", "customer", LATER)
    assert Amendment.objects.get().content["state"] == "planned"
    assert AccountTouch.objects.get(account=acme).touches == 2


def test_who_comes_second_is_told_and_nothing_is_written(log, change, manager):
    made = log()
    change(made, Meeting(kind="visit", state="held", day=TODAY, note="His words"))
    with pytest.raises(ChangedMeanwhile) as told:
        change(made, Meeting(kind="mail", state="held", day=TODAY, note="Her words"), by=manager, at=LATEST)
    assert told.value.touchpoint.note == Touchpoint.objects.get().note == "His words"


def test_undoing_a_change_brings_back_words_and_people(log, change, csm, kim):
    made = log(Meeting(kind="call", state="held", day=TODAY, contacts=[kim.pk], note="First"))
    change(made, Meeting(kind="mail", state="held", day=TODAY, note="Second"))
    assert not made.contacts.exists()
    touchpoints.take_back(touchpoint=made, seen=LATER, by=csm, at=LATEST)
    now = Touchpoint.objects.get()
    assert (now.kind, now.note, list(now.contacts.all()), now.recorded_at) == ("call", "First", [kim], LATEST)


def test_only_who_did_it_undoes_it_and_only_the_last_thing(log, change, csm, manager):
    made = log()
    with pytest.raises(ValidationError, match="Only what you did last"):
        touchpoints.take_back(touchpoint=made, seen=NOW, by=manager, at=LATER)
    change(made, Meeting(kind="visit", state="held", day=TODAY), by=manager)
    with pytest.raises(ChangedMeanwhile):
        touchpoints.take_back(touchpoint=made, seen=NOW, by=csm, at=LATEST)
    touchpoints.take_back(touchpoint=made, seen=LATER, by=manager, at=LATEST)
    with pytest.raises(ValidationError, match="Only what you did last"):
        touchpoints.take_back(touchpoint=made, seen=LATEST, by=manager, at=LATEST + timedelta(minutes=1))


def test_the_first_training_concerns_all_accounts_and_so_does_taking_it_back(log, csm):
    log()
    assert not CommonTouch.objects.exists()
    made = log(Meeting(kind="training", state="held", day=TODAY), key="b", at=LATER)
    assert CommonTouch.objects.get().touches == 1
    log(Meeting(kind="training", state="held", day=TODAY), key="c", at=LATEST)
    assert CommonTouch.objects.get().touches == 1
    Touchpoint.objects.get(external_id="c").delete()
    touchpoints.take_back(touchpoint=made, seen=LATER, by=csm, at=LATEST)
    assert CommonTouch.objects.get().touches == 2


def test_a_contact_of_another_account_is_not_noted_as_present(log, kim, make_account, source):
    stranger = Contact.objects.create(
        source=source, external_id="x", account=make_account("Other"), name="X", known_from=TODAY, recorded_at=NOW
    )
    made = log(Meeting(kind="call", state="held", day=TODAY, contacts=[kim.pk, stranger.pk]))
    assert list(made.contacts.all()) == [kim]


def test_the_time_stands_beside_the_day(log):
    begins = datetime(2026, 7, 7, 14, 0, tzinfo=UTC)
    made = log(Meeting(kind="visit", state="planned", day=VISIT_AHEAD.day, begins_at=begins, minutes=45))
    assert (made.begins_at, made.minutes) == (begins, 45)
