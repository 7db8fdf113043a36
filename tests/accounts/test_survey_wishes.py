"""A survey that whoever notes a touchpoint wants sent to those who were there: once, an hour later, never in a rest."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Contact, SurveyResponse, SurveyWish, TouchpointKind, TouchpointState
from accounts.operations.asking import send_due
from accounts.operations.touchpoints import Meeting, change_touchpoint, log_touchpoint, take_back
from tests.accounts.asking_cast import ask, make_contact, make_survey
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def rosa(acme, organization) -> Contact:
    return make_contact(acme, "Rosa Silva", persona="champion")


@pytest.fixture
def survey():
    """It asks after no kind by itself, and of others only decision makers."""
    return make_survey("csat", personas=["decision_maker"], rest_days=30)


@pytest.fixture
def call(rosa, survey) -> Meeting:
    return Meeting(
        kind=TouchpointKind.CALL, state=TouchpointState.HELD, day=TODAY, contacts=[rosa.pk], survey_id=survey.pk
    )


def test_who_was_there_is_asked_once_after_an_hour(acme, csm, rosa, call):
    made = log_touchpoint(account=acme, meeting=call, key="t", by=csm, at=NOW)
    assert [send_due(at=NOW + n * HOUR / 2) for n in range(1, 5)] == [0, 1, 0, 0]
    asked = SurveyResponse.objects.get()
    assert (asked.contact, asked.touchpoint, asked.kind) == (rosa, made, "csat")


def test_who_rests_is_not_asked_and_the_others_are(acme, csm, rosa, survey, call):
    ben = make_contact(acme, "Ben User")
    ask(make_survey(), rosa, at=NOW - 29 * DAY)
    log_touchpoint(account=acme, meeting=replace(call, contacts=[rosa.pk, ben.pk]), key="t", by=csm, at=NOW)
    assert send_due(at=NOW + HOUR) == 1
    assert SurveyResponse.objects.get(kind="csat").contact == ben


def test_undo_within_the_hour_asks_nobody(acme, csm, call):
    made = log_touchpoint(account=acme, meeting=call, key="t", by=csm, at=NOW)
    take_back(touchpoint=made, seen=NOW, by=csm, at=NOW)
    assert send_due(at=NOW + HOUR) == 0
    assert not SurveyWish.objects.exists()


def test_a_changed_wish_is_put_back_by_undo(acme, csm, survey, call):
    made = log_touchpoint(account=acme, meeting=call, key="t", by=csm, at=NOW)
    changed = change_touchpoint(
        touchpoint=made, meeting=replace(call, survey_id=None), seen=NOW, by=csm, at=NOW + HOUR / 2
    )
    assert not SurveyWish.objects.exists()
    take_back(touchpoint=changed, seen=changed.recorded_at, by=csm, at=NOW + HOUR)
    assert SurveyWish.objects.get().survey == survey


def test_a_planned_one_asks_once_it_is_held(acme, csm, call):
    planned = replace(call, state=TouchpointState.PLANNED, contacts=())
    made = log_touchpoint(account=acme, meeting=planned, key="t", by=csm, at=NOW)
    assert send_due(at=NOW + 2 * HOUR) == 0
    change_touchpoint(touchpoint=made, meeting=call, seen=NOW, by=csm, at=NOW + 3 * HOUR)
    assert send_due(at=NOW + 4 * HOUR) == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [({"contacts": ()}, "Tick who was there"), ({"day": TODAY - 8 * DAY}, "over a week ago")],
)
def test_what_nobody_would_be_asked_about_is_refused(acme, csm, call, said, sentence):
    with pytest.raises(ValidationError, match=sentence):
        log_touchpoint(account=acme, meeting=replace(call, **said), key="t", by=csm, at=NOW)
