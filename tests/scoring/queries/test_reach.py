"""What would reach the next band, against the whole engine: the account is scored again with what was found."""

from datetime import timedelta

import pytest

from accounts.models import ManualReading, Override, Pulse
from scoring.pipeline import score_days
from scoring.queries.explanation import explanation_on
from scoring.queries.reach import Reach, reach_of
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, clock
from tests.scoring.test_pipeline import ACQUIRED, EBR_RULE, FIT, RATING

pytestmark = pytest.mark.django_db
NO_OWNER = {**EBR_RULE, "fact": "no_owner"}
FIELD = {"key": "reading:field", "weight": 10, "curve": "percentile", "is_higher_better": True}


@pytest.fixture
def read(source):
    def record(account, measure, value):
        ManualReading.objects.update_or_create(
            source=source, external_id=f"{account.pk}/{measure}",
            defaults={
                "account": account, "measure": measure, "value": value, "read_on": AS_OF, "expires_on": AS_OF,
                "recorded_at": NOW,
            },
        )  # fmt: skip

    return record


def scored(account):
    score_days([AS_OF], clock=clock)
    found = explanation_on(account, day=AS_OF)
    assert found is not None
    return found


def reach(account) -> Reach | None:
    return reach_of(scored(account), account=account)


def test_the_engine_confirms_each_value_and_refuses_the_step_before_it(acme, csm, publish_card, read):
    publish_card(RATING, FIT, adjustments=[NO_OWNER], pulse={"may_raise": False, "largest_percent": 30.0})
    acme.history.update(owner=None)
    Pulse.objects.create(
        account=acme, percent=-5, category="other", reason="r", author=csm, starts_on=AS_OF, ends_on=AS_OF,
        recorded_at=NOW,
    )  # fmt: skip
    read(acme, "rating", 2.5)
    read(acme, "fit", 1)
    found = reach(acme)
    assert (found.band.label, found.needed) == ("Moderate", 4950)
    rating, fit = found.measures
    assert (rating.item.measure.key, fit.value, fit.score) == ("reading:rating", None, None)
    # (v − 1) / 4 × 70 × 0.8 × 0.95 ≥ 49.5 from 4.7218 on.
    assert rating.value == 4.73
    read(acme, "rating", 4.73)
    assert (scored(acme).snapshot.score, scored(acme).snapshot.band) == (rating.score, 1)
    read(acme, "rating", 4.72)
    assert scored(acme).snapshot.band == 2


def test_a_measure_without_data_says_which_first_value_would_do(acme, publish_card, read):
    publish_card(RATING, FIT)
    read(acme, "rating", 2)
    found = reach(acme)
    fit = next(one for one in found.measures if one.item.measure.key == "reading:fit")
    # 25 × 0.7 + 100 × 0.3 = 47.5 is not enough, nor would 50 points be.
    assert (fit.today, fit.value) == (None, None)
    read(acme, "rating", 3)
    fit = next(one for one in reach(acme).measures if one.item.measure.key == "reading:fit")
    # 50 × 0.7 + 100 × 0.3 = 65: the score of 50 is Moderate already, and 70 is out of reach.
    assert fit.value is None
    read(acme, "rating", 4)
    found = scored(acme)
    assert (found.snapshot.score, reach_of(found, account=acme)) == (7500, None)


def test_what_would_come_back_when_a_rule_or_a_pulse_ends_is_said(acme, csm, publish_card, read):
    publish_card({**RATING, "weight": 100}, adjustments=[NO_OWNER])
    acme.history.update(owner=None)
    Pulse.objects.create(
        account=acme, percent=-10, category="other", reason="r", author=csm, starts_on=AS_OF, ends_on=AS_OF,
        recorded_at=NOW,
    )  # fmt: skip
    read(acme, "rating", 3.4)
    # 60 − 20 % = 48, − 10 % = 43.2; without the rule 54, without the pulse 48.
    assert [(one.change.label, one.score, one.is_enough) for one in reach(acme).lifted] == [
        ("EBR overdue", 5400, True), ("CSM pulse", 4800, False),
    ]  # fmt: skip


def test_among_peers_the_engine_confirms_the_value(make_account, publish_card, read):
    publish_card({**RATING, "weight": 40}, {**FIELD, "weight": 60})
    peers = [make_account(f"Peer {n}") for n in range(12)]
    for n, peer in enumerate(peers):
        read(peer, "rating", 3)
        read(peer, "field", n * 10)
    low = peers[2]
    field = next(one for one in reach(low).measures if one.item.measure.key == "reading:field")
    assert field.value is not None
    read(low, "field", field.value)
    found = scored(low)
    assert (found.snapshot.score, found.snapshot.band) == (field.score, 1)
    read(low, "field", field.value - 1)
    assert scored(low).snapshot.band == 2


def test_under_a_cap_or_an_override_no_measure_is_promised(acme, csm, publish_card, read, source):
    publish_card({**RATING, "weight": 100}, flags=[ACQUIRED])
    read(acme, "rating", 4)
    acme.business_events.create(
        kind="acquired", occurred_on=AS_OF - timedelta(days=3), source=source, external_id="e", recorded_at=NOW
    )
    capped = reach(acme)
    assert (capped.band.label, capped.blocked_by, capped.measures) == ("Strong", ("Acquired",), ())
    Override.objects.create(
        account=acme, score_hundredths=2000, category="other", reason="r", author=csm, starts_on=AS_OF,
        ends_on=AS_OF, recorded_at=NOW,
    )  # fmt: skip
    overridden = reach(acme)
    assert (overridden.band.label, overridden.blocked_by, overridden.measures) == ("Moderate", ("Override",), ())


def test_without_a_score_nothing_is_promised(acme, publish_card):
    publish_card(RATING, FIT)
    assert reach(acme) is None


def test_what_the_snapshot_no_longer_agrees_with_is_not_told(acme, csm, publish_card, read):
    publish_card({**RATING, "weight": 100})
    read(acme, "rating", 2)
    pulse = Pulse.objects.create(
        account=acme, percent=-10, category="other", reason="r", author=csm, starts_on=AS_OF, ends_on=AS_OF,
        recorded_at=NOW,
    )  # fmt: skip
    found = scored(acme)
    assert reach_of(found, account=acme) is not None
    Pulse.objects.filter(pk=pulse.pk).update(percent=-20)
    assert reach_of(found, account=acme) is None
    pulse.delete()
    assert reach_of(found, account=acme) is None


def test_it_takes_three_queries_at_most(acme, csm, publish_card, read, django_assert_max_num_queries):
    publish_card({**RATING, "weight": 40}, {**FIELD, "weight": 60})
    read(acme, "rating", 2)
    read(acme, "field", 2)
    Pulse.objects.create(
        account=acme, percent=-10, category="other", reason="r", author=csm, starts_on=AS_OF, ends_on=AS_OF,
        recorded_at=NOW,
    )  # fmt: skip
    found = scored(acme)
    with django_assert_max_num_queries(3):
        assert reach_of(found, account=acme) is not None
