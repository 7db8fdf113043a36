"""Lanes below the trend: what they hold, where they are cut, and what the table tells of them."""

from datetime import date, timedelta

from dashboards.charts.history import HEIGHT, ScorePoint, score_history
from dashboards.charts.lanes import Lane, LaneMark

FIRST = date(2026, 5, 1)
POINTS = [ScorePoint(FIRST + timedelta(days=7 * n), 60.0 + n, 1) for n in range(4)]
DAY = timedelta(days=1)


def chart(*lanes):
    return score_history(POINTS, lanes=lanes)


def test_a_chart_without_marks_in_its_days_has_no_lanes():
    early = Lane("Touchpoints", "ring", [LaneMark(FIRST - DAY, FIRST - DAY, "Call")])
    found = chart(early)
    assert found.height == HEIGHT
    assert "yaxis2" not in found.figure["layout"]


def test_each_lane_has_its_row_and_says_how_many_it_holds():
    calls = Lane("Touchpoints", "ring", [LaneMark(FIRST, FIRST, "Call"), LaneMark(FIRST + DAY, FIRST + DAY, "Visit")])
    plans = Lane("Plan", "bar", [LaneMark(FIRST + 3 * DAY, None, "Plan: Logins fell")])
    found = chart(calls, plans)
    names = [note["text"] for note in found.figure["layout"]["annotations"] if note.get("yref") == "y2"]
    assert names == ["Touchpoints 2", "Plan 1"]
    *_, rings, bars = found.figure["data"]
    assert (list(rings["y"]), list(bars["y"])) == ([0, 0], [1, 1, None])
    # What is still open goes on to the last day.
    assert list(bars["x"])[:2] == ["2026-05-04", "2026-05-22"]
    assert found.height > HEIGHT


def test_what_began_before_is_cut_to_the_days_shown():
    flags = Lane("Flags", "bad-bar", [LaneMark(FIRST - 30 * DAY, FIRST + 2 * DAY, "No login")])
    assert list(chart(flags).figure["data"][-1]["x"])[:2] == ["2026-05-01", "2026-05-03"]


def test_the_table_tells_of_each_mark_on_the_next_scored_day():
    calls = Lane("Touchpoints", "ring", [LaneMark(FIRST + DAY, FIRST + DAY, "Call"), LaneMark(FIRST, FIRST, "EBR")])
    rows = [row[-1] for row in chart(calls).table_rows]
    assert rows == ["EBR", "Call", "", ""]
