"""What is up for renewal, by the health of today."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db.models import Count, DecimalField, ExpressionWrapper, F, QuerySet, Sum
from django.db.models.functions import TruncQuarter

from accounts.access import owner_scope
from accounts.models import User
from scoring.models import AccountHealth
from scoring.queries.summaries import Amount, Health, narrowed


def visible_health(
    user: User, *, owners: Collection[int] = (), teams: Collection[int] = (), segments: Collection[str] = ()
) -> QuerySet[AccountHealth]:
    """The latest health of the accounts that the user sees; an empty choice leaves all."""
    visible = AccountHealth.objects.filter(owner_scope(user, prefix="account__"))
    return narrowed(visible, owners, teams, segments, prefix="account__")


def renewals_by_quarter(healths: QuerySet[AccountHealth], *, quarters: Collection[date]) -> dict[date, Health]:
    """Accounts and ARR that renew in each quarter (named by its first day), by their band of today."""
    rows = (
        healths.filter(account__renewal_date__gte=min(quarters))
        .annotate(quarter=TruncQuarter("account__renewal_date"))
        .filter(quarter__in=quarters)
        .values_list("quarter", "band")
        .annotate(Count("pk"), Sum("score", default=0), Sum("arr_reporting"))
        .order_by()
    )
    bands: dict[date, dict[int, Amount]] = defaultdict(dict)
    for quarter, band, accounts, score_sum, arr in rows:
        bands[quarter][band] = Amount(accounts, score_sum, arr)
    return {quarter: Health(bands[quarter]) for quarter in quarters}


def arr_weighted_score(healths: QuerySet[AccountHealth]) -> Decimal | None:
    """The mean score in points of the scored accounts, each counted by its ARR."""
    product = ExpressionWrapper(F("score") * F("arr_reporting"), DecimalField(max_digits=24, decimal_places=2))
    sums = healths.filter(score__isnull=False).aggregate(points=Sum(product), arr=Sum("arr_reporting"))
    return Decimal(sums["points"]) / sums["arr"] / 100 if sums["arr"] else None
