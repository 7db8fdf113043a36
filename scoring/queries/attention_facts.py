"""What happened to the accounts that need somebody: all that a line of the list says, for a few accounts at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import BooleanField, Case, Exists, QuerySet, Value, When

from accounts.models import Account, AttentionKind, PlanStep, StepState, SurveyResponse
from accounts.queries.snoozes import Marks, Snoozed
from scoring.breakdown import unpack
from scoring.core.bands import UNDEFINED
from scoring.models import AccountHealth, Snapshot
from scoring.queries.attention import SLIPPED, Reason, Setting, open_plans, owes, unanswered
from scoring.queries.measures import Manual

# How far back the first day of a flag is looked for.
FLAG_DAYS = 35


@dataclass(frozen=True)
class Needs:
    """An account with all its reasons, the worst first, and what they are made of."""

    account: Account
    health: AccountHealth
    reasons: tuple[Reason, ...]
    has_plan: bool
    steps: tuple[PlanStep, ...]
    flags: tuple[str, ...]
    owed: tuple[Manual, ...]
    silent: tuple[SurveyResponse, ...]

    @property
    def worst(self) -> Reason:
        return self.reasons[0]

    @property
    def marks(self) -> Marks:
        """Which causes these are, by kind: what a snooze remembers."""
        return {reason.kind: set(self.marks_of(reason.kind)) for reason in self.reasons}

    def marks_of(self, kind: AttentionKind) -> Sequence[str]:
        health = self.health
        match kind:
            case AttentionKind.DROP:
                return [str(health.score)]
            case AttentionKind.STEP:
                return [max(step.due_date for step in self.steps).isoformat()]
            case AttentionKind.EBR:
                return [(health.last_ebr_on or self.account.started_on).isoformat()]
            case AttentionKind.FLAG:
                return self.flags
            case AttentionKind.RENEWAL:
                return [str(self.account.renewal_date)]
            case AttentionKind.TOUCHPOINT:
                return [str(health.last_touchpoint_on)]
            case AttentionKind.DATA:
                return ["undefined"]
            case AttentionKind.SURVEY:
                return [f"{asked.contact_id} {asked.asked_on}" for asked in self.silent]
            case AttentionKind.READING:
                return [manual.slug for manual in self.owed]


def is_put_off(kind: str, *, now: set[str], before: set[str]) -> bool:
    """Whether the causes of now are among those that were put off.

    A score that lost five more points is a new cause, and so is a step that came due later than those of before.
    """
    if not before:
        return False
    if kind == AttentionKind.DROP:
        return int(min(now)) > min(int(mark) for mark in before) - SLIPPED
    return max(now) <= max(before) if kind == AttentionKind.STEP else now <= before


def snoozed_ids(
    accounts: QuerySet[Account], *, setting: Setting, snoozed: Mapping[int, Snoozed]
) -> dict[str, list[int]]:
    """Of what the user put off, the kinds of causes that nothing new was added to: ids of accounts per kind."""
    found: dict[str, list[int]] = defaultdict(list)
    if not snoozed:
        return found
    for needs in needs_of(accounts, ids=list(snoozed), setting=setting):
        before = snoozed[needs.account.pk].marks
        for kind, now in needs.marks.items():
            if is_put_off(kind, now=now, before=before.get(kind, set())):
                found[kind].append(needs.account.pk)
    return found


def needs_of(accounts: QuerySet[Account], *, ids: Collection[int], setting: Setting) -> list[Needs]:
    """These accounts in this order, without those that need nothing. Two queries, and one where somebody is silent."""
    if not ids:
        return []
    holds = {f"is_{reason.name}": yes(condition) for reason, condition in setting.conditions.items()}
    owing = {f"owes_{n}": yes(owes(manual, setting)) for n, manual in enumerate(setting.manuals)}
    rows = accounts.filter(pk__in=ids).select_related("health", "segment", "owner", "source")
    found = {account.pk: account for account in rows.annotate(has_plan=Exists(open_plans()), **holds, **owing)}
    steps = overdue_of(found, today=setting.today)
    silent = silent_of(
        [pk for pk, account in found.items() if getattr(account, f"is_{Reason.UNANSWERED.name}")], today=setting.today
    )
    listed = [
        needs_from(found[pk], steps=steps.get(pk, ()), silent=silent.get(pk, ()), setting=setting)
        for pk in ids
        if pk in found
    ]
    return [needs for needs in listed if needs.reasons]


def yes(condition: object) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def overdue_of(ids: Collection[int], *, today: date) -> dict[int, tuple[PlanStep, ...]]:
    """The overdue steps of open plans, the longest overdue first."""
    rows = PlanStep.objects.filter(plan__account__in=list(ids), plan__closed_at=None, due_date__lt=today)
    found: dict[int, tuple[PlanStep, ...]] = {}
    for step in rows.exclude(state=StepState.DONE).select_related("plan").order_by("due_date", "position"):
        found[step.plan.account_id] = (*found.get(step.plan.account_id, ()), step)
    return found


def silent_of(ids: Collection[int], *, today: date) -> dict[int, tuple[SurveyResponse, ...]]:
    """Who was asked and is silent, the longest first."""
    found: dict[int, tuple[SurveyResponse, ...]] = {}
    if ids:
        rows = unanswered(today=today).filter(account__in=list(ids)).select_related("contact")
        for asked in rows.order_by("asked_on", "contact__name", "pk"):
            found[asked.account_id] = (*found.get(asked.account_id, ()), asked)
    return found


def needs_from(
    account: Account, *, steps: tuple[PlanStep, ...], silent: tuple[SurveyResponse, ...], setting: Setting
) -> Needs:
    held = [reason for reason in Reason if getattr(account, f"is_{reason.name}")]
    # The first of a kind says it: a fall of ten points is also one of five.
    first = {reason.kind: reason for reason in reversed(held)}
    health: AccountHealth | None = getattr(account, "health", None)
    return Needs(
        account=account,
        health=health or AccountHealth(account=account, band=UNDEFINED),
        reasons=tuple(sorted(first.values())),
        has_plan=account.has_plan,  # type: ignore[attr-defined]  # annotated
        steps=steps,
        flags=tuple(key for key in setting.flags if health and key in health.flags),
        owed=tuple(manual for n, manual in enumerate(setting.manuals) if getattr(account, f"owes_{n}")),
        silent=silent,
    )


def flags_since(listed: Sequence[Needs]) -> dict[tuple[int, str], date | None]:
    """Per account id and flag the first day of its present stretch; None where that is over a month ago. One query."""
    flagged = {needs.account.pk: needs for needs in listed if AttentionKind.FLAG in needs.marks}
    if not flagged:
        return {}
    newest = max(needs.health.as_of for needs in flagged.values())
    first = newest - timedelta(days=FLAG_DAYS)
    rows = Snapshot.objects.filter(account__in=list(flagged), as_of__gte=first).order_by("as_of")
    since: dict[tuple[int, str], date | None] = {}
    for account_id, day, kept in rows.values_list("account_id", "as_of", "breakdown"):
        on = {flag.key for flag in unpack(kept).flags}
        for key in flagged[account_id].flags:
            if key not in on:
                since.pop((account_id, key), None)
            else:
                since.setdefault((account_id, key), day)
    return {key: day if day and day > first else None for key, day in since.items()}
