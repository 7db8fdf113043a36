"""What stands around every page: the role's navigation, the workspace's name and the theme."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.access import Action, can
from accounts.models import Theme, User
from accounts.queries.organization import the_organization


@dataclass(frozen=True)
class Item:
    label: str
    url: str
    icon: str
    is_current: bool
    group: str = ""
    count: int | None = None


# page name, label, icon, group, the action it needs
ENTRIES = [
    ("overview", "Overview", "layout-dashboard", "", Action.VIEW_OVERVIEW),
    ("portfolio", "Portfolio", "gauge", "", Action.VIEW_PORTFOLIO),
    ("accounts", "Accounts", "table-2", "", Action.VIEW_ACCOUNT),
    ("plans", "Plans", "list-checks", "", Action.VIEW_PLANS),
    ("reviews", "Weekly review", "clipboard-check", "Team", Action.VIEW_REVIEWS),
    ("leaderboard", "Leaderboard", "trophy", "Team", Action.VIEW_LEADERBOARD),
    ("scorecards", "Scorecards", "sliders-horizontal", "Administration", Action.EDIT_SCORECARDS),
    ("measures", "Measures", "ruler", "Administration", Action.DEFINE_MEASURES),
    ("runs", "Runs", "activity", "Administration", Action.MANAGE_RUNS),
    ("admin:index", "Back office", "settings", "Administration", Action.USE_BACK_OFFICE),
]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of base.html."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"theme": Theme.SYSTEM, "workspace": workspace_name}
    return {"theme": user.theme, "workspace": workspace_name, "navigation": navigation(user, path=request.path)}


def workspace_name() -> str:
    """The organization's name; a callable, so that a page which does not show it asks nothing."""
    return the_organization().name


def navigation(user: User, *, path: str) -> list[Item]:
    """The pages that the user's role may open, in order."""
    urls = [(entry, reverse(entry[0])) for entry in ENTRIES if can(user, entry[4])]
    return [
        Item(label=label, url=url, icon=icon, group=group, is_current=path.startswith(url))
        for (_, label, icon, group, _), url in urls
    ]
