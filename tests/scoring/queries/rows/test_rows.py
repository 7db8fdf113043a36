"""Every figure has rows, and the rows give the figure: on random companies, and by hand."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from accounts.models import Invoice, ManualReading
from scoring import catalog, rules
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from scoring.measures import Stated, define_measure
from scoring.models import MeasureKind
from scoring.pipeline import score_days
from scoring.queries.rows import READERS, UnknownFigure, evidence_of
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, clock
from tests.scoring.extract.worlds import add_future, build
from tests.scoring.test_pipeline import RATING

pytestmark = pytest.mark.django_db

KEYS = [*catalog.MEASURES, *(name for name in rules.FACTS if name not in rules.LESS_THE_SCORE)]


def test_every_measure_and_every_fact_of_a_rule_has_a_reader():
    assert set(READERS) == set(catalog.MEASURES) | set(rules.FACTS)


@pytest.mark.parametrize(
    ("seed", "zone", "day"),
    [
        (0, "UTC", date(2026, 6, 30)),
        (1, "Europe/Berlin", date(2026, 3, 29)),
        (2, "America/New_York", date(2026, 3, 8)),
        (3, "Pacific/Auckland", date(2024, 2, 29)),
    ],
)
def test_the_rows_give_the_value_that_was_computed_for_every_account_and_figure(settings, seed, zone, day):
    settings.TIME_ZONE = zone
    world = build(seed=seed, as_of=day, zone=ZoneInfo(zone))
    add_future(world)  # no row of later days may slip in
    facts = Facts(Scope(np.array([account.pk for account in world.accounts]), day))
    wrong = []
    for key in KEYS:
        column = rules.fact(key)(facts)
        for account, expected in zip(world.accounts, column, strict=True):
            found = evidence_of(account, name=key, day=day)
            assert all(len(row) == len(found.found.columns) for row in found.found.rows), key
            if not close(found.value, None if np.isnan(expected) else float(expected)):
                wrong.append((key, account.name, found.value, expected))
    assert wrong == []


def close(a: float | None, b: float | None) -> bool:
    return a is b is None or (None not in (a, b) and abs(a - b) <= 1e-9 * max(abs(a), 1))


def test_the_invoices_behind_days_overdue_are_those_that_were_late_on_the_day(acme, source):
    shared = {"account": acme, "source": source, "recorded_at": NOW, "amount": 100, "currency": "USD"}
    issued = AS_OF - timedelta(days=60)
    for number, due, paid in (("late", 20, None), ("paid later", 10, -3), ("paid", 30, 5), ("not due", -5, None)):
        Invoice.objects.create(
            **shared, external_id=number, number=number, issued_on=issued, due_on=AS_OF - timedelta(days=due),
            paid_on=None if paid is None else AS_OF - timedelta(days=paid),
        )  # fmt: skip
    found = evidence_of(acme, name="days_overdue", day=AS_OF)
    assert [row[0] for row in found.found.rows] == ["late", "paid later"]
    assert found.value == 20


def test_a_formula_leads_to_what_it_reads(acme, csm, source):
    stated = Stated(label="Fit twice", question="Does it fit?", formula="reading:fit * 2")
    ManualReading.objects.create(
        account=acme, measure="fit", value=3, read_on=AS_OF, expires_on=AS_OF, source=source, external_id="f",
        recorded_at=NOW,
    )  # fmt: skip
    define_measure(slug="fit_twice", kind=MeasureKind.FORMULA, stated=stated, by=csm, at=NOW)
    found = evidence_of(acme, name="custom:fit_twice", day=AS_OF)
    assert (found.found.rows, found.value) == ([("reading:fit", 3.0)], 6.0)


def test_a_pushed_reading_is_good_for_as_long_as_its_definition_says(acme, csm, source):
    define_measure(
        slug="pushed",
        kind=MeasureKind.PUSHED,
        stated=Stated(label="P", question="P?", shelf_life_days=10),
        by=csm,
        at=NOW,
    )
    for value, back in ((7, 10), (8, 11)):
        ManualReading.objects.create(
            account=acme, measure="pushed", value=value, read_on=AS_OF - timedelta(days=back), expires_on=AS_OF,
            source=source, external_id=f"p{back}", recorded_at=NOW,
        )  # fmt: skip
    found = evidence_of(acme, name="custom:pushed", day=AS_OF)
    assert (len(found.found.rows), found.value) == (1, 7.0)


def test_a_drop_of_the_score_leads_to_the_two_scores(acme, publish_card, source):
    publish_card({**RATING, "weight": 100})
    for value, day in ((5, AS_OF - timedelta(days=40)), (3, AS_OF)):
        ManualReading.objects.create(
            account=acme, measure="rating", value=value, read_on=day, expires_on=AS_OF, source=source,
            external_id=f"r{day}", recorded_at=NOW,
        )  # fmt: skip
    earlier = AS_OF - timedelta(days=32)
    score_days([earlier, AS_OF], clock=clock)
    found = evidence_of(acme, name="score_drop_30_days", day=AS_OF)
    assert (found.found.rows, found.value) == ([(AS_OF, 50.0), (earlier, 100.0)], 50.0)


def test_a_name_that_nothing_asks_about_is_refused(acme):
    with pytest.raises(UnknownFigure):
        evidence_of(acme, name="nonsense", day=AS_OF)
