"""The gate: all of "may this user?" is answered here, and nowhere else is a role read.

Cannot see it: `visible_accounts` leaves it out and the page is a 404. Cannot do it: `require` refuses with a 403.
"""

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from accounts.models import Account, Role, User


class Action(StrEnum):
    VIEW_PORTFOLIO = "view portfolio"
    VIEW_ACCOUNT = "view account"
    VIEW_PLANS = "view plans"
    VIEW_REVIEWS = "view reviews"
    VIEW_LEADERBOARD = "view leaderboard"
    VIEW_OVERVIEW = "view overview"
    VIEW_MEASURES = "view measures"
    DEFINE_MEASURES = "define measures"
    ENTER_READINGS = "enter readings"
    VIEW_SCORECARDS = "view scorecards"
    EDIT_ACCOUNT = "edit account"
    REVIEW_PLAN = "review plan"
    EDIT_SCORECARDS = "edit scorecards"
    SHARE_HEALTH = "share health"
    SET_THEME = "set theme"
    MANAGE_RUNS = "manage runs"
    USE_BACK_OFFICE = "use back office"


READ = {
    Action.VIEW_ACCOUNT,
    Action.VIEW_PLANS,
    Action.VIEW_LEADERBOARD,
    Action.VIEW_MEASURES,
    Action.VIEW_SCORECARDS,
    Action.SET_THEME,
}
WORK = {Action.EDIT_ACCOUNT, Action.ENTER_READINGS, Action.SHARE_HEALTH}
ALLOWED: dict[str, set[Action]] = {
    Role.CSM: READ | WORK | {Action.VIEW_PORTFOLIO},
    Role.MANAGER: READ | WORK | {Action.VIEW_PORTFOLIO, Action.VIEW_REVIEWS, Action.REVIEW_PLAN},
    Role.LEADER: READ | {Action.VIEW_PORTFOLIO, Action.VIEW_OVERVIEW},
    Role.VIEWER: READ | {Action.VIEW_PORTFOLIO, Action.VIEW_OVERVIEW},
    Role.OPS: READ
    | WORK
    | {
        Action.VIEW_PORTFOLIO,
        Action.VIEW_OVERVIEW,
        Action.VIEW_REVIEWS,
        Action.REVIEW_PLAN,
        Action.DEFINE_MEASURES,
        Action.EDIT_SCORECARDS,
        Action.MANAGE_RUNS,
        Action.USE_BACK_OFFICE,
    },
}
HOME: dict[str, str] = {
    Role.CSM: "portfolio",
    Role.MANAGER: "reviews",
    Role.LEADER: "overview",
    Role.VIEWER: "overview",
    Role.OPS: "overview",
}


def can(user: User | AnonymousUser, action: Action) -> bool:
    """Whether the user's role allows the action at all; which accounts it reaches is `visible_accounts`."""
    return isinstance(user, User) and user.is_active and action in ALLOWED.get(user.role, set())


def require(user: User | AnonymousUser, action: Action) -> None:
    """Raises PermissionDenied (a 403) unless the user may."""
    if not can(user, action):
        raise PermissionDenied(f"Your role does not allow you to {action.value}.")


def visible_accounts(user: User | AnonymousUser) -> QuerySet[Account]:
    """The accounts that the user sees: a CSM its own, a manager the team's, all others all."""
    if not isinstance(user, User) or not user.is_active:
        return Account.objects.none()
    return Account.objects.filter(owner_scope(user, prefix=""))


def owner_scope(user: User, *, prefix: str) -> Q:
    """The same fence for tables that carry an `owner`, such as summaries (`prefix` as in lookups)."""
    if user.role == Role.CSM:
        return Q(**{f"{prefix}owner": user})
    if user.role == Role.MANAGER:
        return Q(**{f"{prefix}owner__team": user.team_id})
    return Q()


def visible_csms(user: User) -> QuerySet[User]:
    """The CSMs whose names the user meets in filters and on the leaderboard."""
    csms = User.objects.filter(role=Role.CSM, is_active=True)
    if user.role in {Role.CSM, Role.MANAGER}:
        return csms.filter(team=user.team_id)
    return csms


def users_who_can(action: Action) -> QuerySet[User]:
    """Everybody whose role allows the action."""
    return User.objects.filter(
        role__in=[role for role, actions in ALLOWED.items() if action in actions], is_active=True
    )


def home_of(user: User) -> str:
    """The name of the page on which the user's role lands after login."""
    return HOME[user.role]
