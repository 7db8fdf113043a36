"""Making and stopping links to the customer's page: who may, what is refused, and what is kept."""

from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import AuditEntry, ShareLink
from accounts.operations.sharing import create_share_link, note_opening, revoke_share_link
from tests.conftest import NOW
from tests.dashboards.snapshots import give_story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


def make_link(client, account, *, recipient="Ann Lee", days="90"):
    return client.post(reverse("share-create", args=[account.pk]), {"recipient": recipient, "days": days})


@pytest.fixture
def maya(client, csm, organization):
    client.force_login(csm)
    return client


def test_a_new_link_is_shown_once_and_only_its_hash_is_stored(maya, acme, csm):
    answer = make_link(maya, acme)
    url = answer.context["page"].url
    token = url.rpartition("/")[2]
    link = ShareLink.objects.get()
    assert url in answer.content.decode()
    assert len(token) == 43
    assert link.token_hash == sha256(token.encode()).hexdigest()
    assert (link.recipient, link.created_by, link.expires_at) == ("Ann Lee", csm, NOW + timedelta(days=90))
    assert answer["Cache-Control"] == "no-store"
    assert token not in maya.get(reverse("account", args=[acme.pk])).content.decode()


def test_two_links_have_different_tokens(maya, acme):
    first, second = make_link(maya, acme).context["page"].url, make_link(maya, acme).context["page"].url
    assert first != second


@pytest.mark.parametrize(
    ("recipient", "days", "sentence"),
    [
        ("  ", "90", "Say who gets the link."),
        ("Ann", "0", "A link works for 1 to 365 days."),
        ("Ann", "366", "A link works for 1 to 365 days."),
        ("Ann", "soon", "Give a whole number of days."),
        ("Ann", "", "Say for how many days it works."),
    ],
)
def test_nonsense_is_refused_in_words_and_what_was_typed_stays(maya, acme, recipient, days, sentence):
    answer = make_link(maya, acme, recipient=recipient, days=days)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert f'value="{days}"' in answer.content.decode()
    assert not ShareLink.objects.exists()


@pytest.mark.parametrize("days", [1, 365])
def test_a_link_may_work_for_a_day_or_a_year(maya, acme, days):
    assert make_link(maya, acme, days=str(days)).status_code == 200
    assert ShareLink.objects.get().expires_at == NOW + timedelta(days=days)


def test_the_operation_itself_refuses_what_the_form_refuses(acme, csm):
    for recipient, days in [(" ", 90), ("Ann", 0), ("Ann", 366)]:
        with pytest.raises(ValidationError):
            create_share_link(account=acme, recipient=recipient, days=days, by=csm, at=NOW)


def test_a_stopped_link_leaves_the_list_and_says_so(maya, acme):
    make_link(maya, acme)
    link = ShareLink.objects.get()
    answer = maya.post(reverse("share-revoke", args=[acme.pk, link.pk]), follow=True)
    link.refresh_from_db()
    assert link.revoked_at == NOW
    assert "Stopped sharing with Ann Lee. The link no longer works." in answer.content.decode()
    assert "Nobody outside has a link" in answer.content.decode()


def test_sharing_and_stopping_are_on_record_once_each(acme, csm):
    link, token = create_share_link(account=acme, recipient="Ann Lee", days=30, by=csm, at=NOW)
    revoke_share_link(link=link, by=csm, at=NOW)
    revoke_share_link(link=link, by=csm, at=NOW + timedelta(hours=1))
    made, stopped = AuditEntry.objects.order_by("pk")
    assert (made.verb, made.by, made.detail) == (
        "health shared", csm, {"account": acme.pk, "recipient": "Ann Lee", "days": 30},
    )  # fmt: skip
    assert (stopped.verb, stopped.by) == ("sharing stopped", csm)
    link.refresh_from_db()
    assert link.revoked_at == NOW
    assert token not in str(AuditEntry.objects.values_list("detail", flat=True))


def test_a_link_of_another_account_is_not_stopped_through_ones_own(maya, acme, make_account, csm, other_csm):
    theirs = make_account("Theirs", owner=other_csm)
    link, _ = create_share_link(account=theirs, recipient="Ann", days=30, by=other_csm, at=NOW)
    assert maya.post(reverse("share-revoke", args=[acme.pk, link.pk])).status_code == 404
    assert maya.post(reverse("share-revoke", args=[theirs.pk, link.pk])).status_code == 404
    link.refresh_from_db()
    assert link.revoked_at is None


@pytest.mark.parametrize(("who", "status"), [("leader", 403), ("viewer", 403), ("other_csm", 404), ("guest", 302)])
def test_who_may_not_share(client, request, organization, acme, who, status):
    if who != "guest":
        client.force_login(request.getfixturevalue(who))
    assert make_link(client, acme).status_code == status
    assert not ShareLink.objects.exists()


def test_a_link_is_made_by_post_only(maya, acme):
    assert maya.get(reverse("share-create", args=[acme.pk])).status_code == 405


def test_an_expired_link_is_listed_as_expired(maya, acme, csm):
    create_share_link(account=acme, recipient="<b>Ann</b>", days=1, by=csm, at=NOW - timedelta(days=3))
    shown = maya.get(reverse("account", args=[acme.pk])).content.decode()
    assert "expired 28 Jun 2026" in shown
    assert "0 working links" in shown
    assert "&lt;b&gt;Ann&lt;/b&gt;" in shown


FULL = {"is_full": "1", "recipient": "Ann Lee", "days": "90", "language": "de", "shows": "band"}


def test_all_choices_are_kept_with_the_link_and_changed_later(maya, acme):
    said = {**FULL, "hidden_blocks": ["trend"], "words": "Hello", "email": "ann@acme.example", "is_mailed": "on"}
    assert maya.post(reverse("share-create", args=[acme.pk]), said).status_code == 200
    link = ShareLink.objects.get()
    assert (link.language, link.shows, link.hidden_blocks, link.words) == ("de", "band", ["trend"], "Hello")
    assert (link.email, link.is_mailed) == ("ann@acme.example", True)
    url = reverse("share-link", args=[acme.pk, link.pk])
    assert 'value="trend" id="id_hidden_blocks_1" checked' in maya.get(url).content.decode()
    answer = maya.post(url, {"recipient": "Ann L.", "language": "fr", "shows": "score"}, follow=True)
    link.refresh_from_db()
    assert (link.recipient, link.language, link.shows, link.hidden_blocks, link.is_mailed) == (
        "Ann L.", "fr", "score", [], False,
    )  # fmt: skip
    assert "The page of Ann L. shows this from now on." in answer.content.decode()
    assert AuditEntry.objects.get(verb="sharing changed").detail["before"]["shows"] == "band"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"is_mailed": "on"}, "Say where the monthly mail goes."),
        ({"email": "nowhere"}, "That is no address."),
        ({"recipient": ""}, "Say who gets the link."),
        ({"language": "xx"}, "Select a valid choice"),
    ],
)
def test_the_long_form_says_what_is_wrong(maya, acme, change, sentence):
    answer = maya.post(reverse("share-create", args=[acme.pk]), {**FULL, **change})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ShareLink.objects.exists()


def test_the_preview_is_the_customers_page_by_the_same_code(client, maya, acme, csm):
    give_story(acme, author=csm)
    link, token = create_share_link(account=acme, recipient="Ann Lee", days=90, by=csm, at=NOW)
    preview = maya.get(reverse("share-preview", args=[acme.pk]), {"link": link.pk})
    seen = client.get(reverse("share", args=[token]))
    assert preview.context["page"].questions == seen.context["page"].questions
    assert preview.context["page"].sentence == seen.context["page"].sentence
    assert preview.templates[0].name == seen.templates[0].name == "share.html"
    assert "Preview: this is what the customer sees." in preview.content.decode()
    link.refresh_from_db()
    assert link.opened_count == 1


def test_a_form_is_previewed_before_a_link_is_made(maya, acme, csm):
    give_story(acme, author=csm)
    answer = maya.post(reverse("share-preview", args=[acme.pk]), {"language": "es", "shows": "band", "words": "Buenas"})
    assert "Cómo lo medimos" in answer.content.decode()
    assert "Buenas" in answer.content.decode()
    assert not ShareLink.objects.exists()


def test_what_happened_by_a_link_is_a_list_and_a_file(maya, acme, csm):
    link, token = create_share_link(account=acme, recipient="Ann Lee", days=90, by=csm, at=NOW)
    note_opening(link=link, at=NOW)
    assert "Opened 1 time" in maya.get(reverse("share-link", args=[acme.pk, link.pk])).content.decode()
    text = maya.get(reverse("share-link-csv", args=[acme.pk, link.pk])).content.decode()
    assert "opened" in text
    assert token not in text
