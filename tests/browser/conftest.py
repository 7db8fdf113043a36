"""A real Chromium before a real server. The browser lives for a module, so that its event loop ends with it."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from accounts.models import Account, User
from dashboards import frontend
from scoring.operations import publish_shipped
from scoring.pipeline import score_days
from tests.conftest import NOW
from tests.dashboards.pages.boards import give_health, give_plan, give_step, give_summary
from tests.needs import need

# However busy the machine is: what is right at once waits for nothing.
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    need(chromium is not None, what="Chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread; Django would refuse every query beside it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def chart_script() -> None:
    """The script that draws charts, where the server looks for it."""
    frontend.main()


@pytest.fixture
def page(browser: Browser, chart_script: None, transactional_db: None) -> Iterator[Page]:
    """A fresh window, wide and light. It closes before the tables are emptied."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def log_in(live_server) -> Callable[[Page, User], None]:
    """Logs a user in without the form, which test_login.py tries."""

    def start_session(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    return start_session


@dataclass
class Watch:
    """What a page complained of, and what it asked of other hosts."""

    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


@pytest.fixture
def watch(page: Page, live_server) -> Watch:
    found, home = Watch(), urlsplit(live_server.url).netloc

    def note(url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != home:
            found.strangers.append(url)

    page.on("console", lambda message: found.complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.on("request", lambda request: note(request.url))
    return found


@pytest.fixture
def company(transactional_db, organization, make_account, csm, manager, smb) -> Account:
    """Twelve accounts of Maya in every band, two months of summaries, a plan; Acme with a real snapshot."""
    today = timezone.localdate()
    acme = make_account("Acme", owner=csm, renewal_date=today + timedelta(days=40))
    publish_shipped(by=None, at=NOW)
    score_days([today - timedelta(days=35), today], clock=lambda: NOW)
    for n, score in enumerate([9500, 9000, 8000, 7500, 6900, 6000, 5500, 4500, 4000, 3000, 2000]):
        account = make_account(f"Company {n:02}", owner=csm, renewal_date=today + timedelta(days=20 * n))
        give_health(account, score=score, month_ago=6000)
    for band, score in ((0, 80), (1, 60), (2, 40)):
        give_summary(
            day=today - timedelta(days=35), owner=csm, segment=smb, band=band, accounts=4, score=score, arr=48_000
        )
    plan = give_plan(Account.objects.get(name="Company 10"), owner=csm, opened_on=today - timedelta(days=20))
    give_step(plan, position=1, due=today - timedelta(days=9))
    Account.objects.filter(pk=acme.pk).update(arr=Decimal(99_000))
    return acme
