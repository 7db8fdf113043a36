"""Logging in by hand: each role lands on its own page, a wrong password says so, and logging out ends it."""

import re

import pytest
from django.core.cache import cache

from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def forget_tries():
    cache.clear()


@pytest.fixture
def enter(page, live_server, organization):
    """Opens an address as a guest and fills in the form that comes."""

    def fill(email: str, password: str = PASSWORD, *, at: str = "/") -> None:
        page.goto(live_server.url + at)
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        page.keyboard.press("Enter")

    return fill


@pytest.mark.parametrize(
    ("who", "landing"),
    [("csm", "portfolio"), ("manager", "reviews"), ("leader", "overview"), ("viewer", "overview"), ("ops", "overview")],
)
def test_each_role_lands_on_its_own_page(page, enter, request, who, landing):
    enter(request.getfixturevalue(who).email)
    page.wait_for_url(re.compile(rf"/{landing}$"))
    assert page.locator(".nav [aria-current=page]").get_attribute("href") == f"/{landing}"


def test_a_wrong_password_says_so_and_not_which_of_the_two(page, enter, csm):
    enter(csm.email, "not the password")
    page.get_by_text("E-mail or password is not right.").wait_for()
    assert page.url.split("?")[0].endswith("/login")


def test_one_comes_back_to_the_page_that_was_asked_for(page, enter, csm):
    enter(csm.email, at="/accounts?band=weak")
    page.wait_for_url(re.compile(r"/accounts\?band=weak$"))


def test_after_logging_out_pages_are_closed(page, live_server, enter, csm):
    enter(csm.email)
    page.wait_for_url(re.compile("/portfolio$"))
    page.goto(live_server.url + "/logout")
    page.locator("main form button, form[action*=logout] button").first.click()
    page.wait_for_url(re.compile("/login|/$"))
    page.goto(live_server.url + "/portfolio")
    assert "/login" in page.url
