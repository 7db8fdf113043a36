"""What the catalog declares is what the contract lists, what docs/measures.md says and what the docstrings explain."""

import tomllib
from functools import cached_property
from pathlib import Path

import pytest

from scoring import rules
from scoring.catalog import DECLARED, JUDGMENTS, MEASURES, Element, Measure
from scoring.extract.facts import Facts

DOCS = Path(__file__).resolve().parents[2] / "docs" / "measures.md"
RULES = Path(rules.__file__).parent / "scorecards" / "rules.toml"
# The table "Built-in measures" of the scoring contract.
CONTRACT = {
    "engagement": "touchpoint_cadence touchpoint_cancel_rate months_since_ebr days_since_touchpoint",
    "usage": "duration_index duration_trend seat_utilisation stickiness days_since_login usage_trend retention_index"
    " loyalty_index",
    "performance": "performance_index rating_index",
    "adoption": "utilisation_vs_target feature_breadth time_to_first_value",
    "billing": "days_overdue overdue_share arr_change renewal_posture",
    "relationship": "persona_coverage rapport multithreading csm_sentiment",
    "sentiment": "nps nps_change csat tickets_unresolved ticket_escalation_rate",
    "advocacy": "advocacy_acts community_activity",
    "journey": "milestones_on_time months_in_phase",
    "outcome": "outcomes_met",
}
OUR_OWN = {
    "error_share", "kinds_on_cadence", "customer_cancel_rate", "reply_rate", "training_taken", "active_users",
    "seats_assigned", "balance_share", "failed_payments", "seats_change", "paying_share", "days_to_renewal",
    "contract_term", "upsell_terms", "level_coverage", "executive_tie", "people_in_touch", "brand_sentiment",
    "people_sentiment", "product_sentiment", "process_sentiment", "ticket_volume", "ticket_severity",
    "journey_progress", "tenure_months",
}  # fmt: skip
# What Facts has of each kind: its properties say by their type.
READERS = {
    name: attribute.func.__annotations__["return"]
    for name, attribute in vars(Facts).items()
    if isinstance(attribute, cached_property)
}


def test_every_measure_of_the_contract_is_declared_with_its_element_and_no_other():
    listed = {key: element for element, keys in CONTRACT.items() for key in keys.split()}
    assert {m.key: str(m.element) for m in DECLARED if m.key not in OUR_OWN} == listed
    assert len(MEASURES) == len(DECLARED)
    assert set(MEASURES) >= JUDGMENTS


@pytest.mark.parametrize("measure", DECLARED, ids=lambda measure: measure.key)
def test_a_measure_says_what_it_is_and_when_it_is_missing(measure: Measure):
    assert measure.value.endswith(".")
    assert measure.missing.startswith(("Missing", "Never missing"))
    assert measure.missing.endswith(".")
    assert measure.question.endswith("?")
    assert measure.element in Element
    if measure.window_days:
        assert measure.window_days > 0


@pytest.mark.parametrize("measure", DECLARED, ids=lambda measure: measure.key)
def test_what_computes_a_measure_states_its_formula_and_the_source_of_its_definition(measure: Measure):
    kind, function = measure.compute.__code__.co_names[:2]
    told = getattr(READERS[kind], function).__doc__
    assert "Source:" in told


def test_the_docs_list_every_measure_as_it_is_declared():
    text = DOCS.read_text(encoding="utf-8")
    assert [line for line in map(row, DECLARED) if line not in text] == []
    assert text.count("\n| `") == len(DECLARED) + len(flags())


def row(measure: Measure) -> str:
    window = f"{measure.window_days} days" if measure.window_days else "–"
    direction = "higher" if measure.is_higher_better else "lower"
    signal = "leading" if measure.is_leading else "lagging"
    said = measure.missing.removesuffix(" missing.").removeprefix("Missing ")
    missing = said[0].upper() + said[1:] if said != "Never" else "Never."
    return f"| `{measure.key}` | {measure.value} | {measure.unit} | {window} | {direction} | {signal} | {missing} |"


def flags() -> list[dict[str, object]]:
    return tomllib.loads(RULES.read_text(encoding="utf-8"))["flags"]


def test_the_docs_list_every_shipped_flag_with_its_fact():
    text = DOCS.read_text(encoding="utf-8")
    expected = [f"| `{flag['key']}` | {flag['label']} | {flag['fact']} |" for flag in flags()]
    assert [line for line in expected if line not in text] == []


def test_every_shipped_flag_asks_about_a_fact_that_there_is():
    assert {flag["fact"] for flag in flags()} <= {*rules.FACTS, *MEASURES}
