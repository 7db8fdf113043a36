"""A CSM's morning in one go: the list, a touchpoint, a pulse, a survey by real mail, and the score that follows."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.mailing import send_due
from accounts.models import Account, ManualReading, Pulse, Snooze, SurveyResponse, Touchpoint
from scoring.pipeline import score_days
from scoring.rescore import rescore_waiting
from tests.accounts.asking_cast import make_contact, make_survey
from tests.conftest import NOW, PASSWORD
from tests.dashboards.pages.boards import give_health
from tests.scoring.conftest import publish_card  # noqa: F401
from tests.server.post import Post, post_office

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RATING = {"key": "reading:rating", "weight": 50, "curve": "linear", "zero": 1, "full": 5}
NPS = {"key": "nps", "weight": 50, "curve": "linear", "zero": -100, "full": 100, "missing": "neutral"}


@pytest.fixture
def post(tmp_path, settings, live_server) -> Iterator[Post]:
    """A mail server, through which this process sends."""
    with post_office(tmp_path / "post") as office:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", office.port, False
        settings.PUBLIC_URL = live_server.url
        yield office


@pytest.fixture
def portfolio(acme, make_account, source, csm, publish_card) -> Account:  # noqa: F811
    """Acme at 63, which renews soon and was not spoken with; Brim, which fell."""
    today = timezone.localdate()
    publish_card(RATING, NPS)
    make_contact(acme, "Rosa Silva")
    make_survey()
    Account.objects.filter(pk=acme.pk).update(renewal_date=today + timedelta(days=20))
    ManualReading.objects.create(
        account=acme, measure="rating", value=4, read_on=today, expires_on=today + timedelta(days=60),
        source=source, external_id="r", recorded_at=NOW,
    )  # fmt: skip
    score_days([today], clock=timezone.now)
    give_health(make_account("Brim", owner=csm), score=4000, month_ago=6000)
    return acme


def rescore() -> None:
    """What the worker does, who is not here."""
    rescore_waiting(as_of=timezone.localdate(), at=timezone.now())


def line_of(page: Page, name: str) -> Locator:
    return page.locator("[data-attention-row]").filter(has=page.get_by_role("link", name=name, exact=True))


def test_the_morning(browser, page, live_server, post, portfolio, csm):
    log_in_by_hand(page, live_server.url, csm.email)
    snooze_and_take_back(page)
    log_by_keyboard(page)
    rescore()
    page.goto(f"{live_server.url}/portfolio")
    expect(line_of(page, "Brim")).to_be_visible()
    expect(line_of(page, "Acme")).to_have_count(0)

    page.get_by_role("link", name="Acme").first.click()
    adjust_the_pulse(page)
    send_to_rosa(page)
    answer_by_mail(browser, post)

    page.goto(f"{live_server.url}/accounts/{portfolio.pk}")
    expect(page.get_by_text("Scoring anew")).to_be_visible()
    expect(score_of(page)).to_contain_text("Score 50 of 100")
    rescore()
    expect(score_of(page)).to_contain_text("Score 70 of 100")
    page.get_by_role("navigation", name="About Acme").get_by_role("link", name="Surveys").click()
    expect(page.get_by_text("They answer within the hour.")).to_be_visible()


def log_in_by_hand(page: Page, url: str, email: str) -> None:
    cache.clear()
    page.goto(url)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/portfolio$"))
    expect(page.get_by_role("heading", name="Needs attention today")).to_be_visible()


def listens_to_keys(page: Page) -> None:
    """Its scripts have run; what it shows stands there before."""
    page.wait_for_load_state("load")


def snooze_and_take_back(page: Page) -> None:
    """Brim stands first, for it fell by twenty points."""
    listens_to_keys(page)
    expect(page.locator("[data-attention-row]")).to_have_count(2)
    expect(line_of(page, "Brim")).to_contain_text("Down 20 points")
    page.keyboard.press("j")
    expect(line_of(page, "Brim").locator(":focus")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator(":focus")).to_have_text("Until tomorrow")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Brim is snoozed until")).to_be_visible()
    expect(line_of(page, "Brim")).to_have_count(0)
    assert Snooze.objects.exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Brim is back on the list.")).to_be_visible()
    expect(line_of(page, "Brim")).to_be_visible()
    assert not Snooze.objects.exists()


def log_by_keyboard(page: Page) -> None:
    """No mouse: "/", what is to be done and the account, Enter, a note, Ctrl+Enter."""
    listens_to_keys(page)
    expect(line_of(page, "Acme")).to_contain_text("Renews in 20 days")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("log acm")
    expect(page.get_by_role("option", name="Log touchpoint")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    sheet = page.locator("#sheet[open]")
    expect(sheet.get_by_label("Account")).to_have_value("Acme")
    expect(sheet.locator(":focus")).to_be_visible()
    sheet.get_by_label("Note").focus()
    page.keyboard.type("They stay another year.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Call logged for Acme.")).to_be_visible()
    assert Touchpoint.objects.get().note == "They stay another year."


def score_of(page: Page) -> Locator:
    return page.locator("#account-strip .tile--score")


def adjust_the_pulse(page: Page) -> None:
    """(75 + 50) / 2 is 62.5; a fifth of it goes."""
    expect(score_of(page)).to_contain_text("Score 63 of 100")
    page.get_by_role("link", name="Adjust pulse").click()
    sheet = page.locator("#sheet[open]")
    sheet.locator(".pick", has_text="−20%").click()
    expect(sheet.locator("#adjust-preview")).to_contain_text("50")
    sheet.locator(".pick", has_text="Sponsor left").click()
    sheet.get_by_label("In words").fill("Their sponsor left; nobody follows her yet.")
    sheet.get_by_role("button", name="Save pulse").click()
    expect(page.get_by_text("Pulse saved for Acme.")).to_be_visible()
    expect(score_of(page)).to_contain_text("Score 63 of 100")
    assert Pulse.objects.exists()
    rescore()
    expect(score_of(page)).to_contain_text("Score 50 of 100")


def send_to_rosa(page: Page) -> None:
    page.get_by_role("link", name="Send survey").click()
    page.get_by_label("Rosa Silva").check()
    page.get_by_role("button", name="Send to the chosen contacts").click()
    expect(page.get_by_text("Our nps is on its way to 1 contact.")).to_be_visible()


def link_in(mail: Message, *, number: int) -> str:
    """The address that the number has in the plain part of the mail."""
    text = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    return re.search(rf"^{number}: (http\S+)", text.get_payload(decode=True).decode(), re.MULTILINE).group(1)


def answer_by_mail(browser: Browser, post: Post) -> None:
    """Programs that look at the link store nothing; a press of the page's button stores the number of the link."""
    assert send_due(clock=timezone.now) == 1
    (mail,) = post.mails
    assert mail["To"] == "rosa@acme.example"
    link = link_in(mail, number=9)
    # The customer's browser knows nothing of ours.
    theirs = browser.new_context(viewport={"width": 390, "height": 844})
    assert theirs.request.head(link).ok
    assert theirs.request.get(link).ok
    customer = theirs.new_page()
    customer.goto(link)
    expect(customer.get_by_role("radio", name="9", exact=True)).to_be_checked()
    assert SurveyResponse.objects.get().score is None
    customer.get_by_role("button", name="Save my answer").click()
    expect(customer.get_by_text("Saved: 9.")).to_be_visible()
    assert SurveyResponse.objects.get().score == 9
    customer.get_by_label("What is the main reason?").fill("They answer within the hour.")
    customer.get_by_role("button", name="Send comment").click()
    expect(customer.get_by_role("heading", name="Thank you, Rosa")).to_be_visible()
    theirs.close()
