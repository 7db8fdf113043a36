"""The monthly mail: once for a recipient and month, in its language, with a way out that works by one POST."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AuditEntry, OutboxMail, ShareLink, Shown
from accounts.operations.sharing import Choices, create_share_link, revoke_share_link
from dashboards.public.share_mail import mail_customers, stop_token
from tests.conftest import NOW
from tests.dashboards.pages.boards import give_health
from tests.dashboards.snapshots import give_story, give_undefined

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)
JUNE, SUNDAY, JULY = NOW, datetime(2026, 6, 28, 9, tzinfo=UTC), datetime(2026, 7, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def share(organization, acme, csm):
    def make(at: datetime = MAY, **choices: object) -> ShareLink:
        said = Choices(**{"email": "ann@acme.example", "is_mailed": True, **choices})
        return create_share_link(account=acme, recipient="Ann Lee", days=90, by=csm, at=at, choices=said)[0]

    return make


@pytest.fixture
def told(share, acme, csm):
    give_story(acme, author=csm, reason="CANARYPULSE")
    give_health(acme, score=5535)
    return acme


def test_one_mail_a_month_on_a_working_day(told, share):
    share()
    share()
    assert mail_customers(at=SUNDAY) == 0
    assert [mail_customers(at=JUNE), mail_customers(at=JUNE)] == [1, 0]
    assert mail_customers(at=JULY) == 1
    assert OutboxMail.objects.count() == 2


def test_it_says_the_score_the_sentence_and_opens_the_page(client, told, share):
    share()
    mail_customers(at=JUNE)
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.subject, mail.is_secret) == (
        "ann@acme.example", "Your health with Kestrel Works: 62, Moderate", True,
    )  # fmt: skip
    assert "Hello Ann, this is how Acme and Kestrel Works stand this month." in mail.text
    path = re.search(r"/share/[\w-]{43}", mail.text).group()
    assert path in mail.html
    assert "Prepared for Acme" in client.get(path).content.decode()
    for word in ("CANARY", "55", "pulse", "ARR"):
        assert word not in (mail.subject + mail.text).replace(path, ""), word


def test_the_band_alone_and_another_language(told, share):
    share(shows=Shown.BAND, language="de")
    mail_customers(at=JUNE)
    mail = OutboxMail.objects.get()
    assert mail.subject == "So steht es um Ihre Zusammenarbeit mit Kestrel Works: Mittel"
    assert "62" not in re.sub(r"https?://\S+", "", mail.text)
    assert '<html lang="de">' in mail.html


def test_nobody_is_mailed_who_did_not_ask_whose_link_ended_or_is_of_this_month(told, share, csm):
    share(is_mailed=False)
    share(at=datetime(2026, 6, 2, 9, tzinfo=UTC), email="new@acme.example")
    revoke_share_link(link=share(email="gone@acme.example"), by=csm, at=NOW)
    assert mail_customers(at=JUNE) == 0


def test_without_a_score_there_is_nothing_to_say(share, acme):
    share()
    give_undefined(acme)
    assert mail_customers(at=JUNE) == 0


def test_one_post_unsubscribes_and_takes_it_back(client, told, share):
    link = share()
    mail_customers(at=JUNE)
    headers = OutboxMail.objects.get().headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.search(r"<https?://[^/]+(/share/stop/[^>]+)>", headers["List-Unsubscribe"]).group(1)
    assert client.get(path).status_code == 200
    assert mail_customers(at=JULY) == 1
    OutboxMail.objects.all().delete()
    client.post(path, {"List-Unsubscribe": "One-Click"})
    assert mail_customers(at=JULY) == 0
    link.refresh_from_db()
    assert link.mail_stopped_at == NOW
    client.post(path, {"again": "1"})
    assert mail_customers(at=JULY) == 1
    assert AuditEntry.objects.filter(verb="monthly mail stopped").count() == 1


def test_a_stop_link_opens_no_page_and_a_forged_one_stops_nothing(client, told, share):
    token = stop_token(share())
    assert "Acme" not in client.get(reverse("share-stop", args=[token])).content.decode()
    assert client.get(reverse("share", args=[token])).status_code == 404
    assert client.post(reverse("share-stop", args=[token[:-2] + "xx"])).status_code == 404
    assert ShareLink.objects.get().mail_stopped_at is None
