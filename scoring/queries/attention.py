"""Which accounts need somebody today, and in which order: decided by the database, in a few queries.

The formula stands in docs/attention.md. Reasons are numbered from the worst; an account counts by its worst one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, Exists, F, FloatField, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from accounts.models import (
    Account,
    AttentionKind,
    ManualReading,
    MitigationPlan,
    PlanStep,
    Segment,
    StepState,
    StreamAccount,
    SurveyResponse,
    Touchpoint,
    TouchpointKind,
    TouchpointState,
    User,
)
from accounts.queries.answers import is_silent
from accounts.queries.silence import Silent, silent_sources
from scoring.core.bands import ABOVE, AT_RISK, BELOW, MODERATE, STRONG, UNDEFINED, WEAK
from scoring.models import CustomMeasure, Rhythm, ScorecardItem
from scoring.queries.listing import months_after
from scoring.queries.measures import BUILT_IN_MANUALS, Manual, manual_from
from scoring.queries.readings import MONTHS
from scoring.queries.words import Words
from scoring.store import months_before

# In hundredths of a point within a month.
FELL, SLIPPED = 1000, 500
RENEWAL_DAYS = 90
URGENT_DAYS, URGENCY = 30, 2.0
QUIET_DAYS = 30
# A question that was asked longer ago is not talked about any more.
FORGOTTEN_DAYS = 90
# The share of ARR that is lost within a year, by band, until a backtest of the organization's own says otherwise.
LOSS = {ABOVE: 0.04, STRONG: 0.04, MODERATE: 0.15, WEAK: 0.36, BELOW: 0.36, UNDEFINED: 0.14}
# Flags that say what another reason says better.
OWN_REASONS = ("ebr_overdue", "score_dropped")


class Reason(IntEnum):
    """From the worst to the least."""

    FELL = 1
    STEP_OVERDUE = 2
    EBR_OVERDUE = 3
    FLAG_AT_RISK = 4
    RENEWS = 5
    SLIPPED = 6
    FLAG = 7
    QUIET = 8
    NO_SCORE = 9
    UNANSWERED = 10
    READING_OWED = 11

    @property
    def kind(self) -> AttentionKind:
        return KINDS[self]

    @property
    def tier(self) -> int:
        return 1 if self <= Reason.FLAG_AT_RISK else 2 if self <= Reason.QUIET else 3


KINDS = {
    Reason.FELL: AttentionKind.DROP,
    Reason.STEP_OVERDUE: AttentionKind.STEP,
    Reason.EBR_OVERDUE: AttentionKind.EBR,
    Reason.FLAG_AT_RISK: AttentionKind.FLAG,
    Reason.RENEWS: AttentionKind.RENEWAL,
    Reason.SLIPPED: AttentionKind.DROP,
    Reason.FLAG: AttentionKind.FLAG,
    Reason.QUIET: AttentionKind.TOUCHPOINT,
    Reason.NO_SCORE: AttentionKind.DATA,
    Reason.UNANSWERED: AttentionKind.SURVEY,
    Reason.READING_OWED: AttentionKind.READING,
}


@dataclass(frozen=True)
class Setting:
    """What the reasons depend on. Steps, readings and answers are due by `today`, all else is counted from `day`."""

    user: User
    today: date
    day: date
    segments: tuple[Segment, ...]
    silent: tuple[Silent, ...]
    manuals: tuple[Manual, ...]
    flags: tuple[str, ...]
    # Account ids by the kind of cause that the user put off.
    snoozed: Mapping[str, Collection[int]] = field(default_factory=dict)

    @cached_property
    def conditions(self) -> dict[Reason, Q | Exists]:
        """When each reason holds for an account. Accounts are those of `selected_accounts`."""
        held = all_conditions(self)
        return {reason: self.awake(reason, held[reason]) for reason in Reason}

    def awake(self, reason: Reason, condition: Any) -> Any:
        ids = self.snoozed.get(reason.kind, ())
        return condition & ~Q(pk__in=ids) if ids else condition

    @property
    def worst(self) -> Case:
        """The number of the worst reason, 0 where there is none."""
        whens = [When(condition, then=Value(int(reason))) for reason, condition in self.conditions.items()]
        return Case(*whens, default=Value(0), output_field=IntegerField())

    @property
    def tier(self) -> Case:
        whens = [When(condition, then=Value(reason.tier)) for reason, condition in self.conditions.items()]
        return Case(*whens, default=Value(4), output_field=IntegerField())


def setting_of(user: User, *, words: Words, today: date, day: date) -> Setting:
    """Four queries, however many accounts there are."""
    return Setting(
        user=user,
        today=today,
        day=day,
        segments=tuple(Segment.objects.order_by("position", "pk")),
        silent=tuple(silent_sources()),
        manuals=tuple(owed_manuals(user)),
        flags=tuple(key for key in words.flags if key not in OWN_REASONS),
    )


def owed_manuals(user: User) -> list[Manual]:
    """Measures with a rhythm that the user may owe a value of; built-in ones only where a card weighs them."""
    mine = Q(owner=None) | Q(owner=user)
    custom = CustomMeasure.objects.filter(mine, retired_on=None, formula="").exclude(rhythm=Rhythm.NONE)
    manuals = [manual_from(measure) for measure in custom.select_related("owner").order_by("slug")]
    built_in = {slug: manual for slug, manual in BUILT_IN_MANUALS.items() if manual.rhythm != Rhythm.NONE}
    weighed = ScorecardItem.objects.filter(measure__in=built_in).values_list("measure", flat=True).distinct()
    return [*manuals, *(built_in[slug] for slug in sorted(weighed))]


def all_conditions(setting: Setting) -> dict[Reason, Any]:
    at_risk, has_plan = Q(health__band__in=AT_RISK), Exists(open_plans())
    flagged = has_flag(setting) & ~Q(has_plan)
    return {
        Reason.FELL: fell_by(FELL) | (at_risk & Q(health__band_month_ago__in=(ABOVE, STRONG, MODERATE))),
        Reason.STEP_OVERDUE: Exists(overdue_steps(today=setting.today)),
        Reason.EBR_OVERDUE: ebr_overdue(setting) & ~Q(Exists(planned(setting, kind=TouchpointKind.EBR))),
        Reason.FLAG_AT_RISK: at_risk & flagged,
        Reason.RENEWS: renews(setting, has_plan=has_plan),
        Reason.SLIPPED: fell_by(SLIPPED),
        Reason.FLAG: flagged,
        Reason.QUIET: quiet(setting) & ~Q(Exists(planned(setting))),
        Reason.NO_SCORE: Q(health__band=UNDEFINED),
        Reason.UNANSWERED: Exists(unanswered(today=setting.today).filter(account=OuterRef("pk"))),
        Reason.READING_OWED: reading_owed(setting),
    }


def open_plans() -> QuerySet[MitigationPlan]:
    return MitigationPlan.objects.filter(account=OuterRef("pk"), closed_at=None)


def overdue_steps(*, today: date) -> QuerySet[PlanStep]:
    late = PlanStep.objects.filter(plan__account=OuterRef("pk"), plan__closed_at=None, due_date__lt=today)
    return late.exclude(state=StepState.DONE)


def planned(setting: Setting, **only: Any) -> QuerySet[Touchpoint]:
    """What is planned ahead: it answers the wish for a touchpoint."""
    state = TouchpointState.PLANNED
    return Touchpoint.objects.filter(account=OuterRef("pk"), state=state, day__gte=setting.day, **only)


def fell_by(hundredths: int) -> Q:
    return Q(health__score__lte=F("health__score_month_ago") - hundredths)


def ebr_overdue(setting: Setting) -> Q:
    """By the scorecard's own flag or a known last EBR: where nobody records EBRs, none is overdue."""
    late = Q(flags_text__contains='"ebr_overdue"')
    for segment in setting.segments:
        held_until = last_day_before(setting.day, months=segment.ebr_cadence_months)
        late |= Q(segment=segment.pk, health__last_ebr_on__lte=held_until)
    return late


def last_day_before(day: date, *, months: int) -> date:
    """The last day to which so many months can be added without reaching `day`."""
    found = months_before(day, months=months) + timedelta(days=3)
    while months_after(found, months=months) >= day:
        found -= timedelta(days=1)
    return found


def quiet(setting: Setting) -> Q:
    """The last known touchpoint is longer ago than the segment agrees on."""
    late = Q(pk__in=())
    for segment in setting.segments:
        held_until = setting.day - timedelta(days=segment.touchpoint_cadence_days + 1)
        late |= Q(segment=segment.pk, health__last_touchpoint_on__lte=held_until)
    return late


def renews(setting: Setting, *, has_plan: Exists) -> Q:
    """Soon, and either at risk without a plan, or nobody has spoken with them for a month nor is about to."""
    soon = Q(renewal_date__range=(setting.day, setting.day + timedelta(days=RENEWAL_DAYS)))
    since = setting.day - timedelta(days=QUIET_DAYS)
    silent = Q(health__last_touchpoint_on__lt=since) | Q(health__last_touchpoint_on=None)
    return soon & ((Q(health__band__in=AT_RISK) & ~Q(has_plan)) | (silent & ~Q(Exists(planned(setting)))))


def unanswered(*, today: date) -> QuerySet[SurveyResponse]:
    """Those asked who are silent, and whom nobody has met since: until they may have forgotten, or are asked again."""
    contact = OuterRef("contact")
    asked_again = SurveyResponse.objects.filter(contact=contact, asked_on__gt=OuterRef("asked_on"))
    met = Touchpoint.contacts.through.objects.filter(
        contact=contact, touchpoint__state=TouchpointState.HELD, touchpoint__day__gt=OuterRef("asked_on")
    )
    return SurveyResponse.objects.filter(
        is_silent(today=today),
        Q(contact__left_on=None) | Q(contact__left_on__gt=today),
        ~Exists(asked_again),
        ~Exists(met),
        asked_on__gt=today - timedelta(days=FORGOTTEN_DAYS),
        contact__isnull=False,
        contact__opt_out=None,
    )


def has_flag(setting: Setting) -> Q:
    """Any flag that no other reason tells."""
    flags = Q(pk__in=())
    for key in setting.flags:
        flags |= Q(flags_text__contains=f'"{key}"')
    return flags


def reading_owed(setting: Setting) -> Q:
    owed = Q(pk__in=())
    for manual in setting.manuals:
        owed |= owes(manual, setting)
    return owed


def owes(manual: Manual, setting: Setting) -> Q:
    """No fresh reading, of an account of the user's own unless the measure is theirs for all accounts."""
    since = months_before(setting.today, months=MONTHS[Rhythm(manual.rhythm)])
    fresh = ManualReading.objects.filter(
        account=OuterRef("pk"), measure=manual.slug, read_on__range=(since + timedelta(days=1), setting.today)
    )
    whose = Q(owner=setting.user.pk) if manual.owner is None else Q()
    return whose & ~Q(Exists(fresh.filter(expires_on__gte=setting.today)))


def worth(*, day: date) -> Any:
    """ARR at risk: ARR × the loss rate of the band, doubled in the last 30 days before the renewal."""
    lost = Case(*[When(band=band, then=Value(rate)) for band, rate in LOSS.items()], output_field=FloatField())
    urgent = Q(renewal_date__range=(day, day + timedelta(days=URGENT_DAYS)))
    urgency = Case(When(urgent, then=Value(URGENCY)), default=Value(1.0), output_field=FloatField())
    return Cast(F("health__arr_reporting"), FloatField()) * lost * urgency


def counts(accounts: QuerySet[Account], *, setting: Setting) -> dict[Reason, int]:
    """How many accounts have each reason as their worst. One query."""
    rows = accounts.order_by().annotate(worst=setting.worst).values_list("worst").annotate(n=Count("pk"))
    return {Reason(number): n for number, n in rows if number}


def ranked(
    accounts: QuerySet[Account], *, setting: Setting, reasons: Collection[Reason], start: int, end: int
) -> list[int]:
    """The ids of accounts whose worst reason is one of these, the most urgent first. One query.

    All reasons need no filter: the accounts without any come last, and `end` is not beyond the count.
    """
    if set(reasons) != set(Reason):
        accounts = accounts.annotate(worst=setting.worst).filter(worst__in=[int(reason) for reason in reasons])
    order = (setting.tier.asc(), F("worth").desc(nulls_last=True), "name", "pk")
    rows = accounts.annotate(worth=worth(day=setting.day)).order_by(*order)
    return list(rows.values_list("pk", flat=True)[start:end])


def dependents(accounts: QuerySet[Account], *, source_id: int) -> int:
    """How many of the accounts a source speaks of."""
    streamed = StreamAccount.objects.filter(source=source_id, account=OuterRef("pk"))
    return accounts.filter(Q(source=source_id) | Q(Exists(streamed))).count()
