"""Playbooks through their operations: what they say, who writes over whom, and what they come to for an account."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, Holiday, MitigationPlan, PlanOrigin, Playbook
from accounts.operations import playbooks
from accounts.operations.bulk_changes import start_plans, undo_for_many
from accounts.operations.plans import open_plan, set_step_state
from accounts.operations.playbook_start import start_playbook
from accounts.operations.playbooks import PlaybookWords, StepWords
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)
WORDS = PlaybookWords(
    name="Champion left",
    reason="Our champion has left",
    goal="A new one logs in every week",
    target_band=1,
    target_days=60,
    steps=(
        StepWords("Call the decision maker", due_days=2),
        StepWords("Sponsor call", due_days=5, role="manager", is_shared=True, is_customers_turn=True),
    ),
)


@pytest.fixture
def playbook(organization, ops) -> Playbook:
    return playbooks.make_playbook(words=WORDS, by=ops, at=NOW)


def last() -> AuditEntry:
    return AuditEntry.objects.latest("pk")


def edit(playbook, by, **changes):
    return playbooks.edit_playbook(
        playbook=playbook, words=replace(WORDS, **changes), seen=playbook.edition, by=by, at=LATER
    )


def test_a_playbook_says_what_was_written_and_is_audited(playbook):
    assert playbooks.words_in(playbook) == WORDS
    assert last().verb == "playbook made"
    assert playbooks.words_of_json(last().detail["now"]) == WORDS


@pytest.mark.parametrize(("changes", "words"), [
    ({"name": " "}, "Give the playbook a name"), ({"reason": ""}, "for which risk"), ({"steps": ()}, "one to five"),
    ({"steps": WORDS.steps * 3}, "one to five"), ({"target_days": 0}, "within 260"),
    ({"steps": (StepWords(" ", 1),)}, "Step 1: say what"), ({"steps": (StepWords("A", 261),)}, "Step 1 is due within"),
    ({"steps": (StepWords("A", 1, role="person"),)}, "name the person"),
    ({"steps": (StepWords("A", 1, role="boss"),)}, "its owner is csm, manager, person"),
])  # fmt: skip
def test_what_a_plan_could_not_be_started_from_is_refused(organization, ops, changes, words):
    with pytest.raises(ValidationError, match=words):
        playbooks.make_playbook(words=replace(WORDS, **changes), by=ops, at=NOW)
    assert not Playbook.objects.exists()


def test_two_in_use_never_share_a_name(playbook, ops):
    with pytest.raises(ValidationError, match="There is a playbook called CHAMPION LEFT already"):
        playbooks.make_playbook(words=replace(WORDS, name="CHAMPION LEFT"), by=ops, at=NOW)
    playbooks.archive_playbook(playbook=playbook, by=ops, at=NOW)
    playbooks.make_playbook(words=WORDS, by=ops, at=NOW)
    with pytest.raises(ValidationError, match="called Champion left already"):
        playbooks.bring_back(playbook=playbook, by=ops, at=NOW)


def test_who_read_before_somebody_else_wrote_is_told(playbook, ops, manager):
    edit(playbook, manager, goal="Another")
    with pytest.raises(playbooks.PlaybookChanged):
        edit(playbook, ops, goal="Mine")
    assert Playbook.objects.get().goal == "Another"


def test_each_deed_is_taken_back_while_nobody_has_built_on_it(playbook, ops):
    edit(playbook, ops, name="Champion gone", steps=WORDS.steps[:1])
    made = AuditEntry.objects.get(verb="playbook made")
    with pytest.raises(ValidationError, match="Somebody has changed it since"):
        playbooks.take_back(entry=made, by=ops, at=LATER)
    assert playbooks.take_back(entry=last(), by=ops, at=LATER) == "The playbook Champion left is as it was."
    assert playbooks.words_in(Playbook.objects.get()) == WORDS
    playbooks.archive_playbook(playbook=playbook, by=ops, at=LATER)
    playbooks.take_back(entry=last(), by=ops, at=LATER)
    assert Playbook.objects.get().archived_at is None


def test_a_copy_has_a_name_of_its_own_and_goes_again(playbook, ops):
    names = [playbooks.copy_playbook(playbook=playbook, by=ops, at=NOW).name for _ in range(2)]
    assert names == ["Champion left (copy)", "Champion left (copy) 2"]
    playbooks.take_back(entry=last(), by=ops, at=NOW)
    assert Playbook.objects.count() == 2


def test_a_playbook_of_which_a_plan_came_is_not_taken_back(playbook, acme, ops):
    start_playbook(playbook=playbook, account=acme, by=ops, at=NOW)
    with pytest.raises(ValidationError, match="Archive it instead"):
        playbooks.take_back(entry=AuditEntry.objects.get(verb="playbook made"), by=ops, at=NOW)


def test_a_started_playbook_is_due_in_working_days_and_owned_by_role(playbook, acme, csm, manager, ops):
    Holiday.objects.create(day=date(2026, 7, 3), name="Independence Day, observed")
    plan = start_playbook(playbook=playbook, account=acme, by=ops, at=NOW, score_at_opening_hundredths=4_100)
    assert (plan.owner, plan.reason, plan.goal, plan.opened_by) == (csm, WORDS.reason, WORDS.goal, ops)
    assert (plan.playbook, plan.target_band, plan.target_date) == (playbook, 1, date(2026, 9, 23))
    assert plan.score_at_opening_hundredths == 4_100
    first, second = plan.steps.order_by("position")
    # Tuesday and two days; over the Friday off and the weekend.
    assert (first.due_date, first.owner, first.is_shared) == (date(2026, 7, 2), csm, False)
    assert (second.due_date, second.owner, second.is_customers_turn) == (date(2026, 7, 8), manager, True)


def test_a_rule_starts_one_for_its_author_and_says_why(playbook, acme, ops):
    plan = start_playbook(
        playbook=playbook, account=acme, by=ops, at=NOW, origin=PlanOrigin.RULE, cause="Rule 7: Weak since today",
        reason="Fell to Weak",
    )  # fmt: skip
    told = AuditEntry.objects.get(verb="plan opened").detail
    assert (plan.origin, plan.reason, told["cause"], told["origin"]) == (
        "rule", "Fell to Weak", "Rule 7: Weak since today", "rule",
    )  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        start_playbook(playbook=playbook, account=acme, by=ops, at=NOW, origin=PlanOrigin.RULE)
    assert refused.value.code == "plan_is_open"


def test_an_archived_playbook_starts_nothing(playbook, acme, ops):
    playbooks.archive_playbook(playbook=playbook, by=ops, at=NOW)
    with pytest.raises(ValidationError) as refused:
        start_playbook(playbook=playbook, account=acme, by=ops, at=NOW)
    assert refused.value.code == "playbook_is_archived"


def test_somebody_stands_in_for_whom_nobody_is_there(playbook, make_account, csm, other_csm, ops):
    edit(playbook, ops, steps=(*WORDS.steps, StepWords("Visit", 1, role="person", person_id=other_csm.pk)))
    other_csm.is_active = False
    other_csm.save()
    plan = start_playbook(playbook=playbook, account=make_account("Free"), by=ops, at=NOW)
    assert {step.owner for step in plan.steps.all()} == {plan.owner} == {ops}
    # No manager in the team, and the named person has left: the CSM.
    plan = start_playbook(playbook=playbook, account=make_account("Owned", owner=csm), by=ops, at=NOW)
    assert {step.owner for step in plan.steps.all()} == {csm}


def test_many_are_started_at_once_and_the_undo_leaves_what_somebody_worked_on(
    playbook, make_account, csm, ops, django_assert_max_num_queries
):
    accounts = [make_account(name, owner=csm) for name in ("Ana", "Bob", "Cid")]
    ids = [account.pk for account in accounts]
    with django_assert_max_num_queries(22):
        change = start_plans(reason="", account_ids=ids, scores={}, by=ops, at=NOW, playbook=playbook)
    plans = {plan.account_id: plan for plan in MitigationPlan.objects.all()}
    assert [plan.steps.count() for plan in plans.values()] == [2, 2, 2]
    set_step_state(step=plans[ids[1]].steps.first(), state="started", by=csm, at=LATER)
    undone = undo_for_many(change=change, by=ops, at=LATER)
    assert (undone.restored, undone.kept) == ((ids[0], ids[2]), (ids[1],))


def test_who_has_a_plan_already_is_named_and_nothing_is_started(playbook, make_account, csm, ops):
    accounts = [make_account(name, owner=csm) for name in ("Ana", "Bob")]
    open_plan(account=accounts[1], reason="Price", by=csm, at=NOW)
    with pytest.raises(ValidationError, match="Bob has an open plan"):
        start_plans(reason="", account_ids=[a.pk for a in accounts], scores={}, by=ops, at=NOW, playbook=playbook)
    assert MitigationPlan.objects.count() == 1
