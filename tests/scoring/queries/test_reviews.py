"""The rules of the weekly review's queue."""

from datetime import date, timedelta

import pytest

from accounts.models import Status
from scoring.queries.reviews import Sight, due_for_review, rules_of
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health, give_plan, give_review, give_step


@pytest.fixture
def rules(organization, manager):
    """The rules that name an account today."""

    def named(account) -> list[str]:
        found = {due.account: due for due in due_for_review(Sight(manager), today=TODAY)}
        return [str(rule) for rule in found[account.pk].rules] if account.pk in found else []

    return named


@pytest.fixture
def account(make_account, csm):
    return make_account("Acme", owner=csm)


def plan_of(account, *, days_ago: int):
    return give_plan(account, owner=account.owner, opened_on=TODAY - timedelta(days=days_ago))


@pytest.mark.parametrize(
    ("score", "month_ago", "found"),
    [(4900, 4900, ["no_plan"]), (7200, 8000, ["no_plan"]), (7201, 8000, []), (7000, None, []), (None, 8000, [])],
)
def test_at_risk_without_a_plan(account, rules, score, month_ago, found):
    give_health(account, score=score, month_ago=month_ago)
    assert rules(account) == found


def test_a_plan_takes_a_risk_out_until_it_is_a_week_old(account, rules):
    give_health(account, score=1000)
    plan = plan_of(account, days_ago=6)
    assert rules(account) == []
    plan.opened_at -= timedelta(days=1)
    plan.save()
    assert rules(account) == ["unreviewed"]


def test_a_step_is_overdue_after_its_day_unless_it_is_done(account, rules):
    plan = plan_of(account, days_ago=3)
    give_step(plan, position=1, due=TODAY)
    give_step(plan, position=2, due=TODAY - timedelta(days=2), done_on=TODAY)
    assert rules(account) == []
    give_step(plan, position=3, due=TODAY - timedelta(days=1))
    assert rules(account) == ["overdue"]


def test_what_was_reviewed_on_a_monday_is_due_on_the_next(account, rules, manager):
    plan = plan_of(account, days_ago=60)
    review = give_review(plan, by=manager, at=NOW - timedelta(days=6))
    assert rules(account) == []
    review.at = NOW - timedelta(days=7) + timedelta(hours=11)  # late on that day
    review.save()
    assert rules(account) == ["unreviewed"]


def test_a_fall_by_five_since_the_last_review_counts_with_a_plan_and_without(
    account, rules, manager, make_account, csm
):
    plan = plan_of(account, days_ago=60)
    give_health(account, score=7000)
    give_review(plan, by=manager, at=NOW - timedelta(days=5), score=7499)
    assert rules(account) == []
    give_review(plan, by=manager, at=NOW - timedelta(days=4), score=7500)
    assert rules(account) == ["drop"]
    plan.closed_at, plan.outcome = NOW, "resolved"
    plan.save()
    assert rules(account) == ["drop"]
    give_review(plan, by=manager, at=NOW - timedelta(days=3), score=7000)
    assert rules(account) == []


def test_a_rules_order_is_its_urgency_and_one_account_is_asked_alone(account, manager):
    plan = plan_of(account, days_ago=60)
    give_health(account, score=1000)
    give_step(plan, position=1, due=date(2026, 6, 1))
    give_review(plan, by=manager, at=NOW - timedelta(days=20), score=3000)
    assert rules_of(manager, account, today=TODAY) == ("overdue", "drop", "unreviewed")


def test_only_active_accounts_in_sight(organization, manager, ops, csm, other_csm, make_account):
    gone, theirs = make_account("Gone", owner=csm), make_account("Theirs", owner=other_csm)
    give_health(gone, score=1000)
    give_health(theirs, score=1000)
    gone.status = Status.CHURNED
    gone.save()
    assert due_for_review(Sight(manager), today=TODAY) == []
    assert [due.name for due in due_for_review(Sight(ops), today=TODAY)] == ["Theirs"]


def test_three_queries_for_any_number_of_accounts(organization, manager, csm, make_account, django_assert_num_queries):
    for number in range(6):
        give_health(make_account(f"A{number}", owner=csm), score=1000)
    with django_assert_num_queries(3):
        assert len(due_for_review(Sight(manager), today=TODAY)) == 6
