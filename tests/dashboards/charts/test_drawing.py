"""The script draws the figures in a real browser, under the policy of the settings."""

import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from dashboards import frontend
from dashboards.charts import history, portfolio, revenue
from dashboards.charts.theme import Chart
from tests.needs import need

ORIGIN = "http://charts.test"
STATIC = Path(settings.BASE_DIR) / "static"
DAY = date(2026, 11, 18)
EVENT = history.Event(day=DAY, text="<b>bold</b> <a href='https://example.org'>link</a>", kind="bad")
CHARTS = [
    portfolio.donut(
        [
            portfolio.BandAmount(code=0, accounts=45, arr=7e6, url="/accounts?band=0"),
            portfolio.BandAmount(code=-1, accounts=45, arr=3e6, url="/accounts?band=-1"),
        ]
    ),
    portfolio.portfolio_trend(
        [portfolio.PortfolioPoint(day=DAY + timedelta(n), mean_score=61, counts=(4, 3, 2, 1)) for n in range(3)]
    ),
    history.score_history(
        [history.ScorePoint(day=DAY + timedelta(n), score=46, band=2) for n in range(3)], events=[EVENT]
    ),
    revenue.arr_by_band([revenue.BandMonth(day=DAY + timedelta(30 * n), amounts=(4, 3, 2, 1)) for n in range(3)]),
    revenue.renewals_by_band(
        [revenue.BandQuarter(day=DAY, amounts=(4e6, 3e6, 2e6, 1e6), urls=("/s", "/m", "/w", "/u"))]
    ),
]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    need(chromium is not None, what="Chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def plotly(tmp_path_factory) -> Path:
    var = tmp_path_factory.mktemp("var")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAR_DIR", str(var))
        frontend.main()
    return var / "frontend" / "plotly.min.js"


@pytest.fixture
def page(browser, plotly) -> Iterator[Page]:
    """A page with every chart; what the browser refuses or reports is collected in page.complaints."""
    opened = browser.new_page(viewport={"width": 1000, "height": 800})
    opened.complaints = []
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.route(f"{ORIGIN}/**", lambda route: answer(route, plotly=plotly))
    opened.goto(f"{ORIGIN}/")
    expect(opened.locator(".main-svg").nth(4)).to_be_attached()
    yield opened
    opened.close()


def answer(route: Route, *, plotly: Path) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/":
        headers = {"Content-Security-Policy": policy(), "Content-Type": "text/html; charset=utf-8"}
        route.fulfill(body=html(), headers=headers)
    elif path.startswith("/static/"):
        name = path.removeprefix("/static/")
        route.fulfill(path=plotly if name == "plotly.min.js" else STATIC / name)
    else:
        route.fulfill(body="elsewhere")


def policy() -> str:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    return "; ".join(f"{name} {' '.join(str(source) for source in sources)}" for name, sources in directives.items())


def html() -> str:
    head = render_to_string("_styles.html") + render_to_string("_chart_scripts.html")
    body = "".join(render_to_string("_chart.html", {"chart": chart}) for chart in CHARTS)
    icon = '<link rel="icon" href="/static/img/mark.svg">'
    return f'<!doctype html><html lang="en" data-theme="light"><head>{icon}{head}</head><body>{body}</body></html>'


def place(page: Page, chart: Chart):
    return page.locator(f"[data-chart={chart.id}]")


def test_every_chart_draws_and_the_policy_refuses_nothing(page):
    assert all(place(page, chart).locator(".main-svg").count() > 0 for chart in CHARTS)
    assert page.complaints == []


def test_marks_in_a_name_are_drawn_as_text(page):
    drawn = place(page, CHARTS[2])
    assert drawn.get_by_text("<b>bold</b> <a href='https://example.org'>link</a>, 18 Nov").count() == 1
    assert drawn.locator("a").count() == 0


def test_a_press_on_a_slice_opens_its_accounts(page):
    box = place(page, CHARTS[0]).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2 + 82, box["y"] + box["height"] / 2)
    page.wait_for_url(f"{ORIGIN}/accounts?band=0")


def test_a_press_on_a_part_of_a_column_opens_its_accounts(page):
    column = place(page, CHARTS[4]).locator(".barlayer .point").first
    place(page, CHARTS[4]).scroll_into_view_if_needed()
    box = column.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(f"{ORIGIN}/w")


def test_arrow_keys_read_the_values_of_each_date(page):
    drawn = place(page, CHARTS[1])
    drawn.focus()
    page.keyboard.press("ArrowLeft")
    box = drawn.locator("xpath=..").locator(".chart__hover")
    assert re.sub(r"\s+", " ", box.inner_text()).startswith("Nov 2026 Mean score 61.0 Strong 4 40% Moderate 3 30%")
    page.keyboard.press("Escape")
    assert box.is_hidden()


def test_a_change_of_theme_draws_again_in_its_colors(page):
    slice_of_strong = page.locator(f"[data-chart={CHARTS[0].id}] path.surface").first
    expect(slice_of_strong).to_have_css("fill", "rgb(21, 127, 142)")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(slice_of_strong).to_have_css("fill", "rgb(70, 182, 198)")


def test_on_a_phone_the_legend_takes_the_place_of_the_labels(page):
    drawn = place(page, CHARTS[3])
    legend = drawn.locator("xpath=..").locator(".chart-legend")
    assert legend.is_hidden()
    assert drawn.get_by_text("Weak $2").count() == 1
    page.set_viewport_size({"width": 390, "height": 800})
    # Not wait_for_function: what it evaluates while it polls, the pages' policy refuses.
    expect(page.locator(f"[data-chart={CHARTS[3].id}] .annotation")).to_have_count(0)
    assert legend.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
