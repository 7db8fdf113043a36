"""Readings that people enter: what was read last for each account, and what is due or has gone stale."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When

from accounts.models import Account, ManualReading, Status, User
from scoring.models import Rhythm
from scoring.queries.measures import Manual
from scoring.store import months_before

MONTHS = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3}


class State(StrEnum):
    """How old an account's newest reading is."""

    NEVER = "never"  # nobody entered one
    STALE = "stale"  # its shelf life has ended
    DUE = "due"  # older than the rhythm asks for
    FRESH = "fresh"


WANTED = (State.NEVER, State.STALE, State.DUE)


@dataclass(frozen=True)
class Duty:
    """What one person should enter for a measure: accounts by the state of their newest reading."""

    owner: str
    never: int
    stale: int
    due: int
    accounts: int

    @property
    def wanted(self) -> int:
        return self.never + self.stale + self.due


def with_readings(accounts: QuerySet[Account], *, manual: Manual, today: date) -> QuerySet[Account]:
    """The active accounts with `read_value`, `read_on`, `expires_on` and `reading_state` of the newest reading."""
    newest = ManualReading.objects.filter(account=OuterRef("pk"), measure=manual.slug, read_on__lte=today)
    newest = newest.order_by("-read_on", "-pk")
    found = accounts.filter(status=Status.ACTIVE).annotate(
        read_value=Subquery(newest.values("value")[:1]),
        read_on=Subquery(newest.values("read_on")[:1]),
        expires_on=Subquery(newest.values("expires_on")[:1]),
    )
    return found.annotate(reading_state=state_of(manual, today=today))


def state_of(manual: Manual, *, today: date) -> Case:
    conditions = [
        When(Q(read_on=None), then=Value(str(State.NEVER))),
        When(Q(expires_on__lt=today), then=Value(str(State.STALE))),
    ]
    months = MONTHS.get(Rhythm(manual.rhythm))
    if months:
        last_due = months_before(today, months=months)
        conditions.append(When(Q(read_on__lte=last_due), then=Value(str(State.DUE))))
    return Case(*conditions, default=Value(str(State.FRESH)), output_field=CharField())


def in_states(accounts: QuerySet[Any], states: Collection[str]) -> QuerySet[Account]:
    """Of accounts `with_readings`, those in these states; the longest without a value first."""
    kept = accounts.filter(reading_state__in=list(states)) if states else accounts
    return kept.order_by(F("read_on").asc(nulls_first=True), "name", "pk")


def duties(accounts: QuerySet[Any], *, manual: Manual) -> list[Duty]:
    """Of accounts `with_readings`, how many each owner should see to; the busiest first."""
    rows = accounts.order_by().values_list("owner__name", "reading_state").annotate(n=Count("pk"))
    return summed(rows, owner=manual.owner)


def summed(rows: Iterable[tuple[str | None, str, int]], *, owner: User | None) -> list[Duty]:
    """The measure's owner sees to all accounts; without one, each account's own."""
    counts: dict[str, dict[str, int]] = {}
    for name, state, count in rows:
        mine = counts.setdefault(owner.name if owner else name or "", dict.fromkeys(State, 0))
        mine[state] = mine.get(state, 0) + count
    found = [
        Duty(name, mine[State.NEVER], mine[State.STALE], mine[State.DUE], sum(mine.values()))
        for name, mine in counts.items()
    ]
    return sorted(found, key=lambda duty: (-duty.wanted, duty.owner))


def wanted_counts(manuals: Iterable[Manual], *, accounts: QuerySet[Account], today: date) -> dict[str, int]:
    """For each measure with a rhythm how many of the active accounts have no fresh reading: what is left to enter."""
    active = accounts.filter(status=Status.ACTIVE)
    manuals = [manual for manual in manuals if not manual.is_retired and manual.rhythm != Rhythm.NONE]
    since = {rhythm: months_before(today, months=months) for rhythm, months in MONTHS.items()}
    is_good = Q(measure__in=[manual.slug for manual in manuals], read_on__lte=today, expires_on__gte=today)
    fresh = ManualReading.objects.filter(is_good, account__in=active).values("measure")
    by_rhythm = {rhythm: Count("account", distinct=True, filter=Q(read_on__gt=day)) for rhythm, day in since.items()}
    rows: Iterable[Any] = fresh.annotate(**by_rhythm)
    counts = {row["measure"]: row for row in rows}
    total = active.count()
    return {manual.slug: total - counts.get(manual.slug, {}).get(manual.rhythm, 0) for manual in manuals}
