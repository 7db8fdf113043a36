"""How old the facts behind each line of a score are."""

from datetime import date

import pytest

from accounts.models import SurveyResponse
from dashboards.pages.account_age import newest_by_measure, newest_of
from scoring.catalog import measure
from scoring.queries.explanation import explanation_on
from tests.conftest import NOW, TODAY
from tests.dashboards.snapshots import give_story

pytestmark = pytest.mark.django_db


def test_each_line_says_how_old_its_newest_fact_is(organization, acme, source, csm, django_assert_num_queries):
    give_story(acme, author=csm)
    shared = {"source": source, "recorded_at": NOW, "account": acme, "kind": "nps", "score": 9}
    for day in (date(2026, 5, 1), date(2026, 6, 20), date(2026, 7, 2)):
        SurveyResponse.objects.create(**shared, external_id=str(day), asked_on=day, answered_on=day)
    explained = explanation_on(acme, day=TODAY)
    with django_assert_num_queries(2):
        found = newest_by_measure(acme, explained)
    # What came after the day of the score is no part of it; of use nothing is known.
    assert found == {"nps": date(2026, 6, 20)}


def test_a_measure_of_several_kinds_takes_the_newest_of_any(acme, source):
    may, june = date(2026, 5, 1), date(2026, 6, 1)
    facts = {"surveys": may, "tickets": june}
    assert newest_of(measure("csat"), facts=facts, readings={}) == june
    assert newest_of(measure("csm_sentiment"), facts=facts, readings={"csm_sentiment": may}) == may
    assert newest_of(measure("reading:fit"), facts={}, readings={"fit": june}) == june
    assert newest_of(measure("tenure_months"), facts=facts, readings={}) is None
