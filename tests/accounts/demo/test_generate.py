"""The demo company as records: the same from the same seed, whole, and true to its stories."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np
import pytest

from accounts.demo.cast import history_start
from accounts.demo.dates import DAY, add_months, month_starts
from accounts.demo.generate import Demo, generate
from accounts.demo.market import FEATURES, SEGMENTS
from accounts.demo.people import BY_EMAIL, CSMS

TODAY = date(2026, 6, 30)
ACCOUNTS = 250


@pytest.fixture(scope="module")
def small() -> Demo:
    return generate(seed=1, today=TODAY, accounts=40)


@pytest.fixture(scope="module")
def whole() -> Demo:
    return generate(seed=1, today=TODAY, accounts=ACCOUNTS)


def test_the_same_seed_and_day_give_the_same_records(small):
    again = generate(seed=1, today=TODAY, accounts=40)
    assert again.records == small.records
    assert [facts.plan for facts in again.accounts] == [facts.plan for facts in small.accounts]
    assert [facts.pulses for facts in again.accounts] == [facts.pulses for facts in small.accounts]
    assert [facts.fits for facts in again.accounts] == [facts.fits for facts in small.accounts]
    month = small.usage_months[7]
    assert list(again.usage(month)) == list(small.usage(month))


def test_another_seed_tells_other_stories(small):
    assert generate(seed=2, today=TODAY, accounts=40).records["accounts"] != small.records["accounts"]


def test_there_are_as_many_accounts_as_asked_for_and_one_in_six_left(whole):
    assert len(whole.accounts) == ACCOUNTS
    assert len({facts.life.cast.name for facts in whole.accounts}) == ACCOUNTS
    assert 0.13 <= len(whole.records["churn"]) / ACCOUNTS <= 0.20


def test_every_segment_and_every_csm_has_accounts(whole):
    active = [facts.life.cast for facts in whole.accounts if facts.life.churned_on is None]
    assert {cast.segment for cast in active} == {plan.slug for plan in SEGMENTS}
    owned = Counter(cast.owner for cast in active)
    assert set(owned) == {person.email for person in CSMS}
    assert min(owned.values()) >= 8


def test_usage_stays_within_half_a_million_rows(whole):
    assert 250_000 < whole.usage_rows <= 500_000


def test_no_id_comes_twice(whole):
    for kind, records in whole.records.items():
        if kind != "accounts":
            assert len({record.external_id for record in records}) == len(records), kind
    month = list(whole.usage(whole.usage_months[12]))
    assert len({record.external_id for record in month}) == len(month)


def test_history_of_an_account_is_told_once_a_day_and_in_order(whole):
    days = defaultdict(list)
    for record in whole.records["accounts"]:
        days[record.external_id].append(record.valid_from or record.started_on)
    assert all(told == sorted(set(told)) for told in days.values())


def test_arr_of_history_is_the_sum_of_the_open_contracts(whole):
    contracts = defaultdict(list)
    for contract in whole.records["contracts"]:
        contracts[contract.account].append(contract)
    for record in whole.records["accounts"]:
        day = record.valid_from or record.started_on
        is_open = [c for c in contracts[record.external_id] if c.starts_on <= day < c.ends_on]
        if record.status == "active":
            assert record.arr == sum(c.arr for c in is_open), record


def past_days(demo: Demo):
    """(kind, account, the day on which the fact happened) of everything that is not planned or due."""
    for record in demo.records["touchpoints"]:
        if record.state != "planned":
            yield "touchpoint", record.account, record.day
            yield "replied", record.account, record.replied_on
    for record in demo.records["surveys"]:
        yield "asked", record.account, record.asked_on
        yield "answered", record.account, record.answered_on
    for record in demo.records["tickets"]:
        yield "opened", record.account, record.opened_at.date()
        yield "closed", record.account, record.closed_at and record.closed_at.date()
    for record in demo.records["invoices"]:
        yield "issued", record.account, record.issued_on
        yield "paid", record.account, record.paid_on
        yield "failed", record.account, record.failed_on
    for record in demo.records["contacts"]:
        yield "known", record.account, record.known_from
        yield "left", record.account, record.left_on
    for record in demo.records["readings"]:
        yield "read", record.account, record.read_on
    for record in demo.records["business_events"]:
        yield "happened", record.account, record.occurred_on
    for record in demo.records["milestones"]:
        yield "reached", record.account, record.reached_on
    for record in demo.records["outcomes"]:
        yield "met", record.account, record.met_on
    for record in demo.records["churn"]:
        yield "churned", record.account, record.churned_on


def test_nothing_happens_before_an_accounts_start_or_after_yesterday(whole):
    started = {facts.life.cast.external_id: facts.life.cast.started_on for facts in whole.accounts}
    last = {facts.life.cast.external_id: facts.life.last_day for facts in whole.accounts}
    for kind, account, day in past_days(whole):
        if day is not None:
            assert started[account] <= day <= last[account] < TODAY, (kind, account, day)
    for facts in whole.accounts:
        if facts.usage is not None:
            first = date.fromordinal(int(facts.usage.days.min()))
            assert facts.life.cast.started_on <= first
            assert date.fromordinal(int(facts.usage.days.max())) <= facts.life.last_day


def test_only_planned_touchpoints_are_in_the_future_and_all_of_them_are(whole):
    planned = [record.day for record in whole.records["touchpoints"] if record.state == "planned"]
    assert planned
    assert min(planned) >= TODAY


def test_dates_within_a_record_follow_each_other(whole):
    assert all(r.left_on is None or r.left_on > r.known_from for r in whole.records["contacts"])
    assert all(r.due_on > r.issued_on and (r.paid_on or r.issued_on) >= r.issued_on for r in whole.records["invoices"])
    assert all((r.closed_at or r.opened_at) >= r.opened_at for r in whole.records["tickets"])
    assert all((r.score is None) == (r.answered_on is None) for r in whole.records["surveys"])
    assert all(r.ends_on is None or r.ends_on >= r.starts_on for r in whole.records["contracts"])


def test_a_touchpoint_is_attended_by_people_who_were_there(whole):
    people = {record.external_id: record for record in whole.records["contacts"]}
    for record in whole.records["touchpoints"]:
        for key in record.contacts:
            assert people[key].account == record.account
            assert people[key].known_from <= record.day < (people[key].left_on or date.max)


def test_every_name_that_a_record_uses_exists(whole):
    features = {feature.slug for feature in FEATURES}
    assert {record.feature for record in whole.records["entitlements"]} <= features
    assert {record.feature for record in whole.usage(whole.usage_months[3])} <= features
    assert {record.owner_email for record in whole.records["accounts"]} <= set(BY_EMAIL)
    assert {record.host_email for record in whole.records["touchpoints"]} <= set(BY_EMAIL)
    touchpoints = {record.external_id for record in whole.records["touchpoints"]}
    assert {record.touchpoint for record in whole.records["surveys"] if record.touchpoint} <= touchpoints


def test_the_usage_of_some_accounts_never_came_and_one_week_came_from_nobody(whole):
    silent = [facts for facts in whole.accounts if facts.life.cast.story.key == "silent_gap"]
    assert silent
    assert all(facts.usage is None for facts in silent)
    used = np.unique(np.concatenate([facts.usage.days for facts in whole.accounts if facts.usage is not None]))
    weekdays = [TODAY - timedelta(days=n) for n in range(1, 365) if (TODAY - timedelta(days=n)).weekday() < 5]
    missing = [day for day in weekdays if day.toordinal() not in used]
    assert 1 <= len(missing) <= 4


def test_plans_have_at_most_five_steps_in_the_order_of_time(whole):
    plans = [facts.plan for facts in whole.accounts if facts.plan]
    assert sum(plan.closed_on is None for plan in plans) >= 15
    for plan in plans:
        assert 1 <= len(plan.steps) <= 5
        assert all(plan.opened_on < step.due_on for step in plan.steps)
        assert all(step.changed_on is None or plan.opened_on < step.changed_on < TODAY for step in plan.steps)
        assert all(plan.opened_on < review.on < (plan.closed_on or TODAY) for review in plan.reviews)
        assert plan.closed_on is None or plan.opened_on < plan.closed_on < TODAY
    states = Counter(step.state for plan in plans if plan.closed_on is None for step in plan.steps)
    assert set(states) == {"done", "started", "open"}
    assert any(s.due_on < TODAY and s.state != "done" for p in plans if p.closed_on is None for s in p.steps)
    assert any(step.is_shared for plan in plans for step in plan.steps)


def test_pulses_lower_and_have_a_reason(whole):
    pulses = [pulse for facts in whole.accounts for pulse in facts.pulses]
    assert pulses
    assert all(-30 <= pulse.percent < 0 and pulse.reason and pulse.ends_on >= pulse.starts_on for pulse in pulses)


def area_under_curve(scores: list[float], labels: list[bool]) -> float:
    """How often one who left looked worse than one who stayed."""
    values, left = np.array(scores), np.array(labels)
    gone, stayed = values[left][:, np.newaxis], values[~left][np.newaxis, :]
    return float((gone < stayed).mean() + 0.5 * (gone == stayed).mean())


def test_poor_health_precedes_churn_by_a_quarter_but_not_always(whole):
    """The latent health of 90 days before; what the engine's scores reach is tested with the engine."""
    scores, left = [], []
    for month in month_starts(add_months(history_start(TODAY), 1), add_months(TODAY, -3)):
        day = month - DAY
        for facts in whole.accounts:
            life = facts.life
            if life.cast.started_on <= day and day < life.last_day:
                scores.append(life.at(day))
                left.append(life.churned_on is not None and life.churned_on <= day + timedelta(days=90))
    assert 0.75 <= area_under_curve(scores, left) <= 0.9


def test_accounts_are_rated_each_quarter_within_their_life(whole):
    fits = [(facts.life, fit) for facts in whole.accounts for fit in facts.fits]
    assert {fit.value for _, fit in fits} == {1, 2, 3, 4, 5}
    assert all(life.cast.started_on <= fit.read_on <= life.last_day for life, fit in fits)
    assert max(fit.read_on for _, fit in fits) < TODAY
    assert len({fit.read_on.strftime("%Y-%m") for _, fit in fits}) == 3


def test_the_demo_feeds_the_measures_of_dealings(whole):
    """Most mails and calls are answered, some payments fail, answers speak of each subject, and people have levels."""
    asked = [r for r in whole.records["touchpoints"] if r.state == "held" and r.kind in {"mail", "call"}]
    assert 0.5 < sum(r.replied_on is not None for r in asked) / len(asked) < 0.9
    failing = [r for r in whole.records["invoices"] if r.failed_payments]
    assert failing
    assert all(r.issued_on <= r.failed_on for r in failing)
    answers = [r for r in whole.records["surveys"] if r.score is not None]
    for subject in ("brand", "people", "product", "process"):
        said = [getattr(r, f"about_{subject}") for r in answers if getattr(r, f"about_{subject}") is not None]
        assert 0.25 < len(said) / len(answers) < 0.4
        assert set(said) == {1, 2, 3, 4, 5}
    assert {r.level for r in whole.records["contacts"]} == {"executive", "director", "manager", "staff"}
    standard = [r for r in whole.records["contracts"] if r.term_months == 12]
    assert {(r.term_months, r.has_upsell_terms) for r in standard} == {(12, True), (12, False)}
    read = Counter(r.measure for r in whole.records["readings"])
    assert {"assigned_seats", "rating_index", "brand_sentiment", "process_sentiment"} <= set(read)
