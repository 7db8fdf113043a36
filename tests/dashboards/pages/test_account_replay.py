"""Any day again on a page: another day, another card, and what was known then; clearly a replay."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from accounts.ingest.intake import take_in
from accounts.ingest.records import TicketRecord
from accounts.models import AccountHistory, ManualReading
from dashboards.pages.account_replay import build_replay_page
from scoring.models import ScorecardDraft, ScorecardVersion, ScoringRun, Snapshot
from scoring.models.cards import BEGINNING
from scoring.operations import publish, start_draft
from scoring.pipeline import score_days
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import a_card, clock
from tests.scoring.test_pipeline import FIT, RATING

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def read(source):
    def record(account, measure, value, *, day, recorded_at=NOW):
        return ManualReading.objects.create(
            account=account, measure=measure, value=value, read_on=day, expires_on=date(2027, 1, 1), source=source,
            external_id=f"{measure} {day} {value}", recorded_at=recorded_at,
        )  # fmt: skip

    return record


@pytest.fixture
def rated(organization, acme, read):
    """Rated 4 in May and 5 today, by a card of ratings alone; a second version weighs fit more from today on."""
    publish(card=a_card({**RATING, "weight": 100}), effective_from=BEGINNING, reason="r", by=None, at=NOW)
    read(acme, "rating", 4, day=date(2026, 5, 1))
    read(acme, "rating", 5, day=TODAY)
    read(acme, "fit", 3, day=date(2026, 5, 1))
    score_days([TODAY], clock=clock)
    publish(
        card=a_card({**RATING, "weight": 50}, {**FIT, "weight": 50}), effective_from=TODAY, reason="r", by=None, at=NOW
    )
    return acme


def page_for(user, account, **query):
    return build_replay_page(account, user=user, query=query, today=TODAY)


def version_key(number: int) -> str:
    return f"v{ScorecardVersion.objects.get(number=number).pk}"


def test_a_past_day_is_computed_with_the_card_of_then_and_nothing_is_kept(rated, csm):
    page = page_for(csm, rated, day="2026-05-15")
    assert (page.score.score, page.is_kept, page.score.card_number) == (75, False, 1)
    assert page.words == "15 May 2026, with the card in force then, as known now"
    assert (Snapshot.objects.count(), ScoringRun.objects.count()) == (1, 1)


def test_any_version_can_be_chosen_and_the_score_that_stands_is_told_beside_it(rated, csm):
    page = page_for(csm, rated, card=version_key(2))
    # 100 × 50 % + 50 × 50 %; the day itself was scored with the first version.
    assert (page.score.score, page.kept, page.score.card_number) == (75, 100, 2)
    assert page_for(csm, rated, card=version_key(1)).score.score == 100
    assert [row.line for row in page.score.measures] == [50, 25]


def test_a_draft_can_be_tried_by_those_who_edit_it(rated, csm, ops):
    scorecard = ScorecardVersion.objects.first().scorecard
    draft = start_draft(scorecard=scorecard, by=ops, at=NOW)
    key = f"d{draft.pk}"
    assert page_for(ops, rated, card=key).score.score == 75
    assert key not in {choice.key for choice in page_for(csm, rated, card=key).choices}
    assert page_for(csm, rated, card=key).card == ""
    ScorecardDraft.objects.update(content={**draft.content, "measures": []})
    assert page_for(ops, rated, card=key).problem.startswith("The draft cannot be scored with yet.")


def test_as_known_then_late_rows_are_not_seen(rated, read, csm):
    AccountHistory.objects.update(recorded_at=datetime(2024, 1, 1, tzinfo=UTC))
    ManualReading.objects.update(recorded_at=datetime(2026, 5, 2, tzinfo=UTC))
    read(rated, "rating", 2, day=date(2026, 5, 10), recorded_at=NOW)
    scores = {known: page_for(csm, rated, day="2026-05-15", known=known).score.score for known in ("", "2026-05-20")}
    assert scores == {"": 25, "2026-05-20": 75}


def test_as_known_then_amended_facts_stand_as_they_stood(organization, acme, source, csm):
    """The ticket was open for weeks as was known on the 10th; on the 20th it was said to have been closed at once."""
    card = a_card({"key": "tickets_unresolved", "weight": 100, "curve": "linear", "zero": 20, "full": 0})
    publish(card=card, effective_from=BEGINNING, reason="r", by=None, at=NOW)
    AccountHistory.objects.update(recorded_at=datetime(2024, 1, 1, tzinfo=UTC))
    opened = datetime(2026, 5, 20, 9, tzinfo=UTC)
    for at, closed in (
        (datetime(2026, 6, 1, tzinfo=UTC), None),
        (datetime(2026, 6, 20, tzinfo=UTC), opened + timedelta(days=1)),
    ):
        record = TicketRecord(external_id="t", account="acme", opened_at=opened, closed_at=closed)
        take_in(kind="tickets", records=[record], source=source, at=at, by=None)
    scores = {known: page_for(csm, acme, day="2026-06-05", known=known).score.score for known in ("", "2026-06-10")}
    # One ticket of ten seats is 10 per 100 seats.
    assert scores == {"": 100, "2026-06-10": 50}
    assert page_for(csm, acme, day="2026-06-05", known="2026-06-10").words.endswith(
        "as known at the end of 10 Jun 2026"
    )


def test_before_the_account_was_there_the_page_says_so(rated, csm):
    page = page_for(csm, rated, day="2020-01-01")
    assert (page.score, page.problem) == (None, "The account was not active on that day, or was not known by then.")


def test_without_a_card_the_page_says_so(organization, acme, csm):
    assert page_for(csm, acme).problem == "No scorecard was in force on that day."


def test_days_that_are_none_or_lie_ahead_mean_the_newest(rated, csm):
    for words in ({"day": "nonsense"}, {"day": "2030-01-01"}, {"known": "2030-01-01"}, {"card": "v999999"}):
        page = page_for(csm, rated, **words)
        assert (page.as_of, page.card, page.known_on) == (TODAY, "", None)


def test_the_page_says_that_it_is_a_replay(rated, csm, client):
    client.force_login(csm)
    text = client.get(reverse("account-replay", args=[rated.pk]), {"card": version_key(2)}).content.decode()
    assert "<b>This is a replay</b> of 30 Jun 2026, with Default v2, as known now." in text
    assert "The score of that day is 100.00." in text
    assert Decimal("75") == page_for(csm, rated, card=version_key(2)).score.score


def test_a_replay_takes_few_queries(rated, csm, client, django_assert_max_num_queries):
    client.force_login(csm)
    with django_assert_max_num_queries(35):
        client.get(reverse("account-replay", args=[rated.pk]), {"day": "2026-05-15"})
