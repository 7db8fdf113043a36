"""How old the facts behind each line of a score are."""

from datetime import date

from accounts.models import Account
from accounts.queries.newest import newest_facts, newest_readings
from scoring.measure import Measure
from scoring.queries.explanation import Explanation

READINGS = "readings"


def newest_by_measure(account: Account, explained: Explanation) -> dict[str, date]:
    """By measure the day of the newest fact of its kind, up to the day of the score. Two queries."""
    until = explained.snapshot.as_of
    facts, readings = newest_facts(account, until=until), newest_readings(account, until=until)
    measures = [line.item.measure for line in explained.measures]
    found = {measure.key: newest_of(measure, facts=facts, readings=readings) for measure in measures}
    return {key: day for key, day in found.items() if day is not None}


def newest_of(measure: Measure, *, facts: dict[str, date], readings: dict[str, date]) -> date | None:
    """Of a measure of several kinds of facts the newest of any."""
    days = [facts.get(kind) for kind in measure.source.split(" and ")]
    if READINGS in measure.source:
        days.append(readings.get(measure.key.rpartition(":")[2]))
    return max((day for day in days if day is not None), default=None)
