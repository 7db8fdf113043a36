"""The days of use behind the measures of usage, performance and adoption."""

from datetime import date
from fractions import Fraction
from statistics import median

from django.db.models import Count, Max, Min, Q, Sum

from accounts.models import AccountDay, Entitlement, Feature, FeatureDay, UserDay
from scoring.extract.features import FEATURE_WINDOW
from scoring.extract.usage import (
    COHORT_WEEKS,
    DURATION_WINDOW,
    INSTANT_SECONDS,
    LOGIN_WINDOW,
    LOST_SECONDS,
    LOYALTY_WINDOW,
    QUIET_DAYS,
    SECONDS_PER_HOUR,
    WINDOW,
)
from scoring.queries.rows.asked import Asked, Column, Figure, Found, Input, Row, ratio, words_of

USERS: tuple[Column, ...] = (
    ("User", "text"), ("First active", "day"), ("Last active", "day"), ("Active days", "count"), ("Events", "count"),
)  # fmt: skip


def users_of(asked: Asked, days: int) -> list[Row]:
    """Everyone who was active in the window, with the days on which they were."""
    rows = UserDay.objects.filter(account=asked.account, day__range=asked.window_of_use(days)).values("user_key")
    found = rows.annotate(first=Min("day"), last=Max("day"), days=Count("day"), events=Sum("events")).order_by(
        "user_key"
    )
    return list(found.values_list("user_key", "first", "last", "days", "events"))


def active_users(asked: Asked) -> int | None:
    """How many users were active in 28 days."""
    rows = UserDay.objects.filter(account=asked.account, day__range=asked.window_of_use(WINDOW))
    count = rows.values("user_key").distinct().count()
    return None if asked.known_days(WINDOW, by_user=True) is None else count


def seat_utilisation(asked: Asked) -> Found:
    rows, known = users_of(asked, WINDOW), asked.known_days(WINDOW, by_user=True)
    users = None if known is None else len(rows)
    inputs: tuple[Input, ...] = (("Licensed seats on the day", asked.seats, "count"), known_input(known))
    return Found(USERS, rows, ratio(users, asked.seats), words_of(WINDOW), inputs)


def active_user_count(asked: Asked) -> Found:
    rows, known = users_of(asked, WINDOW), asked.known_days(WINDOW, by_user=True)
    return Found(USERS, rows, None if known is None else len(rows), words_of(WINDOW), (known_input(known),))


def stickiness(asked: Asked) -> Found:
    rows, known = users_of(asked, WINDOW), asked.known_days(WINDOW, by_user=True)
    users = None if known is None else len(rows)
    value = ratio(ratio(sum(row[3] for row in rows), known), users)
    return Found(USERS, rows, value, words_of(WINDOW), (known_input(known),))


def loyalty_index(asked: Asked) -> Found:
    rows, known = users_of(asked, LOYALTY_WINDOW), asked.known_days(QUIET_DAYS + 1, by_user=True)
    kept = sum((asked.day - row[2]).days <= QUIET_DAYS for row in rows)
    value = None if known is None else ratio(kept, len(rows))
    return Found(USERS, rows, value, words_of(LOYALTY_WINDOW), (("Known days of 31", known, "count"),))


def known_input(known: int | None) -> Input:
    return ("Known days of 28", known, "count")


# Days of users.


def hours_of(asked: Asked, days: int) -> list[Row]:
    rows = UserDay.objects.filter(account=asked.account, day__range=asked.window_of_use(days), seconds__isnull=False)
    found = rows.order_by("-day", "user_key").values_list("day", "user_key", "seconds")
    return [(day, user, Fraction(seconds or 0, SECONDS_PER_HOUR)) for day, user, seconds in found]


def median_hours(rows: list[Row], first: date, last: date) -> Figure:
    hours = [row[2] for row in rows if first <= row[0] <= last]
    return median(hours) if hours else None


HOURS: tuple[Column, ...] = (("Day", "day"), ("User", "text"), ("Hours", "decimal"))


def duration_index(asked: Asked) -> Found:
    rows = hours_of(asked, DURATION_WINDOW)
    value = median_hours(rows, *asked.window_of_use(DURATION_WINDOW))
    return Found(HOURS, rows, value, words_of(DURATION_WINDOW))


def duration_trend(asked: Asked) -> Found:
    rows = hours_of(asked, 2 * DURATION_WINDOW)
    now = median_hours(rows, *asked.window_of_use(DURATION_WINDOW))
    before = median_hours(rows, *asked.window_of_use(DURATION_WINDOW, back=DURATION_WINDOW))
    inputs: tuple[Input, ...] = (("Median of 15 days", now, "decimal"), ("Of the 15 before", before, "decimal"))
    return Found(HOURS, rows, ratio(now, before), words_of(2 * DURATION_WINDOW), inputs)


def retention_index(asked: Asked) -> Found:
    """Of each user the weeks of activity; a cohort is those whose first week it is."""
    days = 7 * COHORT_WEEKS
    rows = UserDay.objects.filter(account=asked.account, day__range=asked.window_of_use(days)).order_by(
        "-day", "user_key"
    )
    found = list(rows.values_list("day", "user_key", "events"))
    first = asked.ago(days - 1)
    weeks: dict[str, set[int]] = {}
    for day, user, _ in found:
        weeks.setdefault(user, set()).add((day - first).days // 7)
    named = [(day - first).days // 7 for day, has_users in asked.known if has_users]
    is_known = [2 * named.count(week) >= 7 for week in range(COHORT_WEEKS)]
    value = weighted_return(weeks, is_known=is_known)
    columns: tuple[Column, ...] = (("Day", "day"), ("User", "text"), ("Events", "count"))
    inputs: tuple[Input, ...] = (("Weeks of 12 that are known", sum(is_known), "count"),)
    return Found(columns, found, value, words_of(days), inputs)


def weighted_return(weeks: dict[str, set[int]], *, is_known: list[bool]) -> Figure:
    """Σ k × share of those expected who are back k weeks after their first ÷ Σ k."""
    total, weight = Fraction(0), 0
    for k in range(1, COHORT_WEEKS):
        due = [user for user, active in weeks.items() if min(active) + k < COHORT_WEEKS and is_known[min(active) + k]]
        if due:
            total += k * Fraction(sum(min(weeks[user]) + k in weeks[user] for user in due), len(due))
            weight += k
    return ratio(total, weight)


# Days of accounts.


def days_of(asked: Asked, days: int, *names: str) -> list[Row]:
    rows = AccountDay.objects.filter(account=asked.account, day__range=asked.window_of_use(days))
    return list(rows.order_by("-day").values_list("day", *names))


def total(rows: list[Row], column: int) -> Figure:
    """The sum of a column; None where there are rows and none of them states it."""
    stated = [row[column] for row in rows if row[column] is not None]
    return None if rows and not stated else sum(stated)


def days_since_login(asked: Asked) -> Found:
    rows = [row for row in days_of(asked, LOGIN_WINDOW, "users", "events") if row[2] > 0]
    last_known = asked.last_known(WINDOW)
    last = max([row[0] for row in rows[:1]] + [max(asked.account.started_on, asked.ago(LOGIN_WINDOW - 1))])
    value = None if last_known is None else max((last_known - last).days, 0)
    columns: tuple[Column, ...] = (("Day", "day"), ("Users", "count"), ("Events", "count"))
    inputs: tuple[Input, ...] = (("Last known day", last_known, "day"), ("Last active day", last, "day"))
    return Found(columns, rows, value, words_of(LOGIN_WINDOW), inputs)


def usage_trend(asked: Asked) -> Found:
    rows, middle = days_of(asked, 2 * WINDOW, "events"), asked.ago(WINDOW)
    recent, earlier = ([row for row in rows if (row[0] > middle) is is_new] for is_new in (True, False))
    known, known_before = asked.known_days(WINDOW), asked.known_days(WINDOW, back=WINDOW)
    value = ratio(ratio(total(recent, 1), known), ratio(total(earlier, 1), known_before))
    was_there = asked.account.started_on <= asked.ago(2 * WINDOW - 1)
    inputs: tuple[Input, ...] = (known_input(known), ("Of the 28 before", known_before, "count"))
    columns: tuple[Column, ...] = (("Day", "day"), ("Events", "count"))
    return Found(columns, rows, value if was_there else None, words_of(2 * WINDOW), inputs)


def error_share(asked: Asked) -> Found:
    rows, known = days_of(asked, WINDOW, "events", "errors"), asked.known_days(WINDOW)
    value = None if known is None else ratio(total(rows, 2), total(rows, 1))
    columns: tuple[Column, ...] = (("Day", "day"), ("Events", "count"), ("Errors", "count"))
    return Found(columns, rows, value, words_of(WINDOW), (known_input(known),))


def performance_index(asked: Asked) -> Found:
    rows = [row for row in days_of(asked, WINDOW, "loads", "failed_loads", "load_ms") if row[1] is not None]
    loads, failed, took = (sum(row[n] or 0 for row in rows) for n in (1, 2, 3))
    seconds = ratio(took, (loads - failed) * 1000) or 0
    speed = min(max((LOST_SECONDS - float(seconds)) / (LOST_SECONDS - INSTANT_SECONDS), 0.0), 1.0)
    succeeded = ratio(loads - failed, loads)
    columns: tuple[Column, ...] = (
        ("Day", "day"), ("Loads", "count"), ("Failed", "count"), ("Milliseconds together", "count"),
    )  # fmt: skip
    return Found(columns, rows, None if succeeded is None else float(succeeded) * speed, words_of(WINDOW))


# Features.


def features_of(asked: Asked, days: int) -> list[Row]:
    """The key features paid for: since when, the last day of use in the window, and on how many days."""
    used = FeatureDay.objects.filter(account=asked.account, day__range=asked.window_of_use(days)).values("feature")
    last_and_days = used.annotate(last=Max("day"), days=Count("day")).values_list("feature", "last", "days")
    found = {feature: (last, count) for feature, last, count in last_and_days}
    since = entitled_since(asked)
    return [
        (feature.name, since[feature.pk], *found.get(feature.pk, (None, 0)))
        for feature in Feature.objects.filter(is_key=True).order_by("name", "pk")
        if feature.pk in since
    ]


def entitled_since(asked: Asked) -> dict[int, date]:
    """By key feature; all from the start where nobody records what is paid for."""
    told = Entitlement.objects.filter(starts_on__lte=asked.day)
    if not told.exists():
        keys = Feature.objects.filter(is_key=True).values_list("pk", flat=True)
        return dict.fromkeys(keys, asked.account.started_on)
    running = told.filter(Q(ends_on=None) | Q(ends_on__gt=asked.day), account=asked.account, feature__is_key=True)
    return dict(running.values_list("feature").annotate(Min("starts_on")).order_by())


FEATURES: tuple[Column, ...] = (
    ("Key feature", "text"), ("Paid for since", "day"), ("Last used", "day"), ("Days in use", "count"),
)  # fmt: skip


def feature_breadth(asked: Asked) -> Found:
    rows, known = features_of(asked, WINDOW), asked.known_days(WINDOW)
    value = None if known is None else ratio(sum(row[2] is not None for row in rows), len(rows))
    return Found(FEATURES, rows, value, words_of(WINDOW), (known_input(known),))


def days_key_feature_unused(asked: Asked) -> Found:
    rows, last_known = features_of(asked, FEATURE_WINDOW), asked.last_known(WINDOW)
    used = [row[2] for row in rows if row[2] is not None]
    value = None if not used or last_known is None else max((last_known - min(used)).days, 0)
    return Found(FEATURES, rows, value, words_of(FEATURE_WINDOW), (("Last known day", last_known, "day"),))
