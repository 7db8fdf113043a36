"""Rating one account from its page: the effect first, then the value, undone by its toast."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from accounts.models import ManualReading
from scoring.models import CustomMeasure, Snapshot
from scoring.pipeline import score_days
from scoring.rescore import rescore_waiting
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.own_measures import enter
from tests.scoring.conftest import publish_card  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization", "fit")]
SHEET = {"HX-Request": "true"}
FIT = {"key": "reading:fit", "weight": 100, "curve": "linear", "zero": 1, "full": 5}


@pytest.fixture
def rated(acme, ops, publish_card):  # noqa: F811
    """Acme's fit is 4 of 5 since ten days, which is 75."""
    publish_card(FIT)
    enter(acme, 4, on=TODAY - timedelta(days=10), by=ops)
    score_days([TODAY], clock=lambda: NOW)
    return acme


@pytest.fixture
def maya(client, csm):
    client.force_login(csm)
    return client


def save(client, account, **sent: str):
    seen = str(ManualReading.objects.order_by("pk").last().pk) if ManualReading.objects.exists() else ""
    data = {"value": "2", "read_on": TODAY.isoformat(), "seen": seen} | sent
    return client.post(reverse("rate", args=[account.pk, "fit"]), data, headers=SHEET)


def test_the_effect_is_shown_before_anything_is_saved(maya, rated):
    url = reverse("rate-preview", args=[rated.pk, "fit"])
    page = maya.post(url, {"value": "2", "read_on": TODAY.isoformat()}, headers=SHEET).context["page"]
    assert (page.now.score, page.then.score) == (Decimal(75), Decimal(25))
    assert maya.post(url, {"value": "9", "read_on": TODAY.isoformat()}, headers=SHEET).context["page"].then is None
    assert ManualReading.objects.count() == 1


def test_the_score_becomes_what_was_foreseen_and_is_taken_back(maya, rated):
    assert save(maya, rated).headers["HX-Refresh"] == "true"
    rescore_waiting(as_of=TODAY, at=NOW)
    assert Snapshot.objects.get(account=rated).score == 2500
    undo = unescape(re.search(r'action="([^"]+ratings/undo[^"]*)"', maya.get(reverse("plans")).content.decode())[1])
    maya.post(undo)
    rescore_waiting(as_of=TODAY, at=NOW)
    assert Snapshot.objects.get(account=rated).score == 7500


def test_the_scale_and_the_question_come_from_the_measure(maya, rated):
    shown = maya.get(reverse("rate", args=[rated.pk, "fit"]), headers=SHEET)
    assert shown.context["page"].picks == ["1", "2", "3", "4", "5"]
    assert CustomMeasure.objects.get().question in shown.content.decode()
    CustomMeasure.objects.update(unit="count", lowest=0, highest=None)
    assert maya.get(reverse("rate", args=[rated.pk, "fit"]), headers=SHEET).context["page"].picks == []


@pytest.mark.parametrize(
    ("sent", "field"), [({"value": "9"}, "value"), ({"value": "x"}, "value"), ({"read_on": "2026-07-01"}, "day")]
)
def test_what_is_refused_stays_in_the_dialog(maya, rated, sent, field):
    answer = save(maya, rated, **sent)
    assert answer.status_code == 422
    assert getattr(answer.context["page"], f"{field}_error")
    assert ManualReading.objects.count() == 1


def test_who_rates_second_is_told(maya, rated):
    answer = save(maya, rated, seen="")
    assert answer.status_code == 409
    assert "Somebody else has entered 4 of 5 meanwhile." in answer.content.decode()
    assert ManualReading.objects.count() == 1


def test_a_measure_of_somebody_else_is_theirs(maya, rated, ops):
    CustomMeasure.objects.update(owner=ops)
    assert maya.get(reverse("rate", args=[rated.pk, "fit"])).status_code == 403
    rows = maya.get(reverse("account-ratings", args=[rated.pk]), headers=SHEET).context["page"].rows
    assert [(row.label, row.value, row.may_enter) for row in rows] == [("Product fit", "4 of 5", False)]


def test_nothing_is_rated_that_is_computed_or_unknown(maya, rated):
    assert maya.get(reverse("rate", args=[rated.pk, "nps"])).status_code == 404
    assert maya.get(reverse("rate", args=[rated.pk, "nothing"])).status_code == 404


def test_the_block_and_the_dialog_ask_few_queries(maya, rated, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        maya.get(reverse("account-ratings", args=[rated.pk]), headers=SHEET)
    with django_assert_max_num_queries(8):
        maya.get(reverse("rate", args=[rated.pk, "fit"]), headers=SHEET)
