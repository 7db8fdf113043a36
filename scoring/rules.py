"""The facts that adjustments and flags ask about, beside the measures themselves."""

from collections.abc import Callable

import numpy as np

from accounts.models import BusinessEventKind, RenewalPosture
from scoring import catalog
from scoring.core.arrays import Bools, Floats
from scoring.extract.facts import Facts
from scoring.extract.past import score_days_ago

SCORE_DAYS = 30

FACTS: dict[str, Callable[[Facts], Floats]] = {
    "ebr_overdue": lambda facts: facts.engagement.is_ebr_overdue().astype(float),
    "sponsor_left": lambda facts: facts.people.has_sponsor_left().astype(float),
    "no_owner": lambda facts: (facts.attributes.owners < 0).astype(float),
    "days_key_feature_unused": lambda facts: facts.features.days_unused(),
    "decision_maker_detractor": lambda facts: facts.sentiment.is_decider_detractor().astype(float),
    "days_since_acquired": lambda facts: facts.people.days_since_event(BusinessEventKind.ACQUIRED),
    "days_since_opt_out": lambda facts: facts.people.days_since_event(BusinessEventKind.OPT_OUT),
    "days_since_legal": lambda facts: facts.people.days_since_event(BusinessEventKind.LEGAL),
    "days_since_business_event": lambda facts: facts.people.days_since_event(
        BusinessEventKind.RESTRUCTURED, BusinessEventKind.NEW_EXECUTIVES
    ),
    "opted_out": lambda facts: facts.billing.has_posture(RenewalPosture.OPTED_OUT),
    "legal_involved": lambda facts: is_legal_involved(facts).astype(float),
    "score_drop_30_days": lambda facts: score_days_ago(facts.scope, SCORE_DAYS),
}
# The kinds of facts of which each is made, as a measure names its own: how fresh they are, it is.
READS: dict[str, frozenset[str]] = {
    "ebr_overdue": frozenset({"touchpoints"}),
    "sponsor_left": frozenset({"contacts"}),
    "no_owner": frozenset({"accounts"}),
    "days_key_feature_unused": frozenset({"usage", "entitlements"}),
    "decision_maker_detractor": frozenset({"surveys", "contacts"}),
    "days_since_acquired": frozenset({"business_events"}),
    "days_since_opt_out": frozenset({"business_events"}),
    "days_since_legal": frozenset({"business_events"}),
    "days_since_business_event": frozenset({"business_events"}),
    "opted_out": frozenset({"contracts", "business_events"}),
    "legal_involved": frozenset({"contracts", "business_events"}),
    # The score itself, whose measures speak for it.
    "score_drop_30_days": frozenset(),
}
# Read as the score of then; less the score of the day, once that is known. Flags may ask about them, adjustments
# may not: they would change what they compare with.
LESS_THE_SCORE = frozenset({"score_drop_30_days"})


def is_legal_involved(facts: Facts) -> Bools:
    """Legal review of the contract, or lawyers at work."""
    in_review = facts.billing.has_posture(RenewalPosture.LEGAL_REVIEW) > 0
    return np.asarray(in_review | (facts.people.days_since_event(BusinessEventKind.LEGAL) >= 0))


def fact(name: str) -> Callable[[Facts], Floats]:
    """How a fact is read: one of FACTS, or the value of a measure. Raises catalog.UnknownMeasure."""
    return FACTS.get(name) or catalog.measure(name).compute
