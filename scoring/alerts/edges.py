"""Where a rule's condition holds on a day and did not on the scored day before: one query per rule, never per account.

An account that had no snapshot on the day before is new: nothing changed about it.
"""

import math
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BinaryField, Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Substr

from accounts.access import visible_accounts
from accounts.models import Account, SourceSilence
from accounts.queries.silence import open_silences
from scoring.alerts.conditions import (
    ABOVE,
    BETTER,
    FELL,
    INTO,
    BandMove,
    Condition,
    Crossing,
    FlagOn,
    RenewalNear,
    ScoreMove,
    condition_of,
    counted,
    known_measure,
    value_words,
)
from scoring.breakdown import HEAD, LINE, acting_in
from scoring.core.bands import UNDEFINED
from scoring.models import AlertRule, AlertScope, DailySummary, ScorecardItem
from scoring.queries.words import words_of_scorecards

VALUE_BYTES = 8
SLACK_DAYS = 31


@dataclass(frozen=True)
class Edge:
    """One thing that a rule found. The same `cause` is the same thing, whoever finds it when."""

    account_id: int | None
    cause: str
    text: str
    as_of: date


@dataclass(frozen=True)
class Days:
    """The day that is looked at, and the scored day before it."""

    day: date
    before: date


def in_scope(rule: AlertRule) -> QuerySet[Account]:
    """The accounts that the rule is about, among those that its author sees today."""
    seen = visible_accounts(rule.author)
    if rule.scope == AlertScope.MINE:
        return seen.filter(owner=rule.author_id)
    if rule.scope == AlertScope.TEAM:
        return seen.filter(owner__team=rule.team_id)
    return seen.filter(segment=rule.segment_id) if rule.scope == AlertScope.SEGMENT else seen


def edges(rule: AlertRule, days: Days, *, among: Collection[int] | None = None) -> Iterator[Edge]:
    """What the rule finds between two scored days; with `among` only of these accounts."""
    accounts = in_scope(rule) if among is None else in_scope(rule).filter(pk__in=among)
    return changes(condition_of(rule.kind, rule.params), accounts, days)


def changes(asked: Condition, accounts: QuerySet[Account], days: Days) -> Iterator[Edge]:
    """What lies between two scored days. Dates and silences do not: they have readers of their own below."""
    match asked:
        case BandMove():
            return band_moves(asked, accounts, days)
        case ScoreMove():
            return score_moves(asked, accounts, days)
        case FlagOn():
            return flags_on(asked, accounts, days)
        case Crossing():
            return crossings(asked, accounts, days)
        case _:
            return iter(())


# Any: nobody but the query knows the names that a dictionary gives.
def on(accounts: QuerySet[Account], **days: date) -> Any:
    """With the snapshots of these days beside, each under its name."""
    beside = {name: FilteredRelation("snapshots", condition=Q(snapshots__as_of=day)) for name, day in days.items()}
    return accounts.annotate(**beside)


def compared(accounts: QuerySet[Account], days: Days, **more: date) -> Any:
    found = on(accounts, now=days.day, was=days.before, **more)
    return found.filter(now__as_of=days.day, was__as_of=days.before).order_by("pk")


def band_moves(asked: BandMove, accounts: QuerySet[Account], days: Days) -> Iterator[Edge]:
    """Of two codes the larger is the worse; into and out of Undefined is neither better nor worse."""
    moved = compared(accounts, days).exclude(now__band=F("was__band"))
    if asked.move == INTO:
        found = moved.filter(now__band=asked.band)
    else:
        known = moved.exclude(now__band=UNDEFINED).exclude(was__band=UNDEFINED)
        is_better = asked.move == BETTER
        found = known.filter(now__band__lt=F("was__band")) if is_better else known.filter(now__band__gt=F("was__band"))
    words = words_of_scorecards()
    for pk, was, now in found.values_list("pk", "was__band", "now__band").iterator():
        text = f"Moved from {words.band(was)} to {words.band(now)}"
        yield Edge(pk, f"band:{pk}:{days.before}:{now}", text, days.day)


def score_moves(asked: ScoreMove, accounts: QuerySet[Account], days: Days) -> Iterator[Edge]:
    """The change over so many days reaches the points, and did not the day before."""
    then, then_was = (scored_day_before(day, days=asked.days) for day in (days.day, days.before))
    if then is None:
        return
    rows = compared(accounts, days, then=then, then_was=then_was or then)
    sign = -1 if asked.direction == FELL else 1
    changed = rows.annotate(
        moved=sign * (F("now__score") - F("then__score")),
        moved_before=Coalesce(sign * (F("was__score") - F("then_was__score")), Value(0)),
    )
    limit = asked.points * 100
    found = changed.filter(moved__gte=limit, moved_before__lt=limit)
    verb = "Fell" if asked.direction == FELL else "Rose"
    for pk, moved in found.values_list("pk", "moved").iterator():
        # Cut, not rounded: 9.9 points are not 10.
        text = f"{verb} by {counted(moved // 100, 'point')} within {counted(asked.days, 'day')}"
        yield Edge(pk, f"score:{pk}:{days.before}", text, days.day)


def flags_on(asked: FlagOn, accounts: QuerySet[Account], days: Days) -> Iterator[Edge]:
    words = words_of_scorecards()
    changed = compared(accounts, days).exclude(now__breakdown=F("was__breakdown"))
    for pk, now, was in changed.values_list("pk", "now__breakdown", "was__breakdown").iterator():
        before = set(acting_in(was)[1])
        for key in acting_in(now)[1]:
            if key not in before and asked.flag in ("", key):
                yield Edge(pk, f"flag:{pk}:{days.before}:{key}", f"Flag: {words.flag(key)}", days.day)


def crossings(asked: Crossing, accounts: QuerySet[Account], days: Days) -> Iterator[Edge]:
    """The value stands at a fixed place of the breakdown, which each version of a card decides."""
    places = places_of(asked.measure)
    if not places:
        return
    found = compared(accounts, days).annotate(
        value=value_at("now", places), before=value_at("was", places)
    ).exclude(value=F("before"))  # fmt: skip
    told = known_measure(asked.measure)
    for pk, value, before in found.values_list("pk", "value", "before").iterator():
        number, earlier = number_of(value), number_of(before)
        if is_beyond(asked, number) and not math.isnan(earlier) and not is_beyond(asked, earlier):
            at, limit = (value_words(each, told.unit) for each in (number, asked.value))
            text = f"{told.label} went {asked.direction} {limit}: it is {at}"
            yield Edge(pk, f"measure:{pk}:{days.before}", text, days.day)


def places_of(measure: str) -> dict[int, int]:
    """Of each scorecard version with the measure, at which place of its breakdown it stands."""
    with_it = ScorecardItem.objects.filter(measure=measure).values_list("version")
    items = ScorecardItem.objects.filter(version__in=with_it).order_by("version", "position")
    counts, found = dict[int, int](), dict[int, int]()
    for version, key in items.values_list("version", "measure"):
        if key == measure:
            found[version] = counts.get(version, 0)
        counts[version] = counts.get(version, 0) + 1
    return found


def value_at(name: str, places: dict[int, int]) -> Case:
    """The bytes of the measure's value in the snapshot of that name; none where its card does not have it."""
    begins = {version: HEAD.itemsize + place * LINE.itemsize + 1 for version, place in places.items()}
    cases = (
        When(
            **{f"{name}__version_id": version},
            then=Substr(f"{name}__breakdown", begin, VALUE_BYTES, output_field=BinaryField()),
        )
        for version, begin in begins.items()
    )
    return Case(*cases, default=None, output_field=BinaryField())


def number_of(kept: Any) -> float:
    return struct.unpack("<d", bytes(kept))[0] if kept is not None else math.nan  # type: ignore[no-any-return]


def is_beyond(asked: Crossing, value: float) -> bool:
    """What is not known is beyond nothing."""
    return value > asked.value if asked.direction == ABOVE else value < asked.value


def renewals_near(asked: RenewalNear, rule: AlertRule, *, today: date) -> Iterator[Edge]:
    """Each renewal date once, as soon as it is near; not those that were near when the rule was switched on."""
    first = max(today.toordinal(), (rule.on_since or today).toordinal() + asked.days + 1)
    near = (date.fromordinal(first), date.fromordinal(today.toordinal() + asked.days))
    found = in_scope(rule).filter(health__isnull=False, renewal_date__range=near).order_by("pk")
    for pk, renews in found.values_list("pk", "renewal_date"):
        if renews is not None:
            yield renewal_edge(pk, renews, today=today)


def renewal_edge(pk: int, renews: date, *, today: date) -> Edge:
    left = (renews - today).days
    return Edge(pk, f"renewal:{pk}:{renews}", f"Renews in {counted(left, 'day')}, on {day_words(renews)}", today)


def sources_silent(rule: AlertRule, *, today: date) -> Iterator[Edge]:
    """Sources of the accounts that fell silent since the rule was switched on."""
    yield from told_silences(rule, open_silences().filter(noticed_at__date__gte=rule.on_since or today))


def told_silences(rule: AlertRule, silences: QuerySet[SourceSilence]) -> Iterator[Edge]:
    of_scope = silences.filter(Exists(in_scope(rule).filter(source=OuterRef("source"))))
    for pk, name, since, noticed in of_scope.order_by("pk").values_list("pk", "source__name", "since", "noticed_at"):
        text = f"The source {name} has brought nothing since {day_words(since.date())}"
        yield Edge(None, f"silence:{pk}", text, noticed.date())


def scored_day_before(day: date, *, days: int) -> date | None:
    """The last scored day that lies so many days before, or a little more."""
    target = day.toordinal() - days
    span = (date.fromordinal(target - SLACK_DAYS), date.fromordinal(target))
    found = DailySummary.objects.filter(as_of__range=span).order_by("-as_of")
    return found.values_list("as_of", flat=True).first()


def day_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
