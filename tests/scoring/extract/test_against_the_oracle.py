"""Every measure and rule fact, fast against slow, on random companies; and the laws that hold for all of them."""

from datetime import date
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import transaction

from accounts.models import AccountHistory, Entitlement, Feature, UsageRow
from scoring import catalog, rules
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from tests.scoring.extract.oracle_facts import Oracle, figure
from tests.scoring.extract.oracle_facts import World as Tables
from tests.scoring.extract.oracle_usage import Usage
from tests.scoring.extract.worlds import World, add_future, build

pytestmark = pytest.mark.django_db

# Of the score itself; its own test is in tests/scoring/test_flags.py.
KEYS = [*catalog.MEASURES, *(name for name in rules.FACTS if name not in rules.LESS_THE_SCORE)]
DAYS = [
    ("UTC", date(2026, 6, 30)),
    ("Europe/Berlin", date(2026, 3, 29)),  # the night that has 23 hours
    ("Europe/Berlin", date(2025, 10, 26)),  # the night that has 25
    ("America/New_York", date(2026, 3, 8)),
    ("Pacific/Auckland", date(2024, 2, 29)),
]
Values = dict[str, list[float | None]]


@pytest.fixture
def company(settings):
    """Builds a company that lives in a time zone."""

    def make(seed: int, zone: str, as_of: date, order: Random | None = None) -> World:
        settings.TIME_ZONE = zone
        return build(seed=seed, as_of=as_of, zone=ZoneInfo(zone), order=order)

    return make


def fast(world: World) -> Values:
    facts = Facts(Scope(account_ids=np.array([account.pk for account in world.accounts]), as_of=world.as_of))
    columns = {key: rules.fact(key)(facts) for key in KEYS}
    return {key: [None if value != value else float(value) for value in column] for key, column in columns.items()}


def slow(world: World) -> Values:
    tables = Tables(world.zone)
    oracles = [oracle_of(world, tables, number) for number in range(len(world.accounts))]
    return {key: [as_float(figure(oracle, key)) for oracle in oracles] for key in KEYS}


def oracle_of(world: World, tables: Tables, number: int) -> Oracle:
    account = world.accounts[number]
    told = [row for row in tables.of(AccountHistory, account) if row.valid_from <= world.as_of]
    seats = max(told, key=lambda row: row.valid_from).seats
    rows = [row for row in tables.of(UsageRow) if row.source_id == account.source_id and row.day <= world.as_of]
    key_features = [feature for feature in tables.of(Feature) if feature.is_key]
    usage = Usage(account, world.as_of, seats, rows, key_features, tables.of(Entitlement))
    return Oracle(tables, account, world.as_of, usage)


def as_float(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]


def differing(found: Values, expected: Values) -> dict[str, object]:
    """Of each measure that is not the same everywhere: both columns."""
    same = {key: all(close(a, b) for a, b in zip(found[key], expected[key], strict=True)) for key in KEYS}
    return {key: (found[key], expected[key]) for key in KEYS if not same[key]}


def close(a: float | None, b: float | None) -> bool:
    return a is b is None or (None not in (a, b) and abs(a - b) <= 1e-9 * max(abs(a), 1))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("zone", "as_of"), DAYS)
def test_every_measure_agrees_with_the_slow_reference(company, seed, zone, as_of):
    world = company(seed, zone, as_of)
    assert differing(fast(world), slow(world)) == {}


def test_the_random_companies_say_something_about_every_measure(company):
    """Each takes three values or more and is unknown somewhere, each fact of yes or no is both."""
    seen: dict[str, set[float | None]] = {key: set() for key in KEYS}
    for seed in range(6):
        with transaction.atomic():
            for key, column in fast(company(seed, "UTC", date(2026, 6, 30))).items():
                seen[key] |= set(column)
            transaction.set_rollback(True)
    facts_of_yes_or_no = {key for key in KEYS if seen[key] == {0.0, 1.0}}
    assert facts_of_yes_or_no == set(rules.FACTS) - rules.LESS_THE_SCORE - {k for k in KEYS if k.startswith("days_")}
    assert [key for key in KEYS if len(seen[key] - {None}) < 3 and key not in facts_of_yes_or_no] == []
    always_known = {key for key in KEYS if None not in seen[key]} - facts_of_yes_or_no
    # Of these it is unknown only in a company where nobody records the kind of fact.
    recorded = {"months_since_ebr", "days_since_touchpoint", "days_overdue", "persona_coverage", "advocacy_acts"}
    recorded |= {"failed_payments", "people_in_touch", "level_coverage", "training_taken", "journey_progress"}
    assert always_known - recorded <= {"months_in_phase", "time_to_first_value", "paying_share", "tenure_months"}


@pytest.mark.parametrize("seed", range(3))
def test_a_fact_dated_after_the_day_never_changes_a_value(company, seed):
    world = company(seed, "Europe/Berlin", date(2026, 3, 29))
    before = fast(world)
    add_future(world)
    assert differing(fast(world), before) == {}


@pytest.mark.parametrize("seed", range(3))
def test_the_order_in_which_rows_came_changes_no_value(company, seed):
    found = []
    for order in (None, Random(99)):
        with transaction.atomic():
            found.append(fast(company(seed, "UTC", date(2026, 6, 30), order)))
            transaction.set_rollback(True)
    assert differing(*found) == {}
