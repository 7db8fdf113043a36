"""What all charts share: labels that draw as they read, and colors that are tokens."""

import re

import pytest

from dashboards.charts import theme


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("Halden Freight", "Halden Freight"),
        ("<b>Bold</b> & Sons", "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons"),
        ('<a href="https://example.org">x</a>', '&lt;a href="https://example.org"&gt;x&lt;/a&gt;'),
        ("two\nlines\tand  gaps", "two lines and gaps"),
        ("&lt;already&gt;", "&amp;lt;already&amp;gt;"),
    ],
)
def test_marks_in_a_name_become_plain_characters(name, drawn):
    assert theme.label(name) == drawn


def test_a_long_name_ends_with_an_ellipsis_before_it_is_escaped():
    assert theme.label("x" * 61) == "x" * 59 + "…"
    assert theme.label("&" * 60) == "&amp;" * 60


@pytest.mark.parametrize(
    ("highest", "steps", "top", "step"),
    [(151.8e6, 4, 160e6, 40e6), (41.6e6, 3, 45e6, 15e6), (108, 3, 120, 40), (3, 3, 3, 1), (0, 4, 1, 1)],
)
def test_an_axis_ends_on_a_round_number_above_the_data(highest, steps, top, step):
    assert theme.ceiling(highest, steps=steps) == (pytest.approx(top), pytest.approx(step))


def test_ticks_of_money_are_short():
    ticks = theme.money_ticks(151.8e6, currency="USD")
    assert ticks["ticktext"] == ["0", "$40M", "$80M", "$120M", "$160M"]
    assert ticks["range"] == theme.from_zero(160e6)["range"]


def test_the_highest_grid_line_lies_inside_the_plot():
    low, high = theme.from_zero(40)["range"]
    assert (low, 40 < high < 41) == (0, True)


def test_labels_are_pushed_apart_upward_only_as_far_as_needed():
    assert theme.spread([10, 20, 100]) == [10, 26, 100]
    assert theme.spread([50, 51, 52]) == [50, 66, 82]


def test_an_empty_chart_is_one_sentence():
    chart = theme.empty(id="x", title="T", caption="c", sentence="No month yet.")
    assert chart.is_empty
    assert chart.summary == "No month yet."


def test_no_figure_has_a_color_of_its_own():
    colors = [*theme.FILL.values(), theme.SERIES, theme.SURFACE, theme.INK, theme.AXIS, theme.THRESHOLD["color"]]
    assert all(re.fullmatch(r"var\(--[\w-]+\)", color) for color in colors)
