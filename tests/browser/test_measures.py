"""A measure is defined in a real browser: wrong at first, then right."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from scoring.measures import Stated, define_measure
from scoring.models import CustomMeasure, MeasureKind
from tests.browser.test_accessibility import violations
from tests.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def define(page: Page, live_server, log_in, company, ops) -> Page:
    log_in(page, ops)
    page.goto(live_server.url + reverse("measures"))
    return page


def test_a_formula_is_corrected_where_the_check_points_and_defined(define: Page, watch):
    define.get_by_role("link", name="Define a measure").click()
    define.get_by_role("link", name="Formula", exact=True).click()
    define.get_by_label("Name", exact=True).fill("Quiet months")
    define.get_by_label("Question").fill("How long has it been quiet?")
    formula = define.get_by_label("Formula", exact=True)
    formula.press_sequentially("months_since_ebr × (1 + months_in_fase")
    check = define.locator("#formula-check")
    expect(check).to_contain_text("A closing parenthesis is missing.")
    formula.press_sequentially(")")
    expect(check).to_contain_text("Did you mean months_in_phase?")
    expect(check).to_contain_text("At character 25.")
    # Sent as it is, the form comes back with the error at the field.
    define.get_by_role("button", name="Define").click()
    expect(formula).to_have_attribute("aria-invalid", "true")
    expect(check).to_contain_text("Did you mean months_in_phase?")
    formula.fill("months_since_ebr × (1 + months_in_phase)")
    expect(check).to_contain_text("It can be read.")
    expect(check.get_by_role("row")).to_have_count(6)  # the head and five accounts
    define.get_by_role("button", name="Define").click()
    expect(define.get_by_role("heading", level=1)).to_have_text("Quiet months")
    assert CustomMeasure.objects.get().slug == "quiet_months"
    assert not [said for said in watch.complaints if "422" not in said]


def test_values_are_entered_with_the_keyboard_alone(page: Page, live_server, log_in, company, csm):
    log_in(page, csm)
    page.goto(live_server.url + reverse("measure-values", args=["csm_sentiment"]))
    page.get_by_label("New value of Acme").focus()
    page.keyboard.type("9")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The value is 1 to 5; not 9.")).to_be_visible()
    page.get_by_label("New value of Acme").fill("5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("2 values are entered")


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_no_page_of_measures_scrolls_sideways(define: Page, live_server, width):
    define.set_viewport_size({"width": width, "height": 844})
    for url in (
        reverse("measures"),
        reverse("measure-new") + "?kind=formula",
        reverse("measure-new"),
        reverse("measure-values", args=["csm_sentiment"]),
    ):
        define.goto(live_server.url + url)
        wide = define.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (url, width)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_measures_follow_the_rules_of_accessibility(page: Page, live_server, log_in, company, ops, theme):
    ops.theme = theme
    ops.save()
    stated = Stated(label="Twice", question="Twice?", formula="nps * 2")
    define_measure(slug="twice", kind=MeasureKind.FORMULA, stated=stated, by=ops, at=NOW)
    log_in(page, ops)
    for name, slugs in [
        ("measures", []),
        ("measure-new", []),
        ("measure", ["twice"]),
        ("measure-edit", ["twice"]),
        ("measure-values", ["csm_sentiment"]),
    ]:
        page.goto(live_server.url + reverse(name, args=slugs), wait_until="networkidle")
        assert violations(page) == [], name
