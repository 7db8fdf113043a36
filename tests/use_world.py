"""A small world of use, worked out by hand, for the nightly study and the pages that show it.

TODAY is Tuesday 30 June 2026 and was scored, so the last month that is over is June 2026. The source told of every
day from 1 January 2026 on. 91 days before is 31 March.

    Early   csm        started 1 January 2024   used Reports on 1 to 10 June and Maps on 1 and 2 June; pays for both
    Spring  csm        started 10 April 2026    used Maps on 20 April and 5 June; pays for Reports
    Gone    csm        started 5 March 2026     used Reports on 6 and 20 March; left 1 May
    Other   other_csm  started 12 April 2026    used on 5 April alone, which is before its start; pays for Maps
"""

from datetime import date, timedelta
from decimal import Decimal

from accounts.models import Account, AccountDay, AccountHistory, Entitlement, Feature, FeatureDay, KnownDay, Status
from accounts.months import fold_months, months_between
from scoring.models import Study
from scoring.product_use import work_out_use
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run, give_health

FIRST_KNOWN = date(2026, 1, 1)


def use(account: Account, feature: Feature, *days: date) -> None:
    for day in days:
        AccountDay.objects.get_or_create(account=account, day=day, defaults={"users": 2, "events": 5})
        FeatureDay.objects.create(account=account, day=day, feature=feature, events=5)


def leave(account: Account, *, on: date) -> None:
    row = AccountHistory.objects.get(account=account)
    row.pk, row.valid_from, row.status = None, on, Status.CHURNED
    row.save()
    Account.objects.filter(pk=account.pk).update(status=Status.CHURNED)


def pay(account: Account, feature: Feature) -> None:
    Entitlement.objects.create(
        account=account, feature=feature, starts_on=account.started_on, source=account.source,
        external_id=f"{account.pk}/{feature.pk}", recorded_at=NOW,
    )  # fmt: skip


def june(*days: int) -> list[date]:
    return [date(2026, 6, day) for day in days]


def make_use(make_account, csm, other_csm, source) -> Study:
    """The world of the docstring, worked out."""
    reports, maps = (Feature.objects.create(slug=name.lower(), name=name) for name in ("Reports", "Maps"))
    early = make_account("Early", owner=csm, arr=Decimal(9_000))
    spring = make_account("Spring", owner=csm, started_on=date(2026, 4, 10), arr=Decimal(5_000))
    gone = make_account("Gone", owner=csm, started_on=date(2026, 3, 5), arr=Decimal(4_000))
    other = make_account("Other", owner=other_csm, started_on=date(2026, 4, 12), arr=Decimal(3_000))
    span = (TODAY - FIRST_KNOWN).days + 1
    KnownDay.objects.bulk_create(
        KnownDay(source=source, day=FIRST_KNOWN + timedelta(days=n), has_users=True) for n in range(span)
    )
    use(early, reports, *june(*range(1, 11)))
    use(early, maps, *june(1, 2))
    use(spring, maps, date(2026, 4, 20), *june(5))
    use(gone, reports, date(2026, 3, 6), date(2026, 3, 20))
    use(other, maps, date(2026, 4, 5))
    for account, feature in ((early, reports), (early, maps), (spring, reports), (gone, reports), (other, maps)):
        pay(account, feature)
    leave(gone, on=date(2026, 5, 1))
    fold_months(months=months_between(first=FIRST_KNOWN, last=TODAY))
    done_run()
    for account, score in ((early, 8000), (spring, 3000), (other, None)):
        give_health(account, score=score)
    [study] = work_out_use(at=NOW)
    return study
