"""The gate: all of "may this user?" is answered here, and nowhere else is a role read.

Cannot see it: `visible_accounts` leaves it out and the page is a 404. Cannot do it: `require` refuses with a 403.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from accounts.models import Account, Role, SavedView, Scope, User


class Action(StrEnum):
    VIEW_PORTFOLIO = "view portfolio"
    VIEW_ACCOUNT = "view account"
    VIEW_PLANS = "view plans"
    VIEW_REVIEWS = "view reviews"
    VIEW_TEAM = "view team"
    VIEW_LEADERBOARD = "view leaderboard"
    SET_BOARD = "choose who sees the leaderboard"
    VIEW_PLAN_EFFECT = "see whether plans helped"
    VIEW_OVERVIEW = "view overview"
    VIEW_MEASURES = "view measures"
    DEFINE_MEASURES = "define measures"
    ENTER_READINGS = "enter readings"
    VIEW_SCORECARDS = "view scorecards"
    VIEW_USE = "view product usage"
    EDIT_ACCOUNT = "edit account"
    VIEW_SURVEYS = "view surveys"
    SEND_SURVEYS = "send surveys"
    EDIT_SURVEYS = "edit surveys"
    EDIT_PLAYBOOKS = "edit playbooks"
    SET_WORKING_DAYS = "set working days"
    SNOOZE = "snooze what needs attention"
    REVIEW_PLAN = "review plan"
    APPROVE_JUDGMENTS = "approve pulses and overrides"
    SET_LIMITS = "set limits of pulses and overrides"
    EDIT_SCORECARDS = "edit scorecards"
    SHARE_HEALTH = "share health"
    EDIT_CUSTOMER_PAGE = "edit the customers' page"
    SET_THEME = "set theme"
    MANAGE_RUNS = "manage runs"
    IMPORT_FILES = "import files"
    MANAGE_SOURCES = "manage sources"
    EXPORT_DATA = "export data"
    ERASE_DATA = "erase data"
    USE_BACK_OFFICE = "use back office"
    INGEST_FACTS = "bring facts"
    HAVE_TOKENS = "have tokens"
    MANAGE_TOKENS = "manage tokens"
    HAVE_ALERTS = "have alerts"
    ALERT_OTHERS = "alert others"
    MANAGE_TARGETS = "manage targets of alerts"
    VIEW_AUDIT = "read the audit log"
    VIEW_GROWTH = "see which accounts may grow"
    VIEW_CHURN = "see which accounts left"
    VIEW_CHURN_RATES = "see churn by band over all accounts"
    SET_CHURN_REASONS = "set the reasons of churn"


READ = {
    Action.VIEW_ACCOUNT,
    Action.VIEW_PLANS,
    Action.VIEW_LEADERBOARD,
    Action.VIEW_MEASURES,
    Action.VIEW_SCORECARDS,
    Action.VIEW_USE,
    Action.SET_THEME,
    Action.HAVE_TOKENS,
    Action.HAVE_ALERTS,
    Action.VIEW_CHURN,
    Action.VIEW_GROWTH,
}
WORK = {
    Action.VIEW_SURVEYS,
    Action.SEND_SURVEYS,
    Action.EDIT_ACCOUNT,
    Action.SNOOZE,
    Action.ENTER_READINGS,
    Action.SHARE_HEALTH,
}
ALLOWED: dict[str, set[Action]] = {
    Role.CSM: READ | WORK | {Action.VIEW_PORTFOLIO},
    Role.MANAGER: READ
    | WORK
    | {
        Action.VIEW_PLAN_EFFECT,
        Action.VIEW_CHURN_RATES,
        Action.VIEW_PORTFOLIO,
        Action.VIEW_REVIEWS,
        Action.VIEW_TEAM,
        Action.REVIEW_PLAN,
        Action.APPROVE_JUDGMENTS,
        Action.EDIT_PLAYBOOKS,
        Action.ALERT_OTHERS,
    },
    Role.LEADER: READ
    | {
        Action.VIEW_PORTFOLIO,
        Action.VIEW_OVERVIEW,
        Action.VIEW_PLAN_EFFECT,
        Action.VIEW_TEAM,
        Action.VIEW_CHURN_RATES,
    },
    Role.VIEWER: READ | {Action.VIEW_PORTFOLIO, Action.VIEW_OVERVIEW, Action.VIEW_CHURN_RATES},
    Role.OPS: READ
    | WORK
    | {
        Action.VIEW_PORTFOLIO,
        Action.VIEW_OVERVIEW,
        Action.VIEW_REVIEWS,
        Action.VIEW_TEAM,
        Action.REVIEW_PLAN,
        Action.APPROVE_JUDGMENTS,
        Action.SET_LIMITS,
        Action.SET_BOARD,
        Action.VIEW_PLAN_EFFECT,
        Action.VIEW_CHURN_RATES,
        Action.SET_CHURN_REASONS,
        Action.VIEW_AUDIT,
        Action.EDIT_PLAYBOOKS,
        Action.SET_WORKING_DAYS,
        Action.ALERT_OTHERS,
        Action.MANAGE_TARGETS,
        Action.DEFINE_MEASURES,
        Action.EDIT_SURVEYS,
        Action.EDIT_SCORECARDS,
        Action.EDIT_CUSTOMER_PAGE,
        Action.MANAGE_RUNS,
        Action.IMPORT_FILES,
        Action.MANAGE_SOURCES,
        Action.EXPORT_DATA,
        Action.ERASE_DATA,
        Action.USE_BACK_OFFICE,
        Action.INGEST_FACTS,
        Action.MANAGE_TOKENS,
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


def is_in_scope(scopes: Collection[str], needed: Scope) -> bool:
    """Whether a token of these scopes may do what needs this one. The user's role is asked besides, by `can`."""
    return needed in scopes or Scope.ADMIN in scopes


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


def standing(user: User) -> tuple[int, str, int | None]:
    """All that what a user may see depends on: nothing kept for a user is shown to them in another standing."""
    return user.pk, user.role, user.team_id


def sight_of(user: User) -> str:
    """A word that is the same for users who see the same accounts: for caches."""
    if user.role == Role.CSM:
        return f"user:{user.pk}"
    return f"team:{user.team_id}" if user.role == Role.MANAGER else "all"


def visible_csms(user: User) -> QuerySet[User]:
    """The CSMs whose names the user meets in filters and on the leaderboard."""
    csms = User.objects.filter(role=Role.CSM, is_active=True)
    if user.role in {Role.CSM, Role.MANAGER}:
        return csms.filter(team=user.team_id)
    return csms


def is_restricted_to_oneself(user: User, *, is_own_only: bool) -> bool:
    """Whether the user sees nobody but themselves on the leaderboard, as the organization chose for CSMs."""
    return is_own_only and user.role == Role.CSM


def answerable_for(user: User) -> QuerySet[User]:
    """Whose duties the user sees to: their own; a manager the team's; CS operations everybody's."""
    if user.role == Role.OPS:
        return User.objects.all()
    if user.role == Role.MANAGER:
        return User.objects.filter(Q(team=user.team_id) | Q(pk=user.pk))
    return User.objects.filter(pk=user.pk)


def colleagues_of(user: User) -> QuerySet[User]:
    """Whom the user may name as present: everybody but the CSMs and managers of other teams."""
    people = User.objects.filter(is_active=True)
    if user.role in {Role.CSM, Role.MANAGER}:
        return people.exclude(Q(role__in=[Role.CSM, Role.MANAGER]) & ~Q(team=user.team_id))
    return people


def heads_among(users: Iterable[User]) -> set[int]:
    """The ids of the managers and leaders among our people: those whom an executive takes for a peer."""
    return {user.pk for user in users if user.role in {Role.MANAGER, Role.LEADER}}


def visible_views(user: User) -> QuerySet[SavedView]:
    """The user's own views, and those that others share: with their team, or, having none, with everybody."""
    shared = Q(is_shared=True) & (Q(user__team=None) | Q(user__team=user.team_id))
    return SavedView.objects.filter(Q(user=user) | shared, dropped_at=None)


def users_who_can(action: Action) -> QuerySet[User]:
    """Everybody whose role allows the action."""
    return User.objects.filter(
        role__in=[role for role, actions in ALLOWED.items() if action in actions], is_active=True
    )


def operations_people() -> QuerySet[User]:
    """CS operations, in order of name: who sees to what people leave behind."""
    return User.objects.filter(role=Role.OPS, is_active=True).order_by("name", "pk")


def approvers_of(account: Account, *, author: User) -> list[User]:
    """Who may approve what the author proposes for the account: managers of its team, else CS operations."""
    others = users_who_can(Action.APPROVE_JUDGMENTS).exclude(pk=author.pk).order_by("name", "pk")
    team = account.owner.team_id if account.owner else None
    managers = list(others.filter(role=Role.MANAGER, team=team)) if team else []
    return managers or list(others.filter(role=Role.OPS))


def managers_by_team() -> dict[int, list[int]]:
    """The keys of the managers of each team."""
    found: dict[int, list[int]] = {}
    managers = User.objects.filter(role=Role.MANAGER, is_active=True, team__isnull=False).order_by("pk")
    for pk, team in managers.values_list("pk", "team_id"):
        found.setdefault(team, []).append(pk)
    return found


def people_above(user: User) -> list[User]:
    """Whom the user hands a matter on to: a CSM the team's managers, others leadership; else CS operations."""
    others = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("name", "pk")
    own = others.filter(role=Role.MANAGER, team=user.team_id) if user.role == Role.CSM else others.none()
    return list(own) or list(others.filter(role=Role.LEADER)) or list(others.filter(role=Role.OPS))


def home_of(user: User) -> str:
    """The name of the page on which the user's role lands after login."""
    return HOME[user.role]
