"""The API's accounts, scores and history: exact lines, filters, pages of a list and refusals."""

from datetime import date

import pytest
from rest_framework.test import APIClient

from tests.conftest import TODAY
from tests.dashboards.pages.boards import give_health
from tests.dashboards.snapshots import MEASURES, MONTH_AGO, give_snapshot, give_story, give_undefined

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(organization, acme, csm):
    give_story(acme, author=csm)
    give_health(acme, score=5535)
    return acme


@pytest.fixture
def api(csm):
    client = APIClient()
    client.force_login(csm)
    return client


def names(answer) -> list[str]:
    return [account["name"] for account in answer.json()["results"]]


def test_an_account_comes_with_its_latest_score(api, told):
    account = api.get(f"/api/v1/accounts/{told.pk}").json()
    assert (account["name"], account["segment"], account["arr"], account["currency"]) == (
        "Acme",
        "smb",
        "12000.00",
        "USD",
    )
    assert account["owner"] == {"name": "Maya Example", "email": "maya@kestrel.example"}
    assert account["health"] == {
        "as_of": "2026-06-30", "score": 55.35, "band": "moderate", "coverage": 1.0, "low": 55.35, "high": 55.35,
        "flags": [], "is_stale": False, "stale_sources": [],
    }  # fmt: skip


def test_an_account_that_was_never_scored_has_no_health(api, acme):
    assert api.get(f"/api/v1/accounts/{acme.pk}").json()["health"] is None


def test_a_score_comes_with_every_line_named_and_they_sum_to_it(api, told):
    score = api.get(f"/api/v1/accounts/{told.pk}/score").json()
    assert (score["score"], score["base"], score["band"], score["coverage"]) == (55.35, 76.88, "moderate", 0.8)
    assert (score["low"], score["high"], score["as_of"]) == (44.28, 58.68, "2026-06-30")
    gave = [round(line["contribution"] * 100) for line in score["measures"]]
    assert gave == [1875, 0, 1875, 1875, 1250, 500, 313]
    assert sum(gave) + sum(round(change["contribution"] * 100) for change in score["changes"]) == 5535
    assert score["scorecard"] == {
        "name": "SMB scorecard", "version": 1, "segment_has_own": True, "min_coverage": 0.5,
    }  # fmt: skip
    assert score["flags"] == [{"key": "no_login", "label": "No login in 14 days", "fact": 15.0, "stale_sources": []}]


def test_a_measure_line_says_value_unit_window_weight_and_curve(api, told):
    first, missing, *_ = api.get(f"/api/v1/accounts/{told.pk}/score").json()["measures"]
    assert first == {
        "key": "utilisation_vs_target", "label": "Adoption against target", "element": "adoption", "value": 0.4,
        "unit": "share", "window_days": 28, "source": "usage", "curve": "target_curve", "points": 50.0, "weight": 30,
        "counted_weight": 37.5, "missing": "leave_out", "contribution": 18.75,
        "stale_sources": [],
    }  # fmt: skip
    assert (missing["value"], missing["points"], missing["counted_weight"], missing["contribution"]) == (
        None,
        None,
        0,
        0,
    )


def test_a_pulse_comes_with_its_reason(api, told):
    rule, pulse = api.get(f"/api/v1/accounts/{told.pk}/score").json()["changes"]
    assert (rule["key"], rule["kind"], rule["label"], rule["author"]) == ("ebr_overdue", "rule", "EBR overdue", "")
    assert (pulse["kind"], pulse["reason"], pulse["author"], pulse["ends_on"]) == (
        "pulse", "New owners review all vendors", "Maya Example", "2026-09-10",
    )  # fmt: skip


def test_as_of_takes_the_newest_score_up_to_the_day(api, told):
    url = f"/api/v1/accounts/{told.pk}/score"
    assert api.get(url, {"as_of": "2026-06-29"}).json()["as_of"] == MONTH_AGO.isoformat()
    assert api.get(url, {"as_of": "2026-05-30"}).json()["score"] == 81.5
    before = api.get(url, {"as_of": "2026-05-29"})
    assert before.status_code == 404
    assert before.json() == {
        "code": "not_found", "message": "The account has no score up to that day.", "errors": [],
    }  # fmt: skip


def test_undefined_has_no_score_and_says_so(api, organization, acme):
    give_undefined(acme)
    score = api.get(f"/api/v1/accounts/{acme.pk}/score").json()
    assert (score["score"], score["band"], score["coverage"]) == (None, "undefined", 0.05)
    assert score["would_define"] == ["utilisation_vs_target", "usage_trend"]


def test_of_a_parent_that_rolls_up_the_children_give_the_base(api, organization, acme):
    changes = [["child:901", 5625], ["child:902", 625]]
    give_snapshot(acme, day=TODAY, score=6250, measures=[[None, None, 0]] * 7, changes=changes)
    score = api.get(f"/api/v1/accounts/{acme.pk}/score").json()
    assert score["children"] == [{"account": 901, "contribution": 56.25}, {"account": 902, "contribution": 6.25}]
    assert (score["base"], score["changes"]) == (62.5, [])


def test_elements_have_scores_of_their_own_and_lagging_measures_a_share(api, told):
    score = api.get(f"/api/v1/accounts/{told.pk}/score").json()
    assert score["elements"] == [
        {"element": "adoption", "points": 54, "weight": 35},
        {"element": "usage", "points": 100, "weight": 35},
        {"element": "sentiment", "points": 88, "weight": 20},
        {"element": "billing", "points": 100, "weight": 10},
    ]
    # Days overdue and time to first value.
    assert (score["lagging_share"], score["would_define"]) == (0.15, [])


def test_history_has_the_scored_days_of_the_period_oldest_first(api, told):
    give_snapshot(told, day=date(2025, 6, 29), score=4000, measures=MEASURES)
    url = f"/api/v1/accounts/{told.pk}/history"
    assert [day["as_of"] for day in api.get(url).json()] == ["2026-05-30", "2026-06-30"]
    asked = api.get(url, {"from": "2025-06-29", "to": "2026-05-30"}).json()
    assert asked == [
        {"as_of": "2025-06-29", "score": 40.0, "band": "weak", "coverage": 1.0},
        {"as_of": "2026-05-30", "score": 81.5, "band": "strong", "coverage": 1.0},
    ]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/score", {"as_of": "30.6.2026"}, "as_of"),
        ("/history", {"from": "soon"}, "from"),
        ("/history", {"to": "2026-13-01"}, "to"),
        ("/history", {"from": "2026-06-02", "to": "2026-06-01"}, "from"),
        ("/movement", {"to": "2026-W01-1"}, "to"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(api, told, path, query, field):
    answer = api.get(f"/api/v1/accounts/{told.pk}{path}", query)
    assert answer.status_code == 400
    assert [(answer.json()["code"], error["field"]) for error in answer.json()["errors"]] == [("invalid", field)]


def test_filters_narrow_the_list_and_several_must_all_hold(api, told, make_account, csm):
    weak = make_account("Birch", owner=csm, phase="renewal", segment=None)
    give_health(weak, score=3000)
    make_account("Cedar", owner=csm, phase="renewal")
    url = "/api/v1/accounts"
    assert names(api.get(url)) == ["Acme", "Birch", "Cedar"]
    assert names(api.get(url, {"band": "weak"})) == ["Birch"]
    assert names(api.get(url, {"band": "undefined"})) == ["Cedar"]
    assert names(api.get(url, {"phase": "renewal"})) == ["Birch", "Cedar"]
    assert names(api.get(url, {"phase": "renewal", "segment": "smb"})) == ["Cedar"]
    assert names(api.get(url, {"owner": "MAYA@kestrel.example"})) == ["Acme", "Birch", "Cedar"]
    assert names(api.get(url, {"owner": "nobody@kestrel.example"})) == []
    assert api.get(url, {"band": "pink"}).status_code == 400


def test_pages_of_the_list_follow_each_other_without_gaps(api, organization, make_account, csm):
    for n in range(5):
        make_account(f"Account {n}", owner=csm)
    answer = api.get("/api/v1/accounts", {"page_size": 2})
    found = names(answer)
    while answer.json()["next"]:
        answer = api.get(answer.json()["next"])
        found += names(answer)
    assert found == [f"Account {n}" for n in range(5)]


@pytest.mark.parametrize("path", ["", "/score", "/history"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("csm", 200), ("manager", 200), ("leader", 200), ("viewer", 200), ("ops", 200), ("other_csm", 404)],
)
def test_who_may_read_an_account(request, told, path, who, status):
    client = APIClient()
    client.force_login(request.getfixturevalue(who))
    assert client.get(f"/api/v1/accounts/{told.pk}{path}").status_code == status


def test_the_list_has_what_one_sees_and_nothing_else(told, other_csm, make_account):
    make_account("Theirs", owner=other_csm)
    client = APIClient()
    client.force_login(other_csm)
    assert names(client.get("/api/v1/accounts")) == ["Theirs"]


@pytest.mark.parametrize("path", ["accounts", "accounts/1", "accounts/1/score", "accounts/1/history", "schema"])
def test_a_guest_is_asked_for_a_token(path, organization):
    answer = APIClient().get(f"/api/v1/{path}")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_an_account_is_written_by_its_external_id_and_not_at_its_own_address(api, told):
    for method in (api.post, api.put, api.patch, api.delete):
        answer = method(f"/api/v1/accounts/{told.pk}")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    ("path", "queries"), [("", 4), ("/{pk}", 4), ("/{pk}/score", 8), ("/{pk}/history", 5), ("?page_size=1000", 4)]
)
def test_queries_do_not_grow_with_the_number_of_accounts(
    api, told, make_account, csm, path, queries, django_assert_max_num_queries
):
    for n in range(30):
        give_health(make_account(f"Account {n}", owner=csm), score=5000)
    with django_assert_max_num_queries(queries):
        assert api.get("/api/v1/accounts" + path.format(pk=told.pk)).status_code == 200
