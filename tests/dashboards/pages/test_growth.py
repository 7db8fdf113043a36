"""The lists of growth: the reason in words, what is put off, what was asked, and the file."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import GrowthKind, ManualReading, Snooze
from accounts.queries.snoozes import active_snoozes
from scoring.models import GrowthSign
from tests.conftest import TODAY
from tests.dashboards.pages.boards import give_health

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]


@pytest.fixture
def sign():
    def make(account, kind, value, *, people=None, mark="10", said_on=None) -> GrowthSign:
        return GrowthSign.objects.create(
            account=account, kind=kind, as_of=TODAY, value=value, people=people, mark=mark, said_on=said_on,
            arr=Decimal(12_000),
        )  # fmt: skip

    return make


@pytest.fixture
def promising(acme, sign):
    give_health(acme, score=8200)
    sign(acme, GrowthKind.SEATS, 0.94, people=47, mark="50")
    sign(acme, GrowthKind.RISING, 1.34, mark="6")
    sign(acme, GrowthKind.PROMOTER, 10, people=1, mark="2026-06-01", said_on=TODAY - timedelta(days=29))
    return acme


def page(client, kind="seats"):
    return client.get(reverse("growth"), {"kind": kind}).context["page"]


def whys(client, kind="seats") -> list[str]:
    return [row.why for row in page(client, kind).rows]


def test_each_list_says_why_in_words(client, csm, promising):
    client.force_login(csm)
    assert whys(client) == ["47 of 50 seats in use: 94%."]
    assert whys(client, "rising") == ["Usage of 28 days is 34% above that of the 28 days before."]
    assert whys(client, "promoter") == ["Somebody answered 9 or 10. No reference in a year."]
    assert [tab.count for tab in page(client).tabs] == [1, 1, 1, 0]


def test_what_is_put_off_is_gone_for_the_user_alone_and_comes_back_with_a_new_sign(client, csm, manager, promising):
    client.force_login(csm)
    client.post(reverse("growth-snooze", args=[promising.pk]), {"until": "week", "cause": "seats:50"})
    assert whys(client) == []
    assert [row.kind for row in page(client, "snoozed").rows] == ["seats"]
    assert active_snoozes(csm, today=TODAY) == {}
    client.force_login(manager)
    assert len(whys(client)) == 1
    client.force_login(csm)
    GrowthSign.objects.filter(kind="seats").update(mark="60")
    assert len(whys(client)) == 1


def test_the_toast_takes_the_snooze_back(client, csm, promising):
    client.force_login(csm)
    client.post(reverse("growth-snooze", args=[promising.pk]), {"until": "week", "cause": "seats:50"})
    [message] = client.get(reverse("growth")).context["messages"]
    client.post(message.extra_tags)
    assert not Snooze.objects.exists()
    client.post(reverse("growth-snooze", args=[promising.pk]), {"until": "date", "day": "2020-01-01", "cause": "x:y"})
    assert not Snooze.objects.exists()


def test_who_was_asked_rests_for_half_a_year_for_everybody_and_that_is_undone(client, csm, manager, promising):
    client.force_login(csm)
    client.post(reverse("growth-asked", args=[promising.pk]))
    reading = ManualReading.objects.get(measure="reference_asked")
    assert (reading.read_on, reading.expires_on) == (TODAY, TODAY + timedelta(days=180))
    [message] = client.get(reverse("growth")).context["messages"]
    assert (whys(client, "promoter"), len(whys(client))) == ([], 1)
    client.force_login(manager)
    assert whys(client, "promoter") == []
    client.post(message.extra_tags)
    assert ManualReading.objects.exists()
    client.force_login(csm)
    client.post(message.extra_tags)
    assert len(whys(client, "promoter")) == 1


def test_the_file_has_the_whole_list(client, csm, promising):
    client.force_login(csm)
    answer = client.get(reverse("growth-csv"), {"kind": "rising"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[1].startswith("Acme,Maya Example,82")
    assert "Usage of 28 days is 34% above" in lines[1]


def test_who_only_reads_is_offered_no_deed(client, viewer, promising):
    client.force_login(viewer)
    shown = client.get(reverse("growth")).content.decode()
    assert "47 of 50" in shown
    assert "Plan a call" not in shown
    assert "Snooze" not in shown


def test_many_take_as_many_queries_as_one(client, leader, make_account, sign):
    client.force_login(leader)
    for n in range(12):
        account = make_account(f"A{n}")
        give_health(account, score=8000)
        sign(account, GrowthKind.PROMOTER, 10, people=1, said_on=TODAY)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("growth"), {"kind": "promoter"})
    GrowthSign.objects.exclude(account__name="A1").delete()
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("growth"), {"kind": "promoter"})
    assert len(many) == len(one) <= 14
