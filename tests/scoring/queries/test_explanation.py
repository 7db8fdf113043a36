"""What explains a snapshot: all parts of a line, what an override replaced, and the band under a cap."""

from datetime import timedelta

import pytest

from accounts.models import ManualReading, Override
from scoring.pipeline import score_days
from scoring.queries.explanation import Explanation, explanation_on
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, clock
from tests.scoring.test_pipeline import ACQUIRED, EBR_RULE, FIT, RATING

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(source):
    def record(account, measure, value):
        ManualReading.objects.create(
            account=account, measure=measure, value=value, read_on=AS_OF, expires_on=AS_OF, source=source,
            external_id=f"{account.pk}/{measure}", recorded_at=NOW,
        )  # fmt: skip

    return record


@pytest.fixture
def override(acme, csm):
    def set_it(score: int) -> None:
        Override.objects.create(
            account=acme, score_hundredths=score, category="other", reason="r", author=csm, starts_on=AS_OF,
            ends_on=AS_OF + timedelta(days=1), recorded_at=NOW,
        )  # fmt: skip

    return set_it


def explained(account) -> Explanation:
    score_days([AS_OF], clock=clock)
    found = explanation_on(account, day=AS_OF)
    assert found is not None
    return found


def test_a_line_has_value_unit_window_points_weight_and_contribution(acme, publish_card, use, read):
    publish_card(
        {"key": "seat_utilisation", "weight": 60, "curve": "linear", "zero": 0, "full": 0.8}, {**FIT, "weight": 40}
    )
    use(acme, days=range(28), users=("ann", "bob"))  # 2 of 10 seats: a quarter of 0.8
    read(acme, "fit", 4)
    seats, fit = explained(acme).measures
    measure = seats.item.measure
    assert (seats.value, measure.unit, measure.window_days) == (0.2, "share", 28)
    assert (seats.points, seats.item.weight, seats.line) == (25.0, 60, 1500)
    assert (fit.value, fit.points, fit.item.weight, fit.line) == (4.0, 100.0, 40, 4000)


def test_an_override_keeps_the_computed_score_beside_it(acme, publish_card, read, override):
    publish_card({**RATING, "weight": 100}, adjustments=[{**EBR_RULE, "fact": "no_owner"}])
    acme.history.update(owner=None)
    read(acme, "rating", 4)
    override(9000)
    found = explained(acme)
    assert (found.snapshot.score, found.computed_score) == (9000, 6000)  # 75 less 20 %
    assert [(change.key, change.line) for change in found.changes][0] == ("ebr", -1500)


def test_what_an_override_of_an_undefined_account_replaced_is_undefined_and_not_zero(acme, publish_card, override):
    publish_card({**RATING, "weight": 100})
    override(9000)
    found = explained(acme)
    assert (found.snapshot.score, found.snapshot.band, found.computed_score) == (9000, 0, None)


def test_a_cap_holds_for_an_override_too(acme, publish_card, read, override, source):
    publish_card({**RATING, "weight": 100}, flags=[ACQUIRED])
    read(acme, "rating", 2)
    acme.business_events.create(
        kind="acquired", occurred_on=AS_OF - timedelta(days=3), source=source, external_id="e", recorded_at=NOW
    )
    override(9500)
    found = explained(acme)
    assert (found.snapshot.score, found.snapshot.band) == (9500, 1)
    assert [(flag.flag.rule.band_cap, flag.fact) for flag in found.flags] == [("moderate", 3.0)]
