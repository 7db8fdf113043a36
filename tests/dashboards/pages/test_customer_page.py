"""How customers' pages look and what they may show: set by operations, seen at once, taken back."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import AuditEntry, Branding, ContactCard, Organization
from accounts.operations.sharing import create_share_link
from accounts.pictures import PNG_MARK
from dashboards.management.demo_customers import LOGO
from tests.conftest import NOW
from tests.dashboards.snapshots import give_story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def page(client, organization, acme, csm):
    """What the customer sees now."""
    give_story(acme, author=csm)
    _, token = create_share_link(account=acme, recipient="Ann", days=90, by=csm, at=NOW)
    return lambda: client.get(reverse("share", args=[token])).content.decode()


@pytest.fixture
def olu(client, ops):
    client.force_login(ops)
    return client


def test_color_words_and_measures_are_on_the_customers_page_at_once_and_taken_back(olu, page):
    said = {"color": "#ffcc00", "measures": ["nps"], "intro_en": "We are glad.", "foot_en": "Never for prices."}
    answer = olu.post(reverse("customer-page"), said, follow=True)
    assert "cannot be read well on white" in answer.content.decode()
    assert olu.get(answer.context["page"].example_url).templates[0].name == "share.html"
    shown = page()
    assert "We are glad." in shown
    assert "Never for prices." in shown
    assert "Would you recommend us?" in shown
    assert "Are your teams using it?" not in shown
    entry = AuditEntry.objects.filter(verb="customer page set").latest("pk")
    olu.post(reverse("customer-page-undo", args=[entry.pk]))
    assert "Are your teams using it?" in page()
    assert Organization.objects.get().brand_color == "#1F5F4A"


def test_nonsense_is_no_color(olu, organization):
    answer = olu.post(reverse("customer-page"), {"color": "red"})
    assert answer.status_code == 422
    assert "A color is # and six hexadecimal digits" in answer.content.decode()


def test_a_logo_is_on_the_page_inside_it_and_a_bad_one_is_refused(olu, page):
    url = reverse("customer-page-logo")
    olu.post(url, {"logo": SimpleUploadedFile("logo.svg", LOGO)})
    assert 'src="data:image/svg+xml;base64,' in page()
    answer = olu.post(url, {"logo": SimpleUploadedFile("logo.svg", b"<svg><script/></svg>")}, follow=True)
    assert "more than a drawing" in answer.content.decode()
    assert "Choose a PNG or SVG file first." in olu.post(url, follow=True).content.decode()
    olu.post(url, {"remove": "1"})
    assert not Branding.objects.get().logo


def test_a_csms_picture_and_booking_link_are_on_the_page(client, page, csm):
    client.force_login(csm)
    said = {"picture": SimpleUploadedFile("me.png", PNG_MARK), "booking_url": "https://kestrel.example/maya"}
    assert client.post(reverse("contact-card"), said).status_code == 302
    assert 'src="data:image/png;base64,' in page()
    assert 'href="https://kestrel.example/maya"' in page()
    answer = client.post(reverse("contact-card"), {"booking_url": "http://kestrel.example/maya"})
    assert answer.status_code == 422
    assert "begins with https://" in answer.content.decode()
    assert ContactCard.objects.get().booking_url == "https://kestrel.example/maya"
