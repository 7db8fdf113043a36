"""Why a parent moved whose score rolls up: each child's line by the child's own causes."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Account, ManualReading, Pulse, PulseCategory, RollUp
from scoring.core.movement import Cause
from scoring.pipeline import score_days
from scoring.queries.movement import movement_of_account, movement_of_accounts
from scoring.queries.movement_children import ChildMoved, child_id, split
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, clock
from tests.scoring.test_pipeline import RATING

THEN = AS_OF - timedelta(days=30)


@pytest.fixture
def rate(source):
    def record(account, value, *, day):
        ManualReading.objects.create(
            account=account, measure="rating", value=value, read_on=day, expires_on=day + timedelta(days=200),
            source=source, external_id=f"{account.pk}/{day}", recorded_at=NOW,
        )  # fmt: skip

    return record


@pytest.fixture
def group(make_account, publish_card, rate, csm):
    """North fell from 100 to 75 and has a pulse of −20 % since: 60.00. South stays at 25.00. Weights 3 and 1."""
    publish_card({**RATING, "weight": 100}, pulse={"may_raise": False, "largest_percent": 30})
    parent = make_account("Group", arr=Decimal(0), roll_up=RollUp.ARR_WEIGHTED)
    north = make_account("North", arr=Decimal(30_000), parent=parent)
    south = make_account("South", arr=Decimal(10_000), parent=parent)
    rate(north, 5, day=THEN)
    rate(north, 4, day=AS_OF)
    rate(south, 2, day=THEN)
    Pulse.objects.create(
        account=north, percent=Decimal(-20), category=PulseCategory.OTHER, reason="Told us so", author=csm,
        starts_on=AS_OF, ends_on=AS_OF + timedelta(days=9), recorded_at=NOW,
    )  # fmt: skip
    return parent


def named(name: str) -> str:
    return f"child:{Account.objects.get(name=name).pk}"


def test_a_childs_line_has_the_causes_of_the_childs_own_movement(group):
    score_days([THEN, AS_OF], clock=clock)
    found = movement_of_account(group.pk, first=THEN, last=AS_OF)
    # North: −25 behavior, −15 manual; three quarters of each are the parent's. South did not move.
    assert (found.before, found.after) == (8125, 5125)
    assert {line.key: line.causes for line in found.lines} == {
        named("North"): {Cause.BEHAVIOR: -1875, Cause.MANUAL: -1125}
    }


def test_over_two_levels_the_causes_come_up_from_the_bottom(group, make_account):
    top = make_account("Top", arr=Decimal(0), roll_up=RollUp.MEAN)
    Account.objects.filter(pk=group.pk).update(parent=top)
    score_days([THEN, AS_OF], clock=clock)
    found = movement_of_account(top.pk, first=THEN, last=AS_OF)
    assert [(line.key, line.causes) for line in found.lines] == [
        (named("Group"), {Cause.BEHAVIOR: -1875, Cause.MANUAL: -1125})
    ]


def test_a_child_that_came_between_is_behavior(group, make_account, rate):
    east = make_account("East", arr=Decimal(40_000), parent=group, started_on=AS_OF - timedelta(days=5))
    rate(east, 3, day=AS_OF)
    score_days([THEN, AS_OF], clock=clock)
    found = movement_of_account(group.pk, first=THEN, last=AS_OF)
    causes = {line.key: line.causes for line in found.lines}
    assert causes[named("East")] == {Cause.BEHAVIOR: 2500}
    # South gives an eighth of 25.00 instead of a quarter: its share fell, it did not move.
    assert causes[named("South")] == {Cause.BEHAVIOR: -312}
    # North: 75.00 → 22.50. Of its −15.00 by a pulse three eighths: −5.63.
    assert causes[named("North")] == {Cause.BEHAVIOR: -5250 + 563, Cause.MANUAL: -563}
    assert found.total == sum(sum(parts.values()) for parts in causes.values())


def test_in_a_portfolio_the_lines_of_accounts_below_are_behavior_together(group):
    score_days([THEN, AS_OF], clock=clock)
    found = movement_of_accounts([group.pk], first=THEN, last=AS_OF)
    assert [(line.key, line.causes) for line in found.lines] == [("child:", {Cause.BEHAVIOR: -3000})]


@pytest.mark.parametrize(
    ("before", "after", "child", "causes"),
    [
        (5000, 2500, ChildMoved(5000, 2500, {Cause.AGING: -2500}), {Cause.AGING: -2500}),
        (5000, 0, ChildMoved(5000, 0, {Cause.MANUAL: -5000}), {Cause.MANUAL: -5000}),
        (0, 2500, ChildMoved(0, 5000, {Cause.PEERS: 5000}), {Cause.PEERS: 2500}),
        (2500, 0, ChildMoved(5000, 6000, {Cause.PEERS: 1000}), {Cause.BEHAVIOR: -2500}),
        (0, 0, ChildMoved(0, 0, {}), {}),
        (0, 1000, None, {Cause.BEHAVIOR: 1000}),
    ],
)
def test_what_is_not_the_childs_own_is_a_changed_share(before, after, child, causes):
    """The fourth: another child is the worst now, so this one counts no more, though it rose."""
    assert split(before=before, after=after, child=child) == causes


@pytest.mark.parametrize(("key", "found"), [("child:7", 7), ("child:", None), ("measure:nps", None)])
def test_a_childs_line_says_whose_it_is(key, found):
    assert child_id(key) == found
