"""From what was collected to what accounts scored, by hand: order, limits, ranks, bands and ends."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import Account, ManualReading, Override, Pulse, Segment
from scoring.breakdown import ChangeLine, unpack
from scoring.models import Snapshot
from scoring.pipeline import score_days
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, clock

pytestmark = pytest.mark.django_db

# A rating from 0 to 100 that is as many points.
RATING = {"key": "reading:rating", "weight": 100, "curve": "linear", "zero": 0, "full": 100}
FIT = {"key": "reading:fit", "weight": 50, "curve": "linear", "zero": 0, "full": 100}
RANKED = {"key": "reading:rating", "weight": 100, "curve": "percentile", "is_higher_better": True}
# Nobody owns Acme, so these rules are on.
TEN_POINTS = {"key": "ten", "label": "Ten", "fact": "no_owner", "kind": "points", "amount": -10}
A_FIFTH = {"key": "fifth", "label": "A fifth", "fact": "no_owner", "kind": "percent", "amount": -20}


@pytest.fixture
def read(source):
    def record(account: Account, value: float, measure: str = "rating") -> None:
        ManualReading.objects.create(
            account=account, measure=measure, value=value, read_on=AS_OF, expires_on=AS_OF + timedelta(days=60),
            source=source, external_id=f"{account.pk}/{measure}", recorded_at=NOW,
        )  # fmt: skip

    return record


@pytest.fixture
def said(csm):
    return {
        "category": "other",
        "reason": "why",
        "author": csm,
        "recorded_at": NOW,
        "starts_on": AS_OF,
        "ends_on": AS_OF,
    }


@pytest.fixture
def orphan(make_account) -> Account:
    return make_account("Orphan", owner=None)


def scored(account: Account) -> Snapshot:
    score_days([AS_OF], clock=clock)
    return Snapshot.objects.get(account=account, as_of=AS_OF)


# Adjustments


@pytest.mark.parametrize(
    ("rules", "lines"),
    [((TEN_POINTS, A_FIFTH), [-1000, -1400, -560]), ((A_FIFTH, TEN_POINTS), [-1600, -1000, -540])],
)
def test_rules_act_in_the_cards_order_each_on_what_the_one_before_left_and_pulses_last(
    orphan, publish_card, read, said, rules, lines
):
    publish_card(RATING, adjustments=list(rules))
    Pulse.objects.create(account=orphan, percent=-10, **said)
    read(orphan, 80)
    found = scored(orphan)
    assert [change.line for change in unpack(found.breakdown).changes] == lines
    assert found.score == 8000 + sum(lines)


def test_a_change_of_half_a_hundredth_is_rounded_away_from_zero(orphan, publish_card, read):
    publish_card(RATING, adjustments=[{**A_FIFTH, "amount": -10}])
    read(orphan, 54.45)
    found = scored(orphan)
    # 10 % of 54.45 is 5.445.
    assert (found.score, unpack(found.breakdown).changes) == (4900, (ChangeLine("fifth", -545),))


@pytest.mark.parametrize(("value", "points", "clamp", "score"), [(50, -60, 1000, 0), (90, 25, -1500, 10_000)])
def test_what_leaves_0_to_100_comes_back_by_a_line_of_its_own(orphan, publish_card, read, value, points, clamp, score):
    publish_card(RATING, adjustments=[{**TEN_POINTS, "amount": points}])
    read(orphan, value)
    found = scored(orphan)
    assert unpack(found.breakdown).changes == (ChangeLine("ten", points * 100), ChangeLine("clamp", clamp))
    assert found.score == score == value * 100 + points * 100 + clamp


# Pulses


@pytest.mark.parametrize(
    ("pulse", "percent", "score"),
    [
        ({}, 20, 5000),
        ({}, -30, 3500),
        ({}, -31, 3500),
        ({"may_raise": True}, 20, 6000),
        ({"may_raise": True}, 40, 6500),
        ({"may_raise": True, "largest_percent": 50.0}, 40, 7000),
        ({"may_raise": False, "largest_percent": 10.0}, -40, 4500),
    ],
)
def test_a_card_says_how_far_a_pulse_goes_and_by_default_30_percent_down(
    acme, publish_card, read, said, pulse, percent, score
):
    publish_card(RATING, pulse=pulse)
    read(acme, 50)
    Pulse.objects.create(account=acme, percent=percent, **said)
    assert scored(acme).score == score


# Overrides


def test_an_override_acts_until_its_end_and_then_the_computed_score_is_back(acme, publish_card, read, said):
    publish_card(RATING)
    read(acme, 40)
    Override.objects.create(account=acme, score_hundredths=9000, **{**said, "ends_on": AS_OF + timedelta(days=1)})
    score_days([AS_OF + timedelta(days=n) for n in range(3)], clock=clock)
    found = list(Snapshot.objects.order_by("as_of").values_list("score", "band", "customer_score"))
    assert found == [(9000, 0, 4000), (9000, 0, 4000), (4000, 2, 4000)]


def test_of_two_overrides_the_newer_one_counts(acme, publish_card, read, said):
    publish_card(RATING)
    read(acme, 40)
    for score in (9000, 2000):
        Override.objects.create(account=acme, score_hundredths=score, **said)
    assert scored(acme).score == 2000


# Coverage, range and bands


def test_coverage_of_exactly_the_minimum_gives_a_score(acme, publish_card, read):
    publish_card({**RATING, "weight": 50}, FIT)
    read(acme, 80)
    found = scored(acme)
    assert (found.coverage, found.score) == (0.5, 8000)


def test_beside_undefined_stands_what_the_score_could_be(acme, publish_card, read):
    publish_card({**RATING, "weight": 60}, {**FIT, "weight": 40})
    read(acme, 75, "fit")
    found = scored(acme)
    kept = unpack(found.breakdown)
    assert (found.score, found.band, found.customer_score) == (None, -1, None)
    assert (kept.low, kept.high) == (3000, 9000)  # 75 × 40 %, and 60 more


def test_rules_and_pulses_act_on_the_range_too(orphan, publish_card, read, said):
    publish_card({**RATING, "weight": 60}, {**FIT, "weight": 40}, adjustments=[A_FIFTH])
    read(orphan, 50)
    Pulse.objects.create(account=orphan, percent=-10, **said)
    kept = unpack(scored(orphan).breakdown)
    assert (kept.low, kept.high) == (2160, 5040)  # 30 and 70, less 20 % and then 10 %


@pytest.mark.parametrize(("policy", "score"), [("leave_out", 8000), ("zero", 4000), ("neutral", 6500)])
def test_a_measure_says_what_missing_counts_as(acme, publish_card, read, policy, score):
    publish_card({**RATING, "weight": 50}, {**FIT, "missing": policy})
    read(acme, 80)
    assert scored(acme).score == score


@pytest.mark.parametrize(
    ("value", "score", "band"), [(69.5, 6950, 0), (69.49, 6949, 1), (49.5, 4950, 1), (49.49, 4949, 2)]
)
def test_a_band_follows_the_score_as_it_is_shown(acme, publish_card, read, value, score, band):
    publish_card(RATING)
    read(acme, value)
    found = scored(acme)
    assert (found.score, found.band) == (score, band)


def test_the_target_of_an_account_is_that_of_its_month_in_contract(make_account, publish_card, use):
    targets = [[0, 0.2], [6, 0.8]]
    publish_card({"key": "utilisation_vs_target", "weight": 100, "curve": "target_curve", "targets": targets})
    young = make_account("In month 3", started_on=date(2026, 3, 30))
    old = make_account("In month 29")
    for account in (young, old):
        use(account, days=range(28), users=("ann", "bob"))
    # 2 of 10 seats: of 50 %, halfway from 20 to 80; and of 80 %, which holds after the last month.
    assert [scored(account).score for account in (young, old)] == [4000, 2500]


# Peers


def test_peers_share_industry_and_size_then_the_segment_then_all(make_account, publish_card, read):
    publish_card(RANKED)
    elsewhere = Segment.objects.create(slug="elsewhere", name="Elsewhere", position=9)
    values = {}
    for n, value in enumerate((1, 2, 2, 4, 5, 6, 7, 8, 9, 10)):
        values[make_account(f"Software {n}", industry="Software", size_tier="large")] = value
    for n, value in enumerate((0.5, 100, 200)):
        values[make_account(f"Retail {n}", industry="Retail", size_tier="large")] = value
    far = make_account("Far", industry="Software", size_tier="small", segment=elsewhere, arr=Decimal(1))
    values[far] = 0
    make_account("Silent", industry="Retail", size_tier="large")
    for account, value in values.items():
        read(account, value)
    score_days([AS_OF], clock=clock)
    scores = dict(Snapshot.objects.values_list("account__name", "score"))
    # Ten peers: ½ ÷ 10, twice (1 + 1) ÷ 10, 3½ ÷ 10 …
    assert [scores[f"Software {n}"] for n in range(10)] == [500, 2000, 2000, 3500, 4500, 5500, 6500, 7500, 8500, 9500]
    # Three are too few; the thirteen of the segment: ½, 11½ and 12½ of 13.
    assert [scores[f"Retail {n}"] for n in range(3)] == [385, 8846, 9615]
    # Alone in its segment: ½ of all fourteen. And who has no value has no rank.
    assert (scores["Far"], scores["Silent"]) == (357, None)
