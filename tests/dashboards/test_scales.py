"""Scores as the organization shows them: 0 to 100, 0 to 10, 1 to 5 or the band alone. What is kept stays the same."""

from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.urls import reverse

from accounts.models import DisplayScale
from accounts.queries.organization import organization_remembered, the_organization
from dashboards import formats
from dashboards.charts.history import ScorePoint, score_history
from dashboards.scales import SCALES, BandAlone
from scoring.core.bands import DEFAULT_BANDS
from scoring.operations import publish_shipped
from tests.conftest import NOW, TODAY
from tests.dashboards.snapshots import give_story

BAND = BandAlone(bands=DEFAULT_BANDS)


@contextmanager
def shown_as(scale):
    token = formats.SCALE.set(lambda: scale)
    try:
        yield
    finally:
        formats.SCALE.reset(token)


def drawn(source: str, **values) -> str:
    return Template("{% load health %}" + source).render(Context(values))


@pytest.mark.parametrize(
    ("scale", "texts"),
    [
        (formats.HUNDRED, ["0", "50", "70", "100"]),
        (SCALES[DisplayScale.TEN], ["0.0", "5.0", "7.0", "10.0"]),
        (SCALES[DisplayScale.FIVE], ["1", "3", "4", "5"]),
        (BAND, ["Weak", "Moderate", "Strong", "Strong"]),
    ],
)
def test_a_score_on_each_scale(scale, texts):
    with shown_as(scale):
        assert [formats.score(Decimal(points)) for points in ("0", "49.5", "69.5", "100")] == texts


@pytest.mark.parametrize("scale", [formats.HUNDRED, SCALES[DisplayScale.TEN], SCALES[DisplayScale.FIVE]])
def test_a_change_agrees_with_the_scores_beside_it(scale):
    with shown_as(scale):
        for now, before in [("69.49", "69.50"), ("12.49", "12.50"), ("100", "0"), ("49.95", "50.05"), ("37", "88")]:
            shown = scale.of(Decimal(now)) - scale.of(Decimal(before))
            change = formats.shown_change(Decimal(now), Decimal(before))
            assert formats.score_change(change) == formats.plain(abs(shown), places=scale.places)
            assert (change > 0) == (shown > 0)


def test_the_components_follow_the_scale():
    with shown_as(SCALES[DisplayScale.TEN]):
        assert "<b>6.7</b>" in drawn("{% band 1 score %}", score=Decimal("66.50"))
        assert "of 10</text>" in drawn('{% ring score 1 form="gauge" %}', score=Decimal("66.50"))
        assert "0.9" in drawn('{% delta 9 unit="score" %}')
        assert drawn("{{ value|signed_score }} {{ value|score_noun }}{% out_of %}", value=Decimal(-9)) == "−0.9  of 10"
        assert drawn("{{ value|mean_score }}", value=Decimal("66.55")) == "6.66"
    with shown_as(BAND):
        assert "<b>" not in drawn('{% band 1 score name="Moderate" %}', score=Decimal("66.50"))
        assert "of" not in drawn('{% ring score 1 form="gauge" %}', score=Decimal(66)).partition("<text")[2]
        assert drawn("{{ value|signed_score }}", value=Decimal(-9)) == "down"
        dense = drawn('{% band 1 score form="dense" name="Amber" %}', score=Decimal(66))
        assert '<span class="band__name">Amber</span>' in dense
        assert drawn("Amber{{ score|at_score }}.", score=Decimal(66)) == "Amber."


def test_a_chart_is_labeled_on_the_scale_and_drawn_in_points():
    points = [ScorePoint(day=TODAY, score=66.5, band=1)]
    with shown_as(SCALES[DisplayScale.TEN]):
        chart = score_history(points)
    assert chart.caption == "score from 0 to 10"
    assert chart.figure["data"][0]["y"] == [66.5]
    assert chart.figure["layout"]["yaxis"]["ticktext"] == ["5.0", "7.0"]
    assert "Strong from 7.0" in {note["text"] for note in chart.figure["layout"]["annotations"]}
    with shown_as(BAND):
        assert "Strong" in {note["text"] for note in score_history(points).figure["layout"]["annotations"]}


def test_while_it_is_remembered_the_organization_is_read_once(organization, django_assert_num_queries):
    with django_assert_num_queries(1), organization_remembered():
        assert the_organization() is the_organization()
    with django_assert_num_queries(2):
        assert (the_organization().name, the_organization().name) == ("Kestrel Works", "Kestrel Works")


@pytest.mark.parametrize(
    ("scale", "there", "not_there"),
    [("10", "<b>5.5</b>", "<b>55</b>"), ("5", "<b>3</b>", "<b>55</b>"), ("band", "Moderate", "<b>55</b>")],
)
def test_pages_show_the_scale_that_the_organization_chose(client, organization, acme, csm, scale, there, not_there):
    publish_shipped(by=None, at=NOW)
    give_story(acme, author=csm)
    organization.display_scale = scale
    organization.save()
    client.force_login(csm)
    html = client.get(reverse("account", args=[acme.pk])).content.decode()
    assert there in html
    assert not_there not in html
    # The lines stay exact.
    assert "76.88" in html
