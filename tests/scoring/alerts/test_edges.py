"""What each kind of rule finds between two scored days, and in the last 90 days."""

from datetime import timedelta

import pytest

from accounts.models import AccountHistory, SourceSilence
from scoring.alerts.conditions import BadCondition, condition_of, words_of
from scoring.alerts.edges import Days, edges, renewals_near, sources_silent
from scoring.alerts.rehearsal import rehearse
from scoring.models import AlertScope
from tests.conftest import NOW, TODAY
from tests.scoring.alerts.conftest import day

DAYS = Days(TODAY, day(1))
WEAK = 2


def found(rule, days=DAYS) -> list[tuple[int, str]]:
    return [(edge.account_id, edge.text) for edge in edges(rule, days)]


def test_a_move_into_a_worse_band_is_found_once(acme, globex, csm, scored, rule_of):
    scored(acme, {1: 72, 0: 40})
    scored(globex, {1: 40, 0: 41})
    assert found(rule_of(csm)) == [(acme.pk, "Moved from Strong to Weak")]
    assert found(rule_of(csm, params={"move": "into", "band": WEAK})) == [(acme.pk, "Moved from Strong to Weak")]
    assert found(rule_of(csm, params={"move": "better"})) == []


def test_into_and_out_of_undefined_is_neither_better_nor_worse(acme, csm, scored, rule_of):
    scored(acme, {1: 72, 0: None})
    assert found(rule_of(csm)) == found(rule_of(csm, params={"move": "better"})) == []
    assert found(rule_of(csm, params={"move": "into", "band": -1})) == [(acme.pk, "Moved from Strong to Undefined")]


def test_an_account_without_a_score_the_day_before_is_new(acme, csm, scored, rule_of):
    scored(acme, {0: 40})
    assert found(rule_of(csm, params={"move": "into", "band": WEAK})) == []


@pytest.mark.parametrize(("today", "told"), [(62, True), (63, False)])
def test_a_score_that_fell_by_so_much_in_so_many_days(acme, csm, scored, rule_of, today, told):
    scored(acme, {31: 72, 30: 72, 1: 70, 0: today})
    rule = rule_of(csm, "score", {"direction": "fell", "points": 10, "days": 30})
    assert found(rule) == ([(acme.pk, "Fell by 10 points within 30 days")] if told else [])


def test_a_score_that_had_fallen_the_day_before_is_no_news(acme, csm, scored, rule_of):
    scored(acme, {31: 72, 30: 72, 1: 60, 0: 58})
    assert found(rule_of(csm, "score", {"direction": "fell", "points": 10, "days": 30})) == []


def test_a_score_that_rose(acme, csm, scored, rule_of):
    scored(acme, {8: 50, 7: 50, 1: 55, 0: 61})
    rule = rule_of(csm, "score", {"direction": "rose", "points": 10, "days": 7})
    assert found(rule) == [(acme.pk, "Rose by 11 points within 7 days")]


def test_a_flag_that_comes_on(acme, csm, scored, rule_of):
    scored(acme, {1: 50, 0: 50}, flags={0: ["no_login", "opted_out"], 1: ["opted_out"]})
    assert [pk for pk, _ in found(rule_of(csm, "flag", {"flag": ""}))] == [acme.pk]
    assert [pk for pk, _ in found(rule_of(csm, "flag", {"flag": "no_login"}))] == [acme.pk]
    assert found(rule_of(csm, "flag", {"flag": "opted_out"})) == []


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [(30.0, 12.0, True), (20.0, 19.9, True), (30.0, 20.0, False), (12.0, 11.0, False), (None, 12.0, False),
     (30.0, None, False)],
)  # fmt: skip
def test_a_measure_that_crosses_a_value(acme, csm, scored, rule_of, before, now, told):
    scored(acme, {1: 50, 0: 50}, nps={1: before, 0: now})
    rule = rule_of(csm, "measure", {"measure": "nps", "direction": "below", "value": 20})
    assert [pk for pk, _ in found(rule)] == ([acme.pk] if told else [])


def test_the_queries_of_a_rule_do_not_grow_with_the_accounts(
    make_account, csm, scored, rule_of, django_assert_num_queries
):
    for n in range(12):
        scored(make_account(f"Account {n}", owner=csm), {1: 72, 0: 40}, nps={1: 30, 0: 10})
    for kind, params, queries in [
        ("band", {"move": "worse"}, 2),
        ("score", {"direction": "fell", "points": 50, "days": 1}, 3),
        ("measure", {"measure": "nps", "direction": "below", "value": 20}, 2),
    ]:
        rule = rule_of(csm, kind, params)
        rule.author = csm
        with django_assert_num_queries(queries):
            assert len(found(rule)) == (0 if kind == "score" else 12)


def test_a_renewal_is_told_when_it_comes_near_and_not_when_it_was(acme, globex, csm, scored, rule_of):
    for account, days in ((acme, 30), (globex, 20)):
        account.renewal_date = TODAY + timedelta(days=days)
        account.save()
        scored(account, {1: 50, 0: 50})
    rule = rule_of(csm, "renewal", {"days": 30}, since=day(1))
    asked = condition_of(rule.kind, rule.params)
    assert [edge.account_id for edge in renewals_near(asked, rule, today=TODAY)] == [acme.pk]
    assert [edge.cause for edge in renewals_near(asked, rule, today=TODAY)] == [f"renewal:{acme.pk}:2026-07-30"]


def test_a_source_that_fell_silent_is_told_to_whom_it_concerns(acme, source, csm, other_csm, rule_of):
    SourceSilence.objects.create(source=source, since=NOW - timedelta(days=3), noticed_at=NOW)
    assert [edge.text for edge in sources_silent(rule_of(csm, "silence", {}), today=TODAY)] == [
        "The source files has brought nothing since 27 Jun 2026"
    ]
    assert list(sources_silent(rule_of(other_csm, "silence", {}), today=TODAY)) == []


@pytest.mark.parametrize("scope", AlertScope.values)
def test_nobody_is_told_of_accounts_that_they_do_not_see(acme, globex, csm, north, smb, scored, rule_of, scope):
    for account in (acme, globex):
        account.owner = csm if account == acme else None
        account.save()
        scored(account, {1: 72, 0: 40})
    rule = rule_of(csm, scope=scope, segment=smb, team=north)
    assert [pk for pk, _ in found(rule)] == [acme.pk]


def test_a_team_and_a_segment_narrow(acme, globex, csm, other_csm, ops, south, smb, scored, rule_of):
    globex.owner = other_csm
    globex.save()
    for account in (acme, globex):
        scored(account, {1: 72, 0: 40})
    assert [pk for pk, _ in found(rule_of(ops, scope="team", team=south))] == [globex.pk]
    assert len(found(rule_of(ops, scope="segment", segment=smb))) == len(found(rule_of(ops, scope="all"))) == 2
    assert found(rule_of(ops, scope="mine")) == []


def test_the_last_90_days_are_tried_newest_first(acme, csm, scored, rule_of):
    scored(acme, {100: 72, 95: 40, 60: 72, 40: 40, 20: 72, 3: 45, 0: 44})
    done = rehearse(rule_of(csm, is_on=False), today=TODAY, at=NOW, timer=lambda: 0.0)
    assert [edge.as_of for edge in done.found] == [day(3), day(40)]
    assert (done.scored, done.looked, done.is_whole, done.accounts) == (4, 4, True, 1)


def test_what_could_not_be_tried_in_time_is_said(acme, csm, scored, rule_of):
    scored(acme, {20: 72, 10: 40, 3: 72, 0: 40})
    ticks = iter((0.0, 1.0, 100.0))
    done = rehearse(rule_of(csm, is_on=False), today=TODAY, at=NOW, timer=lambda: next(ticks))
    assert ([edge.as_of for edge in done.found], done.looked, done.is_whole) == ([TODAY], 1, False)


def test_renewals_are_tried_by_what_was_known_then(acme, csm, rule_of):
    AccountHistory.objects.filter(account=acme).update(renewal_date=day(10))
    latest = AccountHistory.objects.get(account=acme)
    latest.pk, latest.valid_from, latest.renewal_date = None, day(12), day(-353)
    latest.save()
    done = rehearse(rule_of(csm, "renewal", {"days": 30}, is_on=False), today=TODAY, at=NOW, timer=lambda: 0.0)
    assert [(edge.as_of, edge.text) for edge in done.found] == [(day(40), "Renews in 30 days, on 20 Jun 2026")]


@pytest.mark.parametrize(
    ("kind", "params"),
    [("band", {}), ("band", {"move": "into", "band": 9}), ("score", {"direction": "fell", "points": 0, "days": 3}),
     ("measure", {"measure": "nothing", "direction": "below", "value": 1}), ("renewal", {"days": 9_999})],
)  # fmt: skip
def test_what_makes_no_condition_is_refused_in_words(db, kind, params):
    with pytest.raises(BadCondition):
        condition_of(kind, params)
    assert words_of(kind, params)
