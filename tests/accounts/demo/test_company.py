"""The demo company after its load: what the pages have to show, and what its scores are worth."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import numpy as np
import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction

from accounts.demo.dates import DAY
from accounts.models import (
    Account,
    ChurnEvent,
    KnownDay,
    ManualReading,
    MitigationPlan,
    Organization,
    Role,
    Status,
    Touchpoint,
    TouchpointState,
    User,
)
from dashboards.management.commands import load_demo
from dashboards.pages.measures import build_measures_page
from scoring.catalog import MEASURES
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from scoring.models import AccountHealth, DailySummary, ScorecardDraft, ScoringRun, Snapshot
from tests.scoring.test_declared import OUR_OWN

TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    """A smaller company with its month ends, loaded once for the tests of this module that only read."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(load_demo, "DAILY_DAYS", 1)
        atomic = transaction.atomic()
        atomic.__enter__()
        out = StringIO()
        with time_machine.travel(NOW, tick=False):
            call_command("load_demo", stdout=out, accounts=120)
        yield out.getvalue()
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


@pytest.mark.django_db
def test_everything_came_in_and_the_last_day_is_scored(company):
    assert Organization.objects.get().name == "Kestrel Works"
    assert Account.objects.count() == 120
    assert User.objects.count() == 18
    assert AccountHealth.objects.count() == Account.objects.filter(status=Status.ACTIVE).count()
    assert set(AccountHealth.objects.values_list("as_of", flat=True)) == {TODAY - DAY}
    assert DailySummary.objects.filter(as_of=TODAY - DAY).exists()
    assert "Loaded Kestrel Works" in company
    assert "maya.okafor@kestrel.example" in company


@pytest.mark.django_db
def test_each_month_end_of_two_years_is_scored(company):
    days = set(ScoringRun.objects.filter(state=ScoringRun.State.DONE).values_list("as_of", flat=True))
    month_ends = sorted(day for day in days if (day + DAY).day == 1)
    assert (len(month_ends), month_ends[0], month_ends[-1]) == (24, date(2024, 6, 30), date(2026, 5, 31))
    assert days - set(month_ends) == {TODAY - DAY}


@pytest.mark.django_db
def test_nothing_of_the_future_came_in_but_plans(company):
    assert KnownDay.objects.filter(day__gte=TODAY).count() == 0
    future = Touchpoint.objects.filter(day__gte=TODAY)
    assert set(future.values_list("state", flat=True)) == {TouchpointState.PLANNED}


@pytest.mark.django_db
def test_plans_know_the_score_of_the_day_before_they_were_opened(company):
    plan = MitigationPlan.objects.filter(score_at_opening_hundredths__isnull=False).order_by("pk").first()
    before = Snapshot.objects.filter(account=plan.account, as_of__lt=plan.opened_at.date()).latest("as_of")
    assert plan.score_at_opening_hundredths == before.score


@pytest.mark.django_db
def test_the_company_has_a_formula_and_a_rating_of_its_own(company):
    rows = {
        row.slug: row for row in build_measures_page(User.objects.get(role=Role.OPS), shown="all", today=TODAY).rows
    }
    depth, fit = rows["adoption_depth"], rows["roadmap_fit"]
    assert (depth.kind, depth.about.partition(".")[0]) == ("Formula", "seat_utilisation * feature_breadth")
    assert (fit.kind, fit.owner, fit.rhythm) == ("Entered by hand", "Olu Bankole", "Quarterly")
    readings = ManualReading.objects.filter(measure="roadmap_fit")
    assert readings.values("account").distinct().count() >= 20
    assert 0 < fit.wanted < Account.objects.filter(status=Status.ACTIVE).count() / 2


@pytest.mark.django_db
def test_every_band_is_there_and_none_is_all(company):
    bands = Counter(AccountHealth.objects.values_list("band", flat=True))
    share = {band: count / sum(bands.values()) for band, count in bands.items()}
    assert 0.3 <= share[0] <= 0.6
    assert 0.15 <= share[1] <= 0.4
    assert 0.12 <= share[2] <= 0.4
    assert 0 < share[-1] <= 0.05


@pytest.mark.django_db
def test_scores_tell_who_leaves_within_a_quarter_but_not_perfectly(company):
    """How often one who left within 90 days had scored lower than one who stayed, over all month ends."""
    left_on = dict(ChurnEvent.objects.values_list("account_id", "churned_on"))
    scores, left = [], []
    rows = Snapshot.objects.filter(as_of__lte=TODAY - timedelta(days=90), score__isnull=False)
    for account, day, score in rows.values_list("account_id", "as_of", "score"):
        scores.append(score)
        left.append(account in left_on and day < left_on[account] <= day + timedelta(days=90))
    values, gone = np.array(scores), np.array(left)
    worse = values[gone][:, np.newaxis] - values[~gone][np.newaxis, :]
    assert 0.7 <= (worse < 0).mean() + 0.5 * (worse == 0).mean() <= 0.9


@pytest.mark.django_db
def test_a_draft_measures_mid_market_accounts_by_what_they_say_and_do_with_us(company):
    draft = ScorecardDraft.objects.get()
    keys = [item["key"] for item in draft.content["measures"]]
    new = ["product_sentiment", "reply_rate", "failed_payments", "training_taken"]
    assert (draft.scorecard.slug, keys[3:]) == ("mid-market", new)
    ids = np.sort(np.array(Account.objects.filter(status=Status.ACTIVE).values_list("pk", flat=True)))
    facts = Facts(Scope(ids, TODAY - DAY))
    told = sorted(set(OUR_OWN) - {"error_share"})
    known = {key: 1 - np.isnan(MEASURES[key].compute(facts)).mean() for key in told}
    assert {key: share for key, share in known.items() if share < 0.25} == {}
