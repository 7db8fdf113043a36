"""ARR by band over months and quarters."""

from datetime import date
from decimal import Decimal

from dashboards.charts import revenue, theme
from dashboards.charts.revenue import BandMonth, BandQuarter

MONTHS = [
    BandMonth(day=date(2026, 10, 31), amounts=(60e6, 50e6, 20e6, 5e6)),
    BandMonth(day=date(2026, 11, 30), amounts=(68.9e6, 52.6e6, 24.6e6, 5.7e6)),
]
QUARTERS = [
    BandQuarter(
        day=date(2026, 11, 18),
        amounts=(Decimal("5000000"), Decimal("3000000"), Decimal("1800000"), Decimal("0")),
        urls=("/a?band=0", "/a?band=1", "/a?band=2", "/a?band=-1"),
    ),
    BandQuarter(day=date(2027, 2, 1), amounts=(18e6, 15e6, 7.1e6, 1.5e6)),
]


def test_areas_are_stacked_from_weak_upward():
    areas = revenue.arr_by_band(MONTHS).figure["data"]
    assert [list(area["y"])[-1] for area in areas] == [24.6e6, 52.6e6, 68.9e6, 5.7e6]
    assert {area["stackgroup"] for area in areas} == {"bands"}
    assert areas[3]["fillpattern"]["shape"] == "/"


def test_the_last_values_stand_at_the_right_end():
    labels = [text["text"] for text in revenue.arr_by_band(MONTHS).figure["layout"]["annotations"]]
    assert labels[0] == '<span style="color:var(--band-2)">▼</span> Weak $24.6M'
    assert labels[3] == '<span style="color:var(--undef)">◌</span> Undefined $5.7M'


def test_the_table_of_months_adds_up():
    chart = revenue.arr_by_band(MONTHS)
    assert chart.table_head == ["Month", "Strong", "Moderate", "Weak", "Undefined", "Total"]
    assert chart.table_rows[1] == ["Nov 2026", "$68.9M", "$52.6M", "$24.6M", "$5.7M", "$151.8M"]


def test_shares_are_of_each_months_total():
    chart = revenue.arr_by_band(MONTHS, by="share")
    assert chart.table_rows[1] == ["Nov 2026", "45%", "35%", "16%", "4%", "100%"]
    assert list(chart.figure["layout"]["yaxis"]["range"]) == theme.from_zero(1)["range"]


def test_accounts_are_counted_without_a_currency():
    chart = revenue.arr_by_band([BandMonth(day=m.day, amounts=(301, 176, 138, 19)) for m in MONTHS], by="accounts")
    assert chart.table_rows[0] == ["Oct 2026", "301", "176", "138", "19", "634"]


def test_one_month_end_is_a_bar_that_says_since_when():
    chart = revenue.arr_by_band(MONTHS[1:])
    assert {trace["type"] for trace in chart.figure["data"]} == {"bar"}
    assert chart.caption.startswith("since 30 Nov 2026")


def test_no_month_end_is_one_sentence():
    assert revenue.arr_by_band([]).summary == "No month has ended with scores yet."


def test_renewals_say_total_and_weak_part_and_open_the_accounts():
    chart = revenue.renewals_by_band(QUARTERS)
    layout = chart.figure["layout"]
    assert list(layout["xaxis"]["ticktext"]) == ["Q4 2026<br>Weak $1.8M", "Q1 2027<br>Weak $7.1M"]
    assert [text["text"] for text in layout["annotations"]] == ["<b>$9.8M</b>", "<b>$41.6M</b>"]
    assert list(chart.figure["data"][0]["customdata"]) == ["/a?band=2", ""]
    assert chart.table_rows[1] == ["Q1 2027", "$18.0M", "$15.0M", "$7.1M", "$1.5M", "$41.6M"]


def test_nothing_to_renew_is_one_sentence():
    assert revenue.renewals_by_band([]).summary == "Nothing is up for renewal."


def test_the_hover_of_a_quarter_has_values_shares_and_the_total():
    hover = revenue.renewals_by_band(QUARTERS).figure["hover"][0]
    assert hover["rows"][2] == {"band": 2, "name": "Weak", "value": "$1.8M", "note": "18%"}
    assert hover["total"]["value"] == "$9.8M"
