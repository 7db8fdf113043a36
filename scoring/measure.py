"""What a measure is: a figure known for an account on a day."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from scoring.core.arrays import Floats
from scoring.extract.facts import Facts


class Element(StrEnum):
    """What a measure tells about."""

    ENGAGEMENT = "engagement"
    USAGE = "usage"
    ADOPTION = "adoption"
    BILLING = "billing"
    RELATIONSHIP = "relationship"
    SENTIMENT = "sentiment"
    ADVOCACY = "advocacy"
    JOURNEY = "journey"
    PERFORMANCE = "performance"
    OUTCOME = "outcome"
    CUSTOM = "custom"


class Unit(StrEnum):
    """How a value is read and shown."""

    SHARE = "share"
    RATIO = "ratio"
    DAYS = "days"
    MONTHS = "months"
    HOURS = "hours"
    RATING = "of 5"
    NPS = "NPS"
    PER_100_SEATS = "per 100 seats"
    COUNT = "count"
    POSTURE = "posture"


@dataclass(frozen=True)
class Measure:
    key: str
    label: str
    question: str  # as the customer is asked to read it
    element: Element
    unit: Unit
    window_days: int | None
    is_higher_better: bool
    is_leading: bool
    source: str
    value: str  # what the figure is, as a sentence
    missing: str  # when it is not known, as a sentence
    compute: Callable[[Facts], Floats]
    window_words: str = ""  # of a custom one, which has no count of days
    is_judgment: bool = False  # what our own people judge about people, as a custom measure
    is_retired: bool = False  # to be read, and not to be put into new scorecards

    @property
    def about(self) -> str:
        """What the figure is, and when it is missing."""
        return f"{self.value} {self.missing}".strip()
