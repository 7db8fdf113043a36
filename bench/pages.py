"""Server time of each page of the loaded company, with an empty cache, beside /healthz; and its number of queries.

The lists are also measured as they are used: sorted, filtered, compared, searched. There the slowest of the answers
has a bar, too: with as few as are taken it stands for the 95th percentile.
"""

from dataclasses import dataclass
from statistics import median
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Role, User
from bench.database import Watch
from bench.runner import Result

TIMES = 9
BAR_MS = 100.0
BAR_QUERIES = 22
BAR_SLOWEST_MS = 150.0


@dataclass(frozen=True)
class Page:
    """A page as a role opens it; `of_account` puts the first of that user's accounts into the address."""

    name: str
    role: Role
    of_account: bool = False
    query: str = ""


# The first page of a list in one order or another; with the cache as it is, since counts are kept in it.
LISTS = [
    *(
        Page("accounts", Role.OPS, query=query)
        for query in (
            "sort=-score", "sort=change", "sort=-arr", "sort=renewal", "sort=plan", "sort=owner", "sort=touch",
            "band=weak&sort=-arr", "renewal=90d", "flag=no_login", "q=acc", "compare=1w&sort=change", "page=40",
        )
    ),
    Page("accounts-counts", Role.OPS),
    Page("search", Role.OPS, query="q=account"),
    Page("search", Role.OPS, query="q=acconut"),
    Page("search", Role.CSM, query="q=account"),
    Page("movers", Role.OPS),
    Page("movers", Role.CSM),
    Page("movers-causes", Role.CSM),
]  # fmt: skip
PAGES = [
    Page("portfolio", Role.CSM),
    Page("portfolio", Role.OPS),
    Page("accounts", Role.CSM),
    Page("accounts", Role.OPS),
    Page("account", Role.CSM, of_account=True),
    Page("plans", Role.MANAGER),
    Page("reviews", Role.MANAGER),
    Page("leaderboard", Role.MANAGER),
    Page("overview", Role.LEADER),
]


def measure() -> list[Result]:
    if not Account.objects.exists():
        call_command("load_demo")
    floor = time_of(Client(), reverse("healthz"))
    pages = [result for page in PAGES for result in of_page(page, floor=floor)]
    return pages + [result for page in LISTS for result in of_list(page, floor=floor)]


def of_list(page: Page, *, floor: float) -> list[Result]:
    user, browser = somebody(page.role), Client()
    browser.force_login(user)
    url = f"{reverse(page.name)}?{page.query}" if page.query else reverse(page.name)
    label = f"list {page.name}, {page.role.label}{f', {page.query}' if page.query else ''}"
    taken = [once(browser, url, is_cold=False) for _ in range(TIMES + 1)][1:]
    return [
        Result(label, round(median(taken), 1), "ms", "/healthz", floor, BAR_MS),
        Result(f"{label}, slowest", round(max(taken), 1), "ms", "/healthz", floor, BAR_SLOWEST_MS),
    ]


def of_page(page: Page, *, floor: float) -> list[Result]:
    user = somebody(page.role)
    browser = Client()
    browser.force_login(user)
    url = reverse(page.name, kwargs=arguments(page, user))
    label = f"page {page.name}, {page.role.label}"
    taken, queries = time_of(browser, url), queries_of(browser, url)
    return [
        Result(label, taken, "ms", "/healthz", floor, BAR_MS),
        Result(f"{label}, queries", queries, "queries", "one", 1, BAR_QUERIES),
    ]


def somebody(role: Role) -> User:
    """The user of the role with the most accounts."""
    people = User.objects.filter(role=role, is_active=True)
    return max(people, key=lambda user: (user.accounts.count(), -user.pk))


def arguments(page: Page, user: User) -> dict[str, Any]:
    return {"pk": user.accounts.order_by("pk").values_list("pk", flat=True).first()} if page.of_account else {}


def time_of(browser: Client, url: str) -> float:
    """Median milliseconds of an answer, after one to warm up; nothing is in the cache."""
    return round(median([once(browser, url) for _ in range(TIMES + 1)][1:]), 1)


def once(browser: Client, url: str, *, is_cold: bool = True) -> float:
    if is_cold:
        cache.clear()
    watch = Watch()
    answer = browser.get(url)
    assert answer.status_code == 200, f"{url} answers {answer.status_code}"
    return watch.seconds * 1000


def queries_of(browser: Client, url: str) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        browser.get(url)
    return len(queries)
