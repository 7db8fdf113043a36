"""The 21 measures as one would write them first: account by account, a query per question, through the ORM.

It computes the values and none of the points, rules, flags and summaries, so it does less than the engine does. A
test holds its values against the floor's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from statistics import mean, median

from django.db.models import Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import (
    Account,
    AccountDay,
    AccountHistory,
    Contact,
    Entitlement,
    FeatureDay,
    Invoice,
    KnownDay,
    Milestone,
    Rapport,
    SurveyResponse,
    Ticket,
    Touchpoint,
    UserDay,
)
from accounts.queries.exchange import load_rates

Value = float | None


@dataclass(frozen=True)
class Asked:
    """One account on one day."""

    account: Account
    as_of: date

    def first_day(self, window_days: int) -> date:
        return self.as_of - timedelta(days=window_days - 1)

    @property
    def state(self) -> AccountHistory:
        return self.state_on(self.as_of)

    def state_on(self, day: date) -> AccountHistory:
        return AccountHistory.objects.filter(account=self.account, valid_from__lte=day).latest("valid_from")

    def end_of(self, days_before: int) -> datetime:
        day = self.as_of + timedelta(days=1 - days_before)
        return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())

    @property
    def account_days(self) -> QuerySet[AccountDay]:
        return AccountDay.objects.filter(account=self.account, day__lte=self.as_of)

    @property
    def user_days(self) -> QuerySet[UserDay]:
        return UserDay.objects.filter(account=self.account, day__lte=self.as_of)

    @property
    def touchpoints(self) -> QuerySet[Touchpoint]:
        return Touchpoint.objects.filter(account=self.account, day__lte=self.as_of)


def values(account: Account, *, as_of: date) -> dict[str, Value]:
    asked = Asked(account, as_of)
    return {key: compute(asked) for key, compute in MEASURES.items()}


def share(above: float | None, below: float | None) -> Value:
    return above / below if above is not None and below else None


def known(a: Asked, *, last: date, window: int = 28) -> Value:
    first = last - timedelta(days=window - 1)
    days = KnownDay.objects.filter(day__range=(max(first, a.account.started_on), last)).count()
    lived = min(max((last - a.account.started_on).days + 1, 1), window)
    return days if days >= max(lived / 2, 1) else None


def active_users(a: Asked) -> Value:
    found = a.user_days.filter(day__gte=a.first_day(28)).values("user_key").distinct().count()
    return found if known(a, last=a.as_of) else None


def median_seconds(a: Asked, *, last: date) -> Value:
    days = a.user_days.filter(day__range=(last - timedelta(days=14), last))
    found = [value for value in days.values_list("seconds", flat=True) if value is not None]
    return median(found) if found else None


def duration_index(a: Asked) -> Value:
    return share(median_seconds(a, last=a.as_of), 3600)


def duration_trend(a: Asked) -> Value:
    return share(median_seconds(a, last=a.as_of), median_seconds(a, last=a.as_of - timedelta(days=15)))


def seat_utilisation(a: Asked) -> Value:
    return share(active_users(a), a.state.seats)


def stickiness(a: Asked) -> Value:
    total = a.account_days.filter(day__gte=a.first_day(28)).aggregate(n=Sum("users"))["n"] or 0
    return share(share(total, known(a, last=a.as_of)), active_users(a))


def days_since_login(a: Asked) -> Value:
    active = a.account_days.filter(day__gte=a.first_day(365), events__gt=0)
    last = active.aggregate(n=Max("day"))["n"] or max(a.account.started_on, a.first_day(365))
    known_days = KnownDay.objects.filter(day__range=(a.first_day(180), a.as_of))
    newest = known_days.aggregate(n=Max("day"))["n"]
    return max((newest - last).days, 0) if newest else None


def usage_trend(a: Asked) -> Value:
    middle = a.as_of - timedelta(days=28)
    if a.account.started_on > middle - timedelta(days=27):
        return None
    now = a.account_days.filter(day__gt=middle).aggregate(n=Sum("events"))["n"] or 0
    earlier = a.account_days.filter(day__lte=middle, day__gt=middle - timedelta(days=28))
    before = earlier.aggregate(n=Sum("events"))["n"] or 0
    return share(share(now, known(a, last=a.as_of)), share(before, known(a, last=middle)))


def loyalty_index(a: Asked) -> Value:
    window = a.user_days.filter(day__gte=a.first_day(180))
    last_days = window.values("user_key").annotate(last=Max("day")).values_list("last", flat=True)
    quiet = [day for day in last_days if (a.as_of - day).days > 30]
    return 1 - len(quiet) / len(last_days) if last_days and known(a, last=a.as_of, window=31) else None


def retention_index(a: Asked) -> Value:
    """Weeks count from 0, the oldest, to 11, which ends with the day."""
    weeks: dict[str, set[int]] = {}
    for user, day in a.user_days.filter(day__gte=a.first_day(84)).values_list("user_key", "day"):
        weeks.setdefault(user, set()).add(11 - (a.as_of - day).days // 7)
    known_weeks = [week for week in range(12) if is_known_week(a, week)]
    total = weight = 0.0
    for k in range(1, 12):
        expected = [mine for mine in weeks.values() if min(mine) + k in known_weeks]
        if expected:
            total += k * sum(min(mine) + k in mine for mine in expected) / len(expected)
            weight += k
    return share(total, weight)


def is_known_week(a: Asked, week: int) -> bool:
    last = a.as_of - timedelta(days=7 * (11 - week))
    return KnownDay.objects.filter(day__range=(last - timedelta(days=6), last)).count() >= 4


def feature_breadth(a: Asked) -> Value:
    running = Q(starts_on__lte=a.as_of) & (Q(ends_on=None) | Q(ends_on__gt=a.as_of))
    entitled = Entitlement.objects.filter(running, account=a.account, feature__is_key=True)
    features = set(entitled.values_list("feature_id", flat=True))
    window = FeatureDay.objects.filter(account=a.account, day__range=(a.first_day(28), a.as_of), events__gt=0)
    used = set(window.filter(feature__in=features).values_list("feature_id", flat=True))
    return share(len(used), len(features)) if known(a, last=a.as_of) else None


def performance_index(a: Asked) -> Value:
    sums = a.account_days.filter(day__gte=a.first_day(28)).aggregate(
        loads=Sum("loads"), failed=Sum("failed_loads"), ms=Sum("load_ms")
    )
    if not sums["loads"]:
        return None
    succeeded = sums["loads"] - sums["failed"]
    seconds = share(sums["ms"], succeeded * 1000) or 0
    return succeeded / sums["loads"] * min(max((10 - seconds) / 9, 0), 1)


def touchpoint_cadence(a: Asked) -> Value:
    segment = a.state.segment
    cadence = segment.touchpoint_cadence_days if segment else 30
    lived = min((a.as_of - a.account.started_on).days + 1, 90)
    held = a.touchpoints.filter(day__gte=a.first_day(90), state="held").count()
    return share(held, lived / cadence) if lived >= cadence else None


def months_since_ebr(a: Asked) -> Value:
    last = a.touchpoints.filter(state="held", kind="ebr").aggregate(n=Max("day"))["n"] or a.account.started_on
    months = (a.as_of.year - last.year) * 12 + a.as_of.month - last.month
    last_of_month = (a.as_of.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return months if min(last.day, last_of_month.day) <= a.as_of.day else months - 1


def late(a: Asked) -> QuerySet[Invoice]:
    unpaid = Q(paid_on=None) | Q(paid_on__gt=a.as_of)
    return Invoice.objects.filter(unpaid, account=a.account, issued_on__lte=a.as_of, due_on__lt=a.as_of)


def days_overdue(a: Asked) -> Value:
    oldest = late(a).aggregate(n=Min("due_on"))["n"]
    return (a.as_of - oldest).days if oldest else 0


def overdue_share(a: Asked) -> Value:
    owed, rates, state = late(a).aggregate(n=Sum("amount"))["n"] or Decimal(0), load_rates(), a.state
    arr = rates.in_reporting(state.arr, state.currency, a.as_of)
    return share(float(rates.in_reporting(owed, state.currency, a.as_of)), float(arr))


def arr_change(a: Asked) -> Value:
    year_before = a.as_of.replace(year=a.as_of.year - 1)
    if not AccountHistory.objects.filter(account=a.account, valid_from__lte=year_before).exists():
        return None
    rates, now, then = load_rates(), a.state, a.state_on(year_before)
    return share(
        float(rates.in_reporting(now.arr, now.currency, a.as_of)),
        float(rates.in_reporting(then.arr, then.currency, a.as_of)),
    )


def persona_coverage(a: Asked) -> Value:
    there = Q(known_from__lte=a.as_of) & (Q(left_on=None) | Q(left_on__gt=a.as_of))
    people = Contact.objects.filter(there, account=a.account).exclude(persona="")
    return people.values("persona").distinct().count() / 4


def rapport(a: Asked) -> Value:
    there = Q(contact__left_on=None) | Q(contact__left_on__gt=a.as_of)
    rated = Rapport.objects.filter(there, contact__account=a.account, rated_on__lte=a.as_of)
    newest = {each.contact_id: each for each in rated.select_related("contact").order_by("rated_on", "pk")}
    ratings: dict[str, list[int]] = {}
    for each in newest.values():
        ratings.setdefault(each.contact.persona, []).append(each.rating)
    weights = {persona: 2 if persona == "decision_maker" else 1 for persona in ratings}
    return share(sum(weights[persona] * mean(given) for persona, given in ratings.items()), sum(weights.values()))


def answers(a: Asked, kind: str) -> list[int]:
    window = (a.first_day(180), a.as_of)
    found = SurveyResponse.objects.filter(account=a.account, kind=kind, answered_on__range=window)
    return [score for score in found.values_list("score", flat=True) if score is not None]


def nps(a: Asked) -> Value:
    scores = answers(a, "nps")
    return share(100 * (sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)), len(scores))


def csat(a: Asked) -> Value:
    closed = Ticket.objects.filter(account=a.account, closed_at__lt=a.end_of(0), closed_at__gte=a.end_of(180))
    rated = closed.exclude(satisfaction=None).values_list("satisfaction", flat=True)
    scores = answers(a, "csat") + [score for score in rated if score is not None]
    return share(sum(scores), len(scores))


def tickets_unresolved(a: Asked) -> Value:
    still_open = Q(closed_at=None) | Q(closed_at__gte=a.end_of(0))
    count = Ticket.objects.filter(still_open, account=a.account, opened_at__lt=a.end_of(7)).count()
    return share(100 * count, a.state.seats)


def time_to_first_value(a: Asked) -> Value:
    reached = Milestone.objects.filter(account=a.account, kind="first_value", reached_on__lte=a.as_of)
    return max(((reached.aggregate(n=Min("reached_on"))["n"] or a.as_of) - a.account.started_on).days, 0)


COMPUTED: tuple[Callable[[Asked], Value], ...] = (
    duration_index, duration_trend, seat_utilisation, stickiness, days_since_login, usage_trend, retention_index,
    loyalty_index, performance_index, feature_breadth, touchpoint_cadence, months_since_ebr, days_overdue,
    overdue_share, arr_change, persona_coverage, rapport, nps, csat, tickets_unresolved, time_to_first_value,
)  # fmt: skip
MEASURES = {compute.__name__: compute for compute in COMPUTED}
