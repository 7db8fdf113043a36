"""The line of one account's score."""

from datetime import date, timedelta

from dashboards.charts import history
from dashboards.charts.history import Event, ScorePoint

START = date(2026, 5, 20)


def points(scores: list[float | None]) -> list[ScorePoint]:
    return [ScorePoint(day=START + timedelta(n), score=s, band=-1 if s is None else 1) for n, s in enumerate(scores)]


def test_a_day_without_a_score_is_a_gap():
    line, _ = history.score_history(points([70, None, 68.5])).figure["data"]
    assert list(line["x"]) == ["2026-05-20", "2026-05-21", "2026-05-22"]
    assert list(line["y"]) == [70, None, 68.5]
    assert line["connectgaps"] is False


def test_the_last_known_score_has_a_dot_in_its_band_and_a_label():
    chart = history.score_history(points([70, 68.5, None]))
    dot = chart.figure["data"][1]
    labels = {text["name"]: text["text"] for text in chart.figure["layout"]["annotations"]}
    assert (list(dot["x"]), list(dot["y"])) == (["2026-05-21"], [68.5])
    assert dot["marker"]["color"] == "var(--band-1)"
    assert labels["last"] == "<b>69</b>"


def test_the_limits_of_the_bands_are_drawn_where_the_workspace_set_them():
    scale = history.BandScale(names=("Green", "Amber", "Red", "None"), lows=(80, 40, 0, None))
    layout = history.score_history(points([60, 60]), scale=scale).figure["layout"]
    assert [shape["y0"] for shape in layout["shapes"]] == [80, 40]
    assert [text["text"] for text in layout["annotations"][:2]] == ["Green from 80", "Red below 40"]


def test_five_bands_have_four_limits_and_two_bands_one():
    codes, names = (-2, 0, 1, 2, 3, -1), ("Excellent", "Strong", "Moderate", "Weak", "Critical", "Undefined")
    five = history.BandScale(codes=codes, names=names, lows=(85, 70, 50, 30, 0, None), at_risk=(2, 3))
    layout = history.score_history(points([20, 95, 60]), scale=five).figure["layout"]
    words = [text["text"] for text in layout["annotations"]]
    assert [shape["y0"] for shape in layout["shapes"]] == [85, 70, 50, 30]
    assert words == ["Excellent from 85", "Strong from 70", "Moderate from 50", "Critical below 30", "<b>60</b>"]
    assert list(layout["yaxis"]["tickvals"]) == [30, 50, 70, 85]
    two = history.BandScale(codes=(0, 2, -1), names=("Well", "Ill", "Undefined"), lows=(60, 0, None))
    layout = history.score_history(points([50, 75]), scale=two).figure["layout"]
    assert [text["text"] for text in layout["annotations"]] == ["Well from 60", "<b>75</b>"]


def test_narrow_bands_keep_only_the_names_that_do_not_touch():
    close = history.BandScale(names=("A", "B", "C", "D"), lows=(62, 60, 0, None))
    layout = history.score_history(points([70, 45]), scale=close).figure["layout"]
    assert [text["text"] for text in layout["annotations"]] == ["A from 62", "<b>45</b>"]


def test_a_limit_under_the_last_label_keeps_its_line_and_loses_its_words():
    layout = history.score_history(points([60, 70.2])).figure["layout"]
    assert len(layout["shapes"]) == 2
    assert [text["text"] for text in layout["annotations"]] == ["Weak below 50", "<b>70</b>"]


def test_the_latest_event_hangs_highest():
    events = [Event(day=START + timedelta(5), text="First"), Event(day=START + timedelta(8), text="Second", kind="bad")]
    annotations = history.score_history(points([60] * 10), events=events).figure["layout"]["annotations"]
    heights = {text["text"]: text["y"] for text in annotations if text["name"] == "event"}
    assert list(heights) == ["Second, 28 May", "First, 25 May"]
    assert heights["Second, 28 May"] > heights["First, 25 May"]


def test_the_words_of_an_event_stand_left_of_its_flag_where_they_fit():
    events = [Event(day=START + timedelta(days), text="Scorecard v7 published") for days in (4, 90)]
    annotations = history.score_history(points([60] * 100), events=events).figure["layout"]["annotations"]
    sides = {text["x"]: text["xanchor"] for text in annotations if text["name"] == "event"}
    assert sides == {"2026-05-24": "left", "2026-08-18": "right"}


def test_no_marker_is_cut_off_at_the_axis():
    line, last = history.score_history(points([70, 68.5])).figure["data"]
    assert (line["mode"], line["cliponaxis"], last["cliponaxis"]) == ("lines+markers", False, False)


def test_an_event_with_marks_in_its_words_is_escaped():
    events = [Event(day=START, text="<a href='https://example.org'>go</a>")]
    chart = history.score_history(points([60, 61]), events=events)
    [text] = [a["text"] for a in chart.figure["layout"]["annotations"] if a["name"] == "event"]
    assert text == "&lt;a href='https://example.org'&gt;go&lt;/a&gt;, 20 May"
    assert chart.table_rows[0] == ["20 May 2026", "60.0", "Moderate", "<a href='https://example.org'>go</a>"]


def test_events_outside_the_period_are_left_out():
    events = [Event(day=START - timedelta(1), text="Before")]
    layout = history.score_history(points([60, 61]), events=events).figure["layout"]
    assert all(text["name"] != "event" for text in layout["annotations"])


def test_ticks_stand_on_the_first_of_each_month():
    axis = history.score_history(points([60.0] * 60)).figure["layout"]["xaxis"]
    assert list(axis["tickvals"]) == ["2026-06-01", "2026-07-01"]
    assert list(axis["ticktext"]) == ["1 Jun", "1 Jul"]


def test_long_periods_name_the_months():
    axis = history.score_history(points([60.0] * 260)).figure["layout"]["xaxis"]
    assert list(axis["ticktext"])[-2:] == ["Jan ’27", "Feb"]


def test_no_score_at_all_is_one_sentence():
    chart = history.score_history(points([None, None]))
    assert chart.is_empty
    assert chart.summary == "No score yet."


def test_the_summary_says_where_it_began_and_ended():
    assert history.score_history(points([70, 45.9])).summary == "70 on 20 May 2026, 46 on 21 May 2026, Moderate"
