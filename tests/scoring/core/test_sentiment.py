"""NPS from counts of answers."""

import numpy as np

from scoring.core.sentiment import nps


def counts(*numbers):
    return np.array(numbers, dtype=np.float64)


def test_nps_is_the_percentage_of_promoters_less_that_of_detractors():
    assert nps(promoters=counts(5, 0, 1), detractors=counts(2, 4, 1), answers=counts(10, 4, 2)).tolist() == [
        30,
        -100,
        0,
    ]


def test_without_answers_there_is_no_nps():
    np.testing.assert_array_equal(nps(promoters=counts(0), detractors=counts(0), answers=counts(0)), [np.nan])
