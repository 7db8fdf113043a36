"""Views of a page: those that everybody has, the user's own, and those that others share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from accounts.access import visible_views
from accounts.models import SavedView, User, ViewedPage


@dataclass(frozen=True)
class Tab:
    """One view. `saved` is None for those that everybody has; `count` is None until somebody counted."""

    key: str
    label: str
    url: str
    query: str
    is_current: bool = False
    saved: SavedView | None = None
    owner: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Tabs:
    """`current` is the view that was opened, if it is there still; `query` what the page shows, as a view would
    keep it."""

    page: ViewedPage
    tabs: tuple[Tab, ...]
    current: Tab | None
    query: str
    counts_url: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether the page shows something else than the view that was opened."""
        return self.is_view and self.current is not None and self.current.query != self.query

    @property
    def is_view(self) -> bool:
        """Whether anything but the page as everybody has it was opened."""
        return self.current is not None and self.current is not self.tabs[0]

    @property
    def may_change(self) -> bool:
        """Whether the view that was opened is the user's own."""
        return bool(self.current and self.current.saved and not self.current.owner)


def build_tabs(
    user: User,
    *,
    page: ViewedPage,
    opened: str,
    query: str,
    everybodys: Iterable[Tab],
    url: Callable[[SavedView], str],
    counts_url: str = "",
) -> Tabs:
    """First those that everybody has, then the user's own, then those that others share.

    `opened` is the key that the address names, `url` where a kept view is opened.
    """
    saved = visible_views(user).filter(page=page).select_related("user")
    kept = sorted(saved, key=lambda view: (view.user_id != user.pk, view.name.lower()))
    found = (*everybodys, *(saved_tab(view, user=user, url=url(view)) for view in kept))
    tabs = tuple(replace(tab, is_current=tab.key == (opened or found[0].key)) for tab in found)
    current = next((tab for tab in tabs if tab.is_current), None)
    return Tabs(page=page, tabs=tabs, current=current, query=query, counts_url=counts_url)


def saved_tab(view: SavedView, *, user: User, url: str) -> Tab:
    owner = "" if view.user_id == user.pk else str(view.user)
    return Tab(str(view.pk), view.name, url, view.query, saved=view, owner=owner)
