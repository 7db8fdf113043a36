"""What people owe: values of measures with a rhythm that are missing, stale, due this month or about to age out."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.access import answerable_for, visible_accounts
from accounts.models import Account, ManualReading, Status, User
from scoring.models import CustomMeasure, MeasureKind, Rhythm, ScorecardItem
from scoring.queries.listing import months_after
from scoring.queries.measures import BUILT_IN_MANUALS, Manual, manual_from
from scoring.queries.readings import MONTHS, State, with_readings
from scoring.store import months_before

# What ends so soon is owed too, however far the month's end is.
SOON_DAYS = 7


@dataclass(frozen=True)
class Owed:
    """A measure, and the accounts that want a value of it."""

    manual: Manual
    accounts: QuerySet[Account]


def owed_until(today: date) -> date:
    """The last day of the month, and at least a week ahead."""
    return max(today.replace(day=monthrange(today.year, today.month)[1]), today + timedelta(days=SOON_DAYS))


def owed_by(user: User, *, accounts: QuerySet[Account] | None = None, today: date) -> list[Owed]:
    """By measure; the accounts are those that the user sees, or fewer. Two queries."""
    among = visible_accounts(user) if accounts is None else accounts
    return [Owed(manual, wanting(among, manual=manual, today=today)) for manual in manuals_with_rhythm(user)]


def manuals_with_rhythm(user: User) -> list[Manual]:
    """Built-in ones that a card weighs; those of nobody in particular, and of people whose duties the user sees to."""
    return rhythmic_manuals(Q(owner=None) | Q(owner__in=answerable_for(user)))


def rhythmic_manuals(whose: Q | None = None) -> list[Manual]:
    """All measures with a rhythm, or of the custom ones only those that `whose` names."""
    whose = whose or Q()
    custom = CustomMeasure.objects.filter(whose, retired_on=None, kind=MeasureKind.ENTERED).exclude(rhythm=Rhythm.NONE)
    found = [manual_from(measure) for measure in custom.select_related("owner").order_by("label", "slug")]
    return [*weighed_manuals(), *found]


def weighed_manuals() -> list[Manual]:
    """The built-in measures with a rhythm that any card weighs."""
    slugs = [slug for slug, manual in BUILT_IN_MANUALS.items() if manual.rhythm != Rhythm.NONE]
    weighed = set(ScorecardItem.objects.filter(measure__in=slugs).values_list("measure", flat=True).distinct())
    return [BUILT_IN_MANUALS[slug] for slug in slugs if slug in weighed]


def wanting(
    accounts: QuerySet[Account], *, manual: Manual, today: date, until: date | None = None
) -> QuerySet[Account]:
    """Active accounts without a reading that is still fresh on that day; without one, on the last of what is owed."""
    until = until or owed_until(today)
    since = months_before(until, months=MONTHS[Rhythm(manual.rhythm)])
    fresh = ManualReading.objects.filter(
        account=OuterRef("pk"), measure=manual.slug, read_on__gt=since, read_on__lte=today, expires_on__gte=until
    )
    return accounts.filter(~Exists(fresh), status=Status.ACTIVE)


def counts(owed: Sequence[Owed]) -> list[int]:
    """How many accounts each measure wants a value of. One query for each."""
    return [one.accounts.count() for one in owed]


def page_of(
    owed: Sequence[Owed], sizes: Sequence[int], *, start: int, end: int, today: date
) -> list[tuple[Manual, Account]]:
    """The rows from `start` to `end` of all measures one after the other, the longest without a value first."""
    rows: list[tuple[Manual, Account]] = []
    before = 0
    for one, size in zip(owed, sizes, strict=True):
        first, last = max(start - before, 0), min(end - before, size)
        if first < last:
            rows += [(one.manual, account) for account in in_order(one, today=today)[first:last]]
        before += size
    return rows


def in_order(owed: Owed, *, today: date) -> QuerySet[Any]:
    """With what was read last, as `with_readings` has it; never read ones first."""
    read = with_readings(owed.accounts, manual=owed.manual, today=today).select_related("owner")
    return read.order_by(F("read_on").asc(nulls_first=True), "name", "pk")


def due_on(manual: Manual, *, read_on: date, expires_on: date) -> date:
    """The first day on which the reading is no longer fresh: by the rhythm, or when its shelf life is over."""
    by_rhythm = months_after(read_on, months=MONTHS[Rhythm(manual.rhythm)])
    return min(by_rhythm, expires_on + timedelta(days=1))


def enterable(user: User) -> list[Manual]:
    """All measures that are entered: those with a rhythm or not, that a card weighs or the organization made."""
    custom = CustomMeasure.objects.filter(retired_on=None, kind=MeasureKind.ENTERED).select_related("owner")
    weighed = ScorecardItem.objects.filter(measure__in=BUILT_IN_MANUALS).values_list("measure", flat=True).distinct()
    built_in = [BUILT_IN_MANUALS[slug] for slug in sorted(weighed)]
    return [*built_in, *(manual_from(measure) for measure in custom.order_by("label", "slug"))]


def newest_readings(account: Account, *, slugs: Sequence[str], today: date) -> dict[str, ManualReading]:
    """The newest reading of each measure. One query."""
    rows = ManualReading.objects.filter(account=account, measure__in=slugs, read_on__lte=today)
    return {reading.measure: reading for reading in rows.order_by("read_on", "pk")}


def state_of_reading(manual: Manual, reading: ManualReading | None, *, today: date) -> State:
    """How old a reading is; without a rhythm it is fresh until its shelf life ends."""
    if reading is None:
        return State.NEVER
    if reading.expires_on < today:
        return State.STALE
    if manual.rhythm == Rhythm.NONE:
        return State.FRESH
    is_due = due_on(manual, read_on=reading.read_on, expires_on=reading.expires_on) <= today
    return State.DUE if is_due else State.FRESH
