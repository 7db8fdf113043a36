"""What surveys say.

Shapes: counts are Floats (A,), one per account; results are Floats (A,).
"""

from scoring.core.arrays import Floats, divide


def nps(*, promoters: Floats, detractors: Floats, answers: Floats) -> Floats:
    """% promoters − % detractors, −100 to 100; unknown without answers."""
    return divide(100.0 * (promoters - detractors), answers)
