"""The account page where somebody replaced the score, or a flag caps the band: what was computed stays beside it."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Override, PulseCategory
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.test_account import page_for
from tests.dashboards.snapshots import MEASURES, NOTHING_KNOWN, give_snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


def test_an_override_stands_beside_the_computed_score(organization, acme, csm):
    override = Override.objects.create(
        account=acme, score_hundredths=9000, category=PulseCategory.OTHER, reason="Signed for three years", author=csm,
        starts_on=TODAY, ends_on=date(2026, 7, 31), recorded_at=NOW,
    )  # fmt: skip
    give_snapshot(
        acme, day=TODAY, score=9000, customer_score=7688, measures=MEASURES,
        changes=[[f"override:{override.pk}", 1312]],
    )  # fmt: skip
    score = page_for(csm, acme).score
    assert (score.computed, score.score) == (Decimal("76.88"), 90)
    assert (score.changes[0].label, score.changes[0].reason) == ("Override", "Signed for three years")
    assert score.customer_differs


def test_an_override_of_an_undefined_account_stands_beside_undefined(client, organization, acme, csm):
    override = Override.objects.create(
        account=acme, score_hundredths=9000, category=PulseCategory.OTHER, reason="Signed for three years", author=csm,
        starts_on=TODAY, ends_on=date(2026, 7, 31), recorded_at=NOW,
    )  # fmt: skip
    kept = give_snapshot(
        acme, day=TODAY, score=9000, measures=NOTHING_KNOWN, changes=[[f"override:{override.pk}", 9000]], coverage=0
    )
    type(kept).objects.update(customer_score=None)
    score = page_for(csm, acme).score
    assert (score.computed, score.score, score.customer_score) == (None, 90, None)
    client.force_login(csm)
    shown = client.get(reverse("account", args=[acme.pk])).content.decode()
    assert "computed: Undefined" in shown
    assert "A shared page shows the customer no score" in shown


def test_a_csm_is_told_when_a_cap_makes_the_customers_band_another_one(client, organization, acme, csm):
    kept = give_snapshot(acme, day=TODAY, score=7688, measures=MEASURES, flags=[["acquired", 20.0]])
    assert not page_for(csm, acme).score.customer_band_differs
    type(kept).objects.update(band=1)
    score = page_for(csm, acme).score
    assert (score.customer_differs, score.customer_band_differs) == (False, True)
    client.force_login(csm)
    shown = client.get(reverse("account", args=[acme.pk])).content.decode()
    assert "A shared page shows the customer the band Strong" in shown
