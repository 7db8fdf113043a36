"""Canaries in every place of ours, looked for in every form that the customer's page has, and in its mail."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Language, OutboxMail, PlanStep, Shown
from accounts.operations.customer_steps import comment
from accounts.operations.sharing import Choices, create_share_link
from dashboards.public.share_mail import mail_customers
from scoring.benchmarks import work_out_benchmarks
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health, give_plan, give_step
from tests.dashboards.public.test_share import plant_canaries
from tests.dashboards.snapshots import give_story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def forbidden(organization, acme, csm, make_account) -> list[str]:
    """Words and figures that may be nowhere: ours, those of peers, and what another customer said on its page."""
    acme.industry, acme.size_tier = "Retail", "small"
    acme.save()
    give_story(acme, author=csm, reason="CANARYPULSE")
    words = plant_canaries(acme, csm, make_account)
    for n in range(12):
        peer = make_account(f"CANARYPEER{n}", owner=csm, industry="Retail", size_tier="small")
        give_health(peer, score=3137 + n * 500)
    work_out_benchmarks(at=NOW)
    other = make_account("CANARYNEIGHBOR", owner=csm)
    step = give_step(give_plan(other, owner=csm, opened_on=TODAY), position=1, due=TODAY, text="CANARYSTEP")
    PlanStep.objects.filter(pk=step.pk).update(is_shared=True)
    link, _ = create_share_link(account=other, recipient="CANARYREADER", days=9, by=csm, at=NOW)
    comment(link=link, step=PlanStep.objects.get(pk=step.pk), text="CANARYWORD", at=NOW)
    return [*words, *(f"{(3137 + n * 500) / 100:.2f}" for n in range(12)), "31.4", "36.4"]


def missing_from(shown: str, forbidden: list[str]) -> None:
    for word in forbidden:
        assert word.lower() not in shown.lower(), word


@pytest.mark.parametrize("shows", Shown.values)
@pytest.mark.parametrize("language", Language.values)
def test_no_canary_is_in_any_language_or_form_of_the_page_and_its_chart(client, forbidden, acme, csm, language, shows):
    choices = Choices(language=language, shows=shows)
    _, token = create_share_link(account=acme, recipient="Ann", days=90, by=csm, at=NOW, choices=choices)
    shown = client.get(reverse("share", args=[token])).content.decode()
    # What the page is for is there: the step that is shared, and the group.
    assert "Agree on a date" in shown
    assert "bench-title" in shown
    assert ("customer-trend-figure" in shown) is (shows == Shown.SCORE)
    missing_from(shown, forbidden)


def test_no_canary_is_in_the_preview(client, forbidden, acme, csm):
    client.force_login(csm)
    missing_from(client.get(reverse("share-preview", args=[acme.pk])).content.decode(), forbidden)


@pytest.mark.parametrize("language", Language.values)
def test_no_canary_is_in_the_mail(forbidden, acme, csm, language):
    choices = Choices(language=language, email="ann@acme.example", is_mailed=True)
    create_share_link(account=acme, recipient="Ann", days=90, by=csm, at=NOW - timedelta(days=40), choices=choices)
    OutboxMail.objects.all().delete()
    assert mail_customers(at=NOW) == 1
    mail = OutboxMail.objects.get()
    missing_from(mail.subject + mail.text + mail.html, forbidden)
