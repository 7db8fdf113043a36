"""How the product is used: the sums that were worked out at night, and the accounts behind each of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.access import owner_scope, visible_accounts
from accounts.models import Account, AccountDay, KnownDay, Status, User
from scoring.models import AccountUse, FeatureStanding, Study, StudyKind, UseSum
from scoring.models.use import GONE, NO_FEATURE, NOT_YET
from scoring.product_use import added
from scoring.queries.summaries import narrowed

# Bands are kept two higher in flows, so that they are never below zero.
BAND_SHIFT = 2
UNKNOWN = -9
IN, OUT, NOT_KNOWN, EVERY = "in", "out", "unknown", "all"
FEATURE_STATES = ("unused", "used", "unknown", "unpaid", "paid", "any")


def newest_study() -> Study | None:
    return Study.objects.filter(kind=StudyKind.USE).first()


def study_months(study: Study) -> list[date]:
    """The first days of the months that it tells of, the oldest first."""
    return [date.fromisoformat(text) for text in study.found["months"]]


def sums_by_segment(
    user: User, *, owners: list[int], teams: list[int], segments: list[str]
) -> dict[int | None, dict[str, Any]]:
    """The sums of the accounts that the user sees, by segment id. One query.

    Who sees all and chose no owner reads the rows of all owners together: few, however many people there are.
    """
    scope = owner_scope(user, prefix="")
    is_all = not scope and not owners and not teams
    rows = narrowed(UseSum.objects.filter(scope, is_all=is_all), owners, teams, segments)
    parts: dict[int | None, list[dict[str, Any]]] = {}
    for segment, found in rows.order_by("pk").values_list("segment_id", "found"):
        parts.setdefault(segment, []).append(found)
    return {segment: added(found) for segment, found in parts.items()}


@dataclass(frozen=True)
class Behind:
    """Which accounts are asked for: those behind one number of the page. Words that no page writes are no `Behind`."""

    what: str  # cohort, age, day, feature, lazy, now, main, band
    state: str = ""
    start: date | None = None
    month: date | None = None
    day: date | None = None
    age: int = 0
    feature: int = 0
    before: int = 0
    now: int = 0


def accounts_behind(
    user: User, *, behind: Behind, study: Study, owners: list[int], teams: list[int], segments: list[str]
) -> QuerySet[Account]:
    """The accounts that the user sees among those behind the number, the largest first."""
    seen = narrowed(visible_accounts(user).filter(use__isnull=False), owners, teams, segments)
    found = seen.filter(condition(behind, study))
    return found.order_by("-arr", "name", "pk")


def read_in_full(found: QuerySet[Account], *, begin: int, end: int) -> list[Account]:
    """Some of the accounts with what a row shows. Two queries: keys alone are sorted faster than whole rows."""
    keys = list(found.values_list("pk", flat=True)[begin:end])
    rows = Account.objects.select_related("owner", "segment", "health", "use").in_bulk(keys)
    return [rows[key] for key in keys]


def condition(behind: Behind, study: Study) -> Q:
    if behind.what == "cohort":
        return in_cohort(behind, study)
    if behind.what == "age":
        return at_age(behind, study)
    if behind.what == "day":
        return on_day(behind)
    if behind.what == "feature":
        return with_feature(behind)
    if behind.what == "lazy":
        rows = FeatureStanding.objects.filter(account=OuterRef("pk"), is_paid=True, days=0)
        return Q(Exists(rows))
    if behind.what == "now":
        return is_customer(study.as_of) & {
            IN: Q(use__main_now__gt=NO_FEATURE), OUT: Q(use__main_now=NO_FEATURE), NOT_KNOWN: Q(use__main_now=None)
        }.get(behind.state, Q())  # fmt: skip
    return moved(behind, study)


def in_cohort(behind: Behind, study: Study) -> Q:
    """Started in a month; in, out of, or of unknown use in another."""
    months = study_months(study)
    own = Q(use__start_month=behind.start)
    if behind.month is None or behind.state == EVERY:
        return own
    bit = 1 << (len(months) - 1 - months.index(behind.month))
    known, active = has_bit("known_months", bit), has_bit("active_months", bit)
    return own & {IN: active, OUT: known & ~active, NOT_KNOWN: ~known}[behind.state]


def at_age(behind: Behind, study: Study) -> Q:
    """Started in one of the months; in, out of, or of unknown use so many months after each one's own start."""
    months = study_months(study)
    rows, told = AccountUse.objects.filter(pk=OuterRef("pk")), Q()
    for place, start in enumerate(months[: len(months) - behind.age]):
        bit = 1 << (len(months) - 1 - place - behind.age)
        known, active = f"known_{place}", f"active_{place}"
        rows = rows.alias(**{known: F("known_months").bitand(bit), active: F("active_months").bitand(bit)})
        state = {
            IN: Q(**{f"{active}__gt": 0}), OUT: Q(**{f"{known}__gt": 0, active: 0}), NOT_KNOWN: Q(**{known: 0}),
        }.get(behind.state, Q())  # fmt: skip
        told |= Q(start_month=start) & state
    return Q(Exists(rows.filter(told)))


def has_bit(field: str, bit: int) -> Q:
    """Whether the bit is set: an account and its bits are one row, which is met by its own key."""
    rows = AccountUse.objects.annotate(told=F(field).bitand(bit))
    return Q(Exists(rows.filter(pk=OuterRef("pk"), told__gt=0)))


def is_customer(day: date) -> Q:
    return Q(started_on__lte=day) & (Q(use__left_on=None) | Q(use__left_on__gt=day))


def on_day(behind: Behind) -> Q:
    """Customers of a day whose use on it is known: those in use, or those that were not."""
    day = behind.day or date.min
    used = Q(Exists(AccountDay.objects.filter(account=OuterRef("pk"), day=day)))
    known = Q(Exists(KnownDay.objects.filter(source=OuterRef("source"), day=day)))
    here = is_customer(day)
    return here & {IN: used, OUT: known & ~used, NOT_KNOWN: ~known & ~used}.get(behind.state, known | used)


def with_feature(behind: Behind) -> Q:
    rows = FeatureStanding.objects.filter(account=OuterRef("pk"), feature=behind.feature)
    told = {
        "paid": Q(is_paid=True), "used": Q(is_paid=True, days__gt=0), "unused": Q(is_paid=True, days=0),
        "unknown": Q(is_paid=True, days=None), "unpaid": Q(is_paid=False, days__gt=0),
        "any": Q(days__gt=0),
    }[behind.state]  # fmt: skip
    return Q(Exists(rows.filter(told)))


def moved(behind: Behind, study: Study) -> Q:
    """Those that went from one place to another between the two days of the study."""
    ends = ("before", behind.before, study.since), ("now", behind.now, study.as_of)
    if behind.what == "band":
        first, second = (band_was(name, code, day) for name, code, day in ends)
    else:
        first, second = (main_was(name, code) for name, code, _ in ends)
    return first & second


def main_was(name: str, code: int) -> Q:
    return Q(**{f"use__main_{name}": None if code == UNKNOWN else code})


def band_was(name: str, code: int, day: date) -> Q:
    if code == NOT_YET:
        return Q(started_on__gt=day)
    if code == GONE:
        return Q(use__left_on__lte=day)
    return is_customer(day) & Q(**{f"use__band_{name}": code - BAND_SHIFT})


def last_days(study: Study) -> list[date]:
    """The days of the 13 weeks that the study counts, from the first Monday on."""
    first = date.fromisoformat(study.found["first_day"])
    return [first + timedelta(days=n) for n in range((study.as_of - first).days + 1)]


def customers_by_arr(
    user: User, *, as_of: date, owners: list[int], teams: list[int], segments: list[str]
) -> QuerySet[Account]:
    """The customers of the day that the user sees, the largest first."""
    active = visible_accounts(user).filter(status=Status.ACTIVE, started_on__lte=as_of)
    return narrowed(active, owners, teams, segments).order_by("-arr", "name", "pk")


def standings_of(accounts: Iterable[Account]) -> dict[tuple[int, int], tuple[bool, int | None]]:
    """By account and feature: whether it is paid for, and on how many of 28 days it was in use. One query."""
    rows = FeatureStanding.objects.filter(account__among=[account.pk for account in accounts])
    return {
        (account, feature): (paid, days)
        for account, feature, paid, days in rows.values_list("account_id", "feature_id", "is_paid", "days")
    }


def standing_rows(accounts: QuerySet[Account]) -> Iterator[tuple[Any, ...]]:
    """Account, segment, feature, whether it is paid for and the days of use, by name. One query, read as it is used."""
    rows = FeatureStanding.objects.filter(account__in=accounts.order_by()).order_by("account__name", "feature__name")
    names = ("account__name", "account__segment__name", "feature__name", "is_paid", "days")
    yield from rows.values_list(*names).iterator(chunk_size=2_000)
