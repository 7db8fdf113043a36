"""One account: how it stands, why its score is what it is, what happened, who is there and what we do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.access import Action, can, visible_accounts
from accounts.models import Account, MitigationPlan, User
from accounts.queries.account import accounts_in_full, contacts_in_full, happenings, open_plan, share_links
from dashboards.charts.theme import DEFAULT_SCALE
from dashboards.formats import shown_change
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_people import People, build_people
from dashboards.pages.account_score import ScoreBlock, build_score_block
from dashboards.pages.account_sharing import ShareForm, Sharing, build_sharing
from dashboards.pages.account_timeline import Timeline, build_timeline, definition_marks, events_of
from dashboards.pages.account_trend import Trend, build_trend
from dashboards.pages.company import scale_of
from dashboards.pages.plan_rows import StepRow, day_of, in_points, step_row
from scoring.models import UNDEFINED, AccountHealth
from scoring.queries.explanation import Explanation, explanation_on
from scoring.queries.freshness import counting_day, is_stale
from scoring.queries.history import month_before, scored_days
from scoring.queries.lines import months_in_contract
from scoring.queries.listing import ebr_due_on

RENEWAL_SOON_DAYS, RENEWAL_URGENT_DAYS = 90, 30
EBR_SOON_DAYS = 21


@dataclass(frozen=True)
class Strip:
    """The figures under the name. Days are negative when past."""

    score: Decimal | None
    band: int
    band_name: str
    change: Decimal | None
    coverage: float | None
    low: Decimal | None
    high: Decimal | None
    arr: Decimal
    currency: str
    seats: int | None
    renewal_date: date | None
    renewal_days: int | None
    renewal_mood: str
    last_ebr_on: date | None
    ebr_due_on: date
    ebr_days: int
    ebr_mood: str
    touch_days: int | None
    cadence_days: int | None

    @property
    def ebr_days_over(self) -> int:
        return -self.ebr_days


@dataclass(frozen=True)
class PlanBlock:
    pk: int
    owner: str
    reason: str
    goal: str
    opened_on: date
    change: Decimal | None
    steps: tuple[StepRow, ...]

    @property
    def pips(self) -> list[str]:
        return [step.state for step in self.steps]


@dataclass(frozen=True)
class AccountPage:
    account: Account
    month: int | None
    as_of: date | None
    today: date
    is_churned: bool
    band_colors: tuple[str, ...]
    strip: Strip
    score: ScoreBlock | None
    trend: Trend
    timeline: Timeline
    people: People
    plan: PlanBlock | None
    sharing: Sharing | None

    @property
    def is_stale(self) -> bool:
        """Of an account that left nobody expects newer scores."""
        return not self.is_churned and is_stale(self.as_of, today=self.today)


def build_account_page(
    account: Account,
    *,
    user: User,
    today: date,
    now: datetime,
    query: Mapping[str, str],
    form: ShareForm | None = None,
) -> AccountPage:
    """Everything about an account that was read with `accounts_in_full`; `query` is what the address says."""
    days = scored_days(account.pk, last=today)
    as_of = days[-1].day if days else None
    day = counting_day(as_of, today=today)
    explained = None
    if days:
        explained = explanation_on(account, day=days[-1].day, compared_with=month_before(days))
    happened = happenings(account)
    health: AccountHealth | None = getattr(account, "health", None)
    score = (
        build_score_block(
            explained, account=account, health=health, judged=happened, names=names_below(explained, user=user)
        )
        if explained
        else None
    )
    card = explained.card if explained else None
    names = {card.version_id: f"{card.name} v{card.number}"} if card else {}
    scale = scale_of(card.bands) if card else DEFAULT_SCALE
    plan = open_plan(account)
    return AccountPage(
        account=account,
        month=months_in_contract(started_on=account.started_on, day=day) if account.started_on <= day else None,
        as_of=as_of,
        today=today,
        is_churned=account.status == "churned",
        band_colors=card.bands.colors if card else (),
        strip=build_strip(account, score=score, health=health, today=day),
        score=score,
        trend=build_trend(
            days,
            chosen=query.get("trend", ""),
            events=[*events_of(happened, days, card_names=names), *definition_marks(card, days=days)],
            scale=scale,
            today=day,
        ),
        timeline=build_timeline(happened, chosen=query.get("kind", ""), page=query.get("page", "1"), today=today),
        people=build_people(list(contacts_in_full(account, today=day)), today=day),
        plan=plan_block(plan, score=score.score if score else None, today=today) if plan else None,
        sharing=build_sharing(share_links(account), form=form, now=now) if can(user, Action.SHARE_HEALTH) else None,
    )


def names_below(explained: Explanation, *, user: User) -> dict[int, str]:
    """The names of the accounts of which this one's score is made, as far as the user sees them."""
    ids = [child.account_id for child in explained.children]
    return dict(visible_accounts(user).filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def build_strip(account: Account, *, score: ScoreBlock | None, health: AccountHealth | None, today: date) -> Strip:
    """The account's figures as they are today; moods are good, warn or bad."""
    renewal_days = (account.renewal_date - today).days if account.renewal_date else None
    due = ebr_due_on(account, health=health)
    touched = health.last_touchpoint_on if health else None
    return Strip(
        score=score.score if score else None,
        band=score.band if score else UNDEFINED,
        band_name=score.band_name if score else "Undefined",
        change=score.shown_change if score else None,
        coverage=score.coverage if score else None,
        low=score.low if score else None,
        high=score.high if score else None,
        arr=account.arr,
        currency=account.currency,
        seats=account.seats,
        renewal_date=account.renewal_date,
        renewal_days=renewal_days,
        renewal_mood=mood(renewal_days, bad_under=RENEWAL_URGENT_DAYS, warn_under=RENEWAL_SOON_DAYS),
        last_ebr_on=health.last_ebr_on if health else None,
        ebr_due_on=due,
        ebr_days=(due - today).days,
        ebr_mood=mood((due - today).days, bad_under=0, warn_under=EBR_SOON_DAYS),
        touch_days=(today - touched).days if touched else None,
        cadence_days=account.segment.touchpoint_cadence_days if account.segment else None,
    )


def mood(days: int | None, *, bad_under: int, warn_under: int) -> str:
    if days is None or days >= warn_under:
        return ""
    return "bad" if days < bad_under else "warn"


def plan_block(plan: MitigationPlan, *, score: Decimal | None, today: date) -> PlanBlock:
    """The open plan, and how the score changed since it was opened."""
    return PlanBlock(
        pk=plan.pk,
        owner=plan.owner.name,
        reason=plan.reason,
        goal=plan.goal,
        opened_on=day_of(plan.opened_at),
        change=shown_change(score, in_points(plan.score_at_opening_hundredths)),
        steps=tuple(step_row(step, is_open=True, today=today) for step in plan.steps.all()),
    )


@requires(Action.VIEW_ACCOUNT)
def account(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    return render(request, "account.html", {"page": page_of(request, found)})


def page_of(request: UserRequest, found: Account, *, form: ShareForm | None = None) -> AccountPage:
    """The page as of now, for the reader who asks."""
    return build_account_page(
        found, user=request.user, today=timezone.localdate(), now=timezone.now(), query=request.GET.dict(), form=form
    )
