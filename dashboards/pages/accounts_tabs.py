"""The tabs over the accounts table: views that everybody has, and those that users keep."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from django.db.models import Count, Q, TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.urls import reverse

from accounts.models import User, ViewedPage
from dashboards.filters import read_selection
from dashboards.pages.accounts_view import View, address_of
from dashboards.pages.view_tabs import Tab, Tabs, build_tabs
from scoring.core.bands import AT_RISK
from scoring.queries.facets import Facets
from scoring.queries.search import searchable, words_of
from scoring.queries.selection import Selection, active_accounts, of_kind, with_state
from scoring.queries.words import Words

EBR_OVERDUE = "ebr_overdue"


def accounts_tabs(user: User, *, selection: Selection, view: View, words: Words, path: str = "") -> Tabs:
    """`path` is the address of the page, by which counts are asked for."""
    return build_tabs(
        user,
        page=ViewedPage.ACCOUNTS,
        opened=view.tab,
        query=view.query(selection),
        everybodys=built_in(words),
        url=lambda saved: address_of(saved.query, tab=str(saved.pk)),
        counts_url=f"{reverse('accounts-counts')}?{path}",
    )


def built_in(words: Words) -> Iterator[Tab]:
    yield tab("all", "All", Selection(), View())
    yield tab("renewing", "Renewing in 180 days", Selection(renewal="180d"), View(sort="renewal"))
    at_risk = tuple(code for code in words.codes() if code in AT_RISK)
    yield tab("unplanned", f"{words.at_risk} without a plan", Selection(bands=at_risk, plan="no"), View(sort="-arr"))
    if EBR_OVERDUE in words.flags:
        yield tab("ebr", "EBR overdue", Selection(flags=(EBR_OVERDUE,)), View(sort="ebr"))


def tab(key: str, label: str, selection: Selection, view: View) -> Tab:
    return Tab(key, label, view.url(selection, view="" if key == "all" else key), view.query(selection))


def counted(tabs: Tabs, *, user: User, found: Facets, today: date) -> Tabs:
    """The tabs with how many accounts each has: by facets where they can tell, the others in one query together."""
    asked = {tab.key: read_selection(QueryDict(tab.query)) for tab in tabs.tabs}
    told = {key: found.count(selection) for key, selection in asked.items() if selection.is_of_facets}
    rest = {key: selection for key, selection in asked.items() if key not in told}
    counts = told | count_each(user, rest, today=today)
    return replace(tabs, tabs=tuple(replace(tab, count=counts[tab.key]) for tab in tabs.tabs))


def count_each(user: User, selections: dict[str, Selection], *, today: date) -> dict[str, int]:
    if not selections:
        return {}
    accounts = searchable(active_accounts(user), ("name", "domain")).alias(
        flags_text=Cast("health__flags", TextField())
    )
    counts = {
        f"n{n}": Count("pk", filter=condition(selection, today=today))
        for n, selection in enumerate(selections.values())
    }
    row = accounts.aggregate(**counts)
    return {key: row[f"n{n}"] for n, key in enumerate(selections)}


def condition(selection: Selection, *, today: date) -> Q:
    words: Iterable[str] = words_of(selection.text)
    asked = of_kind(selection) & with_state(selection, today=today)
    for word in words:
        asked &= Q(searched__contains=word)
    return asked
