"""The flags that ship with the cards, each turned on by a fact, and the score that dropped, known only once scored."""

from datetime import timedelta

import pytest

from accounts.models import (
    BusinessEvent,
    Contract,
    Invoice,
    ManualReading,
    Override,
    SurveyResponse,
    Touchpoint,
)
from scoring import checks
from scoring.breakdown import unpack
from scoring.files import shipped_cards
from scoring.models import Snapshot
from scoring.pipeline import score_days
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, a_card, clock

pytestmark = pytest.mark.django_db

RATING = {"key": "reading:rating", "weight": 100, "curve": "linear", "zero": 0, "full": 100}
DROPPED = {
    "key": "dropped", "label": "Dropped", "fact": "score_drop_30_days", "comparison": "over", "limit": 10,
}  # fmt: skip
BEFORE = AS_OF - timedelta(days=30)


@pytest.fixture
def record(source):
    def made(model, **fields):
        number = model.objects.count()
        return model.objects.create(source=source, external_id=f"x{number}", recorded_at=NOW, **fields)

    return made


@pytest.fixture
def rate(record):
    def rated(account, value, day):
        record(ManualReading, account=account, measure="rating", value=value, read_on=day, expires_on=day)

    return rated


def flags_of(account) -> dict[str, float | None]:
    """The flags that are on, with the figure of each."""
    return {
        raised.key: raised.fact for raised in unpack(Snapshot.objects.get(account=account, as_of=AS_OF).breakdown).flags
    }


def test_a_score_that_dropped_by_over_ten_points_in_30_days_is_a_flag(acme, make_account, publish_card, rate):
    publish_card(RATING, flags=[DROPPED])
    exactly, risen, new = make_account("Exactly"), make_account("Risen"), make_account("New")
    for account, before, now in ((acme, 80, 69.5), (exactly, 80, 70), (risen, 20, 90)):
        rate(account, before, BEFORE)
        rate(account, now, AS_OF)
    rate(new, 10, AS_OF)
    score_days([BEFORE, AS_OF], clock=clock)
    assert [flags_of(account) for account in (acme, exactly, risen, new)] == [{"dropped": 10.5}, {}, {}, {}]


def test_the_score_that_counts_is_the_one_that_people_saw(acme, csm, publish_card, rate):
    """An override then is compared with, and an override now keeps the flag off."""
    publish_card(RATING, flags=[DROPPED])
    rate(acme, 50, BEFORE)
    rate(acme, 45, AS_OF)
    said = {"account": acme, "category": "other", "reason": "r", "author": csm, "recorded_at": NOW}
    Override.objects.create(score_hundredths=9000, starts_on=BEFORE, ends_on=BEFORE, **said)
    score_days([BEFORE, AS_OF], clock=clock)
    assert flags_of(acme) == {"dropped": 45.0}
    Override.objects.create(score_hundredths=8500, starts_on=AS_OF, ends_on=AS_OF, **said)
    score_days([AS_OF], clock=clock)
    assert flags_of(acme) == {}


def test_a_day_that_was_not_scored_is_stood_in_for_by_the_last_one_of_the_week_before(acme, publish_card, rate):
    publish_card(RATING, flags=[DROPPED])
    for days in (37, 36):
        rate(acme, 100 - days, AS_OF - timedelta(days=days))
    rate(acme, 10, AS_OF)
    score_days([AS_OF - timedelta(days=37), AS_OF], clock=clock)
    assert flags_of(acme) == {}
    score_days([AS_OF - timedelta(days=36), AS_OF], clock=clock)
    assert flags_of(acme) == {"dropped": 54.0}


def test_an_undefined_account_has_not_dropped(acme, publish_card, rate):
    publish_card(RATING, flags=[DROPPED])
    rate(acme, 90, BEFORE)
    score_days([BEFORE, AS_OF], clock=clock)
    assert flags_of(acme) == {}


def test_a_dropped_score_may_cap_the_band_and_may_not_change_the_score(acme, publish_card, rate):
    publish_card(RATING, flags=[{**DROPPED, "band_cap": "weak"}])
    rate(acme, 100, BEFORE)
    rate(acme, 80, AS_OF)
    score_days([BEFORE, AS_OF], clock=clock)
    assert Snapshot.objects.filter(as_of=AS_OF).values_list("score", "band").get() == (8000, 2)
    rule = {**DROPPED, "kind": "percent", "amount": -10}
    assert [problem.place for problem in checks.problems(a_card(RATING, adjustments=[rule]))] == ["adjustments.0.fact"]


def test_the_shipped_flags_by_hand(acme, csm, shipped, make_contact, record, use):
    """An account for which everything went wrong at once."""
    day = AS_OF
    use(acme, days=range(60, 70), events=9, features=("report",))
    use(acme, days=range(28, 60), events=9)
    use(acme, days=range(14, 28), events=1)
    for back in range(14):
        use(acme, days=range(back, back + 1), users=(), events=0)
    boss = make_contact(acme, "Boss", persona="decision_maker")
    make_contact(acme, "Champion", persona="champion", left_on=day)
    record(SurveyResponse, account=acme, kind="nps", asked_on=day, answered_on=day, score=3, contact=boss)
    record(Touchpoint, account=acme, kind="ebr", day=day - timedelta(days=300))
    record(
        Invoice,
        account=acme,
        issued_on=day - timedelta(days=60),
        due_on=day - timedelta(days=31),
        amount=9,
        currency="USD",
    )
    record(Contract, account=acme, starts_on=acme.started_on, arr=1, currency="USD", posture="legal_review")
    for kind in ("acquired", "new_executives"):
        record(BusinessEvent, account=acme, kind=kind, occurred_on=day - timedelta(days=180))
    acme.history.update(owner=None)
    score_days([day], clock=clock)
    found = flags_of(acme)
    assert set(found) == {
        "no_login", "sponsor_left", "ebr_overdue", "invoice_overdue", "usage_fell", "feature_unused", "detractor",
        "acquired", "business_event", "legal_involved", "no_owner",
    }  # fmt: skip
    assert (found["no_login"], found["invoice_overdue"], found["feature_unused"]) == (14.0, 31.0, 60.0)


def test_the_shipped_flag_of_notice_given(acme, shipped, record):
    record(BusinessEvent, account=acme, kind="opt_out", occurred_on=AS_OF)
    score_days([AS_OF], clock=clock)
    assert flags_of(acme) == {"opt_out": 1.0}


def test_the_shipped_flag_of_a_dropped_score(acme, make_account, shipped, record, publish_card, rate):
    """By the shipped rule on a card of one measure: over 10 points in 30 days."""
    rule = next(flag for flag in shipped_cards()[0].flags if flag["key"] == "score_dropped")
    publish_card(RATING, flags=[rule], slug="smb", segment="smb")
    exactly = make_account("Exactly")
    for account, now in ((acme, 69.99), (exactly, 70)):
        rate(account, 80, BEFORE)
        rate(account, now, AS_OF)
    score_days([BEFORE, AS_OF], clock=clock)
    assert (flags_of(acme), flags_of(exactly)) == ({"score_dropped": 10.01}, {})
