"""How the product is used, worked out over all accounts and kept for the page (docs/product-usage.md).

Shapes: A accounts in the order of their ids, G groups of an owner and a segment, M months, D days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.db import transaction

from accounts import bulk
from accounts.months import first_of_month
from scoring.core import adoption
from scoring.core.arrays import Bools, Floats, Ints
from scoring.core.bands import UNDEFINED
from scoring.extract import product_use as read
from scoring.extract.columns import columns
from scoring.models import AccountHealth, AccountUse, FeatureStanding, Snapshot, Study, StudyKind, UseSum
from scoring.models.use import GONE, NO_FEATURE, NOT_YET
from scoring.queries.summaries import ScoredDays, scored_days

MONTHS = 24
WEEKS = 13
APART_DAYS = WEEKS * read.WEEK
SLACK_DAYS = 15
# What stands for "not known" and "no customer" while arrays are whole numbers.
UNKNOWN = -9
Sums = dict[str, Any]


def months_until(as_of: date) -> list[date]:
    """The first days of the last 24 months that were over by the day, the oldest first."""
    month = first_of_month(as_of + timedelta(days=1))
    found: list[date] = []
    while len(found) < MONTHS:
        month = first_of_month(month - timedelta(days=1))
        found.insert(0, month)
    return found


def after(month: date) -> date:
    """The first day of the next month."""
    return first_of_month(month + timedelta(days=31))


@dataclass(frozen=True)
class Use:
    """All accounts' use up to `as_of`, beside what it was on the day `before`."""

    as_of: date
    before: date
    customers: read.Customers
    scored: ScoredDays

    @property
    def months(self) -> list[date]:
        return months_until(self.as_of)

    @property
    def first_day(self) -> date:
        """The Monday with which the 13 weeks begin."""
        monday = self.as_of - timedelta(days=self.as_of.weekday())
        return monday - timedelta(days=(WEEKS - 1) * read.WEEK)

    @cached_property
    def groups(self) -> tuple[list[tuple[int, int]], Ints]:
        """Owner and segment of each group, and (A,) the group of each account."""
        pairs = np.column_stack([self.customers.owners, self.customers.segments])
        keys, rows = np.unique(pairs, axis=0, return_inverse=True)
        return [(int(owner), int(segment)) for owner, segment in keys], rows.reshape(-1).astype(np.int64)

    @cached_property
    def active(self) -> Bools:
        return read.active_months(self.customers, wanted=self.months)

    @cached_property
    def known(self) -> Bools:
        """(A, M): use is known where the source told enough, where there was any, and after the account left."""
        first, edges = self.months[0], [*self.months, after(self.months[-1])]
        known, rows = read.known_days(self.customers, first=first, last=edges[-1] - timedelta(days=1))
        at = np.array([(edge - first).days for edge in edges])
        starts = self.customers.started - first.toordinal()
        told = adoption.enough_of_months(known[rows], starts=starts, edges=at)
        firsts = np.array([month.toordinal() for month in self.months])
        return np.asarray(told | self.active | (self.customers.left[:, np.newaxis] <= firsts))

    @cached_property
    def cohorts(self) -> Ints:
        """(A,): the month of the start as a place among the months; below 0 for earlier ones."""
        firsts = np.array([month.toordinal() for month in self.months])
        return np.searchsorted(firsts, self.customers.started, side="right").astype(np.int64) - 1

    def knows(self, last: date) -> Bools:
        """(A,): whether use is known in the 28 days that end with the day."""
        first = last - timedelta(days=read.WINDOW - 1)
        known, rows = read.known_days(self.customers, first=first, last=last)
        starts = self.customers.started - first.toordinal()
        return adoption.enough_of_months(known[rows], starts=starts, edges=np.array([0, read.WINDOW]))[:, 0]

    def main(self, day: date) -> tuple[Ints, read.FeatureDays]:
        """(A,): what each account used most in the 28 days until the day, or where it stood; and all that it used."""
        used = read.feature_days(self.customers, last=day)
        most = adoption.most_used(
            accounts=used.places, features=used.features, days=used.days, count=len(self.customers.ids)
        )
        told = np.where((most == NO_FEATURE) & ~self.knows(day), UNKNOWN, most)
        return self.placed(told, day), used

    def placed(self, told: Ints, day: date) -> Ints:
        """The same with NOT_YET and GONE for those that were no customers on the day."""
        found = np.where(self.customers.started > day.toordinal(), NOT_YET, told)
        return np.where(self.customers.left <= day.toordinal(), GONE, found).astype(np.int64)

    def bands(self, rows: Any, day: date) -> Floats:
        """(A,): the bands of these rows, Undefined for customers without a row, NaN for who was no customer."""
        ids, bands = columns(rows.order_by(), "account_id", "band")
        places, there = self.customers.places(ids.astype(np.int64))
        found = np.full(len(self.customers.ids), float(UNDEFINED))
        found[places[there]] = bands[there]
        return np.where(self.customers.on(day), found, np.nan)


def work_out_use(*, at: datetime) -> list[Study]:
    """As of the newest scored day, in the place of what was worked out before; nothing before the first scores."""
    days = scored_days()
    if days.newest is None:
        return []
    apart = days.newest - timedelta(days=APART_DAYS)
    before = days.nearest(apart, within_days=SLACK_DAYS) or apart
    use = Use(days.newest, before, read.read_customers(days.newest), days)
    with transaction.atomic():
        AccountUse.objects.all().delete()
        FeatureStanding.objects.all().delete()
        UseSum.objects.all().delete()
        return [save(use, at=at)]


def save(use: Use, *, at: datetime) -> Study:
    """Rows by account and sums by group. Sums of all owners are added up from those of each."""
    (mains, _), (now, used) = use.main(use.before), use.main(use.as_of)
    standing = standings_of(use, used)
    bands = bands_of(use)
    save_accounts(use, mains, now, bands)
    save_standings(use, standing)
    found = sums_of(use, mains, now, bands, standing)
    save_sums(use, found)
    months = [month.isoformat() for month in use.months]
    study, _ = Study.objects.update_or_create(
        kind=StudyKind.USE, days=APART_DAYS,
        defaults={
            "since": use.before, "as_of": use.as_of, "computed_at": at,
            "found": {"months": months, "first_day": use.first_day.isoformat(), "accounts": len(use.customers.ids)},
        },
    )  # fmt: skip
    return study


def bands_of(use: Use) -> tuple[Floats, Floats]:
    """Before and now; where nothing was scored before, everybody was Undefined."""
    before = use.bands(Snapshot.objects.filter(as_of=use.before), use.before)
    return before, use.bands(Snapshot.objects.filter(as_of=use.as_of), use.as_of)


@dataclass(frozen=True)
class Standings:
    """(K,): what today's customers pay for or use. `days` is -1 where use is not known."""

    places: Ints
    features: Ints
    is_paid: Bools
    days: Ints


def standings_of(use: Use, used: read.FeatureDays) -> Standings:
    here, knows = use.customers.on(use.as_of), use.knows(use.as_of)
    places, features = read.paid_features(use.customers, day=use.as_of)
    paid, ran = places << 32 | features, used.places << 32 | used.features
    keys = np.union1d(paid, ran)
    keys = keys[here[keys >> 32]] if len(keys) else keys
    days = np.zeros(len(keys), dtype=np.int64)
    at = np.minimum(np.searchsorted(ran, keys), max(len(ran) - 1, 0))
    there = ran[at] == keys if len(ran) else np.zeros(len(keys), dtype=bool)
    days[there] = used.days[at[there]]
    places = keys >> 32
    days = np.where((days == 0) & ~knows[places], -1, days) if len(keys) else days
    return Standings(places, keys & ((1 << 32) - 1), np.isin(keys, paid), days)


def save_accounts(use: Use, before: Ints, now: Ints, bands: tuple[Floats, Floats]) -> None:
    customers = use.customers
    known, active = adoption.months_as_bits(use.known), adoption.months_as_bits(use.active)
    columns_ = (customers.ids, customers.started, customers.left, known, active, before, now, *bands)
    rows = (account_row(*values) for values in zip(*(column.tolist() for column in columns_), strict=True))
    fields = (
        "account_id", "start_month", "left_on", "known_months", "active_months", "main_before", "main_now",
        "band_before", "band_now",
    )  # fmt: skip
    bulk.insert(model=AccountUse, fields=fields, rows=rows)


def account_row(
    pk: int, started: int, left: int, known: int, active: int, before: int, now: int, *bands: float
) -> tuple[Any, ...]:
    return (
        pk, first_of_month(date.fromordinal(started)), None if left == read.NEVER else date.fromordinal(left), known,
        active, *(None if main == UNKNOWN else main for main in (before, now)),
        *(None if band != band else int(band) for band in bands),
    )  # fmt: skip


def save_standings(use: Use, told: Standings) -> None:
    ids = use.customers.ids[told.places].tolist()
    rows = zip(ids, told.features.tolist(), told.is_paid.tolist(), told.days.tolist(), strict=True)
    lines = ((pk, feature, paid, None if days < 0 else days) for pk, feature, paid, days in rows)
    bulk.insert(model=FeatureStanding, fields=("account_id", "feature_id", "is_paid", "days"), rows=lines)


def sums_of(use: Use, before: Ints, now: Ints, bands: tuple[Floats, Floats], standing: Standings) -> list[Sums]:
    """One dictionary of sums per group, each of which can be added to another."""
    groups, mine = use.groups
    found: list[Sums] = [
        {"accounts": 0, "in_use": 0, "known": 0, "cohorts": {}, "days": {}, "features": {}, "mains": {}, "bands": {}}
        for _ in groups
    ]
    add_customers(found, use, mine, now)
    add_cohorts(found, use, mine)
    add_days(found, use, mine)
    add_features(found, use, mine, standing)
    add_flows(found, use, mine, "mains", before, now)
    add_flows(found, use, mine, "bands", *(banded(use, found, day) for found, day in bands_with_days(use, bands)))
    return found


def bands_with_days(use: Use, bands: tuple[Floats, Floats]) -> list[tuple[Floats, date]]:
    return [(bands[0], use.before), (bands[1], use.as_of)]


def banded(use: Use, bands: Floats, day: date) -> Ints:
    """Bands two higher than they are, as NOT_YET and GONE are below zero and so are some bands."""
    return use.placed(np.where(np.isnan(bands), 0, bands + 2).astype(np.int64), day)


def add_customers(found: list[Sums], use: Use, mine: Ints, now: Ints) -> None:
    """Today's customers, those of whose last 28 days we know, and those in use then."""
    here = use.customers.on(use.as_of)
    told = {"accounts": here, "known": here & (now != UNKNOWN), "in_use": here & (now > NO_FEATURE)}
    for name, which in told.items():
        for group, count in enumerate(np.bincount(mine[which], minlength=len(found)).tolist()):
            found[group][name] = count


def add_cohorts(found: list[Sums], use: Use, mine: Ints) -> None:
    """By start month: how many accounts started, and per month how many were known and how many in use."""
    known, active = adoption.cohort_counts(
        groups=mine, cohorts=use.cohorts, known=use.known, active=use.active, count=len(found)
    )
    sizes = np.zeros((len(found), MONTHS + 1), dtype=np.int64)
    np.add.at(sizes, (mine, np.clip(use.cohorts, -1, MONTHS - 1) + 1), 1)
    for group, sums in enumerate(found):
        for cohort in np.flatnonzero(sizes[group][1:]).tolist():
            lines = known[group, cohort, cohort:].tolist(), active[group, cohort, cohort:].tolist()
            sums["cohorts"][use.months[cohort].isoformat()] = {
                "size": int(sizes[group][cohort + 1]), "known": lines[0], "active": lines[1],
            }  # fmt: skip


def add_days(found: list[Sums], use: Use, mine: Ints) -> None:
    """Per day of the 13 weeks: customers whose use is known, and of them those in use, users and events."""
    known, rows = read.known_days(use.customers, first=use.first_day, last=use.as_of)
    span = (use.as_of - use.first_day).days + 1
    table = np.zeros((4, len(found), span), dtype=np.int64)
    for week in range(0, span, read.WEEK):
        first = use.first_day + timedelta(days=week)
        places, days, users, events = read.used_on(use.customers, first=first, days=min(read.WEEK, span - week))
        at = (mine[places], days + week)
        for n, amounts in enumerate((np.ones_like(days), np.where(np.isnan(users), 0, users).astype(np.int64), events)):
            np.add.at(table[n + 1], at, amounts)
        # Use that another source told of is known, too.
        np.add.at(table[0], at, (~known[rows[places], days + week]).astype(np.int64))
    for n in range(span):
        here = use.customers.on(use.first_day + timedelta(days=n)) & known[rows, n]
        table[0, :, n] += np.bincount(mine[here], minlength=len(found))
    for group, sums in enumerate(found):
        sums["days"] = {name: table[n, group].tolist() for n, name in enumerate(("known", "used", "users", "events"))}


def add_features(found: list[Sums], use: Use, mine: Ints, told: Standings) -> None:
    """Per feature: who pays for it, of them who uses it, who does not (with their ARR), of whom it is not known; and
    who uses it without paying."""
    cents = arr_cents(use)[told.places]
    unused = told.is_paid & (told.days == 0)
    kinds = {
        "paid": told.is_paid, "used": told.is_paid & (told.days > 0), "unused": unused,
        "unknown": told.is_paid & (told.days < 0), "unpaid": ~told.is_paid & (told.days > 0),
    }  # fmt: skip
    for name, which in kinds.items():
        count_features(found, mine[told.places[which]], told.features[which], name, np.ones(int(which.sum()), np.int64))
    count_features(found, mine[told.places[unused]], told.features[unused], "unused_cents", cents[unused])
    lazy = np.zeros(len(use.customers.ids), dtype=bool)
    lazy[told.places[unused]] = True
    totals = np.bincount(mine[lazy], minlength=len(found)).tolist()
    amounts = np.bincount(mine[lazy], weights=arr_cents(use)[lazy], minlength=len(found)).tolist()
    for sums, count, amount in zip(found, totals, amounts, strict=True):
        sums |= {"lazy": count, "lazy_cents": int(amount)}


def count_features(found: list[Sums], groups: Ints, features: Ints, name: str, amounts: Ints) -> None:
    keys, rows = np.unique(np.column_stack([groups, features]), axis=0, return_inverse=True)
    sums = np.zeros(len(keys), dtype=np.int64)
    np.add.at(sums, rows.reshape(-1), amounts)
    for (group, feature), amount in zip(keys.tolist(), sums.tolist(), strict=True):
        found[group]["features"].setdefault(str(feature), {})[name] = amount


def arr_cents(use: Use) -> Ints:
    """(A,): today's ARR in the reporting currency, in cents; 0 for who is not scored."""
    rows = AccountHealth.objects.values_list("account_id", "arr_reporting").order_by()
    cents = np.zeros(len(use.customers.ids), dtype=np.int64)
    told = [(pk, int(arr * 100)) for pk, arr in rows.iterator(chunk_size=10_000)]
    ids, amounts = np.array(told, dtype=np.int64).reshape(-1, 2).T
    places, there = use.customers.places(ids)
    cents[places[there]] = amounts[there]
    return cents


def add_flows(found: list[Sums], use: Use, mine: Ints, name: str, before: Ints, now: Ints) -> None:
    """From where to where, of those that were customers on either day."""
    moved = ~((before == GONE) & (now == GONE)) & ~((before == NOT_YET) & (now == GONE))
    told = adoption.flows(groups=mine[moved], before=before[moved], now=now[moved])
    for group, counts in told.items():
        found[group][name] = {f"{start}>{end}": count for (start, end), count in counts.items()}


def save_sums(use: Use, found: list[Sums]) -> None:
    """One row per group, and one per segment for all owners together."""
    groups, _ = use.groups
    rows = [(False, owner, segment, sums) for (owner, segment), sums in zip(groups, found, strict=True)]
    by_segment: dict[int, list[Mapping[str, Any]]] = {}
    for (_, segment), sums in zip(groups, found, strict=True):
        by_segment.setdefault(segment, []).append(sums)
    rows += [(True, -1, segment, added(parts)) for segment, parts in by_segment.items()]
    UseSum.objects.bulk_create(sum_rows(rows), batch_size=500)


def sum_rows(rows: list[tuple[bool, int, int, Sums]]) -> Iterator[UseSum]:
    for is_all, owner, segment, found in rows:
        yield UseSum(
            is_all=is_all,
            owner_id=None if owner < 0 else owner,
            segment_id=None if segment < 0 else segment,
            found=found,
        )


def added(parts: Sequence[Mapping[str, Any]]) -> Sums:
    """Sums of groups as one: numbers are added, lists place by place, dictionaries key by key."""
    total: Sums = {}
    for part in parts:
        for key, value in part.items():
            total[key] = plus(total[key], value) if key in total else value
    return total


def plus(one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        return added([one, other])
    if isinstance(one, list):
        return [a + b for a, b in zip(one, other, strict=True)]
    return one + other
