"""From a figure on the account page one step to its rows."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import SurveyResponse
from dashboards.pages.account_rows import build_rows_page
from scoring import catalog, rules
from scoring.models.cards import BEGINNING
from scoring.operations import publish
from scoring.pipeline import score_days
from tests.conftest import NOW, TODAY
from tests.dashboards.snapshots import give_story
from tests.scoring.conftest import a_card, clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def asked(acme, source, organization):
    """60 answers of the last days, the newest first: 20 of each kind, so that NPS is 0."""
    rows = [
        SurveyResponse(
            account=acme, source=source, external_id=f"n{n}", recorded_at=NOW, kind="nps", score=(10, 8, 3)[n % 3],
            asked_on=TODAY - timedelta(days=n), answered_on=TODAY - timedelta(days=n),
            comment="=Fine" if n == 0 else "",
        )
        for n in range(60)
    ]  # fmt: skip
    SurveyResponse.objects.bulk_create(rows)
    return acme


def test_the_rows_come_fifty_at_a_time_with_the_figure_that_they_make(asked):
    page = build_rows_page(asked, name="nps", query={}, today=TODAY)
    assert (page.label, page.value, page.count, len(page.rows)) == ("NPS", "0", 60, 50)
    assert [head for head, _ in page.heads] == ["Answered", "Contact", "Score", "Comment"]
    assert [cell.text for cell in page.rows[0]] == ["30 Jun 2026", "–", "10", "=Fine"]
    assert len(build_rows_page(asked, name="nps", query={"page": "2"}, today=TODAY).rows) == 10


def test_the_day_moves_the_window_and_never_lies_in_the_future(asked):
    earlier = build_rows_page(asked, name="nps", query={"day": "2026-05-11"}, today=TODAY)
    assert (earlier.count, earlier.value) == (10, "−10")  # three promoters, four detractors
    assert build_rows_page(asked, name="nps", query={"day": "2027-01-01"}, today=TODAY).day == TODAY


def test_what_the_score_said_stands_beside_and_whether_it_is_the_same(asked):
    card = a_card({"key": "nps", "weight": 100, "curve": "linear", "zero": -100, "full": 100})
    publish(card=card, effective_from=BEGINNING, reason="r", by=None, at=NOW)
    score_days([TODAY], clock=clock)
    page = build_rows_page(asked, name="nps", query={}, today=TODAY)
    assert (page.scored, page.agrees) == ("0", True)
    SurveyResponse.objects.filter(score=3).delete()
    page = build_rows_page(asked, name="nps", query={}, today=TODAY)
    assert (page.value, page.scored, page.agrees) == ("+50", "0", False)
    assert build_rows_page(asked, name="csat", query={}, today=TODAY).scored is None


def test_the_file_has_every_row_and_no_cell_that_runs(asked, client, csm):
    client.force_login(csm)
    answer = client.get(reverse("account-rows-csv", args=[asked.pk, "nps"]))
    text = answer.content.decode("utf-8-sig").splitlines()
    assert text[:2] == ["Answered,Contact,Score,Comment", "2026-06-30,,10,'=Fine"]
    assert len(text) == 61
    assert f'account-{asked.pk}-nps-2026-06-30.csv"' in answer["Content-Disposition"]


@pytest.mark.parametrize("name", [*catalog.MEASURES, *rules.FACTS, "reading:fit"])
def test_every_figure_has_a_page_also_without_a_row(name, acme, organization, client, csm):
    client.force_login(csm)
    assert client.get(reverse("account-rows", args=[acme.pk, name])).status_code == 200


def test_a_figure_that_there_is_not_is_not_found(acme, client, csm):
    client.force_login(csm)
    for name in ("account-rows", "account-rows-csv"):
        assert client.get(reverse(name, args=[acme.pk, "nonsense"])).status_code == 404


def test_each_measure_rule_and_flag_of_the_account_page_links_to_its_rows(acme, csm, client, organization):
    give_story(acme, author=csm)
    client.force_login(csm)
    text = client.get(reverse("account", args=[acme.pk])).content.decode()
    for name in ("utilisation_vs_target", "nps", "ebr_overdue", "days_since_login"):
        assert f'href="/accounts/{acme.pk}/rows/{name}?day=2026-06-30"' in text


def test_the_rows_take_few_queries(asked, csm, client, django_assert_max_num_queries):
    client.force_login(csm)
    with django_assert_max_num_queries(12):
        client.get(reverse("account-rows", args=[asked.pk, "nps"]))
