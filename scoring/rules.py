"""The facts that adjustments and flags ask about, beside the measures themselves."""

from collections.abc import Callable

from accounts.models import BusinessEventKind
from scoring import catalog
from scoring.core.arrays import Floats
from scoring.extract.facts import Facts

FACTS: dict[str, Callable[[Facts], Floats]] = {
    "ebr_overdue": lambda facts: facts.engagement.is_ebr_overdue().astype(float),
    "sponsor_left": lambda facts: facts.people.has_sponsor_left().astype(float),
    "no_owner": lambda facts: (facts.attributes.owners < 0).astype(float),
    "days_since_acquired": lambda facts: facts.people.days_since_event(BusinessEventKind.ACQUIRED),
    "days_since_opt_out": lambda facts: facts.people.days_since_event(BusinessEventKind.OPT_OUT),
    "days_since_legal": lambda facts: facts.people.days_since_event(BusinessEventKind.LEGAL),
    "days_since_business_event": lambda facts: facts.people.days_since_event(
        BusinessEventKind.RESTRUCTURED, BusinessEventKind.NEW_EXECUTIVES
    ),
}


def fact(name: str) -> Callable[[Facts], Floats]:
    """How a fact is read: one of FACTS, or the value of a measure. Raises catalog.UnknownMeasure."""
    return FACTS.get(name) or catalog.measure(name).compute
