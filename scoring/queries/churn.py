"""Accounts that left: what each lost, and where its score stood some days before.

Scores are hundredths of a point, amounts in the reporting currency.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import (
    Case,
    Count,
    DateField,
    DecimalField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.access import visible_accounts
from accounts.models import AccountHistory, ChurnEvent, ExchangeRate, User
from accounts.queries.exchange import reporting_currency
from scoring.models import Snapshot
from scoring.store import MONTH_SLACK_DAYS

DAYS_BEFORE = 90
MONEY = DecimalField(max_digits=20, decimal_places=2)
RATE = DecimalField(max_digits=28, decimal_places=8)


def visible_churn(user: User) -> QuerySet[ChurnEvent]:
    """Each departure from the accounts that the user sees; who came back had left as well."""
    return ChurnEvent.objects.filter(account__in=visible_accounts(user), is_reactivation=False)


@dataclass(frozen=True)
class Wanted:
    """Which departures; `since` and `until` count as well, an empty part leaves all."""

    since: date | None = None
    until: date | None = None
    reasons: Sequence[str] = ()
    owners: Sequence[int] = ()
    teams: Sequence[int] = ()
    segments: Sequence[str] = ()

    @property
    def condition(self) -> Q:
        chosen = {
            "churned_on__gte": self.since, "churned_on__lte": self.until, "reason_code__in": self.reasons,
            "account__owner__in": self.owners, "account__owner__team__in": self.teams,
            "account__segment__slug__in": self.segments,
        }  # fmt: skip
        return Q(**{lookup: value for lookup, value in chosen.items() if value})


def with_loss(events: QuerySet[ChurnEvent]) -> QuerySet[ChurnEvent]:
    """With `lost`: what was stated, else what the account paid the day before at the rate of the day; None unknown."""
    before = AccountHistory.objects.filter(account=OuterRef("account"), valid_from__lt=OuterRef("churned_on"))
    newest = before.order_by("-valid_from")
    rates = ExchangeRate.objects.filter(currency=OuterRef("paid_in"))
    in_force = rates.filter(valid_from__lte=OuterRef("churned_on")).order_by("-valid_from")
    # Before the first rate that first one holds, as everywhere (accounts/queries/exchange.py).
    dated = Coalesce(Subquery(in_force.values("rate")[:1]), Subquery(rates.order_by("valid_from").values("rate")[:1]))
    rate = Case(When(paid_in=reporting_currency(), then=Value(Decimal(1))), default=dated, output_field=RATE)
    paid = ExpressionWrapper(F("paid") * rate, output_field=MONEY)
    return events.annotate(
        paid=Subquery(newest.values("arr")[:1]),
        paid_in=Subquery(newest.values("currency")[:1]),
        lost=Coalesce(F("lost_arr"), paid, output_field=MONEY),
    )


@dataclass(frozen=True)
class Lost:
    """How many accounts, and their ARR; `without_arr` of them have none that is known."""

    accounts: int
    arr: Decimal
    without_arr: int = 0


def total_lost(events: QuerySet[ChurnEvent]) -> Lost:
    row = with_loss(events).aggregate(n=Count("pk"), sum=Sum("lost"), unknown=Count("pk", filter=Q(lost=None)))
    return Lost(row["n"], cents(row["sum"]), row["unknown"])


def lost_by_reason(events: QuerySet[ChurnEvent]) -> list[tuple[str, Lost]]:
    """By reason code, the most ARR first. One query."""
    rows = with_loss(events).order_by().values_list("reason_code").annotate(n=Count("pk"), sum=Sum("lost"))
    found = [(str(code), Lost(n, cents(amount))) for code, n, amount in rows]
    return sorted(found, key=lambda row: (-row[1].arr, -row[1].accounts, row[0]))


def cents(amount: Decimal | None) -> Decimal:
    return Decimal(amount or 0).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Stood:
    """A score of the past, in hundredths, and its day."""

    as_of: date
    score: int | None
    band: int


def with_day_before(events: QuerySet[ChurnEvent], *, days: int = DAYS_BEFORE) -> QuerySet[ChurnEvent]:
    """With `band_before`, `score_before` and `day_before`: the newest score so many days before, or up to 31 more."""
    day = ExpressionWrapper(F("churned_on") - timedelta(days=days), output_field=DateField())
    oldest = ExpressionWrapper(F("churned_on") - timedelta(days=days + MONTH_SLACK_DAYS + 1), output_field=DateField())
    told = events.annotate(base_day=day, base_oldest=oldest)
    near = Snapshot.objects.filter(
        account=OuterRef("account"), as_of__lte=OuterRef("base_day"), as_of__gt=OuterRef("base_oldest")
    ).order_by("-as_of")
    names = {"band_before": "band", "score_before": "score", "day_before": "as_of"}
    return told.annotate(**{name: Subquery(near.values(column)[:1]) for name, column in names.items()})


def stood_before(account_id: int, *, day: date, days: Collection[int]) -> dict[int, Stood]:
    """The account's newest score so many days before, or up to 31 more; one without any is left out. One query."""
    first = day - timedelta(days=max(days) + MONTH_SLACK_DAYS)
    rows = Snapshot.objects.filter(account_id=account_id, as_of__gte=first, as_of__lte=day).order_by("-as_of")
    kept = [Stood(*row) for row in rows.values_list("as_of", "score", "band")]
    found = {}
    for n in days:
        target = day - timedelta(days=n)
        oldest = target - timedelta(days=MONTH_SLACK_DAYS)
        near = next((stood for stood in kept if oldest <= stood.as_of <= target), None)
        if near is not None:
            found[n] = near
    return found
