"""Why scores moved: an example worked by hand for each cause, and exact sums on random companies."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import transaction
from django.db.models import Q

from accounts.models import (
    AccountHistory,
    BusinessEvent,
    Contact,
    Invoice,
    ManualReading,
    Override,
    Pulse,
    Source,
    SurveyResponse,
    Ticket,
    Touchpoint,
)
from accounts.operations.readings import ENTERED_HERE
from scoring import catalog
from scoring.breakdown import unpack
from scoring.core.movement import Cause
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from scoring.models import Snapshot
from scoring.operations import publish
from scoring.pipeline import score_days
from scoring.queries.movement import movement_of_account, movement_of_accounts
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, a_card, clock
from tests.scoring.extract.worlds import add_future, build
from tests.scoring.test_pipeline import EBR_RULE, FIT, RATING

pytestmark = pytest.mark.django_db

THEN = AS_OF - timedelta(days=30)
PEOPLE = {"key": "people_sentiment", "curve": "linear", "zero": 1, "full": 5}
NPS = {"key": "nps", "weight": 50, "curve": "linear", "zero": -100, "full": 100}


@pytest.fixture
def read(source):
    def record(account, measure, value, *, day=THEN, days=200, by_hand=False):
        origin = Source.objects.get_or_create(name=ENTERED_HERE)[0] if by_hand else source
        return ManualReading.objects.create(
            account=account, measure=measure, value=value, read_on=day, expires_on=day + timedelta(days=days),
            source=origin, external_id=f"{account.pk}/{measure}/{day}/{value}", recorded_at=NOW,
        )  # fmt: skip

    return record


@pytest.fixture
def answer(source):
    def record(account, score, *, day):
        return SurveyResponse.objects.create(
            account=account, kind="nps", asked_on=day, answered_on=day, score=score, source=source,
            external_id=f"nps {account.pk} {day}", recorded_at=NOW,
        )  # fmt: skip

    return record


def moved(account):
    """Scores both days; the movement with its parts as {line: {cause: amount}}."""
    score_days([THEN, AS_OF], clock=clock)
    found = movement_of_account(account.pk, first=THEN, last=AS_OF)
    return found, {line.key.removeprefix("measure:"): line.causes for line in found.lines}


def test_behavior_is_a_fact_that_changed(acme, publish_card, read):
    publish_card(RATING, FIT)
    read(acme, "fit", 5)  # 100 × 30 % = 30
    read(acme, "rating", 4)  # 75 × 70 % = 52.50
    read(acme, "rating", 5, day=AS_OF)  # 100 × 70 % = 70
    found, parts = moved(acme)
    assert (found.before, found.after, found.total) == (8250, 10_000, 1750)
    assert parts == {"reading:rating": {Cause.BEHAVIOR: 1750}}


def test_aging_is_a_shelf_life_that_ended(acme, publish_card, read):
    publish_card(RATING, FIT)
    read(acme, "rating", 4)  # 52.50, and alone 75
    read(acme, "fit", 5, days=29)  # 30, and nothing on the thirtieth day
    _, parts = moved(acme)
    assert parts == {"reading:rating": {Cause.AGING: 2250}, "reading:fit": {Cause.AGING: -3000}}


def test_aging_is_an_answer_that_left_its_window_and_behavior_the_one_that_came(acme, publish_card, answer, read):
    publish_card({**RATING, "weight": 50}, NPS)
    read(acme, "rating", 5)  # 50
    answer(acme, 10, day=AS_OF - timedelta(days=185))  # NPS 100: 50; out of the 180 days on the last day
    answer(acme, 8, day=AS_OF - timedelta(days=40))  # with it 50: 37.50; alone 0: 25
    answer(acme, 2, day=AS_OF)  # −50 with the passive one: 12.50
    found, parts = moved(acme)
    assert (found.before, found.after) == (8750, 6250)
    assert parts == {"nps": {Cause.AGING: -1250, Cause.BEHAVIOR: -1250}}


def test_an_invoice_that_fell_due_and_was_paid_moved_nothing_and_a_late_one_is_aging(acme, publish_card, source):
    publish_card({"key": "days_overdue", "weight": 100, "curve": "linear", "zero": 60, "full": 0})
    shared = {"source": source, "recorded_at": NOW, "amount": 10, "currency": "USD", "issued_on": THEN}
    due = AS_OF - timedelta(days=20)
    acme.invoices.create(**shared, external_id="paid", due_on=due, paid_on=AS_OF)
    _, parts = moved(acme)
    assert parts == {}
    acme.invoices.create(**shared, external_id="open", due_on=due + timedelta(days=5))
    _, parts = moved(acme)
    # 15 of 60 days late. Paying the first, which would be 20 days late, gave back the rest.
    assert parts == {"days_overdue": {Cause.AGING: -2500}}


def test_time_alone_is_aging(acme, publish_card, read, source):
    """Eight calendar months after the start, without a review, the rule acts; nothing happened."""
    publish_card({**RATING, "weight": 100}, adjustments=[EBR_RULE])
    AccountHistory.objects.update(valid_from=date(2025, 10, 15))
    type(acme).objects.update(started_on=date(2025, 10, 15))
    acme.touchpoints.create(day=date(2026, 1, 1), kind="call", source=source, external_id="call", recorded_at=NOW)
    read(acme, "rating", 5)
    _, parts = moved(acme)
    assert parts == {"ebr": {Cause.AGING: -2000}}


def test_manual_is_a_reading_that_one_of_us_entered(acme, publish_card, read):
    publish_card({**RATING, "weight": 100})
    read(acme, "rating", 4)
    read(acme, "rating", 3, day=AS_OF, by_hand=True)
    _, parts = moved(acme)
    assert parts == {"reading:rating": {Cause.MANUAL: -2500}}


def test_of_a_subject_the_csms_rating_is_manual_and_what_a_customer_says_is_behavior(acme, publish_card, answer, read):
    publish_card({**PEOPLE, "weight": 100})
    read(acme, "people_sentiment", 3)
    read(acme, "people_sentiment", 4, day=AS_OF)
    _, parts = moved(acme)
    assert parts == {"people_sentiment": {Cause.MANUAL: 2500}}
    said = answer(acme, 9, day=AS_OF)
    SurveyResponse.objects.filter(pk=said.pk).update(about_people=5)
    _, parts = moved(acme)
    assert parts == {"people_sentiment": {Cause.BEHAVIOR: 5000}}


def test_a_reply_that_came_is_behavior_and_a_mail_that_left_its_window_is_aging(acme, publish_card, source):
    publish_card({"key": "reply_rate", "weight": 100, "curve": "linear", "zero": 0, "full": 1})
    for number, (back, replied) in enumerate(((100, 100), (40, 40), (35, None), (32, 5))):
        Touchpoint.objects.create(
            account=acme, kind="mail", day=AS_OF - timedelta(days=back), source=source, external_id=f"t{number}",
            replied_on=None if replied is None else AS_OF - timedelta(days=replied), recorded_at=NOW,
        )  # fmt: skip
    _, parts = moved(acme)
    # 2 of 4 answered, then 1 of 3 as the oldest leaves the window, then 2 of 3.
    assert parts == {"reply_rate": {Cause.BEHAVIOR: 1667}}


def test_manual_is_a_pulse_that_came_or_ended(acme, csm, publish_card, read):
    publish_card({**RATING, "weight": 100})
    read(acme, "rating", 5)
    shared = {"account": acme, "category": "other", "reason": "r", "author": csm, "recorded_at": NOW}
    ended = Pulse.objects.create(**shared, percent=-10, starts_on=THEN, ends_on=THEN)
    came = Pulse.objects.create(**shared, percent=-20, starts_on=AS_OF, ends_on=AS_OF)
    _, parts = moved(acme)
    assert parts == {f"pulse:{ended.pk}": {Cause.MANUAL: 1000}, f"pulse:{came.pk}": {Cause.MANUAL: -2000}}


def test_manual_is_an_override(acme, csm, publish_card, read):
    publish_card({**RATING, "weight": 100})
    read(acme, "rating", 4)
    override = Override.objects.create(
        account=acme, score_hundredths=9000, category="other", reason="r", author=csm, starts_on=AS_OF, ends_on=AS_OF,
        recorded_at=NOW,
    )  # fmt: skip
    _, parts = moved(acme)
    assert parts == {f"override:{override.pk}": {Cause.MANUAL: 1500}}


def test_a_pulse_takes_its_percent_of_what_behavior_left(acme, csm, publish_card, read):
    publish_card({**RATING, "weight": 100})
    pulse = Pulse.objects.create(
        account=acme, percent=-10, category="other", reason="r", author=csm, starts_on=THEN, ends_on=AS_OF,
        recorded_at=NOW,
    )  # fmt: skip
    read(acme, "rating", 5)
    read(acme, "rating", 3, day=AS_OF)
    _, parts = moved(acme)
    # 10 percent of 100 and then of 50: the pulse itself did not change.
    assert parts == {"reading:rating": {Cause.BEHAVIOR: -5000}, f"pulse:{pulse.pk}": {Cause.BEHAVIOR: 500}}


def test_configuration_is_a_version_that_was_published_between(acme, publish_card, read):
    publish_card(RATING, FIT)
    read(acme, "rating", 5)  # 70
    read(acme, "fit", 3)  # 50 × 30 % = 15
    read(acme, "fit", 5, day=AS_OF)  # 100 × 60 % = 60, of which 30 more by the weight and 30 by the reading
    heavier = a_card({**RATING, "weight": 40}, {**FIT, "weight": 60})
    publish(card=heavier, effective_from=AS_OF - timedelta(days=5), reason="fit matters", by=None, at=NOW)
    found, parts = moved(acme)
    assert (found.before, found.after) == (8500, 10_000)
    assert parts == {
        "reading:rating": {Cause.CONFIGURATION: -3000},
        "reading:fit": {Cause.CONFIGURATION: 1500, Cause.BEHAVIOR: 3000},
    }
    assert found.causes[Cause.CONFIGURATION] == -1500


def test_peers_are_others_who_passed_by(make_account, publish_card, read):
    publish_card({"key": "reading:rating", "weight": 100, "curve": "percentile", "is_higher_better": True})
    accounts = [make_account(f"A{n}") for n in range(4)]
    for n, account in enumerate(accounts, start=1):
        read(account, "rating", n)
    read(accounts[0], "rating", 9, day=AS_OF)
    _, parts = moved(accounts[3])
    # The fourth of four was above three: 87.5. With one above it, 62.5.
    assert parts == {"reading:rating": {Cause.PEERS: -2500}}
    _, parts = moved(accounts[0])
    assert parts == {"reading:rating": {Cause.BEHAVIOR: 7500}}


def test_use_does_not_age_while_its_source_delivers(acme, publish_card, use):
    publish_card({"key": "seat_utilisation", "weight": 100, "curve": "linear", "zero": 0, "full": 0.4})
    use(acme, days=range(30, 60), users=("ann", "bob"))  # 2 of 10 seats: 50 points
    use(acme, days=range(30), users=("ann",))  # 1 of 10: 25
    _, parts = moved(acme)
    assert parts == {"seat_utilisation": {Cause.BEHAVIOR: -2500}}


def test_a_fact_that_came_late_counts_as_behavior(acme, publish_card, read):
    publish_card({**RATING, "weight": 100})
    read(acme, "rating", 4)
    score_days([THEN], clock=clock)
    read(acme, "rating", 5, day=THEN)  # recorded after the day was scored: the same day, the later row
    score_days([AS_OF], clock=clock)
    found = movement_of_account(acme.pk, first=THEN, last=AS_OF)
    assert [(line.key, line.causes) for line in found.lines] == [("measure:reading:rating", {Cause.BEHAVIOR: 2500})]


def test_without_a_score_on_both_days_there_is_no_movement(acme, publish_card, read):
    publish_card({**RATING, "weight": 100})
    read(acme, "rating", 4, day=AS_OF)
    score_days([THEN, AS_OF], clock=clock)
    assert movement_of_account(acme.pk, first=THEN, last=AS_OF) is None
    assert movement_of_accounts([acme.pk], first=THEN, last=AS_OF) is None


def test_of_a_portfolio_the_means_add_up_and_who_has_no_score_is_left_out(make_account, publish_card, read):
    publish_card(RATING, FIT)
    accounts = [make_account(f"A{n}") for n in range(4)]
    for account, fit in zip(accounts, (5, 5, 3, None), strict=True):
        read(account, "rating", 5)
        if fit:
            read(account, "fit", fit)
    AccountHistory.objects.filter(account=accounts[3]).update(valid_from=AS_OF)
    read(accounts[0], "rating", 4, day=AS_OF)  # −17.50 of one of three
    publish(
        card=a_card({**RATING, "weight": 80}, {**FIT, "weight": 20}), effective_from=AS_OF, reason="r", by=None, at=NOW
    )
    score_days([THEN, AS_OF], clock=clock)
    found = movement_of_accounts([account.pk for account in accounts], first=THEN, last=AS_OF)
    assert (found.accounts, found.before, found.after) == (3, 9500, 9000)
    # Only the third, whose fit gave 15 of 30, gains 5 by the new card; the first then loses 20 of 80.
    assert {cause: amount for cause, amount in found.causes.items() if amount} == {
        Cause.CONFIGURATION: 167, Cause.BEHAVIOR: -667,
    }  # fmt: skip
    assert sum(line.total for line in found.lines) == found.total == -500


# Random companies.


MEASURES = ("seat_utilisation", "nps", "rapport", "csm_sentiment", "touchpoint_cadence", "days_overdue", "csat")


def random_card(draw: Random):
    keys = draw.sample(MEASURES, 4)
    curves = [
        {"curve": "percentile", "is_higher_better": draw.random() < 0.5} if draw.random() < 0.4
        else {"curve": "linear", "zero": 0, "full": draw.choice([1, 5, 60])}
        for _ in keys
    ]  # fmt: skip
    missing = [draw.choice(["leave_out", "zero", "neutral"]) for _ in keys]
    measures = [
        {"key": key, "weight": weight, "missing": policy, **curve}
        for key, weight, policy, curve in zip(keys, (40, 30, 20, 10), missing, curves, strict=True)
    ]
    return a_card(*measures, adjustments=[EBR_RULE], min_coverage=draw.choice([0.1, 0.3]), pulse={"may_raise": True})


@pytest.mark.parametrize("seed", range(4))
def test_on_random_companies_the_parts_sum_exactly_in_every_line_and_in_all(seed, csm):
    draw = Random(seed)
    world = build(seed=seed, as_of=THEN, zone=ZoneInfo("UTC"))
    publish(card=random_card(draw), effective_from=date(2000, 1, 1), reason="r", by=None, at=NOW)
    if seed % 2:
        publish(card=random_card(draw), effective_from=AS_OF - timedelta(days=9), reason="r", by=None, at=NOW)
    score_days([THEN], clock=clock)
    add_future(world)
    for account in draw.sample(world.accounts, 5):
        Pulse.objects.create(
            account=account, percent=draw.choice([-25, -7, 12]), category="other", reason="r", author=csm,
            starts_on=draw.choice([THEN, AS_OF]), ends_on=AS_OF, recorded_at=NOW,
        )  # fmt: skip
    score_days([AS_OF], clock=clock)
    told = 0
    for account in world.accounts:
        told += agrees_with_its_snapshots(account)
    assert told >= 4
    found = movement_of_accounts([account.pk for account in world.accounts], first=THEN, last=AS_OF)
    assert found.accounts == told
    assert sum(found.causes.values()) == found.total


def agrees_with_its_snapshots(account) -> bool:
    """Line by line what the two snapshots say; whether there is a movement at all."""
    found = movement_of_account(account.pk, first=THEN, last=AS_OF)
    pair = [Snapshot.objects.filter(account=account, as_of=day, score__isnull=False).first() for day in (THEN, AS_OF)]
    if None in pair:
        assert found is None
        return False
    before, after = (lines_of(snapshot) for snapshot in pair)
    changed = {key: after.get(key, 0) - before.get(key, 0) for key in before.keys() | after.keys()}
    parts = {line.key: line.total for line in found.lines}
    assert {key: change for key, change in changed.items() if change} == {k: v for k, v in parts.items() if v}
    assert sum(found.causes.values()) == found.total == pair[1].score - pair[0].score
    return True


def lines_of(snapshot: Snapshot) -> dict[str, int]:
    kept = unpack(snapshot.breakdown)
    keys = list(snapshot.version.items.order_by("position").values_list("measure", flat=True))
    measures = {f"measure:{key}": line.line for key, line in zip(keys, kept.measures, strict=True)}
    return measures | {change.key: change.line for change in kept.changes}


# Of these what is due or under way is known beforehand, so that time alone brings it.
FORESEEN = {"milestones_on_time", "outcomes_met", "time_to_first_value"}


ENDS = (
    (Contact, "left_on"),
    (Invoice, "paid_on"),
    (BusinessEvent, "ended_on"),
    (Ticket, "closed_at__date"),
    (Touchpoint, "replied_on"),
)


def forget_what_happened_since():
    """What had begun by the first day stands as it stood then."""
    for model, name in ENDS:
        model.objects.filter(**{f"{name}__gt": THEN}).update(**{name.removesuffix("__date"): None})
    # An invoice says how many payments failed, and of the last one when.
    failed_since = Q(failed_on__gt=THEN) | Q(failed_on=None, due_on__gt=THEN)
    Invoice.objects.filter(failed_since).update(failed_payments=0, failed_on=None)


@pytest.mark.parametrize("seed", range(3))
def test_facts_up_to_a_day_are_what_would_be_known_had_nothing_happened_since(seed):
    """The values of the later day in a company in which time went on, and nothing else."""
    keys = [m.key for m in catalog.DECLARED if "usage" not in m.source and m.key not in FORESEEN]
    found = []
    for has_future in (False, True):
        with transaction.atomic():
            world = build(seed=seed, as_of=THEN, zone=ZoneInfo("UTC"))
            if has_future:
                add_future(world)
            else:
                forget_what_happened_since()
            scope = Scope(np.array([account.pk for account in world.accounts]), AS_OF, facts_until=THEN)
            facts = Facts(scope if has_future else replace(scope, facts_until=None))
            found.append([catalog.measure(key).compute(facts) for key in keys])
            transaction.set_rollback(True)
    for key, nothing_happened, frozen in zip(keys, *found, strict=True):
        np.testing.assert_array_equal(frozen, nothing_happened, err_msg=key)
