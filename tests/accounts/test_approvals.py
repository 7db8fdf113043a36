"""Pulses and overrides beyond the limit: they wait, somebody else decides, and only then they act."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.access import approvers_of
from accounts.models import Account, AuditEntry, Organization, Override, Proposal, Pulse, PulseCategory, Role, User
from accounts.operations import approvals
from accounts.operations.approvals import DecidedMeanwhile, Drafted
from accounts.operations.ratings import end_early
from accounts.queries.judgments import Acting, waiting_for
from tests.conftest import NOW, TODAY, make_user

LATER = NOW + timedelta(days=2)
DRAFT = Drafted(
    percent=Decimal(-20), category=PulseCategory.ACQUIRED, reason="New owners review all vendors.",
    starts_on=TODAY, ends_on=date(2026, 9, 28),
)  # fmt: skip
OVERRIDE = Drafted(
    score_hundredths=3_000, category=PulseCategory.OTHER, reason="Known to leave.", starts_on=TODAY, ends_on=TODAY
)


def propose_pulse(account: Account, *, by: User, drafted: Drafted = DRAFT) -> Proposal:
    return approvals.propose(account=account, drafted=drafted, by=by, at=NOW)


@pytest.fixture
def proposal(acme, csm) -> Proposal:
    return propose_pulse(acme, by=csm)


def pulse(percent: int, **days: date) -> Pulse:
    return Pulse(percent=Decimal(percent), **({"starts_on": TODAY, "ends_on": TODAY} | days))


@pytest.mark.parametrize(
    ("percent", "acting", "waits"),
    [
        (-10, [], False),
        (-15, [], True),
        (15, [], True),
        (-5, [pulse(-5)], False),
        (-5, [pulse(-10)], True),
        (-5, [pulse(10)], False),
        (-5, [pulse(-10, starts_on=date(2027, 1, 1), ends_on=date(2027, 2, 1))], False),
    ],
)
def test_pulses_that_act_together_count_together_against_the_limit(percent, acting, waits):
    drafted = Drafted(
        percent=Decimal(percent), category=PulseCategory.OTHER, reason="Why", starts_on=TODAY, ends_on=TODAY
    )
    why = approvals.beyond(drafted, acting=Acting(tuple(acting), ()), organization=Organization(pulse_limit_percent=10))
    assert bool(why) is waits


def test_without_a_limit_nothing_waits_and_overrides_have_a_switch_of_their_own():
    nothing = Acting((), ())
    assert not approvals.beyond(DRAFT, acting=nothing, organization=Organization())
    assert not approvals.beyond(OVERRIDE, acting=nothing, organization=Organization(pulse_limit_percent=0))
    assert approvals.beyond(OVERRIDE, acting=nothing, organization=Organization(do_overrides_wait=True))


def test_an_approval_makes_the_pulse_of_its_author_from_that_day_on(proposal, csm, manager):
    made = approvals.approve(proposal=proposal, words=" Agreed. ", by=manager, at=LATER)
    assert (made.author, made.percent, made.reason) == (csm, Decimal(-20), DRAFT.reason)
    assert (made.starts_on, made.ends_on, made.recorded_at) == (LATER.date(), DRAFT.ends_on, LATER)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by, proposal.words, proposal.made_id) == (
        "approved", manager, "Agreed.", made.pk,
    )  # fmt: skip
    assert AuditEntry.objects.get(verb="pulse approved").by == manager
    assert AuditEntry.objects.get(verb="pulse added").by == manager


def test_an_approved_override_replaces_the_score_until_its_end(acme, csm, manager):
    drafted = Drafted(**{**vars(OVERRIDE), "ends_on": date(2026, 7, 31)})
    approvals.approve(proposal=propose_pulse(acme, by=csm, drafted=drafted), words="", by=manager, at=NOW)
    made = Override.objects.get()
    assert (made.score_hundredths, made.author, made.ends_on) == (3_000, csm, date(2026, 7, 31))


def test_nobody_decides_on_what_they_proposed(acme, manager, ops):
    own = propose_pulse(acme, by=manager)
    with pytest.raises(ValidationError, match="Somebody else decides"):
        approvals.approve(proposal=own, words="", by=manager, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=own.pk).update(state="approved", decided_by=manager, decided_at=NOW)
    assert list(waiting_for(manager)) == []
    assert list(waiting_for(ops)) == [own]


def test_who_may_not_approve_or_does_not_see_the_account_decides_nothing(proposal, south, leader):
    stranger = make_user(Role.MANAGER, "Sven", south)
    colleague = make_user(Role.CSM, "Cara", proposal.account.owner.team)
    for somebody in (stranger, colleague, leader):
        with pytest.raises(ValidationError, match="may not decide"):
            approvals.decline(proposal=proposal, words="No.", by=somebody, at=NOW)


def test_it_waits_for_the_managers_of_the_team_and_else_for_operations(acme, csm, manager, ops, south):
    make_user(Role.MANAGER, "Sven", south)
    assert approvers_of(acme, author=csm) == [manager]
    assert approvers_of(acme, author=manager) == [ops]
    assert approvers_of(acme, author=ops) == [manager]


def test_a_decline_needs_words_and_makes_nothing(proposal, manager):
    with pytest.raises(ValidationError, match="Say why"):
        approvals.decline(proposal=proposal, words="  ", by=manager, at=NOW)
    approvals.decline(proposal=proposal, words="Wait for the call.", by=manager, at=NOW)
    assert not Pulse.objects.exists()
    assert AuditEntry.objects.get(verb="pulse declined").detail["words"] == "Wait for the call."


def test_who_decides_second_is_told(proposal, manager, ops):
    approvals.decline(proposal=proposal, words="No.", by=ops, at=NOW)
    with pytest.raises(DecidedMeanwhile) as told:
        approvals.approve(proposal=proposal, words="", by=manager, at=NOW)
    assert told.value.proposal.decided_by == ops


def test_what_would_have_ended_can_only_be_declined(acme, csm, manager):
    over = propose_pulse(acme, by=csm, drafted=OVERRIDE)
    with pytest.raises(ValidationError, match="last day is over"):
        approvals.approve(proposal=over, words="", by=manager, at=LATER)
    approvals.decline(proposal=over, words="Too late.", by=manager, at=LATER)


def test_only_its_author_withdraws_and_only_while_it_waits(proposal, csm, manager):
    with pytest.raises(ValidationError, match="Only who proposed it"):
        approvals.withdraw(proposal=proposal, by=manager, at=NOW)
    approvals.withdraw(proposal=proposal, by=csm, at=NOW)
    with pytest.raises(DecidedMeanwhile):
        approvals.withdraw(proposal=proposal, by=csm, at=NOW)


def test_an_undone_approval_leaves_no_pulse_and_waits_again(proposal, csm, manager):
    approvals.approve(proposal=proposal, words="Yes.", by=manager, at=NOW)
    with pytest.raises(ValidationError, match="Only who decided"):
        approvals.reopen(proposal=proposal, by=csm, at=NOW)
    approvals.reopen(proposal=proposal, by=manager, at=NOW)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by, proposal.words, proposal.made_id) == ("waiting", None, "", None)
    assert not Pulse.objects.exists()


def test_an_approval_is_not_undone_once_its_pulse_was_ended(proposal, csm, manager):
    approvals.approve(proposal=proposal, words="", by=manager, at=NOW)
    end_early(judged=Pulse.objects.get(), by=csm, at=LATER)
    with pytest.raises(ValidationError, match="ended or changed since"):
        approvals.reopen(proposal=proposal, by=manager, at=LATER)
    proposal.refresh_from_db()
    assert proposal.state == "approved"


def test_limits_are_set_by_name_and_told(organization, ops):
    approvals.set_limits(pulse_percent=15, do_overrides_wait=True, by=ops, at=NOW)
    organization.refresh_from_db()
    assert (organization.pulse_limit_percent, organization.do_overrides_wait, organization.has_limits) == (
        15, True, True,
    )  # fmt: skip
    assert AuditEntry.objects.get(verb="limits of pulses set").detail["now"]["pulse_percent"] == 15
    with pytest.raises(ValidationError):
        approvals.set_limits(pulse_percent=101, do_overrides_wait=False, by=ops, at=NOW)
