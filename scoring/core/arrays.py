"""The array types of the core, the one division, and rounding to whole numbers that is the same everywhere.

Shapes: every function works element by element on arrays of any one shape and returns that shape.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def divide(a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """a ÷ b. Anything over zero is unknown (NaN), never infinite."""
    numerators = np.asarray(a, dtype=np.float64)
    denominators = np.asarray(b, dtype=np.float64)
    with np.errstate(all="ignore"):
        quotients = np.asarray(numerators / denominators)
    return np.where(np.isfinite(quotients), quotients, np.nan)


def quantize(values: Floats, *, per_unit: int) -> Ints:
    """The values in whole steps of 1 / per_unit, rounded half away from zero. The values must be finite.

    Only multiplication, floor and comparison are used, each of which IEEE 754 fixes to the last bit, and each as a
    numpy step of its own, so that no compiler can fuse two of them: the result is the same on every machine.
    """
    scaled = np.abs(values) * float(per_unit)
    whole = np.floor(scaled)
    # Not floor(x + 0.5): that sum itself rounds, and would lift 0.49999999999999994 to 1.
    rounded = whole + (scaled - whole >= 0.5)
    return np.asarray(np.copysign(rounded, values)).astype(np.int64)


def filled(values: Floats, value: float) -> Floats:
    """The values, with `value` in the place of NaN. For one account numpy's nan_to_num takes five times as long."""
    return np.where(np.isnan(values), value, values)


def clamped(values: Floats, low: float, high: float) -> Floats:
    """The values, none below `low` and none above `high`; NaN stays."""
    return np.asarray(np.minimum(np.maximum(values, low), high))


def divide_rounded(numerators: Ints, denominators: Ints | int) -> Ints:
    """numerators ÷ denominators (positive) in integers, rounded half away from zero."""
    magnitudes = (2 * np.abs(numerators) + denominators) // (2 * np.asarray(denominators, dtype=np.int64))
    return np.asarray(np.sign(numerators) * magnitudes, dtype=np.int64)
