"""What stands around every page: the role's navigation, the workspace's name and the theme."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.access import Action, can
from accounts.models import Theme, User
from accounts.queries.judgments import waiting_for
from accounts.queries.organization import the_organization


@dataclass(frozen=True)
class Item:
    label: str
    url: str
    icon: str
    is_current: bool
    group: str = ""
    # What waits there, asked where it is shown; None where nothing is counted.
    count: Callable[[], int | None] | None = None


# page name, label, icon, group, the action it needs; a page named twice stands where the user's last entry puts it
ENTRIES = [
    ("overview", "Overview", "layout-dashboard", "", Action.VIEW_OVERVIEW),
    ("portfolio", "Portfolio", "gauge", "", Action.VIEW_PORTFOLIO),
    ("accounts", "Accounts", "table-2", "", Action.VIEW_ACCOUNT),
    ("forecast", "Forecast", "calendar-days", "", Action.VIEW_PORTFOLIO),
    ("plans", "Plans", "list-checks", "", Action.VIEW_PLANS),
    ("ratings", "Owed ratings", "pencil-line", "", Action.ENTER_READINGS),
    ("alerts", "Alerts", "bell", "", Action.HAVE_ALERTS),
    ("surveys", "Surveys", "message-square-text", "", Action.VIEW_SURVEYS),
    ("product-usage", "Product usage", "chart-no-axes-column", "", Action.VIEW_USE),
    ("how-we-score", "How we score", "book-open-check", "", Action.VIEW_SCORECARDS),
    ("growth", "Growth", "sprout", "", Action.VIEW_GROWTH),
    ("churn", "Churn", "log-out", "", Action.VIEW_CHURN),
    ("reviews", "Weekly review", "clipboard-check", "Team", Action.VIEW_REVIEWS),
    ("team", "Team load", "users", "Team", Action.VIEW_TEAM),
    ("playbooks", "Playbooks", "book-open", "Team", Action.EDIT_PLAYBOOKS),
    ("approvals", "Approvals", "stamp", "Team", Action.APPROVE_JUDGMENTS),
    ("leaderboard", "Leaderboard", "trophy", "Team", Action.VIEW_LEADERBOARD),
    ("measures", "Measures", "ruler", "Team", Action.ENTER_READINGS),
    ("scorecards", "Scorecards", "sliders-horizontal", "Administration", Action.EDIT_SCORECARDS),
    ("measures", "Measures", "ruler", "Administration", Action.DEFINE_MEASURES),
    ("sources", "Sources", "cable", "Administration", Action.MANAGE_SOURCES),
    ("imports", "Imports", "upload", "Administration", Action.IMPORT_FILES),
    ("runs", "Runs", "activity", "Administration", Action.MANAGE_RUNS),
    ("customer-page", "Customers' page", "palette", "Administration", Action.EDIT_CUSTOMER_PAGE),
    ("tokens", "API tokens", "key-round", "Administration", Action.MANAGE_TOKENS),
    ("audit", "Audit log", "scroll-text", "Administration", Action.VIEW_AUDIT),
    ("data", "Your data", "package", "Administration", Action.EXPORT_DATA),
    ("admin:index", "Back office", "settings", "Administration", Action.USE_BACK_OFFICE),
]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of base.html."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"theme": Theme.SYSTEM, "workspace": workspace_name}
    return {
        "theme": user.theme,
        "has_single_keys": user.has_single_keys,
        "workspace": workspace_name,
        "navigation": navigation(user, path=request.path),
        "may_log": can(user, Action.EDIT_ACCOUNT),
        "may_target": can(user, Action.MANAGE_TARGETS),
    }


def workspace_name() -> str:
    """The organization's name; a callable, so that a page which does not show it asks nothing."""
    return the_organization().name


def navigation(user: User, *, path: str) -> list[Item]:
    """The pages that the user's role may open, in order."""
    entries = [entry for entry in ENTRIES if can(user, entry[4])]
    last = {entry[0]: entry for entry in entries}
    urls = [(entry, reverse(entry[0])) for entry in entries if entry is last[entry[0]]]
    counts: dict[str, Callable[[], int | None]] = {
        "approvals": partial(approvals_waiting, user),
        "alerts": lambda: user.unread_alerts or None,
    }
    return [
        Item(label, url, icon, is_current=path.startswith(url), group=group, count=counts.get(name))
        for (name, label, icon, group, _), url in urls
    ]


def approvals_waiting(user: User) -> int | None:
    """How many proposals wait for the user; not asked where no limit makes any wait."""
    return (waiting_for(user).count() or None) if the_organization().has_limits else None
