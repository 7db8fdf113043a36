"""Signs of growth, found at night: the limits by hand, and who is left out."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Contact, GrowthKind, ManualReading, Status, SurveyResponse
from scoring.growth import work_out_growth
from scoring.models import GrowthSign, ScorecardVersion
from scoring.queries.growth import counts, promoters_of, signs
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run, give_health
from tests.dashboards.snapshots import MEASURES, give_snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organization")]


def found(kind: str) -> dict[str, float]:
    work_out_growth(at=NOW)
    rows = GrowthSign.objects.filter(kind=kind).order_by("-arr", "account__name")
    return dict(rows.values_list("account__name", "value"))


@pytest.fixture
def used(make_account):
    def account(name, users, *, seats=10, score=8000, **more):
        made = make_account(name, seats=seats, **more)
        health = give_health(made, score=score)
        health.active_users = users
        health.save()
        return made

    return account


def test_nine_of_ten_seats_of_a_healthy_account_are_near_the_limit(used):
    used("Nine", 9)
    used("Over", 12, arr=Decimal(90_000))
    used("Eight", 8)
    used("Moderate", 10, score=6000)
    used("Unknown", None)
    used("No seats", 3, seats=None)
    used("Gone", 10, status=Status.CHURNED)
    assert found(GrowthKind.SEATS) == {"Over": 1.2, "Nine": 0.9}
    assert GrowthSign.objects.get(account__name="Nine").mark == "10"


@pytest.fixture
def trending(make_account, smb):
    done_run(TODAY)
    place = list(
        ScorecardVersion.objects.get(scorecard__segment=smb)
        .items.order_by("position")
        .values_list("measure", flat=True)
    ).index("usage_trend")

    def account(name, trend, *, score=6000):
        made = make_account(name)
        give_health(made, score=score)
        measures = [list(line) for line in MEASURES]
        measures[place] = [trend, None if trend is None else 50.0, 0]
        give_snapshot(made, day=TODAY, score=score, measures=measures)
        return made

    return account


def test_usage_a_fifth_up_is_rising_where_it_is_known_and_not_at_risk(trending):
    trending("Up", 1.35)
    trending("Just", 1.2)
    trending("Flat", 1.19)
    trending("Unknown", None)
    trending("Weak", 2.0, score=3000)
    assert found(GrowthKind.RISING) == {"Just": 1.2, "Up": 1.35}


@pytest.fixture
def answered(source):
    def answer(account, name, score, *, days_ago=30, left_on=None):
        contact, _ = Contact.objects.get_or_create(
            source=source, external_id=name, account=account, name=name,
            defaults={"recorded_at": NOW, "known_from": TODAY - timedelta(days=700), "left_on": left_on},
        )  # fmt: skip
        day = TODAY - timedelta(days=days_ago)
        SurveyResponse.objects.create(
            source=source, external_id=f"{name}{days_ago}", account=account, contact=contact, kind="nps",
            asked_on=day, answered_on=day, score=score, recorded_at=NOW,
        )  # fmt: skip

    return answer


def test_promoters_count_by_their_newest_answer_where_nobody_gave_a_reference(make_account, answered, source):
    done_run()
    accounts = {}
    for name in ("Fan", "Cooled", "Old", "Left", "Spoke", "Weak"):
        accounts[name] = make_account(name)
        give_health(accounts[name], score=3000 if name == "Weak" else 8000)
    answered(accounts["Fan"], "Ann", 10)
    answered(accounts["Fan"], "Bob", 9, days_ago=5)
    answered(accounts["Cooled"], "Cal", 9, days_ago=90)
    answered(accounts["Cooled"], "Cal", 6)
    answered(accounts["Old"], "Deb", 10, days_ago=365)
    answered(accounts["Left"], "Eve", 10, left_on=TODAY - timedelta(days=2))
    answered(accounts["Spoke"], "Fay", 10)
    answered(accounts["Weak"], "Gus", 10)
    ManualReading.objects.create(
        source=source, external_id="r", account=accounts["Spoke"], measure="advocacy_acts", value=1, recorded_at=NOW,
        read_on=TODAY - timedelta(days=100), expires_on=TODAY + timedelta(days=200),
    )  # fmt: skip
    assert found(GrowthKind.PROMOTER) == {"Fan": 10.0}
    sign = GrowthSign.objects.get()
    assert (sign.people, sign.said_on, sign.mark) == (2, TODAY - timedelta(days=5), "2026-06-25")
    assert [name for name, *_ in promoters_of([accounts["Fan"].pk], day=TODAY)[accounts["Fan"].pk]] == ["Ann", "Bob"]


def test_working_it_out_twice_gives_the_same_and_everybody_sees_their_own(used, csm, other_csm, leader):
    used("Mine", 10, owner=csm)
    used("Theirs", 10, owner=other_csm)
    assert found(GrowthKind.SEATS) == found(GrowthKind.SEATS)
    assert [counts(signs(user, today=TODAY)) for user in (csm, other_csm, leader)] == [
        {"seats": 1}, {"seats": 1}, {"seats": 2},
    ]  # fmt: skip
