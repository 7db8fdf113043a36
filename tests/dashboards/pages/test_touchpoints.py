"""The dialog of a touchpoint, as requests: logged by name, changed by two people, undone, as a calendar file."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.models import AccountTouch, Contact, Touchpoint
from accounts.operations.touchpoints import Meeting, change_touchpoint, log_touchpoint
from accounts.queries.account import happenings
from dashboards.pages.account_touchpoints import build_touchpoints
from dashboards.pages.invitation import calendar_file, folded
from tests.accounts.asking_cast import make_contact, make_survey
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
SENT = {"account_name": "Acme", "kind": "call", "outcome": "held", "day": TODAY.isoformat(), "key": "k1"}
SHEET = {"HX-Request": "true"}


@pytest.fixture
def maya(client, csm, acme):
    client.force_login(csm)
    return client


@pytest.fixture
def visit(acme, csm) -> Touchpoint:
    ahead = Meeting(
        kind="visit", state="planned", day=TODAY + timedelta(days=2), note="Bring, the; numbers", minutes=90
    )
    return log_touchpoint(account=acme, meeting=ahead, key="v", by=csm, at=NOW)


def log(client, **more):
    return client.post(reverse("touchpoint-new"), SENT | more, headers=SHEET)


def test_account_kind_and_day_are_enough(maya, acme):
    answer = log(maya)
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (200, "true")
    made = Touchpoint.objects.get()
    assert (made.account, made.kind, made.state, made.day, made.recorded_at) == (acme, "call", "held", TODAY, NOW)
    assert AccountTouch.objects.get(account=acme).touches == 1


def test_all_that_can_be_said_is_kept(maya, acme, source, csm, manager):
    kim = Contact.objects.create(
        source=source, external_id="kim", account=acme, name="Kim Roe", known_from=date(2024, 1, 1), recorded_at=NOW
    )
    log(
        maya, kind="mail", time="09:30", minutes="45", contacts=[kim.pk], colleagues=[manager.pk], host=csm.pk,
        note="They stay.", replied_on=TODAY.isoformat(), next_kind="ebr", next_day="2026-07-14",
    )  # fmt: skip
    mail, ebr = Touchpoint.objects.order_by("day")
    assert (mail.begins_at.isoformat(), mail.minutes, mail.note) == ("2026-06-30T09:30:00+00:00", 45, "They stay.")
    assert (mail.host, list(mail.contacts.all()), list(mail.colleagues.all())) == (csm, [kim], [manager])
    assert mail.replied_on == TODAY
    assert (ebr.kind, ebr.state, ebr.day, ebr.host) == ("ebr", "planned", date(2026, 7, 14), csm)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Say which account."),
        ("Umbrella", "You see no account called “Umbrella”."),
        ("ac", "Which one: Acme, Acorn?"),
        ("Other", "You see no account called “Other”."),
    ],
)
def test_an_account_that_is_not_clear_is_asked_for_and_nothing_typed_is_lost(
    maya, make_account, csm, other_csm, typed, sentence
):
    make_account("Acorn", owner=csm)
    make_account("Other", owner=other_csm)
    answer = log(maya, account_name=typed, note="Long words")
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "Long words" in answer.content.decode()
    assert not Touchpoint.objects.exists()


def test_a_part_of_the_name_is_enough_where_only_one_has_it(maya, make_account, csm):
    make_account("Acme East", owner=csm)
    log(maya, account_name="east")
    log(maya, account_name="acme", key="k2")
    assert list(Touchpoint.objects.order_by("pk").values_list("account__name", flat=True)) == ["Acme East", "Acme"]


def test_two_accounts_of_one_name_are_told_apart_by_their_number(maya, make_account, csm, acme, source):
    twin = make_account("Acme 2", owner=csm)
    twin.name = "Acme"
    twin.save()
    assert f"Acme #{acme.pk}, Acme #{twin.pk}?" in log(maya).content.decode()
    log(maya, account_name=f"Acme #{twin.pk}")
    assert Touchpoint.objects.get().account == twin


def test_what_the_operation_refuses_stands_at_its_field(maya):
    answer = log(maya, day="2026-07-01")
    assert answer.status_code == 422
    assert answer.context["page"].form.errors == {"day": ["A day ahead cannot have been held. Plan it instead."]}
    assert log(maya, next_day="2026-06-29").context["page"].form.errors == {
        "next_day": ["The next one lies today or later."]
    }


def test_a_planned_one_is_cancelled_by_the_customer(maya, visit):
    sent = {"kind": "visit", "outcome": "customer", "day": visit.day.isoformat(), "key": "v", "seen": NOW.isoformat()}
    answer = maya.post(reverse("touchpoint", args=[visit.pk]), sent)
    assert answer.headers["Location"] == reverse("account", args=[visit.account_id])
    visit.refresh_from_db()
    assert (visit.state, visit.cancelled_by) == ("cancelled", "customer")


def test_who_comes_second_sees_both_texts_and_may_save_again(maya, visit, manager):
    theirs = Meeting(kind="workshop", state="planned", day=visit.day, note="Hers")
    change_touchpoint(touchpoint=visit, meeting=theirs, seen=NOW, by=manager, at=NOW + timedelta(minutes=2))
    sent = {"kind": "visit", "outcome": "planned", "day": visit.day.isoformat(), "key": "v", "note": "His",
            "seen": NOW.isoformat()}  # fmt: skip
    answer = maya.post(reverse("touchpoint", args=[visit.pk]), sent, headers=SHEET)
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "Elena Example changed it at 12:02: Workshop, planned, 2 Jul, “Hers”." in shown
    assert ">\nHis</textarea>" in shown
    seen = re.search(r'name="seen" value="([^"]+)"', shown)[1]
    assert maya.post(reverse("touchpoint", args=[visit.pk]), sent | {"seen": seen}).status_code == 302
    visit.refresh_from_db()
    assert (visit.kind, visit.note) == ("visit", "His")


def test_those_who_were_there_are_asked_where_that_is_chosen(maya, acme):
    url = reverse("touchpoint-new") + f"?account={acme.pk}"
    assert "Ask who was there" not in maya.get(url).content.decode()
    rosa, survey = make_contact(acme, "Rosa Silva"), make_survey("csat", after_kinds=["training"])
    text = maya.get(url).content.decode()
    assert "Ask who was there" in text
    assert "Our csat (by itself after Training)" in text
    refused = log(maya, survey=survey.pk)
    assert refused.status_code == 422
    assert "Tick who was there: they are the ones who are asked." in refused.content.decode()
    log(maya, survey=survey.pk, contacts=[rosa.pk])
    made = Touchpoint.objects.get()
    assert made.survey_wish.survey == survey
    assert f'value="{survey.pk}" selected' in maya.get(reverse("touchpoint", args=[made.pk])).content.decode()


def test_the_toast_undoes_what_was_logged(maya):
    log(maya)
    page = maya.get(reverse("accounts")).content.decode()
    assert "Call logged for Acme." in page
    undo = re.search(r'action="(/touchpoints/\d+/undo[^"]+)"', page)[1]
    assert maya.post(undo.replace("&amp;", "&")).status_code == 302
    assert not Touchpoint.objects.exists()


def test_an_undo_that_comes_too_late_says_what_stands_there_now(maya, visit, manager):
    later = NOW + timedelta(minutes=2)
    change_touchpoint(
        touchpoint=visit, meeting=Meeting(kind="call", state="planned", day=TODAY), seen=NOW, by=manager, at=later
    )
    maya.post(reverse("touchpoint-undo", args=[visit.pk]), query_params={"seen": NOW.isoformat()})
    assert b"Not undone: Elena Example changed it at 12:02" in maya.get(reverse("accounts")).content
    assert Touchpoint.objects.count() == 1


def test_a_calendar_file_has_the_time_and_the_words(visit):
    lines = calendar_file(visit, host="health.example", url="https://health.example/accounts/1").split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == ""
    assert f"UID:touchpoint-{visit.pk}@health.example" in lines
    assert "DTSTART;VALUE=DATE:20260702" in lines
    assert "DTEND;VALUE=DATE:20260703" in lines
    assert "SUMMARY:Visit: Acme" in lines
    assert "DESCRIPTION:Bring\\, the\\; numbers" in lines
    visit.begins_at = NOW + timedelta(days=2)
    timed = calendar_file(visit, host="h", url="u")
    assert "DTSTART:20260702T120000Z\r\nDTEND:20260702T133000Z\r\n" in timed


def test_a_long_line_of_a_calendar_file_goes_on_after_a_blank_and_cuts_no_letter():
    line = folded("DESCRIPTION:" + "é" * 100)
    assert all(len(piece.encode()) <= 75 for piece in line.split("\r\n"))
    assert line.replace("\r\n ", "") == "DESCRIPTION:" + "é" * 100


def test_the_card_says_what_is_planned_and_what_is_due(acme, csm, visit):
    acme.segment.kind_cadences = {"training": 90}
    for key, days, kind in (("a", 70, "call"), ("b", 100, "training")):
        held = Meeting(kind=kind, state="held", day=TODAY - timedelta(days=days))
        log_touchpoint(account=acme, meeting=held, key=key, by=csm, at=NOW)
    card = build_touchpoints(happenings(acme), account=acme, today=TODAY)
    assert [(row.kind, row.day, row.is_past) for row in card.planned] == [("Visit", visit.day, False)]
    assert [(row.label, row.every_days, row.left_days) for row in card.cadences] == [
        ("Any touchpoint", 60, -10), ("Training", 90, -10),
    ]  # fmt: skip


def test_the_dialog_says_what_is_agreed(maya, acme, csm):
    log_touchpoint(
        account=acme, meeting=Meeting(kind="call", state="held", day=TODAY - timedelta(days=3)), key="a", by=csm, at=NOW
    )
    shown = maya.get(reverse("touchpoint-new"), {"account": acme.pk}, headers=SHEET).content.decode()
    assert "Agreed every 60 days. Last: Call, 3 days ago." in shown


def test_names_are_offered_while_one_types(maya, make_account, csm, other_csm):
    make_account("Acorn", owner=csm)
    make_account("Accord", owner=other_csm)
    shown = maya.get(reverse("touchpoint-accounts"), {"account_name": "ac"}).content.decode()
    assert re.findall('value="([^"]+)"', shown) == ["Acme", "Acorn"]


def test_the_dialog_takes_eight_queries_and_saving_few(maya, acme, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        maya.get(reverse("touchpoint-new"), {"account": acme.pk}, headers=SHEET)
    with django_assert_max_num_queries(33):
        log(maya)


def test_the_account_page_looks_until_the_account_is_scored_anew(maya, acme):
    log(maya)
    shown = maya.get(reverse("account-waiting", args=[acme.pk]), {"looks": "3"}).content.decode()
    assert f'hx-get="{reverse("account-waiting", args=[acme.pk])}?looks=4"' in shown
    assert b"Not scored anew yet" in maya.get(reverse("account-waiting", args=[acme.pk]), {"looks": "40"}).content
    AccountTouch.objects.update(settled=1)
    assert b"#account-strip,#score-now,#trend" in maya.get(reverse("account-waiting", args=[acme.pk])).content


def test_the_calendar_file_names_who_leads_and_who_of_both_sides_is_to_be_there(visit, csm, manager, acme, source):
    shared = {"source": source, "account": acme, "known_from": date(2024, 1, 1), "recorded_at": NOW}
    ann = Contact.objects.create(**shared, external_id="a", name='Ann "AL" Lee', email="ann@acme.example")
    nobody = Contact.objects.create(**shared, external_id="n", name="No Address")
    visit.host = csm
    visit.contacts.add(ann, nobody)
    visit.colleagues.add(manager)
    text = calendar_file(visit, host="health.example", url="https://health.example/accounts/1").replace("\r\n ", "")
    assert f'ORGANIZER;CN="{csm.name}":mailto:{csm.email}' in text
    assert f'ATTENDEE;CN="{manager.name}":mailto:{manager.email}' in text
    assert 'ATTENDEE;CN="Ann AL Lee":mailto:ann@acme.example' in text
    assert "No Address" not in text
