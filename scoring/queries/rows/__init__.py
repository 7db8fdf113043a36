"""From a figure to the rows that it was computed from: one reader for every measure and every fact of a rule.

Each reader lists exactly the rows of the account within the figure's window as of the day, and makes the figure from
them once more, row by row: a second way to the same number, shown beside the rows.
"""

from scoring.queries.rows.evidence import Evidence, UnknownFigure, evidence_of
from scoring.queries.rows.readers import READERS

__all__ = ["READERS", "Evidence", "UnknownFigure", "evidence_of"]
