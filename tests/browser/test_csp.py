"""Every page under the strict policy: the browser refuses nothing, reports nothing, and asks no other host."""

import pytest
from django.urls import reverse

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    ("csm", "portfolio"), ("csm", "accounts"), ("csm", "account"), ("csm", "plans"), ("csm", "leaderboard"),
    ("manager", "reviews"), ("manager", "portfolio"), ("leader", "overview"), ("ops", "runs"), ("ops", "admin:index"),
]  # fmt: skip

INLINE = """() => {
  const script = document.createElement("script");
  script.textContent = "window.ran = 1";
  document.body.append(script);
}"""


@pytest.mark.parametrize(("who", "name"), PAGES)
def test_a_page_breaks_no_rule_and_asks_nobody_else(page, live_server, log_in, watch, company, request, who, name):
    log_in(page, request.getfixturevalue(who))
    url = reverse(name, args=[company.pk] if name == "account" else [])
    response = page.goto(live_server.url + url, wait_until="networkidle")
    assert response.status == 200
    if page.locator("[data-chart]:visible").count():
        page.locator("[data-chart]:visible .main-svg").first.wait_for()
    assert (watch.complaints, watch.strangers) == ([], [])


def test_the_login_page_too(page, live_server, watch, organization):
    page.goto(live_server.url + "/login", wait_until="networkidle")
    assert (watch.complaints, watch.strangers) == ([], [])


def test_an_inline_script_would_be_refused(page, live_server, watch, organization):
    page.goto(live_server.url + "/login")
    page.evaluate(INLINE)
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in complaint for complaint in watch.complaints)
