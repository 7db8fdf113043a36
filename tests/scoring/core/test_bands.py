"""docs/scoring.md, "From points to score"."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.bands import (
    DEFAULT_BANDS,
    BadBands,
    Band,
    Bands,
    band_codes,
    bands_from_json,
    cap,
    colors_of,
    shown,
)
from tests.scoring import oracle


def codes(*scores, bands=DEFAULT_BANDS):
    return band_codes(np.array(scores), np.full(len(scores), True), bands).tolist()


def test_a_score_is_shown_rounded_half_up_to_a_whole_number():
    assert shown(np.array([0, 49, 50, 6949, 6950, 10_000])).tolist() == [0, 0, 1, 69, 70, 100]


def test_the_default_bands_are_strong_from_70_moderate_from_50_and_weak_below():
    assert codes(10_000, 7000, 6900, 5000, 4900, 0) == [0, 0, 1, 1, 2, 2]
    assert [band.label for band in DEFAULT_BANDS.bands] == ["Strong", "Moderate", "Weak"]


def test_bands_are_ranges_of_the_score_as_people_see_it():
    # 69.50 shows as 70 and is Strong; 69.49 shows as 69.
    assert codes(6950, 6949, 4950, 4949) == [0, 1, 1, 2]


def test_an_account_without_a_score_is_undefined():
    assert band_codes(np.array([0, 8000]), np.array([False, True]), DEFAULT_BANDS).tolist() == [-1, 0]


def test_bands_are_configurable():
    lows_and_highs = [(80, 100), (60, 79), (40, 59), (20, 39), (0, 19)]
    grades = Bands(tuple(Band(key=str(low), label=f"From {low}", low=low, high=high) for low, high in lows_and_highs))
    assert codes(8000, 7950, 7949, 4000, 1949, 0, bands=grades) == [-2, -2, 0, 1, 3, 3]


def equal_bands(count):
    """So many bands of about the same width."""
    lows = [100 - 100 * n // count for n in range(1, count + 1)]
    highs = [100, *(low - 1 for low in lows)]
    return Bands(
        tuple(Band(key=f"b{low}", label=str(low), low=low, high=high) for low, high in zip(lows, highs, strict=False))
    )


@pytest.mark.parametrize(
    ("count", "expected"), [(2, (0, 2)), (3, (0, 1, 2)), (4, (-2, 0, 1, 2)), (5, (-2, 0, 1, 2, 3))]
)
def test_a_code_means_the_same_however_many_bands_there_are(count, expected):
    bands = equal_bands(count)
    assert bands.codes == expected
    assert sorted({*codes(*range(0, 10_001, 100), bands=bands)}) == sorted(expected)
    assert [bands.code(band.key) for band in bands.bands] == list(expected)


def test_each_band_has_the_color_of_its_code_unless_it_names_another():
    assert equal_bands(5).colors == {-2: "above", 0: "strong", 1: "moderate", 2: "weak", 3: "below"}
    assert equal_bands(2).colors == {0: "strong", 2: "weak"}
    assert [colors_of(count) for count in (1, 2, 4)] == [
        ("strong",),
        ("strong", "weak"),
        ("above", "strong", "moderate", "weak"),
    ]
    assert colors_of(6) == ("above", "strong", "moderate", "weak", "below", "below")


@pytest.mark.parametrize(("count", "at_risk"), [(2, (2,)), (3, (2,)), (4, (2,)), (5, (2, 3))])
def test_the_worst_band_is_at_risk_and_of_five_the_two_worst(count, at_risk):
    assert equal_bands(count).at_risk == at_risk


@pytest.mark.parametrize("count", [0, 1, 6])
def test_there_are_two_to_five_bands(count):
    ranges = [(100 - n, 100 if n == 1 else 100 - n) for n in range(1, count)]
    listed = described(*ranges, (0, 100 - count)) if count > 1 else described(*[(0, 100)] * count)
    with pytest.raises(BadBands, match=f"There are 2 to 5 bands beside Undefined; got {count}."):
        bands_from_json(listed)


def test_a_cap_takes_the_band_down_and_never_up():
    bands = np.array([0, 1, 2])
    assert cap(bands, 1, np.array([True, True, True])).tolist() == [1, 1, 2]
    assert cap(np.array([-2, -2, 3]), 0, np.array([True, False, True])).tolist() == [0, -2, 3]


def test_no_cap_leaves_the_band():
    assert cap(np.array([-2, 0, 1, 2]), 2, np.full(4, False)).tolist() == [-2, 0, 1, 2]


def test_undefined_stays_undefined_under_a_cap():
    assert cap(np.array([-1, -1]), -2, np.array([True, True])).tolist() == [-1, -1]
    assert cap(np.array([-1]), 1, np.array([True])).tolist() == [-1]


def test_a_band_is_found_by_its_key():
    assert DEFAULT_BANDS.code("moderate") == 1
    with pytest.raises(BadBands, match="There is no band 'amber'; the bands are strong, moderate, weak."):
        DEFAULT_BANDS.code("amber")


def described(*ranges):
    return [{"key": f"b{low}", "label": "Band", "low": low, "high": high} for low, high in ranges]


@pytest.mark.parametrize(
    ("description", "sentence"),
    [
        (described((50, 99), (0, 49)), "Bands must run from 100"),
        (described((50, 100), (1, 49)), "down to 0"),
        (described((50, 100), (0, 48)), "Band b0 must end at 49, just below b50."),
        (described((50, 100), (0, 50)), "Band b0 must end at 49, just below b50."),
        (described((0, 49), (50, 100)), "the best band first"),
        (described((50.5, 100), (0, 49.5)), "whole points"),
        (described((101, 100), (0, 100)), "low one not above the high one"),
        ([{"key": "all", "low": 0, "high": 100}], "A band takes key, label, low and high; got high, key, low."),
        ([{}], "got nothing"),
    ],
)
def test_bands_that_are_not_contiguous_over_0_to_100_are_refused(description, sentence):
    with pytest.raises(BadBands, match=sentence):
        bands_from_json(description)


def test_two_bands_may_not_share_a_key():
    with pytest.raises(BadBands, match="same key"):
        Bands((Band(key="a", label="A", low=50, high=100), Band(key="a", label="B", low=0, high=49)))


@st.composite
def any_bands(draw):
    """Two to five bands whose limits lie anywhere."""
    lows = sorted(draw(st.sets(st.integers(1, 100), min_size=1, max_size=4)), reverse=True)
    highs = [100, *(low - 1 for low in lows)]
    return Bands(
        tuple(Band(key=f"b{low}", label="", low=low, high=high) for low, high in zip([*lows, 0], highs, strict=True))
    )


@given(scores=st.lists(st.integers(0, 10_000), max_size=50), bands=any_bands())
def test_bands_agree_with_the_oracle(scores, bands):
    ranges = [(band.key, band.low, band.high) for band in bands.bands]
    found = [bands.by_code[code].key for code in codes(*scores, bands=bands)]
    assert found == [oracle.band(score, ranges) for score in scores]


@given(scores=st.lists(st.integers(0, 10_000), min_size=2, max_size=50), bands=any_bands())
def test_a_better_score_is_never_in_a_worse_band(scores, bands):
    found = codes(*sorted(scores), bands=bands)
    assert found == sorted(found, reverse=True)
