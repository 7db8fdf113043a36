"""Rules of accessibility (axe: WCAG 2.2 A and AA) on the main pages as drawn, in both themes and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
PAGES = [
    ("csm", "portfolio"), ("csm", "accounts"), ("csm", "account"), ("csm", "plans"), ("csm", "leaderboard"),
    ("manager", "reviews"), ("leader", "overview"), ("ops", "runs"), ("csm", "account-movement"),
    ("csm", "account-replay"), ("csm", "account-rows"), ("csm", "portfolio-movement"),
    ("csm", "account-contacts"), ("csm", "account-usage"),
    ("ops", "imports"), ("ops", "data"), ("ops", "tokens"), ("ops", "sources"),
    ("csm", "ratings"), ("csm", "forecast"), ("ops", "approvals"), ("ops", "spot-checks"), ("csm", "account-surveys"),
    ("manager", "alerts"), ("manager", "alert-rules"), ("manager", "alert-rule-new"), ("manager", "team"),
    ("leader", "plan-effect"), ("manager", "playbooks"), ("ops", "playbook-new"),
    ("ops", "reengagement"), ("ops", "reengagement-words"),
]  # fmt: skip


def violations(page, *, within: str | None = None) -> list[str]:
    """What breaks a rule on the page, or in one part of it."""
    found = Axe().run(page, context=within, options=RULES).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['target'][0]} {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("who", "name"), PAGES)
def test_a_page_follows_the_rules(page, live_server, log_in, company, request, who, name, theme):
    user = request.getfixturevalue(who)
    user.theme = theme
    user.save()
    log_in(page, user)
    arguments = {"account-rows": [company.pk, "nps"]}.get(name, [company.pk] if name.startswith("account") else [])
    url = reverse(name, args=arguments if name != "accounts" else [])
    page.goto(live_server.url + url, wait_until="networkidle")
    assert violations(page) == []


@pytest.mark.parametrize("name", ["portfolio", "accounts"])
def test_a_page_follows_the_rules_on_a_phone(page, live_server, log_in, company, csm, name):
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page, csm)
    page.goto(live_server.url + reverse(name), wait_until="networkidle")
    assert violations(page) == []


def test_the_login_page_follows_the_rules(page, live_server, organization):
    page.goto(live_server.url + "/login", wait_until="networkidle")
    assert violations(page) == []
