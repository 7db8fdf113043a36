"""How long ago, in days and in calendar months, and what is overdue.

Shapes: a date is its proleptic Gregorian ordinal (`date.toordinal()`), in Floats (A,), NaN where there is none; the
as-of date is one int for all. Facts after the as-of date are not seen, so an age is never negative: it is NaN.
"""

import numpy as np
import numpy.typing as npt

from scoring.core.arrays import Bools, Floats, Ints, filled

# date(1970, 1, 1).toordinal(): numpy counts its days from there.
EPOCH_ORDINAL = 719_163

Dates = npt.NDArray[np.datetime64]


def days_between(start_ordinals: Floats, end_ordinal: int) -> Floats:
    """Whole days from each date to the end; the end itself is 0 days ago."""
    days = end_ordinal - start_ordinals
    return np.where(days >= 0, days, np.nan)


def whole_months_between(start_ordinals: Floats, end_ordinal: int | Floats) -> Floats:
    """Calendar months completed from each date to the end, or its own: from the 15th, one is over on the next 15th."""
    end = _dates(np.asarray(end_ordinal, dtype=np.float64))
    calendar_months = (_month(end) - _month(_dates(start_ordinals))).astype(np.int64)
    is_completed = add_months(start_ordinals, calendar_months) <= end_ordinal
    months = np.where(is_completed, calendar_months, calendar_months - 1)
    return np.where(start_ordinals <= end_ordinal, months, np.nan)


def add_months(start_ordinals: Floats, months: Ints | int) -> Floats:
    """The same day of a later month, or that month's last day where it has no such day (31 January + 1)."""
    start = _dates(start_ordinals)
    day_of_month = start - _month(start).astype("datetime64[D]")
    target = _month(start) + np.asarray(months).astype("timedelta64[M]")
    last_day = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    due = np.minimum(target.astype("datetime64[D]") + day_of_month, last_day)
    return np.where(np.isnan(start_ordinals), np.nan, due.astype(np.int64) + EPOCH_ORDINAL)


def is_overdue(last_ordinals: Floats, as_of_ordinal: int, cadence_months: Ints | int) -> Bools:
    """Whether the cadence, in calendar months since the last time, has run out. The day it falls due is not late.

    For an account that never had one, the caller gives the start of its contract as the last time.
    """
    return np.asarray(as_of_ordinal > add_months(last_ordinals, cadence_months))


def _dates(ordinals: Floats) -> Dates:
    return np.asarray((filled(ordinals, EPOCH_ORDINAL) - EPOCH_ORDINAL).astype("datetime64[D]"))


def _month(days: Dates) -> Dates:
    return np.asarray(days.astype("datetime64[M]"))
