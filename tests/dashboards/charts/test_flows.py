"""A Sankey drawing: bars as high as their sums, ribbons that begin and end inside them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from dashboards.charts.flows import HEIGHT, Flow, sankey

NAMES = {0: "None", 1: "Reports", 2: "Maps"}


def drawn(*flows: Flow):
    return sankey(flows, name=lambda code: NAMES[code], order=lambda code: (code,))


def test_bars_and_ribbons_by_hand():
    found = drawn(Flow(0, 1, 3), Flow(1, 1, 1), Flow(1, 2, 0))
    # One gap of 16 on the left: 404 for 4, so 101 each.
    assert [(node.name, node.count, node.top, node.height) for node in found.left] == [
        ("None", 3, 0.0, 72.14), ("Reports", 1, 75.95, 24.05),
    ]  # fmt: skip
    assert [(node.name, node.count) for node in found.right] == [("Reports", 4)]
    assert found.ribbons[0].path == "M0 0.0C45 0.0 55 0.0 100 0.0V303.0C55 303.0 45 303.0 0 303.0Z"
    assert found.ribbons[1].path.startswith("M0 319.0C45 319.0 55 303.0 100 303.0V404.0")
    assert [ribbon.is_same for ribbon in found.ribbons] == [False, True]
    assert found.summary == "Of 4, most that moved went from None to Reports: 3."


def test_without_flows_there_is_nothing_to_draw():
    assert drawn().ribbons == ()
    assert drawn(Flow(1, 1, 2)).summary == "Nothing changed place."


@given(st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 2)), st.integers(1, 50), min_size=1))
def test_both_sides_add_up_and_nothing_leaves_the_box(counts):
    found = drawn(*(Flow(before, now, count) for (before, now), count in counts.items()))
    for side in (found.left, found.right):
        assert sum(node.count for node in side) == found.total == sum(counts.values())
    for ribbon in found.ribbons:
        edges = [float(part) for part in re.findall(r"[ V](\d+\.\d)", ribbon.path)]
        assert max(edges) <= HEIGHT + 0.2
        assert min(edges) >= 0
