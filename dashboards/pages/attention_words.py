"""What a line of "needs attention today" says: what happened, in words, and the one action that helps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse

from accounts.access import Action, can
from accounts.models import PlanOrigin, SurveyKind, User
from dashboards import formats
from dashboards.pages.accounts_rows import month_change, points
from dashboards.pages.plan_links import start_url
from scoring.queries.attention import Reason
from scoring.queries.attention_facts import Needs
from scoring.queries.listing import ebr_due_on
from scoring.queries.staleness import Staleness
from scoring.queries.words import Words

ICONS = {
    Reason.FELL: "trending-down",
    Reason.STEP_OVERDUE: "clock-alert",
    Reason.EBR_OVERDUE: "calendar-clock",
    Reason.FLAG_AT_RISK: "flag",
    Reason.RENEWS: "calendar-days",
    Reason.SLIPPED: "trending-down",
    Reason.FLAG: "flag",
    Reason.QUIET: "phone-call",
    Reason.NO_SCORE: "circle-question-mark",
    Reason.UNANSWERED: "message-square-text",
    Reason.READING_OWED: "ruler",
}
ORIGINS = {
    Reason.FELL: PlanOrigin.DROP,
    Reason.SLIPPED: PlanOrigin.DROP,
    Reason.FLAG_AT_RISK: PlanOrigin.FLAG,
    Reason.FLAG: PlanOrigin.FLAG,
}
Since = Mapping[tuple[int, str], date | None]


@dataclass(frozen=True)
class Told:
    """A reason in words: the part that matters, and the rest of the sentence."""

    head: str
    rest: str = ""


@dataclass(frozen=True)
class Help:
    """The one action that helps."""

    label: str
    url: str
    # Whether it opens over the list.
    is_sheet: bool = False


@dataclass(frozen=True)
class Teller:
    """Words for reasons. Days are counted from `day`, steps from `today`; `month_ago` is what scores compare with."""

    user: User
    words: Words
    today: date
    day: date
    month_ago: date | None
    since: Since

    def told(self, reason: Reason, needs: Needs) -> Told:
        match reason:
            case Reason.FELL | Reason.SLIPPED:
                return self.drop(needs)
            case Reason.STEP_OVERDUE:
                return self.step(needs)
            case Reason.EBR_OVERDUE:
                return self.ebr(needs)
            case Reason.FLAG_AT_RISK | Reason.FLAG:
                return self.flag(needs)
            case Reason.RENEWS:
                return self.renewal(needs)
            case Reason.QUIET:
                return self.quiet(needs)
            case Reason.NO_SCORE:
                return self.no_score(needs)
            case Reason.UNANSWERED:
                return self.unanswered(needs)
            case Reason.READING_OWED:
                return self.reading(needs)

    def short(self, reason: Reason, needs: Needs) -> str:
        """A reason beside a worse one, without its details."""
        if reason.kind == Reason.FLAG.kind:
            return ", ".join(self.words.flag(key) for key in needs.flags)
        return self.told(reason, needs).head

    def drop(self, needs: Needs) -> Told:
        health, change = needs.health, month_change(needs.health) or Decimal(0)
        since = f" since {formats.near_day(self.month_ago, today=self.day)}" if self.month_ago else " in a month"
        band, before = self.words.band(health.band), self.words.band(health.band_month_ago or 0)
        crossed = f"{before} then, {band} now." if health.band != health.band_month_ago else ""
        size = formats.score_change(change)
        if not size or not change:
            return Told(f"Fell from {before} to {band}{since}")
        return Told(f"Down {size} {formats.score_noun(change)}".rstrip() + since, crossed)

    def step(self, needs: Needs) -> Told:
        step, others = needs.steps[0], len(needs.steps) - 1
        more = f" and {others} more" if others else ""
        late = formats.span((self.today - step.due_date).days)
        return Told(f"Step {step.position}{more} overdue by {late}", step.text)

    def ebr(self, needs: Needs) -> Told:
        held = needs.health.last_ebr_on
        last = f"The last one was on {formats.near_day(held, today=self.day)}." if held else "There was none yet."
        late = (self.day - ebr_due_on(needs.account, health=needs.health)).days
        return Told(f"EBR overdue by {formats.span(late)}" if late > 0 else "EBR overdue", last)

    def flag(self, needs: Needs) -> Told:
        labels = [self.words.flag(key) for key in needs.flags]
        begun = self.since.get((needs.account.pk, needs.flags[0]))
        since = f"on since {formats.near_day(begun, today=self.day)}" if begun else "on for over a month"
        others = f"also {', '.join(labels[1:])}; " if labels[1:] else ""
        return Told(labels[0], f"{since}; {others}no plan yet.")

    def renewal(self, needs: Needs) -> Told:
        days = (needs.account.renewal_date - self.day).days if needs.account.renewal_date else 0
        held = needs.health.last_touchpoint_on
        quiet = f"{formats.span((self.day - held).days)} since the last touchpoint" if held else "no touchpoint yet"
        band = self.words.band(needs.health.band)
        return Told(f"Renews in {formats.span(days)}" if days else "Renews today", f"{band}; {quiet}.")

    def quiet(self, needs: Needs) -> Told:
        held, segment = needs.health.last_touchpoint_on, needs.account.segment
        days = formats.span((self.day - held).days) if held else ""
        agreed = f"one is agreed every {segment.touchpoint_cadence_days}." if segment else ""
        return Told(f"No touchpoint for {days}", agreed)

    def no_score(self, needs: Needs) -> Told:
        known = formats.percent(needs.health.coverage)
        return Told("No score", f"{known} of the weight has data, which is too little.")

    def unanswered(self, needs: Needs) -> Told:
        """No answer from Rosa Silva and 1 more: asked for an NPS on 12 Oct, and not met since."""
        asked, others = needs.silent[0], len(needs.silent) - 1
        name = asked.contact.name if asked.contact else "a contact"
        day = formats.near_day(asked.asked_on, today=self.today)
        more = f" and {others} more" if others else ""
        kind = f"{'an' if asked.kind == SurveyKind.NPS else 'a'} {asked.get_kind_display()}"
        return Told(f"No answer from {name}{more}", f"asked for {kind} on {day}, and not met since.")

    def reading(self, needs: Needs) -> Told:
        labels = ", ".join(manual.label for manual in needs.owed)
        return Told("Reading owed", f"{labels}: no fresh value.")

    def help(self, needs: Needs) -> Help:
        """What the worst reason asks for; who only reads opens the account."""
        pk = needs.account.pk
        if not can(self.user, Action.EDIT_ACCOUNT):
            return Help("Open account", reverse("account", args=[pk]))
        match needs.worst:
            case Reason.STEP_OVERDUE:
                return Help("Update step", reverse("plan-step", args=[needs.steps[0].pk]), is_sheet=True)
            case Reason.EBR_OVERDUE:
                return Help("Schedule EBR", touchpoint(pk, kind="ebr", outcome="planned"), is_sheet=True)
            case Reason.RENEWS | Reason.QUIET:
                return Help("Log touchpoint", touchpoint(pk, kind="call", outcome="held"), is_sheet=True)
            case Reason.UNANSWERED:
                people = "".join(f"&contact={asked.contact_id}" for asked in needs.silent[:1])
                return Help("Log touchpoint", touchpoint(pk, kind="call", outcome="held") + people, is_sheet=True)
            case Reason.NO_SCORE:
                return self.check_data(pk)
            case Reason.READING_OWED:
                return Help("Enter rating", f"{reverse('ratings')}?account={pk}")
            case _ if needs.has_plan:
                return Help("Open plan", plan_of(pk))
            case _:
                return Help("Start plan", self.start_plan(needs), is_sheet=True)

    def start_plan(self, needs: Needs) -> str:
        """With the reason that stands in the line."""
        told = self.told(needs.worst, needs)
        rest = told.rest.removesuffix("; no plan yet.").removesuffix(" no plan yet.")
        reason = f"{told.head}. {rest}" if rest else told.head
        return start_url(needs.account.pk, reason=reason, origin=ORIGINS.get(needs.worst, PlanOrigin.HAND))

    def check_data(self, pk: int) -> Help:
        if can(self.user, Action.MANAGE_SOURCES):
            return Help("Check sources", reverse("sources"))
        return Help("See what is missing", reverse("account", args=[pk]) + "#why")


def plan_of(pk: int) -> str:
    return reverse("account-plan", args=[pk])


def touchpoint(pk: int, *, kind: str, outcome: str) -> str:
    return f"{reverse('touchpoint-new')}?account={pk}&kind={kind}&outcome={outcome}"


@dataclass(frozen=True)
class AttentionRow:
    """A line of the list. `causes` are what a snooze puts off."""

    pk: int
    name: str
    url: str
    owner: str
    tier: int
    icon: str
    band: int
    band_name: str
    score: Decimal | None
    told: Told
    others: str
    arr: Decimal
    renewal_date: date | None
    renews_in_days: int | None
    help: Help
    causes: tuple[str, ...]
    silent_sources: tuple[str, ...]


def row_of(needs: Needs, *, teller: Teller, stale: Staleness | None) -> AttentionRow:
    account, health, renewal = needs.account, needs.health, needs.account.renewal_date
    others = [teller.short(reason, needs) for reason in needs.reasons[1:]]
    return AttentionRow(
        pk=account.pk,
        name=account.name,
        url=reverse("account", args=[account.pk]),
        owner=account.owner.name if account.owner else "",
        tier=needs.worst.tier,
        icon=ICONS[needs.worst],
        band=health.band,
        band_name=teller.words.band(health.band),
        score=points(health.score),
        told=teller.told(needs.worst, needs),
        others="; ".join(others),
        arr=health.arr_reporting,
        renewal_date=renewal,
        renews_in_days=(renewal - teller.day).days if renewal else None,
        help=teller.help(needs),
        causes=tuple(f"{kind}:{mark}" for kind, marks in needs.marks.items() for mark in sorted(marks)),
        silent_sources=stale.sources if stale else (),
    )
