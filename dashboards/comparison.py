"""What a page compares today with: a month ago, unless its address says another span or a day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dashboards import formats
from scoring.queries.summaries import ScoredDays
from scoring.store import months_before

# Beside a month, which is the usual one.
WORDS = {"1w": "1 week", "1q": "1 quarter"}
MONTH = "1 month"


@dataclass(frozen=True)
class Choice:
    """One of a few links or options of which one is taken."""

    value: str
    label: str
    is_on: bool
    url: str = ""


def compared_in(asked: list[str]) -> str:
    """The last word that means something: a form has the list and the field of a day."""
    for word in reversed(asked):
        if word in WORDS or day_in(word):
            return word
    return ""


def day_in(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


@dataclass(frozen=True)
class Compared:
    """The scored day that a page compares with; `on` is None for a month, whose scores are at hand."""

    label: str
    on: date | None = None
    is_missing: bool = False

    @property
    def span(self) -> str:
        """Since when, inside a sentence."""
        return f"{self.label[0].lower()}{self.label[1:]}" if self.label.startswith("Since") else f"in {self.label}"


def compared(asked: str, *, days: ScoredDays, today: date) -> Compared:
    """The newest scored day up to the one that was asked for."""
    if not asked:
        return Compared(MONTH)
    newest = days.newest or today
    until = day_in(asked) or {"1w": newest - timedelta(days=7), "1q": months_before(newest, months=3)}[asked]
    found = max((day for day in days.days if day <= until), default=None)
    label = WORDS.get(asked) or f"Since {formats.near_day(found or until, today=today)}"
    return Compared(label, on=found or until, is_missing=found is None)


def choices(chosen: str, *, url: Callable[[str], str]) -> Iterator[Choice]:
    """A month and the others, each with its address."""
    for word, label in {"": MONTH, **WORDS}.items():
        yield Choice(word, label, is_on=chosen == word, url=url(word))
