"""Plans beside health: which risks have a plan, which have none, and since when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum, Window

from accounts.access import owner_scope
from accounts.models import Account, MitigationPlan, User
from scoring.core.bands import AT_RISK
from scoring.models import AccountHealth, Snapshot
from scoring.queries.summaries import narrowed

# A fall of eight points in a month is a risk also where the band is none at risk yet.
DROP_HUNDREDTHS = 800
WEAK_LOOK_BACK_DAYS = 400


@dataclass(frozen=True)
class RiskyAccount:
    """An account at risk; `weak_since` is the first day of the present stretch in a band at risk."""

    health: AccountHealth
    weak_since: date | None

    @property
    def account(self) -> Account:
        return self.health.account


@dataclass(frozen=True)
class Risks:
    """The first of the accounts at risk that have no open plan, how many there are in all, and their ARR."""

    shown: list[RiskyAccount]
    accounts: int
    arr: Decimal


def with_health(plans: QuerySet[MitigationPlan]) -> QuerySet[MitigationPlan]:
    """The plans with the latest health of their accounts, where there is one."""
    return plans.select_related("account__health").defer("account__health__flags")


def risks_without_plan(
    user: User,
    *,
    limit: int,
    owners: Collection[int] = (),
    teams: Collection[int] = (),
    segments: Collection[str] = (),
) -> Risks:
    """Accounts in a band at risk, or that fell by eight points in a month and have no open plan, largest ARR first."""
    plans = MitigationPlan.objects.filter(account=OuterRef("account"), closed_at=None)
    visible = AccountHealth.objects.filter(owner_scope(user, prefix="account__"))
    at_risk = Q(band__in=AT_RISK) | Q(score__lte=F("score_month_ago") - DROP_HUNDREDTHS)
    rows = narrowed(visible, owners, teams, segments, prefix="account__").filter(at_risk, ~Exists(plans))
    first = list(
        rows.select_related("account__owner")
        .annotate(all_accounts=Window(Count("pk")), all_arr=Window(Sum("arr_reporting")))
        .order_by("-arr_reporting", "account__name")[:limit]
    )
    if not first:
        return Risks([], 0, Decimal(0))
    weak = weak_since([health for health in first if health.band in AT_RISK])
    shown = [RiskyAccount(health, weak.get(health.pk)) for health in first]
    return Risks(shown, accounts=first[0].all_accounts, arr=first[0].all_arr)


def weak_since(healths: Collection[AccountHealth]) -> dict[int, date]:
    """The first day of each account's present stretch in a band at risk, per account id (of a few accounts)."""
    if not healths:
        return {}
    newest = max(health.as_of for health in healths)
    rows = Snapshot.objects.filter(
        account_id__in=[health.pk for health in healths], as_of__gt=newest - timedelta(days=WEAK_LOOK_BACK_DAYS)
    )
    since: dict[int, date] = {}
    for account_id, day, band in rows.order_by("as_of").values_list("account_id", "as_of", "band"):
        if band not in AT_RISK:
            since.pop(account_id, None)
        else:
            since.setdefault(account_id, day)
    return since


@dataclass(frozen=True)
class ScoreDay:
    """An account's health at the end of a day; the score in hundredths."""

    day: date
    score: int | None
    band: int


def scores_since(account_id: int, *, since: date) -> list[ScoreDay]:
    """The account's scored days from a day on, oldest first."""
    rows = Snapshot.objects.filter(account_id=account_id, as_of__gte=since).order_by("as_of")
    return [ScoreDay(*row) for row in rows.values_list("as_of", "score", "band")]
