"""The nightly study of use: a small world by hand, and sums that agree with counting rows, on random ones."""

from datetime import date, timedelta

import numpy as np
import pytest

from accounts.models import AccountDay, Entitlement, Feature, FeatureDay, KnownDay
from accounts.months import fold_months, months_between
from scoring.models import AccountUse, FeatureStanding, Study, UseSum
from scoring.models.use import GONE, NO_FEATURE, NOT_YET
from scoring.product_use import added, months_until, work_out_use
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run
from tests.use_world import make_use

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(organization, make_account, csm, other_csm, source):
    return make_use(make_account, csm, other_csm, source)


def whole() -> dict:
    return added(list(UseSum.objects.filter(is_all=True).values_list("found", flat=True)))


def of(owner) -> dict:
    return added(list(UseSum.objects.filter(owner=owner).values_list("found", flat=True)))


def use_of(name: str) -> AccountUse:
    return AccountUse.objects.get(account__name=name)


def test_months_are_those_that_are_over():
    assert months_until(date(2026, 6, 30))[-1] == date(2026, 6, 1)
    assert months_until(date(2026, 6, 29))[-1] == date(2026, 5, 1)
    assert len(months_until(TODAY)) == 24


def test_before_the_first_scores_nothing_is_worked_out(organization, acme):
    assert work_out_use(at=NOW) == []


def test_cohorts_by_hand(study):
    found = whole()["cohorts"]
    assert set(found) == {"2026-03-01", "2026-04-01"}
    # Gone: in use in March, not in April, and after it left on 1 May known as not in use.
    assert found["2026-03-01"] == {"size": 1, "known": [1, 1, 1, 1], "active": [1, 0, 0, 0]}
    # Spring and Other: Spring in April and June; what Other did before its start does not count.
    assert found["2026-04-01"] == {"size": 2, "known": [2, 2, 2], "active": [1, 0, 1]}


def test_customers_by_hand(study, csm, other_csm):
    found = whole()
    assert (found["accounts"], found["known"], found["in_use"]) == (3, 3, 2)
    assert (of(csm)["accounts"], of(other_csm)["accounts"]) == (2, 1)


def test_features_by_hand(study):
    ids = {name: str(pk) for name, pk in Feature.objects.values_list("name", "pk")}
    found = whole()
    assert found["features"][ids["Reports"]] == {"paid": 2, "used": 1, "unused": 1, "unused_cents": 500_000}
    # On 1 and 2 June is more than 28 days ago: Early does not use Maps any more.
    assert found["features"][ids["Maps"]] == {"paid": 2, "unused": 2, "unused_cents": 1_200_000, "unpaid": 1}
    assert (found["lazy"], found["lazy_cents"]) == (3, 1_700_000)


def test_standings_are_those_of_customers(study):
    rows = FeatureStanding.objects.order_by("account__name", "feature__name")
    assert list(rows.values_list("account__name", "feature__name", "is_paid", "days")) == [
        ("Early", "Maps", True, 0), ("Early", "Reports", True, 8), ("Other", "Maps", True, 0),
        ("Spring", "Maps", False, 1), ("Spring", "Reports", True, 0),
    ]  # fmt: skip


def test_flows_between_features_by_hand(study):
    reports, maps = (Feature.objects.get(name=name).pk for name in ("Reports", "Maps"))
    # Until 31 March Early used nothing in 28 days and Gone used Reports; the others were not there yet.
    assert whole()["mains"] == {
        f"{NO_FEATURE}>{reports}": 1, f"{reports}>{GONE}": 1, f"{NOT_YET}>{maps}": 1, f"{NOT_YET}>{NO_FEATURE}": 1,
    }  # fmt: skip
    assert (use_of("Early").main_before, use_of("Early").main_now) == (NO_FEATURE, reports)


def test_flows_between_bands_by_hand(study):
    # No day was scored in March, so that all were Undefined (1 in flows); Undefined today, too, without a snapshot.
    assert whole()["bands"] == {"1>1": 1, f"1>{GONE}": 1, f"{NOT_YET}>1": 2}


def test_days_by_hand(study):
    found, first = whole()["days"], date.fromisoformat(study.found["first_day"])
    assert first == date(2026, 4, 6)
    place = (date(2026, 6, 5) - first).days
    assert [found[name][place] for name in ("known", "used", "users", "events")] == [3, 2, 4, 10]
    assert found["known"][0] == 2
    assert (len(found["used"]), sum(found["used"])) == (86, 12)


def test_what_a_source_did_not_tell_is_not_known(study, source):
    KnownDay.objects.filter(day__gt=TODAY - timedelta(days=20)).delete()
    work_out_use(at=NOW)
    found, maps = whole(), Feature.objects.get(name="Maps")
    assert (found["accounts"], found["known"]) == (3, 2)
    assert FeatureStanding.objects.get(account__name="Other", feature=maps).days is None
    assert use_of("Other").main_now is None
    assert found["cohorts"]["2026-04-01"] == {"size": 2, "known": [2, 2, 1], "active": [1, 0, 1]}


def test_twice_gives_the_same_rows(study):
    once = list(AccountUse.objects.order_by("pk").values_list()), whole()
    work_out_use(at=NOW)
    assert (list(AccountUse.objects.order_by("pk").values_list()), whole()) == once
    assert Study.objects.count() == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_sums_agree_with_counting_rows(organization, make_account, csm, other_csm, source, seed):
    rng = np.random.default_rng(seed)
    features = [Feature.objects.create(slug=f"f{n}", name=f"F{n}") for n in range(3)]
    days = [TODAY - timedelta(days=n) for n in range(130) if rng.random() < 0.85]
    KnownDay.objects.bulk_create(KnownDay(source=source, day=day, has_users=True) for day in days)
    for n in range(12):
        started = TODAY - timedelta(days=int(rng.integers(0, 200)))
        account = make_account(f"A{n}", owner=(csm, other_csm, None)[n % 3], started_on=started)
        for feature in features:
            if rng.random() < 0.5:
                Entitlement.objects.create(
                    account=account, feature=feature, starts_on=started, source=source, recorded_at=NOW,
                    external_id=f"{n}/{feature.pk}",
                )  # fmt: skip
            used = [day for day in days if rng.random() < 0.1 * (n % 4)]
            FeatureDay.objects.bulk_create(FeatureDay(account=account, day=d, feature=feature, events=1) for d in used)
            for day in used:
                AccountDay.objects.get_or_create(account=account, day=day, defaults={"users": 1, "events": 1})
    fold_months(months=months_between(first=days[-1], last=TODAY))
    done_run()
    work_out_use(at=NOW)
    found = whole()
    assert found == added(list(UseSum.objects.filter(is_all=False).values_list("found", flat=True)))
    assert found["accounts"] == 12
    assert sum(found["mains"].values()) == sum(found["bands"].values()) == 12
    for feature in features:
        told = found["features"].get(str(feature.pk), {})
        rows = FeatureStanding.objects.filter(feature=feature)
        assert told.get("paid", 0) == rows.filter(is_paid=True).count()
        assert told.get("paid", 0) == sum(told.get(name, 0) for name in ("used", "unused", "unknown"))
        assert told.get("unpaid", 0) == rows.filter(is_paid=False, days__gt=0).count()
    starts = {row.account_id: row.account.started_on for row in AccountUse.objects.select_related("account")}
    rows = AccountDay.objects.filter(day__gte=date(2026, 4, 6)).values_list("account", "day")
    assert sum(found["days"]["used"]) == sum(day >= starts[account] for account, day in rows)
