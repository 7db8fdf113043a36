"""Did plans help: the sentence, the words where cases are few, the pairs as a file."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scoring.models import Study, StudyKind
from tests.conftest import NOW, TODAY


@pytest.fixture
def study(organization, acme):
    groups = [
        {"kind": "all", "key": "", "pairs": 40, "mean": 3.24, "low": 0.5, "high": 6.0},
        {"kind": "outcome", "key": "resolved", "pairs": 25, "mean": -1.0, "low": -4.0, "high": 2.0},
        {"kind": "playbook", "key": "<b>Rescue</b>", "pairs": 3, "mean": 9.0, "low": None, "high": None},
    ]
    pairs = [[TODAY.isoformat(), acme.pk, 45, -5, 10, acme.pk + 999, 46, -5, 2, 8]]
    found = {"cases": 44, "without_score": 5, "groups": groups, "pairs": pairs}
    return Study.objects.create(
        kind=StudyKind.PLANS, days=56, since=TODAY - timedelta(days=400), as_of=TODAY, computed_at=NOW, found=found
    )


def html(client, user) -> str:
    client.force_login(user)
    return client.get(reverse("plan-effect")).content.decode()


def test_it_says_the_difference_with_its_interval(client, study, manager):
    page = html(client, manager)
    assert "moved by <b>+3.2 points</b> more than like accounts without one" in page
    assert "the 95% interval runs from +0.5 to +6.0" in page
    assert "No clear difference" in page
    assert "&lt;b&gt;Rescue" in page


def test_few_cases_are_said_to_be_few_and_show_no_number(client, study, leader):
    study.found["groups"] = [study.found["groups"][2] | {"kind": "all", "key": "", "pairs": 3}]
    study.save()
    page = html(client, leader)
    assert "<b>Not enough cases</b> to tell: 3 matched pairs, and 20 are needed." in page
    assert "+9.0" not in page


def test_before_the_first_night_it_says_so(client, organization, manager):
    assert "has not been yet" in html(client, manager)


def test_the_plans_page_leads_there_those_who_may(client, study, manager, csm):
    for who, is_shown in ((manager, True), (csm, False)):
        client.force_login(who)
        assert (reverse("plan-effect") in client.get(reverse("plans")).content.decode()) == is_shown


def test_the_file_names_only_accounts_that_the_user_sees(client, study, manager):
    client.force_login(manager)
    text = client.get(reverse("plan-effect-csv")).content.decode("utf-8-sig").splitlines()
    assert text[1] == f"{TODAY.isoformat()},Acme,45,-5,10,(another team's),46,-5,2,8"


def test_it_takes_few_queries(client, study, manager, django_assert_max_num_queries):
    client.force_login(manager)
    with django_assert_max_num_queries(8):
        client.get(reverse("plan-effect"))
