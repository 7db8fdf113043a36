"""The account page on hand-worked snapshots: lines that add up, what is missing, and what happened."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from accounts.models import (
    BusinessEvent,
    BusinessEventKind,
    Contact,
    MitigationPlan,
    Persona,
    PlanOutcome,
    Rapport,
    SurveyResponse,
    Ticket,
    Touchpoint,
)
from accounts.queries.account import accounts_in_full
from dashboards.pages.account import build_account_page
from dashboards.pages.account_tabs import build_timeline_page
from dashboards.pages.account_waterfall import Piece
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health, give_plan, give_step
from tests.dashboards.snapshots import MEASURES, give_snapshot, give_story, give_undefined

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


def page_for(user, account, **query):
    found = accounts_in_full(user).get(pk=account.pk)
    return build_account_page(found, user=user, today=TODAY, now=NOW, query=query)


def timeline_for(user, account, **query):
    found = accounts_in_full(user).get(pk=account.pk)
    return build_timeline_page(found, user=user, today=TODAY, query=query).timeline


@pytest.fixture
def told(organization, acme, csm):
    """Acme with the hand-worked story."""
    give_story(acme, author=csm)
    return acme


def test_the_lines_sum_exactly_to_the_score(told, csm):
    score = page_for(csm, told).score
    assert [row.line for row in score.measures] == [
        Decimal("18.75"), 0, Decimal("18.75"), Decimal("18.75"), Decimal("12.50"), 5, Decimal("3.13"),
    ]  # fmt: skip
    assert sum(row.line for row in score.measures) == score.base == Decimal("76.88")
    assert [(row.label, row.line) for row in score.changes] == [
        ("EBR overdue", Decimal("-15.38")), ("CSM pulse", Decimal("-6.15")),
    ]  # fmt: skip
    assert score.base + sum(row.line for row in score.changes) == score.score == Decimal("55.35")


def test_the_changes_of_a_month_sum_exactly_to_the_change_of_the_score(told, csm):
    score = page_for(csm, told).score
    assert score.change == Decimal("-26.15")
    assert score.base_change == Decimal("-4.62")
    assert sum(row.change for row in (*score.measures, *score.changes)) == score.change
    assert score.measures[1].change == -20


def test_a_line_that_no_longer_acts_is_told_with_what_that_gave(organization, acme, csm):
    give_snapshot(acme, day=date(2026, 5, 30), score=6150, measures=MEASURES, changes=[["ebr_overdue", -1538]])
    give_snapshot(acme, day=TODAY, score=7688, measures=MEASURES)
    score = page_for(csm, acme).score
    assert [(row.label, row.change) for row in score.gone] == [("EBR overdue", Decimal("15.38"))]
    assert score.change == Decimal("15.38")


def test_values_are_shown_in_their_unit_with_their_curve(told, csm):
    adoption, trend, login, tickets, overdue, first, nps = page_for(csm, told).score.measures
    assert (adoption.value, adoption.source) == ("40%", "Usage, last 28 days")
    assert adoption.curve.startswith("Target curve, month 29: ")
    assert (login.value, login.points) == ("3 days", 100)
    assert login.curve == "Thresholds 30 days, 7 days"
    assert (overdue.value, first.value, nps.value) == ("0 days", "40 days", "0")


def test_missing_weight_is_shared_out_and_said(told, csm):
    rows = page_for(csm, told).score.measures
    assert (rows[1].value, rows[1].missing, rows[1].counted_weight) == (None, "weight shared out", None)
    assert rows[0].counted_weight == Decimal("37.50")
    assert sum(row.counted_weight or 0 for row in rows) == 100


def test_a_pulse_says_who_why_how_much_and_until_when(told, csm):
    pulse = page_for(csm, told).score.changes[1]
    assert pulse.about == "Maya Example, until 10 Sep 2026"
    assert pulse.reason == "New owners review all vendors"
    assert (pulse.rate, pulse.before) == ("−10%", Decimal("61.50"))


def test_the_waterfall_starts_each_bar_where_the_last_one_ended(told, csm):
    score = page_for(csm, told).score
    assert score.measures[0].pieces == (Piece("earned", "0.00", "18.75"), Piece("open", "18.75", "18.75"))
    assert score.measures[1].pieces == ()
    assert score.measures[2].pieces == (Piece("earned", "18.75", "18.75"),)
    assert score.changes[0].pieces == (Piece("off", "61.50", "15.38"),)
    assert score.changes[1].pieces == (Piece("off", "55.35", "6.15"),)


def test_the_strip_says_how_much_is_known_and_what_the_score_could_be(told, csm):
    strip = page_for(csm, told).strip
    # 81.50 shows as 82 and 55.35 as 55.
    assert strip.change == -27
    assert (strip.coverage, strip.low, strip.high) == (0.8, Decimal("44.28"), Decimal("58.68"))


def test_the_page_says_which_card_applied_and_why(told, csm):
    score = page_for(csm, told).score
    assert (score.card_name, score.card_number) == ("SMB scorecard", 1)
    assert score.why_card == "SMB scorecard, because the account is in segment SMB"


def test_an_account_without_a_segment_takes_the_default_card(organization, make_account, csm):
    bare = make_account("Bare", owner=csm, segment=None)
    give_snapshot(bare, day=TODAY, score=5000, measures=[[None, None, 0]] * 6 + [[0.0, 50.0, 5000]])
    score = page_for(csm, bare).score
    assert score.why_card == (
        "Default scorecard, because neither the account's segment nor its phase has a card of its own"
    )


def test_elements_have_scores_of_their_own(told, csm):
    rows = {row.label: (row.points, row.weight) for row in page_for(csm, told).score.elements}
    # Adoption: (30 × 50 + 5 × 80) / 35 = 54.29. Usage: only the login is known.
    assert rows == {"Adoption": (54, 35), "Usage": (100, 35), "Sentiment": (88, 20), "Billing": (100, 10)}
    assert page_for(csm, told).score.lagging_share == 0.15


def test_undefined_says_what_would_define_it(organization, acme, csm):
    give_undefined(acme)
    score = page_for(csm, acme).score
    assert (score.score, score.coverage, score.min_coverage) == (None, 0.05, 0.5)
    # 5 known; with 30 and 20 more it is 55 of 100.
    assert score.would_define == ("Adoption against target", "Usage trend")
    assert (score.low, score.high) == (Decimal("2.50"), Decimal("97.50"))


def test_a_flag_says_why_it_is_on(told, csm):
    flags = page_for(csm, told).score.flags
    assert [(flag.label, flag.reason) for flag in flags] == [
        ("No login in 14 days", "Nobody has logged in for 15 days.")
    ]


def test_a_flag_that_caps_the_band_says_so(organization, acme, csm):
    give_snapshot(acme, day=TODAY, score=7688, measures=MEASURES, flags=[["acquired", 20.0]])
    flag = page_for(csm, acme).score.flags[0]
    assert flag.reason == "Since 10 Jun 2026."
    assert flag.cap == "The band is at most Moderate while it is on."


def test_the_strip_counts_days_to_renewal_and_to_the_next_ebr(organization, make_account, csm):
    soon = make_account("Soon", owner=csm, renewal_date=date(2026, 7, 20), started_on=date(2025, 12, 1))
    strip = page_for(csm, soon).strip
    assert (strip.renewal_days, strip.renewal_mood) == (20, "bad")
    # Every 8 months, counted from the start: due on 1 August.
    assert (strip.ebr_due_on, strip.ebr_days, strip.ebr_mood) == (date(2026, 8, 1), 32, "")


def test_where_the_data_ended_days_are_counted_from_there_and_the_page_says_so(organization, make_account, csm, client):
    ended = date(2025, 12, 31)
    quiet = make_account("Quiet", owner=csm, renewal_date=date(2026, 1, 20), started_on=date(2025, 6, 1))
    give_snapshot(quiet, day=ended, score=7688, measures=MEASURES)
    page = page_for(csm, quiet)
    assert (page.is_stale, page.strip.renewal_days, page.strip.ebr_days) == (True, 20, 32)
    # The line of six months ends with the data, and not months later.
    assert not page.trend.chart.is_empty
    client.force_login(csm)
    text = client.get(reverse("account", args=[quiet.pk])).content.decode()
    assert "Scores are from 31 Dec 2025; nothing was computed since. Days are counted from then." in text


def add_facts(account, source, csm):
    shared = {"source": source, "recorded_at": NOW, "account": account}
    for n in range(22):
        Touchpoint.objects.create(
            **shared,
            external_id=f"t{n}",
            kind="call",
            state="held",
            day=date(2026, 3, n + 1),
            host=csm,
            note=f"Call {n}",
        )
    Touchpoint.objects.create(**shared, external_id="t-plan", kind="ebr", state="planned", day=date(2026, 7, 9))
    SurveyResponse.objects.create(
        **shared, external_id="s", kind="nps", asked_on=date(2026, 4, 1), answered_on=date(2026, 4, 2), score=9,
        comment="Fine",
    )  # fmt: skip
    Ticket.objects.create(
        **shared, external_id="e", opened_at=datetime(2026, 4, 3, 9, tzinfo=UTC), severity="high", is_escalated=True,
        subject="Export fails",
    )  # fmt: skip
    Ticket.objects.create(
        **shared, external_id="q", opened_at=datetime(2026, 4, 2, 9, tzinfo=UTC),
        closed_at=datetime(2026, 4, 5, 9, tzinfo=UTC), satisfaction=4,
    )  # fmt: skip
    BusinessEvent.objects.create(
        **shared, external_id="b", kind=BusinessEventKind.ACQUIRED, occurred_on=date(2026, 6, 1), note="By Norvik"
    )


def test_the_timeline_has_all_kinds_the_newest_first_twenty_at_a_time(told, source, csm):
    add_facts(told, source, csm)
    timeline = timeline_for(csm, told)
    assert [item.title for item in timeline.items[:5]] == [
        "EBR", "Pulse −10%, acquired or merging", "Acquired", "Ticket closed, rated 4 of 5", "Ticket escalated, high",
    ]  # fmt: skip
    assert timeline.items[0].is_planned
    assert len(timeline.items) == 20
    # 23 touchpoints, an answer, two tickets of which one was closed, an event and a pulse.
    assert timeline.page.paginator.count == 29
    assert len(timeline_for(csm, told, page="2").items) == 9


def test_the_timeline_shows_one_kind_and_takes_nonsense_for_all(told, source, csm):
    add_facts(told, source, csm)
    tickets = timeline_for(csm, told, kind="tickets")
    assert [item.title for item in tickets.items] == [
        "Ticket closed, rated 4 of 5", "Ticket escalated, high", "Ticket opened",
    ]  # fmt: skip
    assert tickets.items[1].detail == "Export fails"
    assert {group.key: group.count for group in tickets.groups} == {
        "": 29, "touchpoints": 23, "surveys": 1, "tickets": 3, "events": 1, "pulses": 1,
    }  # fmt: skip
    assert timeline_for(csm, told, kind="nonsense", page="x").chosen == ""


def test_a_plan_its_done_steps_and_its_end_are_on_the_timeline(told, csm):
    plan = give_plan(told, owner=csm, opened_on=date(2026, 5, 1))
    give_step(plan, position=1, due=date(2026, 5, 20), done_on=date(2026, 5, 19))
    give_step(plan, position=2, due=date(2026, 5, 20))
    MitigationPlan.objects.update(closed_at=NOW, outcome=PlanOutcome.RESOLVED)
    shown = timeline_for(csm, told, kind="plan").items
    assert [(item.title, item.day) for item in shown] == [
        ("Mitigation plan closed: risk resolved", TODAY),
        ("Plan step done", date(2026, 5, 19)),
        ("Mitigation plan opened", date(2026, 5, 1)),
    ]


def test_missing_personas_are_named_and_who_left_comes_last(told, source, csm):
    shared = {"source": source, "recorded_at": NOW, "account": told, "known_from": date(2025, 1, 1)}
    ines = Contact.objects.create(**shared, external_id="c1", name="Ines", persona=Persona.DECISION_MAKER)
    Contact.objects.create(**shared, external_id="c2", name="Paul", persona=Persona.CHAMPION, left_on=date(2026, 6, 30))
    Rapport.objects.create(source=source, external_id="r1", recorded_at=NOW, contact=ines, rated_on=TODAY, rating=3)
    call = Touchpoint.objects.create(
        source=source, external_id="c", recorded_at=NOW, account=told, kind="call", state="held", day=date(2026, 4, 1)
    )
    call.contacts.add(ines)
    people = page_for(csm, told).people
    assert [(p.name, p.dots, p.touch_days, p.is_touch_long_ago) for p in people.there] == [
        ("Ines", (True, True, True, False, False), 90, True)
    ]
    assert [(p.name, p.left_on) for p in people.left] == [("Paul", TODAY)]
    assert tuple(persona.name for persona in people.missing) == ("economic buyer", "champion", "business user")


def test_the_plan_says_how_the_score_changed_since_it_was_opened(told, csm):
    plan = give_plan(told, owner=csm, opened_on=date(2026, 6, 1), score=6000)
    give_step(plan, position=1, due=date(2026, 6, 20))
    block = page_for(csm, told).plan
    assert (block.change, block.pips) == (-5, ["overdue"])


def test_the_trend_covers_the_chosen_period_and_marks_events(told, csm):
    assert [point[0] for point in page_for(csm, told).trend.chart.table_rows] == ["30 May 2026", "30 Jun 2026"]
    give_snapshot(told, day=date(2025, 3, 31), score=7000, measures=MEASURES)
    assert len(page_for(csm, told, trend="12m").trend.chart.table_rows) == 2
    long = page_for(csm, told, trend="all").trend
    assert len(long.chart.table_rows) == 3
    assert [period.key for period in long.periods if period.is_on] == ["all"]


@pytest.mark.parametrize(
    ("who", "status", "may_share"),
    [
        ("csm", 200, True), ("manager", 200, True), ("leader", 200, False), ("viewer", 200, False), ("ops", 200, True),
        ("other_csm", 404, False), ("guest", 302, False),
    ],
)  # fmt: skip
def test_who_may_open_the_page_and_share_it(client, request, told, who, status, may_share):
    if who != "guest":
        client.force_login(request.getfixturevalue(who))
    answer = client.get(reverse("account", args=[told.pk]))
    assert answer.status_code == status
    assert (b"Make a link" in answer.content) is may_share


def test_the_page_takes_at_most_twenty_seven_queries(client, told, source, csm, django_assert_max_num_queries):
    add_facts(told, source, csm)
    give_health(told, score=5535)
    give_step(give_plan(told, owner=csm, opened_on=date(2026, 6, 1)), position=1, due=TODAY)
    client.force_login(csm)
    with django_assert_max_num_queries(27):
        client.get(reverse("account", args=[told.pk]))


def test_the_shown_page_has_every_line_to_the_hundredth(client, told, csm):
    client.force_login(csm)
    shown = client.get(reverse("account", args=[told.pk])).content.decode()
    for text in (
        "18.75",
        "12.50",
        "3.13",
        "76.88",
        "−15.38",
        "−6.15",
        "55.35",
        "−26.15",
        "37.50%",
        "weight shared out",
    ):
        assert text in shown
    assert "A shared page shows the customer 62" in shown


def test_an_account_that_was_never_scored_says_so(client, organization, acme, csm):
    client.force_login(csm)
    shown = client.get(reverse("account", args=[acme.pk])).content.decode()
    for text in ("Not scored yet", "No score yet", "No open plan", "Nothing recorded yet", "No decision maker yet"):
        assert text in shown


def test_undefined_is_said_in_words_and_never_as_zero(client, organization, acme, csm):
    give_undefined(acme)
    client.force_login(csm)
    shown = client.get(reverse("account", args=[acme.pk])).content.decode()
    assert "Adoption against target, Usage trend would be enough to define it." in shown
    assert "5% of the weight has data, and a score needs at least 50%" in shown
    assert ">0.00<" not in shown


def test_names_and_reasons_are_escaped(client, organization, make_account, csm):
    odd = make_account("<b>Odd</b>", owner=csm)
    give_story(odd, author=csm, reason="<script>alert(1)</script>")
    client.force_login(csm)
    shown = client.get(reverse("account", args=[odd.pk])).content.decode()
    assert "<b>Odd</b>" not in shown
    assert "<script>alert" not in shown
    assert "&lt;b&gt;Odd&lt;/b&gt;" in shown


def test_a_parent_whose_score_rolls_up_shows_its_accounts_and_their_lines_sum_to_the_base(
    organization, make_account, csm, other_csm, client
):
    group = make_account("Group", owner=csm)
    north, south = make_account("North", owner=csm, parent=group), make_account("South", owner=other_csm, parent=group)
    none = [[None, None, 0]] * 7
    for day, south_line in ((date(2026, 5, 30), 1000), (TODAY, 625)):
        give_snapshot(
            group, day=day, score=5000 + south_line, measures=none,
            changes=[[f"child:{north.pk}", 5625], [f"child:{south.pk}", south_line], ["ebr_overdue", -625]],
        )  # fmt: skip
    score = page_for(csm, group).score
    assert [(row.label, row.url, row.line, row.change) for row in score.children] == [
        ("North", f"/accounts/{north.pk}", Decimal("56.25"), 0),
        ("An account of another owner", "", Decimal("6.25"), Decimal("-3.75")),
    ]
    assert (score.measures, score.elements, score.base) == ((), (), Decimal("62.50"))
    assert (score.base_change, [row.label for row in score.changes]) == (Decimal("-3.75"), ["EBR overdue"])
    assert score.changes[0].before == Decimal("62.50")
    client.force_login(csm)
    shown = client.get(reverse("account", args=[group.pk])).content.decode()
    assert "Account below</th>" in shown
    assert "Raw value" not in shown


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("mean", "from the mean of the scores of the accounts below."),
        ("arr_weighted", "from the mean of the scores of the accounts below, weighted by their ARR."),
        ("worst", "from that of the lowest of the accounts below."),
        ("own", "since then it is scored by itself."),
    ],
)
def test_the_page_says_how_the_accounts_below_become_the_score(organization, make_account, csm, client, rule, words):
    group = make_account("Group", owner=csm, roll_up=rule)
    north = make_account("North", owner=csm, parent=group)
    give_snapshot(group, day=TODAY, score=5000, measures=[[None, None, 0]] * 7, changes=[[f"child:{north.pk}", 5000]])
    client.force_login(csm)
    assert words in client.get(reverse("account", args=[group.pk])).content.decode()
