"""Every kind of page with two, four and five bands: real scores under them, and a month of history under three."""

import csv
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import ManualReading
from accounts.operations.sharing import create_share_link
from dashboards.pages.scorecards_bands import preset
from scoring.models import ScoringRun
from scoring.operations import BEGINNING, publish
from scoring.pipeline import score_days
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_plan
from tests.scoring.conftest import a_card, clock

THEN = date(2026, 5, 30)
RATING = {"key": "reading:rating", "weight": 100, "curve": "linear", "zero": 0, "full": 100}
SCORES = {"Alpha": 95, "Beta": 75, "Gamma": 60, "Delta": 40, "Epsilon": 10, "Zeta": None}
# What each account is called under so many bands, and how addresses and the API name it.
NAMES = {
    2: ["Healthy", "Healthy", "Healthy", "At risk", "At risk", "Undefined"],
    4: ["Excellent", "Strong", "Moderate", "Weak", "Weak", "Undefined"],
    5: ["Excellent", "Strong", "Moderate", "Weak", "Critical", "Undefined"],
}
KEYS = {
    2: ["strong", "strong", "strong", "weak", "weak", "undefined"],
    4: ["above", "strong", "moderate", "weak", "weak", "undefined"],
    5: ["above", "strong", "moderate", "weak", "below", "undefined"],
}
PRESETS = {2: "two", 4: "four", 5: "five"}
AT_RISK = {2: "At risk", 4: "Weak", 5: "Weak or Critical"}
# A month ago there were three bands. What shows that day shows their Moderate beside the two of today.
OF_TWO_DAYS = {2: ["Healthy", "Moderate", "At risk", "Undefined"], 4: None, 5: None}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(params=[2, 4, 5])
def number(request) -> int:
    return request.param


@pytest.fixture
def accounts(number, organization, source, make_account, csm):
    """Six accounts, scored under three bands a month ago and under so many today."""
    made = [make_account(name, owner=csm, renewal_date=TODAY + timedelta(days=40)) for name in SCORES]
    for n, (account, score) in enumerate(zip(made, SCORES.values(), strict=True)):
        if score is not None:
            ManualReading.objects.create(
                source=source, external_id=f"r{n}", account=account, measure="rating", value=score,
                read_on=THEN, expires_on=TODAY, recorded_at=NOW,
            )  # fmt: skip
    said = {"by": None, "at": NOW}
    publish(card=a_card(RATING), effective_from=BEGINNING, reason="Three", **said)
    score_days([THEN], clock=clock)
    publish(card=a_card(RATING, bands=preset(PRESETS[number])), effective_from=TODAY, reason="Other bands", **said)
    score_days([TODAY], clock=clock)
    return made


@pytest.fixture
def names(number) -> list[str]:
    """The bands of today, each once, in their order."""
    return list(dict.fromkeys(NAMES[number]))


@pytest.fixture
def opened(client, leader, accounts):
    """Opens a page for somebody who sees all accounts."""
    client.force_login(leader)

    def open_it(name: str, *args, query: str = "", by=None):
        if by is not None:
            client.force_login(by)
        answer = client.get(reverse(name, args=args) + query)
        assert answer.status_code == 200
        return answer

    return open_it


def drawn(chart) -> list[str]:
    """The heads of a chart's table between the month and the total."""
    return [head for head in chart.table_head if head not in {"Month", "Quarter", "Mean score", "Total"}]


def test_the_portfolio_counts_each_band_and_says_since_when_they_are_so(opened, number, names):
    page = opened("portfolio").context["page"]
    today = {row.name: row.accounts for row in page.bands if row.accounts}
    assert today == {name: NAMES[number].count(name) for name in names}
    assert [row[0] for row in page.donuts[0].chart.table_rows] == names
    assert drawn(page.trend) == (OF_TWO_DAYS[number] or names)
    assert page.trend.caption.endswith("other bands before 30 Jun 2026")
    assert page.bands_note == "other bands before 30 Jun 2026"
    assert (page.tiles.at_risk_name, page.tiles.at_risk_renewing_accounts) == (AT_RISK[number], 2)


def test_a_month_ago_is_told_in_the_bands_of_then(opened, number):
    """75 and 95 were Strong, 60 Moderate, 40 and 10 Weak."""
    rows = opened("portfolio").context["page"].trend.table_rows
    counts = dict(zip(opened("portfolio").context["page"].trend.table_head[2:], rows[0][2:], strict=True))
    best = "Healthy" if number == 2 else "Strong"
    worst = "At risk" if number == 2 else "Weak"
    assert {name: count for name, count in counts.items() if count != "0"} == {
        best: "2", "Moderate": "1", worst: "2", "Undefined": "1",
    }  # fmt: skip


def test_the_accounts_are_listed_and_chosen_by_band(opened, accounts, number, names):
    page = opened("accounts", query="?sort=account").context["page"]
    assert {row.name: row.band_name for row in page.rows} == dict(zip(SCORES, NAMES[number], strict=True))
    assert [total.name for total in page.bands] == names
    options = next(filter for filter in page.filters if filter.name == "band").options
    assert [(option.label, option.count) for option in options] == [(n, NAMES[number].count(n)) for n in names]
    for key in dict.fromkeys(KEYS[number]):
        page = opened("accounts", query=f"?sort=account&band={key}").context["page"]
        assert {row.name for row in page.rows} == {
            name for name, own in zip(SCORES, KEYS[number], strict=True) if own == key
        }


def test_the_files_name_the_bands(opened, number):
    rows = list(csv.DictReader(opened("accounts-csv").getvalue().decode("utf-8-sig").splitlines()))
    assert {row["Account"]: row["Band"] for row in rows} == dict(zip(SCORES, NAMES[number], strict=True))
    head = opened("overview-csv", query="?block=months").content.decode("utf-8-sig").splitlines()[0]
    shown = OF_TWO_DAYS[number] or list(dict.fromkeys(NAMES[number]))
    assert [name.removesuffix(" accounts") for name in head.split(",") if name.endswith(" accounts")] == shown


def test_each_accounts_page_has_its_band_with_its_own_shape(opened, accounts, number):
    """The colors of bands are those of the page's root; the shape tells them apart without color."""
    shapes = set()
    for account, name, key in zip(accounts, NAMES[number], KEYS[number], strict=True):
        answer = opened("account", account.pk)
        page, html = answer.context["page"], answer.content.decode()
        assert page.strip.band_name == name
        badge = html.split('class="badge badge--')[1]
        assert f"{name}</" in badge.split("</span>")[0] + "</"
        shapes.add((key, badge.split("</svg>")[0].split('aria-hidden="true">')[1]))
    assert len({shape for _, shape in shapes}) == len(set(KEYS[number]))
    assert 'data-band-0="strong"' in html
    assert ('data-band-3="below"' in html) is (number == 5)


def test_the_overview_adds_up_by_band(opened, number, names):
    page = opened("overview").context["page"]
    lines = {line.name: line.total.accounts for line in page.heat_map.lines if line.total.accounts}
    assert lines == {name: NAMES[number].count(name) for name in names}
    assert drawn(page.views[0].chart) == (OF_TWO_DAYS[number] or names)
    assert sum(part.count for line in page.phases for part in line.parts) == 6
    tiles = page.figures.tiles
    assert (tiles.at_risk_accounts, tiles.at_risk_arr, page.company.scale.at_risk_name) == (2, 24_000, AT_RISK[number])


def test_what_is_at_risk_opens_the_accounts_of_the_bands_at_risk(opened, number):
    url = opened("overview").context["page"].urls["weak"]
    assert url == ("/accounts?band=weak,below" if number == 5 else "/accounts?band=weak")
    page = opened("accounts", query=url.removeprefix("/accounts")).context["page"]
    assert {row.name for row in page.rows} == {"Delta", "Epsilon"}


def test_the_leaderboard_has_the_arr_of_each_band(opened, number, names):
    page = opened("leaderboard").context["page"]
    [row] = page.rows
    assert [(part.name, part.count) for part in row.parts if part.count] == [
        (name, 12_000 * NAMES[number].count(name)) for name in names
    ]
    assert row.at_risk_ratio * 6 == 2
    heads = opened("leaderboard-csv").content.decode("utf-8-sig").splitlines()[0].split(",")
    assert {f"{name} ARR" for name in names} <= set(heads)


def test_plans_and_the_weekly_review_name_the_bands(opened, accounts, number, csm, manager):
    give_plan(accounts[4], owner=csm, opened_on=THEN, score=1000)
    page = opened("plans").context["page"]
    assert [row.band_name for row in page.rows] == [NAMES[number][4]]
    answer = opened("reviews", by=manager)
    page = answer.context["page"]
    assert [(row.name, row.band_name, row.weak_since) for row in page.risk_rows] == [("Delta", NAMES[number][3], THEN)]
    assert f"{AT_RISK[number]}, or down" in answer.content.decode()


def test_the_shared_page_draws_all_bands_of_the_card(client, accounts, number, names, csm):
    _, token = create_share_link(account=accounts[0], recipient="Ann", by=csm, days=90, at=NOW)
    page = client.get(reverse("share", args=[token])).context["page"]
    assert page.band_name == NAMES[number][0]
    assert [part.label.split(" from ")[0].split(" under ")[0] for part in page.bands] == list(reversed(names[:-1]))
    assert sum(part.width for part in page.bands) == 101


def test_movements_replays_and_runs_open(opened, accounts, ops):
    opened("portfolio-movement", query=f"?since={THEN}&until={TODAY}")
    opened("account-movement", accounts[0].pk, query=f"?since={THEN}&until={TODAY}")
    opened("account-replay", accounts[0].pk, query=f"?day={THEN}")
    opened("scorecard", "default")
    opened("run", ScoringRun.objects.order_by("-pk").first().pk, by=ops)


def test_the_api_names_bands_by_their_part_in_the_order(client, leader, accounts, number):
    client.force_login(leader)
    for account, key in zip(accounts, KEYS[number], strict=True):
        assert client.get(f"/api/v1/accounts/{account.pk}").json()["health"]["band"] == key
    found = client.get(f"/api/v1/accounts?band={KEYS[number][4]}").json()["results"]
    assert "Epsilon" in {account["name"] for account in found}
    history = client.get(f"/api/v1/accounts/{accounts[0].pk}/history").json()
    days = history["results"] if isinstance(history, dict) else history
    assert [day["band"] for day in days] in (["strong", KEYS[number][0]], [KEYS[number][0], "strong"])


def test_the_history_of_the_card_says_when_its_bands_changed(opened, number):
    versions = opened("scorecard", "default").context["page"].versions
    [change] = versions[0].one.changes
    assert change.startswith("Bands: Strong from 70, Moderate from 50, Weak from 0 → ")
    assert versions[0].one.version.effective_from == TODAY
