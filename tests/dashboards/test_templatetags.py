"""The tags and filters of templates, to the character that a reader or a screen reader gets."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template
from django.test import RequestFactory


def render(source: str, **context) -> str:
    return Template("{% load health %}" + source).render(Context(context))


def text_of(html: str) -> str:
    """What is left without the markup."""
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


@dataclass(frozen=True)
class Part:
    code: int
    count: int
    url: str = ""
    name: str = ""


@pytest.mark.parametrize(
    ("source", "value", "text"),
    [
        ("{{ value|score }}", Decimal("69.5"), "70"),
        ("{{ value|points }}", Decimal("45.90"), "45.9"),
        ("{{ value|money }}", Decimal("486000"), "$486K"),
        ("{{ value|money:'EUR' }}", 7_200_000, "€7.2M"),
        ("{{ value|signed_money }}", -300_000, "−$300K"),
        ("{{ value|exact_money }}", Decimal("486000.00"), "$486,000"),
        ("{{ value|count }}", 1204, "1,204"),
        ("{{ value|decimals }}", 4.55, "4.55"),
        ("{{ value|percent }}", 0.42, "42%"),
        ("{{ value|percent:1 }}", 0.931, "93.1%"),
        ("{{ value|signed }}", -4, "−4"),
        ("{{ value|signed:1 }}", 3.6, "+3.6"),
        ("{{ value|day }}", date(2026, 11, 18), "18 Nov 2026"),
        ("{{ value|short_day }}", date(2026, 11, 18), "18 Nov"),
        ("{{ value|month }}", date(2026, 11, 18), "Nov 2026"),
        ("{{ value|clock }}", datetime(2026, 11, 18, 6, 0, tzinfo=UTC), "06:00"),
        ("{{ value|span_days }}", 64, "64 days"),
        ("{{ value|ordinal }}", 31, "31st"),
        ("{{ value|band_name }}", -1, "Undefined"),
    ],
)
def test_a_filter_writes_as_the_design_says(source, value, text):
    assert render(source, value=value) == text


@pytest.mark.parametrize(
    ("name", "missing"),
    [("score", "no score"), ("money", "no amount"), ("day", "no date"), ("percent", "no percentage")],
)
def test_nothing_known_is_a_dash_that_says_what_is_missing(name, missing):
    html = render("{{ value|" + name + " }}", value=None)
    assert text_of(html) == f"–{missing}"
    assert '<span aria-hidden="true">–</span>' in html


def test_a_dash_escapes_its_label():
    assert "&lt;b&gt;" in render("{% dash label %}", label="<b>")


def test_a_badge_has_shape_score_and_name():
    html = render("{% band 2 46 %}")
    assert text_of(html) == "46Weak"
    assert "badge--2" in html
    assert "shape--2" in html
    assert "<b>46</b>" in html


def test_a_badge_of_an_undefined_score_has_no_number():
    html = render("{% band -1 46 %}")
    assert text_of(html) == "Undefined"
    assert "stroke-dasharray" in html


def test_a_missing_band_is_undefined():
    assert text_of(render("{% band None form='legend' %}")) == "Undefined"


def test_a_dense_band_keeps_its_name_for_screen_readers():
    html = render("{% band 0 96 'dense' %}")
    assert '<span class="visually-hidden">Strong</span>' in html
    assert "badge" not in html


def test_a_workspace_may_name_its_bands_and_the_shape_stays():
    html = render("{% band 0 form='name' name=name %}", name="Green <b>")
    assert "Green &lt;b&gt;" in html
    assert "<circle" in html


def test_a_badge_can_be_a_link():
    assert re.search(r'<a href="/accounts/7".*</a>', render("{% band 0 96 url='/accounts/7' %}"))


@pytest.mark.parametrize(
    ("source", "text", "verdict"),
    [
        ("{% delta 9 %}", "up 9", "delta--good"),
        ("{% delta -18 %}", "down 18", "delta--bad"),
        ("{% delta 2 good='down' %}", "up 2", "delta--bad"),
        ("{% delta -0.4 unit='pts' %}", "down 0.4 pts", "delta--bad"),
        ("{% delta 900000 unit='money' %}", "up $900K", "delta--good"),
        ("{% delta 3.25 unit='one' %}", "up 3.3", "delta--good"),
    ],
)
def test_a_delta_says_its_direction_and_colors_what_is_good(source, text, verdict):
    html = render(source)
    assert text_of(html) == text
    assert verdict in html


@pytest.mark.parametrize(
    ("source", "text"), [("{% delta 0 %}", "0"), ("{% delta None %}", "new"), ("{% delta 0.4 %}", "0")]
)
def test_a_delta_without_a_direction_has_no_color(source, text):
    html = render(source)
    assert text_of(html) == text
    assert "delta--" not in html


def test_a_delta_that_is_neither_good_nor_bad_has_an_arrow_and_no_color():
    html = render("{% delta 2 good='none' noun='new in 1 month' %}")
    assert text_of(html) == "up 2 new in 1 month"
    assert "delta--" not in html


def test_pips_count_in_words_and_fill_up_to_five():
    html = render("{% pips states %}", states=["done", "done", "overdue", "doing"])
    assert text_of(html) == "2 of 4"
    assert 'aria-label="Plan: 2 done, 1 overdue, 1 in progress"' in html
    assert html.count('class="pip pip--') == 5
    assert html.count("pip--free") == 1, "room for a step is not a step"


def test_a_stack_is_in_band_order_and_leaves_out_empty_bands():
    html = render("{% stack parts label='Accounts' %}", parts=[Part(-1, 1), Part(2, 2), Part(0, 1), Part(1, 0)])
    assert re.findall(r"fill--(-?\d)", html) == ["0", "2", "-1"]
    assert re.findall(r"width:([\d.]+)%", html) == ["25.00", "50.00", "25.00"]
    assert 'aria-label="Accounts: 1 Strong, 2 Weak, 1 Undefined"' in html


def test_stacks_on_one_scale_leave_room_for_the_longest():
    html = render("{% stack parts longest=40 %}", parts=[Part(0, 10)])
    assert "width:25.00%" in html


def test_a_sparkline_of_nothing_is_a_dashed_line():
    html = render("{% sparkline values None %}", values=[None, None])
    assert "spark__none" in html
    assert 'aria-label="Score no score"' in html


def test_a_sparkline_keeps_its_gaps():
    html = render("{% sparkline values 0 %}", values=[60, None, 70, 72])
    path = re.search(r'class="spark__line" d="([^"]+)"', html)
    assert path is not None
    assert path[1].count("M") == 2
    assert "from 60 to 72" in html


def test_initials_come_from_the_first_and_last_name():
    assert text_of(render("{% avatar 'Maya Ines Okafor' %}")) == "MO"
    assert text_of(render("{% avatar 'Halden Freight' 'square' %}")) == "H"
    assert text_of(render("{% avatar '' %}")) == ""


def test_a_bar_never_leaves_its_track():
    assert "width:100.00%" in render("{% bar 130 %}")
    assert "width" not in render("{% bar None %}")


def test_an_icon_is_hidden_unless_it_has_a_label():
    assert 'aria-hidden="true"' in render("{% icon 'gauge' %}")
    assert text_of(render("{% icon 'gauge' label='Portfolio' %}")) == "Portfolio"


def test_the_ring_of_a_whole_score_is_drawn():
    html = render("{% ring 100 0 %}")
    start, end = re.search(r'ring__value[^>]* d="M(\S+ \S+)A.* (\S+ \S+)"', html).groups()
    assert start != end


def test_paging_says_where_one_is_and_keeps_the_filters():
    request = RequestFactory().get("/accounts?band=2&page=1")
    page = Paginator(list(range(38)), 21).page(1)
    html = Template('{% include "_pagination.html" %}').render(RequestContext(request, {"page_obj": page}))
    assert "1 to 21 of 38" in html
    assert 'href="?band=2&amp;page=2"' in html


def test_partials_carry_no_script_and_no_style_element():
    html = render("{% ring 46 2 %}{% band 1 57 %}{% pips states %}", states=["open"])
    assert "<script" not in html
    assert "<style" not in html
