"""What a weekly review asks of a CSM stands at their bell, once, and goes when the review is taken back."""

import pytest
from django.urls import reverse

from accounts.models import PlanReview
from scoring.alerts.reviews import tell_of_review
from scoring.models import AlertNotice
from tests.conftest import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organization")]


def sign(client, manager, acme, outcome: str) -> None:
    client.force_login(manager)
    client.post(reverse("review-sign", args=[acme.pk]), {"outcome": outcome, "note": "The sponsor left."})


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("change_steps", "asks you for a plan"), ("escalate", "escalated it"), ("on_track", ""), ("close", "")],
)
def test_a_csm_is_told_once_what_is_asked_and_the_notice_leads_to_the_plan(client, manager, csm, acme, outcome, words):
    sign(client, manager, acme, outcome)
    review = PlanReview.objects.get()
    tell_of_review(review, today=TODAY)
    csm.refresh_from_db()
    assert csm.unread_alerts == AlertNotice.objects.count() == (1 if words else 0)
    if words:
        client.force_login(csm)
        html = client.get(reverse("alerts")).content.decode()
        assert words in html
        assert "Weekly review" in html
        assert b"Weekly review" in b"".join(client.get(reverse("alerts-csv")).streaming_content)
        opened = client.get(reverse("alert", args=[AlertNotice.objects.get().pk]))
        assert opened.url == reverse("account-plan", args=[acme.pk])
        csm.refresh_from_db()
        assert csm.unread_alerts == 0


def test_a_review_that_is_taken_back_takes_its_notice_along(client, manager, csm, acme):
    sign(client, manager, acme, "escalate")
    client.post(reverse("review-undo", args=[PlanReview.objects.get().pk]))
    csm.refresh_from_db()
    assert (AlertNotice.objects.count(), csm.unread_alerts) == (0, 0)
