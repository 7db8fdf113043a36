"""Any past day of an account again, with any card, as known now or as known then: what it would have scored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.access import Action, can, visible_accounts
from accounts.models import Account, User
from accounts.queries.account import judgments
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.account import names_below
from dashboards.pages.account_score import ScoreBlock, build_score_block
from dashboards.pages.account_waterfall import in_points
from dashboards.pages.movement_block import day_in
from scoring.cards import NoScorecard
from scoring.checks import BadScorecard
from scoring.models import Snapshot
from scoring.queries.history import newest_scored_day
from scoring.queries.replays import CardChoice, card_choices, replayed


@dataclass(frozen=True)
class ReplayPage:
    """`problem` says why there is nothing to show; `kept` is the score that stands for the day, where there is one."""

    account: Account
    as_of: date
    card: str
    choices: tuple[CardChoice, ...]
    known_on: date | None
    today: date
    score: ScoreBlock | None
    kept: Decimal | None
    is_kept: bool
    problem: str

    @property
    def words(self) -> str:
        """With which card and which knowledge the day was computed."""
        named = {choice.key: choice.label for choice in self.choices}
        card = f"with {named[self.card]}" if self.card else "with the card in force then"
        known = f"as known at the end of {formats.day(self.known_on)}" if self.known_on else "as known now"
        return f"{formats.day(self.as_of)}, {card}, {known}"


def build_replay_page(account: Account, *, user: User, query: Mapping[str, str], today: date) -> ReplayPage:
    """The replay that the address asks for; without one, of the newest scored day with the card in force then."""
    day = min(day_in(query, "day") or newest_scored_day(account.pk, until=today) or today, today)
    choices = tuple(card_choices(with_drafts=can(user, Action.EDIT_SCORECARDS)))
    card = query.get("card", "") if query.get("card", "") in {choice.key for choice in choices} else ""
    known_on = day_in(query, "known")
    known_on = known_on if known_on and known_on < today else None
    score, problem = score_of(account, user=user, day=day, card=card, known_on=known_on)
    kept = Snapshot.objects.filter(account=account, as_of=day).first()
    return ReplayPage(
        account=account,
        as_of=day,
        card=card,
        choices=choices,
        known_on=known_on,
        today=today,
        score=score,
        kept=in_points(kept.score) if kept else None,
        is_kept=kept is not None,
        problem=problem,
    )


def score_of(
    account: Account, *, user: User, day: date, card: str, known_on: date | None
) -> tuple[ScoreBlock | None, str]:
    """The build-up, or why there is none."""
    try:
        found = replayed(account, day=day, card=card, known_at=end_of(known_on) if known_on else None)
    except NoScorecard:
        return None, "No scorecard was in force on that day."
    except BadScorecard as error:
        return None, f"The draft cannot be scored with yet. {error}"
    if found is None:
        return None, "The account was not active on that day, or was not known by then."
    block = build_score_block(
        found.explanation,
        account=account,
        health=found.health,
        judged=judgments(account),
        names=names_below(found.explanation, user=user),
    )
    return block, ""


def end_of(day: date) -> datetime:
    """The last moment of the day where the organization is."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=timezone.get_default_timezone())


@requires(Action.VIEW_ACCOUNT)
def account_replay(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(visible_accounts(request.user).select_related("segment"), pk=pk)
    page = build_replay_page(found, user=request.user, query=request.GET.dict(), today=timezone.localdate())
    return render(request, "account_replay.html", {"page": page})
