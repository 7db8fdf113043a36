"""The ring and the months of a portfolio."""

import json
import re
from datetime import date
from decimal import Decimal

from dashboards.charts import portfolio
from dashboards.charts.portfolio import BandAmount, PortfolioPoint
from dashboards.charts.theme import BandScale

BANDS = [
    BandAmount(code=2, accounts=34, arr=Decimal("6000000"), url="/accounts?band=2"),
    BandAmount(code=-1, accounts=3, arr=Decimal("3000000"), url="/accounts?band=-1"),
    BandAmount(code=0, accounts=45, arr=Decimal("7000000"), url="/accounts?band=0"),
    BandAmount(code=1, accounts=26, arr=Decimal("10000000"), url="/accounts?band=1"),
]
MONTHS = [
    PortfolioPoint(day=date(2026, 9, 30), mean_score=63.0, counts=(46, 25, 33, 1)),
    PortfolioPoint(day=date(2026, 10, 31), mean_score=None, counts=(45, 26, 33, 2)),
    PortfolioPoint(day=date(2026, 11, 18), mean_score=61.25, counts=(45, 26, 34, 3)),
]


def test_the_ring_goes_around_in_band_order_and_each_slice_opens_its_accounts():
    [ring] = portfolio.donut(BANDS).figure["data"]
    assert list(ring["values"]) == [45, 26, 34, 3]
    assert list(ring["text"]) == ["42%", "24%", "31%", "3%"]
    assert list(ring["customdata"]) == ["/accounts?band=0", "/accounts?band=1", "/accounts?band=2", "/accounts?band=-1"]
    assert (ring["direction"], ring["sort"]) == ("clockwise", False)


def test_the_table_of_the_ring_has_counts_money_and_shares():
    chart = portfolio.donut(BANDS)
    assert chart.table_head == ["Band", "Accounts", "ARR", "Share"]
    assert chart.table_rows[0] == ["Strong", "45", "$7.0M", "42%"]
    assert chart.summary == "108 customer accounts: 42% Strong, 24% Moderate, 31% Weak, 3% Undefined"


def test_the_ring_by_arr_has_the_sum_in_its_center():
    chart = portfolio.donut(BANDS, by="arr", noun="ARR", note="+$900K in 1 month")
    center = [text["text"] for text in chart.figure["layout"]["annotations"]]
    assert center == ["<b>$26.0M</b>", "ARR", "+$900K in 1 month"]
    assert [row[3] for row in chart.table_rows] == ["27%", "38%", "23%", "12%"]


def test_a_band_without_accounts_has_no_slice():
    [ring] = portfolio.donut([BANDS[0], BandAmount(code=0, accounts=0, arr=0)]).figure["data"]
    assert list(ring["labels"]) == ["Weak"]


def test_only_undefined_is_hatched():
    [ring] = portfolio.donut(BANDS).figure["data"]
    assert list(ring["marker"]["pattern"]["shape"]) == ["", "", "", "/"]


def test_a_portfolio_without_accounts_says_so():
    chart = portfolio.donut([])
    assert chart.is_empty
    assert chart.summary == "No accounts to show."


def test_a_band_named_with_marks_is_escaped_in_the_figure_and_plain_in_the_table():
    scale = BandScale(names=("<b>A</b>", "B", "C", "D"))
    chart = portfolio.donut(BANDS, scale=scale)
    assert chart.figure["data"][0]["labels"][0] == "&lt;b&gt;A&lt;/b&gt;"
    assert chart.table_rows[0][0] == "<b>A</b>"


def test_weak_stands_on_the_baseline_and_undefined_on_top():
    *columns, _ = portfolio.portfolio_trend(MONTHS).figure["data"]
    assert [column["name"] for column in columns] == ["Weak", "Moderate", "Strong", "Undefined"]
    assert list(columns[0]["y"]) == [33, 33, 34]


def test_a_month_without_a_mean_is_a_gap_and_not_a_zero():
    line = portfolio.portfolio_trend(MONTHS).figure["data"][-1]
    assert list(line["y"]) == [63.0, None, 61.25]
    assert line["connectgaps"] is False


def test_the_table_of_the_months_says_what_is_missing():
    rows = portfolio.portfolio_trend(MONTHS).table_rows
    assert rows[1] == ["Oct 2026", "–", "45", "26", "33", "2"]
    assert rows[2] == ["Nov 2026", "61.3", "45", "26", "34", "3"]


def test_the_hover_of_a_month_lists_all_bands_in_order_with_their_total():
    hover = portfolio.portfolio_trend(MONTHS).figure["hover"][2]
    assert [row["name"] for row in hover["rows"]] == ["Mean score", "Strong", "Moderate", "Weak", "Undefined"]
    assert hover["rows"][3] == {"band": 2, "name": "Weak", "value": "34", "note": "31%"}
    assert hover["total"] == {"name": "Accounts", "value": "108"}


def test_the_axis_of_the_mean_widens_when_it_has_to():
    low = portfolio.portfolio_trend([PortfolioPoint(day=date(2026, 11, 1), mean_score=30, counts=(0, 0, 9, 0))])
    usual = portfolio.portfolio_trend(MONTHS)
    assert list(low.figure["layout"]["yaxis"]["range"]) == [27, 75]
    assert list(usual.figure["layout"]["yaxis"]["range"]) == [45, 75]


def test_figures_are_plain_json_with_tokens_for_colors():
    for chart in (portfolio.donut(BANDS), portfolio.portfolio_trend(MONTHS)):
        text = json.dumps(chart.figure)
        assert "template" not in chart.figure["layout"]
        assert not re.search(r"#[0-9a-fA-F]{6}", text)


def test_a_limit_beside_the_mean_keeps_its_line_and_loses_its_words():
    two = BandScale(codes=(0, 2, -1), names=("Healthy", "At risk", "Undefined"), lows=(60, 0, None))
    months = [PortfolioPoint(day=date(2026, 11, 18), mean_score=57.0, counts=(6, 8, 0))]
    layout = portfolio.portfolio_trend(months, scale=two).figure["layout"]
    words = [text["text"] for text in layout["annotations"]]
    assert [shape["y0"] for shape in layout["shapes"]] == [60]
    assert words[0] == "<b>57 mean score</b>"
    assert not [word for word in words if "from 60" in word]


def test_five_bands_are_stacked_with_the_worst_on_the_baseline():
    codes, names = (-2, 0, 1, 2, 3, -1), ("Excellent", "Strong", "Moderate", "Weak", "Critical", "Undefined")
    five = BandScale(codes=codes, names=names, lows=(85, 70, 50, 30, 0, None), at_risk=(2, 3))
    months = [PortfolioPoint(day=date(2026, 11, 18), mean_score=60.0, counts=(1, 2, 3, 4, 5, 6))]
    chart = portfolio.portfolio_trend(months, scale=five)
    bars = [(bar["name"], list(bar["y"])) for bar in chart.figure["data"] if bar["type"] == "bar"]
    assert bars == [
        ("Critical", [5]), ("Weak", [4]), ("Moderate", [3]), ("Strong", [2]), ("Excellent", [1]), ("Undefined", [6]),
    ]  # fmt: skip
    assert chart.table_rows[0][2:] == ["1", "2", "3", "4", "5", "6"]
    assert chart.summary.endswith("when 9 of 21 accounts are Weak or Critical")
    assert [item.name for item in chart.legend] == list(names)
