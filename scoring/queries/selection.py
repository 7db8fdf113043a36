"""Which accounts a reader asked for: the same choice for accounts, for summaries, and for what left."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from time import perf_counter

from django.core.cache import caches
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce

from accounts.access import sight_of, visible_accounts
from accounts.models import Account, Contract, MitigationPlan, Status, User
from scoring.core.bands import UNDEFINED
from scoring.models import DailySummary
from scoring.queries.search import containing
from scoring.queries.summaries import visible_summaries

# Renewal windows by the word that stands in addresses; the last day counts.
RENEWAL_DAYS = {"30d": 30, "90d": 90, "180d": 180, "365d": 365}
RENEWAL_PAST = "past"
KEPT_SECONDS = 60
SLOW_SECONDS = 0.02
QUARTER = re.compile(r"(20\d\d)-Q([1-4])")
# Stands for accounts without a segment, or without an owner.
NONE = "none"


@dataclass(frozen=True)
class Selection:
    """A choice of accounts; an empty part leaves all. `owners` are ids as text, or NONE."""

    segments: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    bands: tuple[int, ...] = ()
    renewal: str = ""
    flags: tuple[str, ...] = ()
    plan: str = ""
    text: str = ""
    regions: tuple[str, ...] = ()
    products: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        return self == Selection()

    @property
    def is_of_facets(self) -> bool:
        """Whether facets can tell its totals: it chooses by nothing that they do not have."""
        return not (self.renewal or self.flags or self.plan or self.text or self.regions or self.products)


def active_accounts(user: User) -> QuerySet[Account]:
    """The active accounts that the user sees, with their `band`: Undefined also before the first score."""
    band = Coalesce("health__band", Value(UNDEFINED))
    return visible_accounts(user).filter(status=Status.ACTIVE).annotate(band=band)


def selected_accounts(user: User, *, selection: Selection, today: date) -> QuerySet[Account]:
    """The active accounts of the selection that the user sees, with their `band`."""
    # Asked as text, since SQLite cannot ask whether a JSON list contains something.
    visible = active_accounts(user).alias(flags_text=Cast("health__flags", TextField()))
    chosen = visible.filter(of_kind(selection), of_place(selection, today=today), with_state(selection, today=today))
    return containing(chosen, text=selection.text)


def selected_summaries(user: User, *, selection: Selection) -> QuerySet[DailySummary]:
    """The daily summaries of the selection's segments, phases and owners; other parts have no summary."""
    return visible_summaries(user).filter(of_kind(selection))


def former_accounts(user: User, *, selection: Selection) -> QuerySet[Account]:
    """Accounts that left, of the selection's segments, phases and owners."""
    return visible_accounts(user).filter(of_kind(selection), status=Status.CHURNED)


def of_kind(selection: Selection) -> Q:
    """The part of a selection that accounts and summaries can answer alike."""
    phases = Q(phase__in=selection.phases) if selection.phases else Q()
    return one_of("segment", "segment__slug", selection.segments) & phases & one_of("owner", "owner", selection.owners)


def accounts_ever(user: User, *, selection: Selection, today: date) -> QuerySet[Account]:
    """Active and former accounts of the selection's segments, owners, regions and products: for what was before."""
    return visible_accounts(user).filter(of_kind(selection), of_place(selection, today=today))


def of_place(selection: Selection, *, today: date) -> Q:
    """The regions and products of a selection. An account has a product that one of its open contracts names; one
    that left has those that it ever had."""
    place = Q(country__in=selection.regions) if selection.regions else Q()
    if not selection.products:
        return place
    named = Contract.objects.filter(account=OuterRef("pk"), plan_name__in=selection.products, starts_on__lte=today)
    is_open = Q(ends_on=None) | Q(ends_on__gt=today)
    return place & (Q(Exists(named.filter(is_open))) | Q(Exists(named), status=Status.CHURNED))


def regions_of(user: User) -> list[str]:
    """The regions of active accounts, in order; those of many accounts are kept a minute."""
    return kept_words(f"regions:{sight_of(user)}", lambda: named_regions(user))


def named_regions(user: User) -> list[str]:
    rows = visible_accounts(user).filter(status=Status.ACTIVE).exclude(country="").order_by()
    return sorted(rows.values_list("country", flat=True).distinct())


def products_of(user: User, *, today: date) -> list[str]:
    """The products that open contracts name, in order."""
    return kept_words(f"products:{sight_of(user)}:{today}", lambda: named_products(user, today=today))


def named_products(user: User, *, today: date) -> list[str]:
    rows = Contract.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today), starts_on__lte=today).exclude(plan_name="")
    mine = rows.filter(account__in=visible_accounts(user).filter(status=Status.ACTIVE)).order_by()
    return sorted(mine.values_list("plan_name", flat=True).distinct())


def kept_words(key: str, make: Callable[[], list[str]]) -> list[str]:
    """What took long is kept for a minute, as pages are."""
    pages = caches["pages"]
    kept: list[str] | None = pages.get(key)
    if kept is not None:
        return kept
    began = perf_counter()
    found = make()
    if perf_counter() - began > SLOW_SECONDS:
        pages.set(key, found, KEPT_SECONDS)
    return found


def one_of(field: str, lookup: str, values: tuple[str, ...]) -> Q:
    if not values:
        return Q()
    named = [value for value in values if value != NONE]
    return Q(**{f"{lookup}__in": named}) | (Q(**{f"{field}__isnull": True}) if NONE in values else Q())


def with_state(selection: Selection, *, today: date) -> Q:
    """The part of a selection that needs the account's latest health, its dates or its plan."""
    state = Q(band__in=selection.bands) if selection.bands else Q()
    if quarter := quarter_days(selection.renewal):
        state &= Q(renewal_date__range=quarter)
    elif selection.renewal == RENEWAL_PAST:
        state &= Q(renewal_date__lt=today)
    elif selection.renewal:
        state &= renewing(today=today, days=RENEWAL_DAYS[selection.renewal])
    if selection.flags:
        state &= has_flag(selection.flags)
    if selection.plan:
        has_plan = Exists(MitigationPlan.objects.filter(account=OuterRef("pk"), closed_at=None))
        state &= Q(has_plan) if selection.plan == "yes" else ~Q(has_plan)
    return state


def quarter_days(word: str) -> tuple[date, date] | None:
    """The first and the last day of a quarter that an address names: 2027-Q1. None for any other word."""
    found = QUARTER.fullmatch(word)
    if found is None:
        return None
    year, quarter = int(found[1]), int(found[2])
    next_start = date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
    return date(year, quarter * 3 - 2, 1), next_start - timedelta(days=1)


def renewing(*, today: date, days: int) -> Q:
    """Accounts that renew between today and so many days from now, both included."""
    return Q(renewal_date__range=(today, today + timedelta(days=days)))


def has_flag(keys: tuple[str, ...]) -> Q:
    """Any of the flags; NONE is none at all."""
    flags = Q()
    for key in keys:
        flags |= Q(flags_text__in=["[]"]) if key == NONE else Q(flags_text__contains=f'"{key}"')
    return flags
