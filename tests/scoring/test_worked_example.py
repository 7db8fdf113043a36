"""The worked example of docs/scoring.md, read from the page itself and computed with the real engine."""

import json
import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from scoring.core.adjustments import apply
from scoring.core.bands import DEFAULT_BANDS, band_codes, shown
from scoring.core.curves import Percentile, curve_from_json
from scoring.core.peers import PeerPool, percentile_points
from scoring.core.recency import add_months, is_overdue, whole_months_between
from scoring.core.scorecard import Missing, Scored, combine
from scoring.core.sentiment import nps

PAGE = (Path(__file__).parents[2] / "docs" / "scoring.md").read_text(encoding="utf-8")
AS_OF = date(2026, 6, 30).toordinal()
CONTRACT_START = np.array([float(date(2026, 2, 10).toordinal())])
KEY_CADENCE_MONTHS = 4

Row = dict[str, str]


def table(heading: str) -> list[Row]:
    """The rows of the one table under a heading, by column name."""
    section = re.split(r"^#+ ", PAGE.split(f"### {heading}\n")[1], flags=re.MULTILINE)[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    header, _, *rows = [[cell.strip() for cell in line] for line in lines]
    return [dict(zip(header, row, strict=True)) for row in rows]


def number(cell: str) -> float:
    """The number in a cell; NaN where the page says that there is none."""
    return np.nan if cell in ("unknown", "") else float(cell)


def hundredths(cell: str) -> int:
    """A cell with two decimals in whole hundredths."""
    assert re.fullmatch(r"-?\d+\.\d\d", cell), f"{cell} is not given to the hundredth"
    return int(cell.replace(".", ""))


@dataclass(frozen=True)
class Example:
    """The tables of the page, and what the engine makes of the values in them."""

    measures: list[Row]
    lines: list[Row]
    changes: list[Row]
    points: np.ndarray
    scored: Scored


@pytest.fixture(scope="module")
def acme() -> Example:
    measures = table("What is known and how it is judged")
    lines = table("From points to the base")
    points = np.array([[points_of(row) for row in measures]])
    weights = np.array([int(line["Weight"]) for line in lines[:-1]])
    scored = combine(points, weights, missing=[Missing.LEAVE_OUT] * len(weights), min_coverage=0.5)
    return Example(
        measures=measures, lines=lines, changes=table("From the base to the score"), points=points, scored=scored
    )


def points_of(row: Row) -> float:
    """The points of one measure, by the rule and the value that the page gives."""
    curve = curve_from_json(row["Kind"], json.loads(row["Parameters"].strip("`")))
    if isinstance(curve, Percentile):
        return rank_of_acme(curve)
    months = whole_months_between(CONTRACT_START, AS_OF)
    return float(curve.points(np.array([number(row["Value"])]), months_in_contract=months)[0])


def rank_of_acme(curve: Percentile) -> float:
    values = np.array([number(row["Key features used"]) for row in table("The peers")])
    same = np.zeros(len(values), dtype=np.int64)
    pool = PeerPool(account_ids=np.arange(len(values)), values=values, industries=same, sizes=same, segments=same)
    points = percentile_points(
        values,
        account_ids=pool.account_ids,
        industries=same,
        sizes=same,
        segments=same,
        pool=pool,
        is_higher_better=curve.is_higher_better,
    )
    return float(points[0])


def changes_of(rows: list[Row]):
    return [("percent", np.array([number(row["Percent"])])) for row in rows if row["Percent"]]


def shown_and_band(score: int) -> tuple[str, str]:
    scores = np.array([score])
    code = band_codes(scores, np.array([True]), DEFAULT_BANDS)[0]
    return str(shown(scores)[0]), DEFAULT_BANDS.bands[code].label


def test_the_page_shows_seven_measures_of_all_kinds_and_one_of_them_is_missing(acme):
    assert len(acme.measures) == 7
    assert {row["Kind"] for row in acme.measures} == {"thresholds", "linear", "target_curve", "percentile", "table"}
    assert np.isnan(acme.points).sum() == 1


def test_the_tables_name_the_same_measures_in_the_same_order(acme):
    assert [line["Measure"] for line in acme.lines] == [row["Measure"] for row in acme.measures] + ["Base"]


def test_acme_is_in_month_4_and_its_first_review_was_due_on_10_june(acme):
    assert whole_months_between(CONTRACT_START, AS_OF).tolist() == [4]
    assert add_months(CONTRACT_START, KEY_CADENCE_MONTHS).tolist() == [date(2026, 6, 10).toordinal()]
    assert is_overdue(CONTRACT_START, AS_OF, KEY_CADENCE_MONTHS).tolist() == [True]


def test_the_nps_follows_from_the_answers(acme):
    stated = next(number(row["Value"]) for row in acme.measures if row["Measure"] == "NPS")
    assert nps(promoters=np.array([12.0]), detractors=np.array([6.0]), answers=np.array([25.0])).tolist() == [stated]


def test_the_points_are_those_of_the_page(acme):
    stated = [number(line["Points"]) for line in acme.lines[:-1]]
    np.testing.assert_array_equal(np.round(acme.scored.points[0], 2), stated)


def test_the_exact_contributions_are_those_of_the_page(acme):
    known = [line for line in acme.lines[:-1] if line["Points"] != "unknown"]
    total = sum(int(line["Weight"]) for line in known)
    counted = acme.scored.points[0][~np.isnan(acme.scored.points[0])]
    exact = [
        Fraction(round(p * 1_000_000), 1_000_000) * int(line["Weight"]) / total
        for p, line in zip(counted, known, strict=True)
    ]
    assert [f"{float(line):.4f}" for line in exact] == [line["Exact contribution"] for line in known]
    assert [f"{int(line * 100) / 100:.2f}" for line in exact] == [line["Rounded down"] for line in known]
    assert f"{float(sum(exact)):.4f}" == acme.lines[-1]["Exact contribution"]
    assert sum(hundredths(line["Rounded down"]) for line in known) == hundredths(acme.lines[-1]["Rounded down"])


def test_the_contributions_and_the_base_are_those_of_the_page(acme):
    stated = [hundredths(line["Contribution"]) for line in acme.lines]
    assert acme.scored.lines_hundredths[0].tolist() == stated[:-1]
    assert acme.scored.base_hundredths.tolist() == stated[-1:]
    assert sum(int(line["Weight"]) for line in acme.lines[:-1]) == int(acme.lines[-1]["Weight"]) == 100


def test_the_coverage_is_that_of_the_page(acme):
    assert f"Coverage is {acme.scored.coverage[0]:.2f}," in PAGE
    assert acme.scored.is_defined.tolist() == [True]


def test_every_change_and_what_it_leaves_are_those_of_the_page(acme):
    adjusted = apply(acme.scored.base_hundredths, changes=changes_of(acme.changes))
    base, *rules, clamp = acme.changes
    changes = [hundredths(row["Change"]) for row in rules]
    left = [hundredths(row["Leaves"]) for row in acme.changes]
    assert adjusted.lines_hundredths[0].tolist() == changes
    assert adjusted.clamp_hundredths.tolist() == [hundredths(clamp["Change"])]
    assert left == [left[0], left[0] + changes[0], left[0] + sum(changes), int(adjusted.score_hundredths[0])]
    for row, before in zip(rules, left, strict=False):
        assert float(row["Exact change"]) == pytest.approx(before * number(row["Percent"]) / 10_000, abs=0.00005)


def test_the_sum_that_the_page_writes_out_is_the_score(acme):
    written = re.search(r"All lines together, ([^,]+),\s+make exactly ([\d.]+\d)", PAGE)
    terms = [int(term.replace(".", "")) for term in written[1].replace("− ", "-").replace("+", " ").split()]
    adjusted = apply(acme.scored.base_hundredths, changes=changes_of(acme.changes))
    assert terms == acme.scored.lines_hundredths[0].tolist() + adjusted.lines_hundredths[0].tolist()
    assert sum(terms) == hundredths(written[2]) == adjusted.score_hundredths[0]


def test_the_score_its_range_and_the_customers_view_are_those_of_the_page(acme):
    everything, without_pulse = changes_of(acme.changes), changes_of(acme.changes[:2])
    computed = [
        (acme.scored.base_hundredths, everything),
        (acme.scored.low_hundredths, everything),
        (acme.scored.high_hundredths, everything),
        (acme.scored.base_hundredths, without_pulse),
    ]
    for row, (base, changes) in zip(table("Around the score"), computed, strict=True):
        score = int(apply(base, changes=changes).score_hundredths[0])
        assert (base[0], score) == (hundredths(row["Base"]), hundredths(row["Score"]))
        assert shown_and_band(score) == (row["Shown"], row["Band"])
