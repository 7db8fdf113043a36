"""Band marks, sparklines and arcs."""

import pytest

from dashboards.charts import shapes


def test_each_band_has_its_own_shape():
    assert shapes.band_shape(shapes.STRONG, size=10) == '<circle cx="5" cy="5" r="4.6" fill="currentColor"/>'
    assert 'd="M5 -0.3L10.3 5L5 10.3L-0.3 5Z"' in shapes.band_shape(shapes.MODERATE, size=10)
    assert 'd="M0 1.1L10 1.1L5 9.6Z"' in shapes.band_shape(shapes.WEAK, size=10)
    assert 'r="4.1" fill="none"' in shapes.band_shape(shapes.UNDEFINED, size=10)


def test_a_flat_line_runs_through_the_middle():
    line = shapes.sparkline([60, 60, 60], width=70, height=20)
    assert line.path == "M2 10L34 10L66 10"
    assert (line.end_x, line.end_y) == (66, 10)


def test_a_small_move_stays_small_because_the_scale_spans_14_points():
    line = shapes.sparkline([60, 67], width=70, height=20)
    assert line.path == "M2 13.5L66 6.5"


def test_a_large_move_uses_the_whole_height():
    assert shapes.sparkline([10, 90], width=70, height=20).path == "M2 17L66 3"


def test_a_missing_week_breaks_the_line():
    assert shapes.sparkline([60, None, 60], width=70, height=20).path == "M2 10M66 10"


@pytest.mark.parametrize(("sweep", "is_large"), [(90, 0), (270, 1)])
def test_an_arc_takes_the_long_way_only_past_half(sweep, is_large):
    assert f" 0 {is_large} 1 " in shapes.arc(center=50, radius=40, start=0, sweep=sweep)
