"""One account: how it stands, why its score is what it is, what happened, who is there and what we do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.access import Action, can, visible_accounts
from accounts.models import Account, User
from accounts.queries.account import accounts_in_full, contacts_in_full, happenings, open_plan, share_links
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_age import newest_by_measure
from dashboards.pages.account_flags import RaisedRow, raised_rows
from dashboards.pages.account_goals import Goals, build_goals
from dashboards.pages.account_head import Head, build_head, standing_of
from dashboards.pages.account_people import People, build_people
from dashboards.pages.account_plan import PlanBlock, plan_block
from dashboards.pages.account_proposals import ProposedRow, proposed_rows
from dashboards.pages.account_reach import ReachBlock, build_reach
from dashboards.pages.account_score import ScoreBlock, build_score_block
from dashboards.pages.account_sharing import Sharing, build_sharing
from dashboards.pages.account_timeline import Timeline, build_timeline
from dashboards.pages.account_touchpoints import Touchpoints, build_touchpoints
from dashboards.pages.account_trend import Trend, trend_of
from dashboards.pages.account_usage import UsageBlock, build_usage
from dashboards.pages.share_form import ShareForm
from scoring.models import AccountHealth
from scoring.queries.explanation import Explanation
from scoring.queries.staleness import stale_accounts
from scoring.queries.use import Use

LATEST = 6


@dataclass(frozen=True)
class AccountPage(Head):
    """The overview."""

    score: ScoreBlock | None
    flags: tuple[RaisedRow, ...]
    reach: ReachBlock | None
    trend: Trend
    timeline: Timeline
    touchpoints: Touchpoints
    goals: Goals
    people: People
    proposed: list[ProposedRow]
    plan: PlanBlock | None
    usage: UsageBlock
    sharing: Sharing | None


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
    standing = standing_of(account, today=today)
    head = build_head(account, user=user, standing=standing, today=today, tab="overview")
    explained = standing.explained
    happened = happenings(account)
    health: AccountHealth | None = getattr(account, "health", None)
    score = (
        build_score_block(
            explained,
            account=account,
            health=health,
            judged=happened,
            names=names_below(explained, user=user),
            stale=standing.stale,
            newest=newest_by_measure(account, explained),
            stale_below=stale_accounts([child.account_id for child in explained.children]),
        )
        if explained
        else None
    )
    plan = open_plan(account)
    return AccountPage(
        **vars(head),
        score=score,
        flags=raised_rows(
            score.flags if score else (),
            happened,
            account=account,
            today=today,
            may_edit=head.may_edit,
            has_plan=plan is not None,
        ),
        reach=build_reach(explained, account=account, stale=standing.stale) if explained else None,
        trend=trend_of(standing, happened, account=account, chosen=query.get("trend", ""), today=head.counting_day),
        timeline=build_timeline(happened, chosen="", page="1", today=today, per_page=LATEST),
        touchpoints=build_touchpoints(happened, account=account, today=today),
        goals=build_goals(account, today=today),
        people=build_people(list(contacts_in_full(account, today=head.counting_day)), today=head.counting_day),
        proposed=proposed_rows(account, user=user, now=now),
        plan=plan_block(plan, strip=head.strip, today=today) if plan else None,
        usage=build_usage(Use(account, head.as_of or today), card=explained.card if explained else None),
        sharing=build_sharing(account, share_links(account), form=form, now=now)
        if can(user, Action.SHARE_HEALTH)
        else None,
    )


def names_below(explained: Explanation, *, user: User) -> dict[int, str]:
    """The names of the accounts of which this one's score is made, as far as the user sees them."""
    ids = [child.account_id for child in explained.children]
    return dict(visible_accounts(user).filter(pk__in=ids).values_list("pk", "name")) if ids else {}


@requires(Action.VIEW_ACCOUNT)
def account(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    return render(request, "account.html", {"page": page_of(request, found)})


def page_of(request: UserRequest, found: Account, *, form: ShareForm | None = None) -> AccountPage:
    """The page as of now, for the reader who asks."""
    return build_account_page(
        found, user=request.user, today=timezone.localdate(), now=timezone.now(), query=request.GET.dict(), form=form
    )
