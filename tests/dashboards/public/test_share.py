"""The page that a customer opens: what it shows, what it must never show, and links that no longer work."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from accounts.models import (
    BusinessEvent,
    Contact,
    Override,
    PlanReview,
    PulseCategory,
    ReviewOutcome,
    ShareLink,
    Source,
    SurveyResponse,
    Ticket,
    Touchpoint,
)
from accounts.operations.sharing import create_share_link, hash_of, revoke_share_link
from accounts.queries.sharing import working_share_link
from dashboards.public.answers import told as told_of
from dashboards.public.brand import contrast_with_white, readable
from dashboards.public.share_page import build_share_page
from dashboards.public.share_words import WORDS
from scoring.catalog import DECLARED, JUDGMENTS
from scoring.models import ScorecardItem
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health, give_plan, give_step
from tests.dashboards.snapshots import MEASURES, give_snapshot, give_story, give_undefined

pytestmark = pytest.mark.django_db
GONE = "This link no longer works"


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def told(organization, acme, csm):
    give_story(acme, author=csm)
    return acme


def token_for(account, by, **more):
    _, token = create_share_link(account=account, recipient="Ann", by=by, **{"days": 90, "at": NOW, **more})
    return token


def page_for(account, by, organization):
    link = working_share_link(token_hash=hash_of(token_for(account, by)), at=NOW)
    return build_share_page(link, organization=organization, today=TODAY)


def test_the_score_leaves_pulses_out_and_its_band_is_its_own(told, csm, organization):
    page = page_for(told, csm, organization)
    assert (page.score, page.band, page.band_name) == (Decimal("61.50"), 1, "Moderate")
    assert page.heading == "Your health with Kestrel Works is moderate"


def test_a_customer_may_be_strong_where_a_pulse_makes_the_account_moderate(organization, acme, csm):
    give_snapshot(acme, day=TODAY, score=6919, customer_score=7688, measures=MEASURES, changes=[["pulse:1", -769]])
    page = page_for(acme, csm, organization)
    assert (page.score, page.band) == (Decimal("76.88"), 0)


def test_an_override_and_a_cap_stay_inside(organization, acme, csm):
    give_snapshot(
        acme, day=TODAY, score=2000, customer_score=7688, measures=MEASURES,
        changes=[["override:1", -5688]], flags=[["acquired", 3.0]],
    )  # fmt: skip
    page = page_for(acme, csm, organization)
    assert (page.score, page.band, page.changes) == (Decimal("76.88"), 0, ())


def test_each_measure_is_a_question_with_a_plain_answer_and_what_it_counts(told, csm, organization):
    adoption, trend, login, *_, nps = page_for(told, csm, organization).questions
    assert adoption.title == "Are your teams using it?"
    assert adoption.answer.startswith("40% of your seats were active in the last 28 days. The goal for month 29 is ")
    assert (adoption.points, adoption.counts) == (50, Decimal("37.50"))
    assert (trend.answer, trend.points, trend.counts) == (
        "We have no data on this yet, so it does not count.", None, None,
    )  # fmt: skip
    assert login.answer == "Somebody last logged in 3 days ago."
    assert nps.answer == "Your answers add up to 0, on a scale from −100 to +100."


def test_what_our_own_people_judge_counts_without_being_shown(told, csm, organization):
    assert page_for(told, csm, organization).hidden_words == ""
    nps = ScorecardItem.objects.get(measure="nps", version__scorecard__slug="smb")
    nps.delete()
    # What is published is never changed, so the card gets the other measure as a new row.
    ScorecardItem.objects.create(
        version_id=nps.version_id, position=nps.position, measure="csm_sentiment", weight=nps.weight, curve=nps.curve,
        params=nps.params, missing=nps.missing,
    )  # fmt: skip
    page = page_for(told, csm, organization)
    assert "How do we see our relationship?" not in [question.title for question in page.questions]
    shown = sum(question.counts or 0 for question in page.questions)
    assert page.hidden_words == f"What is not shown here counts another {round(100 - shown)}%."


def test_questions_and_changes_of_the_total_sum_to_the_shown_score(told, csm, organization):
    page = page_for(told, csm, organization)
    assert [(change.label, change.line) for change in page.changes] == [
        ("Our regular business review is overdue", Decimal("-15.38"))
    ]
    weighted = sum(question.points * question.counts / 100 for question in page.questions if question.counts)
    # 76.88 before the rule; the points of each question are whole here, so nothing is lost.
    assert round(weighted + sum(change.line for change in page.changes), 1) == Decimal("61.5")


def test_the_change_is_since_the_end_of_the_last_quarter(told, csm, organization):
    give_snapshot(told, day=date(2026, 3, 31), score=5960, customer_score=5950, measures=MEASURES)
    page = page_for(told, csm, organization)
    assert (page.since, page.change) == (date(2026, 3, 31), 2)  # 60 then, 62 now
    assert page.sentence == (
        "Your score rose by 2 points since 31 Mar 2026. You do best on “Is it in use?”. "
        "The one to work on together is “Are your teams using it?”."
    )


def test_without_an_old_enough_score_no_change_is_claimed(told, csm, organization):
    page = page_for(told, csm, organization)
    assert (page.since, page.change) == (None, None)
    assert "since" not in page.sentence


def test_the_trend_has_the_customers_score_of_each_month_and_gaps_stay_gaps(told, csm, organization):
    give_snapshot(told, day=date(2026, 3, 31), score=4000, customer_score=5950, measures=MEASURES)
    rows = page_for(told, csm, organization).trend.table_rows
    assert [row[:3] for row in rows] == [
        ["31 Mar 2026", "59.5", "Moderate"],
        ["30 Apr 2026", "–", "Undefined"],
        ["30 May 2026", "81.5", "Strong"],
        ["30 Jun 2026", "61.5", "Moderate"],
    ]


def test_undefined_is_told_as_still_collecting_without_a_gauge(client, organization, acme, csm):
    give_undefined(acme)
    shown = client.get(reverse("share", args=[token_for(acme, csm)])).content.decode()
    assert "We are still collecting data" in shown
    assert "of 100" not in shown


def test_an_account_that_was_never_scored_is_still_collecting_too(client, organization, acme, csm):
    answer = client.get(reverse("share", args=[token_for(acme, csm)]))
    assert answer.status_code == 200
    assert "We are still collecting data" in answer.content.decode()


def test_only_shared_steps_are_shown_with_whose_turn_it_is(told, csm, organization):
    plan = give_plan(told, owner=csm, opened_on=date(2026, 6, 1))
    ours, theirs, inner = (give_step(plan, position=n, due=TODAY, text=f"Step {n}") for n in (1, 2, 3))
    for step, turn in ((ours, False), (theirs, True)):
        step.is_shared, step.is_customers_turn = True, turn
        step.save()
    steps = page_for(told, csm, organization).steps
    assert [(shared.step.text, shared.turn) for shared in steps] == [("Step 1", "Kestrel Works"), ("Step 2", "Acme")]


def plant_canaries(account, csm, make_account) -> list[str]:
    """Words and figures that are ours alone, in every place where people or files put them."""
    source, shared = Source.objects.get(), {"recorded_at": NOW}
    facts = {"source": source, "account": account, **shared}
    ann = Contact.objects.create(**facts, external_id="c", name="CANARYCONTACT", known_from=date(2025, 1, 1))
    Touchpoint.objects.create(
        **facts, external_id="t", kind="call", state="held", day=TODAY, host=csm, note="CANARYNOTE"
    )
    SurveyResponse.objects.create(
        **facts, external_id="s", kind="nps", contact=ann, asked_on=TODAY, answered_on=TODAY, score=1,
        comment="CANARYCOMMENT",
    )  # fmt: skip
    Ticket.objects.create(**facts, external_id="k", opened_at=NOW, is_escalated=True, subject="CANARYTICKET")
    BusinessEvent.objects.create(**facts, external_id="b", kind="acquired", occurred_on=TODAY, note="CANARYEVENT")
    Override.objects.create(
        account=account, score_hundredths=1234, category=PulseCategory.OTHER, reason="CANARYOVERRIDE", author=csm,
        starts_on=TODAY, ends_on=TODAY, recorded_at=NOW,
    )  # fmt: skip
    plan = give_plan(account, owner=csm, opened_on=date(2026, 6, 1), reason="CANARYPLAN")
    plan.goal = "CANARYGOAL"
    plan.save()
    step = give_step(plan, position=1, due=TODAY, text="Agree on a date")
    step.is_shared, step.note = True, "CANARYSTEPNOTE"
    step.save()
    give_step(plan, position=2, due=TODAY, text="CANARYINNERSTEP")
    PlanReview.objects.create(
        account=plan.account, plan=plan, by=csm, at=NOW, outcome=ReviewOutcome.ON_TRACK, note="CANARYREVIEW"
    )
    make_account("CANARYOTHER", owner=csm)
    account.arr, account.domain = Decimal("987654.32"), "canarydomain.example"
    account.save()
    give_health(account, score=5535, arr=Decimal("987654.32"))
    return ["canary", "987,654", "$988k", "no login in 14 days", "pulse", "override", "55.35"]


def test_nothing_of_ours_alone_is_anywhere_on_the_page(client, organization, acme, csm, make_account):
    give_story(acme, author=csm, reason="CANARYPULSE")
    forbidden = plant_canaries(acme, csm, make_account)
    _, token = create_share_link(account=acme, recipient="CANARYRECIPIENT", days=90, by=csm, at=NOW)
    shown = client.get(reverse("share", args=[token])).content.decode().lower()
    assert "agree on a date" in shown
    for word in forbidden:
        assert word not in shown, word
    # They are planted where they would show: the CSM's own page is full of them.
    client.force_login(csm)
    inside = client.get(reverse("account", args=[acme.pk])).content.decode().lower()
    assert {word for word in forbidden if word not in inside} == set()
    assert inside.count("canary") >= 10


def test_the_page_may_not_be_found_kept_or_passed_on(client, told, csm):
    answer = client.get(reverse("share", args=[token_for(told, csm)]))
    gone = client.get(reverse("share", args=["x" * 43]))
    for response in (answer, gone):
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert '<meta name="robots" content="noindex, nofollow">' in response.content.decode()
    assert not answer.cookies


def test_stopped_expired_and_unknown_links_are_answered_alike(client, told, csm):
    stopped = token_for(told, csm)
    revoke_share_link(link=ShareLink.objects.get(), by=csm, at=NOW)
    expired = token_for(told, csm, days=1, at=NOW - timedelta(days=1))
    answers = [client.get(reverse("share", args=[token])) for token in (stopped, expired, "unknown")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert GONE in answers[0].content.decode()
    assert "Ask your contact for a new one." in answers[0].content.decode()
    assert "Acme" not in answers[0].content.decode()


def test_a_link_works_until_its_last_moment(client, told, csm):
    token = token_for(told, csm, days=1)
    with time_machine.travel(NOW + timedelta(days=1, seconds=-1), tick=False):
        assert client.get(reverse("share", args=[token])).status_code == 200
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert client.get(reverse("share", args=[token])).status_code == 404


def test_openings_are_counted_but_not_those_that_ask_only_for_the_head(client, told, csm):
    url = reverse("share", args=[token_for(told, csm)])
    client.head(url)
    assert ShareLink.objects.get().opened_count == 0
    client.get(url)
    client.get(url)
    link = ShareLink.objects.get()
    assert (link.opened_count, link.last_opened_at) == (2, NOW)


def test_the_page_cannot_be_posted_to(client, told, csm):
    assert client.post(reverse("share", args=[token_for(told, csm)])).status_code == 405


def test_the_page_takes_thirteen_queries_at_most(client, told, csm, django_assert_max_num_queries):
    give_step(give_plan(told, owner=csm, opened_on=date(2026, 6, 1)), position=1, due=TODAY)
    token = token_for(told, csm)
    with django_assert_max_num_queries(13):
        client.get(reverse("share", args=[token]))


def test_names_are_escaped(client, organization, make_account, csm):
    odd = make_account("<b>Odd</b>", owner=csm)
    give_story(odd, author=csm)
    shown = client.get(reverse("share", args=[token_for(odd, csm)])).content.decode()
    assert "<b>Odd</b>" not in shown
    assert "&lt;b&gt;Odd&lt;/b&gt;" in shown


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize(
    "measure", [measure for measure in DECLARED if measure.key not in JUDGMENTS], ids=lambda measure: measure.key
)
def test_every_measure_of_the_catalog_has_an_answer_in_words(measure, value):
    for words in WORDS.values():
        said = told_of(measure, value, words=words)
        assert said.endswith(".")
        assert "ARR" not in said
        assert "{" not in said


def test_the_brand_color_is_darkened_until_it_can_be_read():
    assert readable("#1F5F4A") == "#1f5f4a"
    assert readable("red; background: url(x)") == "#1f5f4a"
    pale = readable("#FFCC00")
    assert contrast_with_white([int(pale[n : n + 2], 16) for n in (1, 3, 5)]) >= 4.5
