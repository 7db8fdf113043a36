"""Who met whom, what changed since half a year ago, and the facts that flags ask about, by hand."""

import pytest

from accounts.models import BusinessEvent, Contract, ManualReading, Rapport, Segment, SurveyResponse, Touchpoint
from tests.scoring.extract.conftest import ago

pytestmark = pytest.mark.django_db


@pytest.fixture
def meet(fact):
    """A touchpoint with contacts: the host first, then colleagues."""

    def held(account, contacts, people=(), *, days=1, state="held"):
        host, *others = [*people, None][: max(len(people), 1)]
        touchpoint = fact(Touchpoint, account=account, kind="call", day=ago(days), host=host, state=state)
        touchpoint.contacts.set(contacts)
        touchpoint.colleagues.set(others)

    return held


@pytest.fixture
def answer(fact):
    def answered(account, score, *, days=1, contact=None, kind="nps"):
        day = ago(days)
        fact(SurveyResponse, account=account, kind=kind, asked_on=day, answered_on=day, score=score, contact=contact)

    return answered


def test_a_contact_met_by_two_of_us_counts_fully_and_by_one_half(acme, csm, manager, make_contact, meet, value_of):
    ann, bob, cid, dan = (make_contact(acme, name) for name in ("Ann", "Bob", "Cid", "Dan"))
    make_contact(acme, "Eve", left_on=ago(1))
    meet(acme, [ann, bob], [csm])
    meet(acme, [ann], [manager], days=89)
    meet(acme, [cid], [csm, manager])
    meet(acme, [dan], [csm], days=90)
    meet(acme, [dan], [csm], state="cancelled")
    assert value_of("multithreading", acme) == [0.625]  # (1 + ½ + 1 + 0) ÷ 4


def test_the_same_colleague_twice_is_one_and_a_nameless_one_is_nobody_more(acme, csm, make_contact, meet, value_of):
    ann = make_contact(acme, "Ann")
    meet(acme, [ann], [csm])
    meet(acme, [ann], [csm], days=2)
    meet(acme, [ann], [], days=3)
    assert value_of("multithreading", acme) == [0.5]


def test_multithreading_needs_contacts_and_somebody_who_says_whom_we_met(
    acme, make_account, csm, make_contact, meet, value_of
):
    nobody, unmet = make_account("Nobody"), make_account("Unmet")
    make_contact(unmet, "Bob")
    meet(acme, [], [csm])
    assert value_of("multithreading", acme, nobody, unmet) == [None, None, None]
    meet(acme, [make_contact(acme, "Ann")], [csm])
    assert value_of("multithreading", acme, nobody, unmet) == [0.5, None, 0.0]


def test_rapport_is_a_mean_over_personas_and_not_over_people(acme, make_contact, fact, value_of):
    for name, persona, rating in (
        ("Ann", "business_user", 1), ("Bob", "business_user", 2), ("Cid", "champion", 3), ("Dan", "", 4),
    ):  # fmt: skip
        fact(Rapport, contact=make_contact(acme, name, persona=persona), rated_on=ago(1), rating=rating)
    assert value_of("rapport", acme) == [2.833333]  # (1.5 + 3 + 4) ÷ 3
    fact(Rapport, contact=make_contact(acme, "Eve", persona="decision_maker"), rated_on=ago(1), rating=5)
    assert value_of("rapport", acme) == [3.7]  # (1.5 + 3 + 4 + 2 × 5) ÷ 5


def test_a_cadence_longer_than_the_window_expects_a_part_of_a_touchpoint(acme, fact, value_of):
    Segment.objects.update(touchpoint_cadence_days=180)
    fact(Touchpoint, account=acme, kind="call", day=ago(89))
    assert value_of("touchpoint_cadence", acme) == [2.0]  # 1 held, half of one expected


def test_nps_change_is_nps_less_that_of_the_half_year_before(acme, make_account, answer, value_of):
    new = make_account("New")
    for score, days in ((10, 0), (7, 179), (10, 180), (10, 359), (0, 200), (0, 360)):
        answer(acme, score, days=days)
    answer(new, 10)
    # 50 now; before, 67 % − 33 %: the answer of 360 days ago is too old.
    assert value_of("nps_change", acme, new) == [16.666667, None]


def test_community_activity_is_active_members_over_active_users(acme, make_account, use, fact, value_of):
    silent = make_account("Silent")
    use(acme, days=range(28), users=("ann", "bob", "cid", "dan"))
    for account in (acme, silent):
        fact(ManualReading, account=account, measure="community_members", value=3, read_on=ago(9), expires_on=ago(0))
    assert value_of("community_activity", acme, silent) == [0.75, None]
    assert value_of("community_activity", acme, silent, as_of=ago(-1)) == [None, None]


def test_the_newest_answer_of_a_decision_maker_who_is_there_counts(acme, make_account, make_contact, answer, value_of):
    calm, gone = make_account("Calm"), make_account("Gone")
    boss = make_contact(acme, "Boss", persona="decision_maker")
    other = make_contact(calm, "Other", persona="decision_maker")
    answer(acme, 10, contact=boss, days=100)
    answer(acme, 6, contact=boss, days=10)
    answer(calm, 0, contact=other, days=100)
    answer(calm, 7, contact=other, days=10)
    answer(calm, 0, contact=make_contact(calm, "User", persona="business_user"))
    answer(gone, 0, contact=make_contact(gone, "Left", persona="decision_maker", left_on=ago(0)))
    assert value_of("decision_maker_detractor", acme, calm, gone) == [1.0, 0.0, 0.0]
    assert value_of("decision_maker_detractor", acme, calm, gone, as_of=ago(11)) == [0.0, 1.0, 0.0]


def test_a_sponsor_who_left_half_a_year_ago_is_no_flag_any_more(acme, make_account, make_contact, value_of):
    long_ago = make_account("Long ago")
    make_contact(acme, "Ann", persona="champion", left_on=ago(179))
    make_contact(long_ago, "Bob", persona="champion", left_on=ago(180))
    assert value_of("sponsor_left", acme, long_ago) == [1.0, 0.0]


def test_notice_and_lawyers_are_known_by_events_and_by_the_contract(acme, make_account, fact, value_of):
    others = [make_account(name) for name in ("Opted out", "In review", "Sued", "Settled")]
    opted_out, in_review, sued, settled = others
    for account, posture in ((acme, "silent"), (opted_out, "opted_out"), (in_review, "legal_review")):
        fact(Contract, account=account, starts_on=ago(30), arr=1, currency="USD", posture=posture)
    fact(BusinessEvent, account=acme, kind="opt_out", occurred_on=ago(0))
    fact(BusinessEvent, account=sued, kind="legal", occurred_on=ago(400))
    fact(BusinessEvent, account=settled, kind="legal", occurred_on=ago(400), ended_on=ago(0))
    assert value_of("opted_out", acme, *others) == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert value_of("legal_involved", acme, *others) == [0.0, 0.0, 1.0, 1.0, 0.0]
    assert value_of("days_since_opt_out", acme, sued) == [0.0, None]
    assert value_of("days_since_legal", acme, sued, settled) == [None, 400.0, None]


def test_a_business_event_is_a_restructuring_or_a_new_executive_team(acme, make_account, fact, value_of):
    bought = make_account("Bought")
    fact(BusinessEvent, account=acme, kind="restructured", occurred_on=ago(50))
    fact(BusinessEvent, account=acme, kind="new_executives", occurred_on=ago(20))
    fact(BusinessEvent, account=bought, kind="acquired", occurred_on=ago(5))
    assert value_of("days_since_business_event", acme, bought) == [20.0, None]
    assert value_of("days_since_acquired", acme, bought) == [None, 5.0]
