"""Pulses and overrides beyond the organization's limit: they wait until somebody else approves or declines them.

What waits is a proposal and no fact: nothing scores it, on whatever day. Its approval makes the pulse or the override,
recorded at that moment and acting from that day at the earliest.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit, touches
from accounts.access import Action, can, visible_accounts
from accounts.models import (
    Account,
    Organization,
    Override,
    Proposal,
    ProposalKind,
    ProposalState,
    Pulse,
    PulseCategory,
    User,
)
from accounts.operations.ratings import add_pulse, check_percent, check_score, checked, set_override
from accounts.queries.judgments import Acting

MADE: dict[str, type[Pulse] | type[Override]] = {ProposalKind.PULSE: Pulse, ProposalKind.OVERRIDE: Override}


class DecidedMeanwhile(Exception):
    """Somebody else decided, or the author took it back, after it was looked at."""

    def __init__(self, *, proposal: Proposal) -> None:
        super().__init__("decided meanwhile")
        self.proposal = proposal


@dataclass(frozen=True)
class Drafted:
    """A pulse (`percent`) or an override (`score_hundredths`) that somebody wants to make."""

    category: PulseCategory
    reason: str
    starts_on: date
    ends_on: date
    percent: Decimal | None = None
    score_hundredths: int | None = None

    @property
    def kind(self) -> ProposalKind:
        return ProposalKind.PULSE if self.percent is not None else ProposalKind.OVERRIDE


def beyond(drafted: Drafted, *, acting: Acting, organization: Organization) -> str:
    """Why it waits for an approval, as a sentence; empty where it does not.

    Pulses that act on a day together count together: many small ones are not a way around the limit.
    """
    if drafted.percent is None:
        return "Overrides wait for an approval." if organization.do_overrides_wait else ""
    limit = organization.pulse_limit_percent
    beside = sum((abs(one.percent) for one in acting.pulses if acts_beside(one, drafted)), Decimal(0))
    if limit is None or abs(drafted.percent) + beside <= limit:
        return ""
    together = f" This one makes {abs(drafted.percent) + beside:f}% with what acts already." if beside else ""
    return f"Pulses beyond {limit}% wait for an approval.{together}"


def acts_beside(pulse: Pulse, drafted: Drafted) -> bool:
    """Whether both act on some day, in the same direction."""
    overlaps = pulse.starts_on <= drafted.ends_on and pulse.ends_on >= drafted.starts_on
    return overlaps and drafted.percent is not None and (pulse.percent > 0) == (drafted.percent > 0)


@transaction.atomic
def propose(*, account: Account, drafted: Drafted, by: User, at: datetime, may_raise: bool = False) -> Proposal:
    """A pulse or an override that counts once somebody else approves it."""
    if drafted.percent is not None:
        check_percent(drafted.percent, may_raise=may_raise)
    else:
        check_score(drafted.score_hundredths or 0)
    said = checked(
        category=drafted.category, reason=drafted.reason, starts_on=drafted.starts_on, ends_on=drafted.ends_on
    )
    how_far = {"percent": drafted.percent, "score_hundredths": drafted.score_hundredths}
    made = Proposal.objects.create(account=account, kind=drafted.kind, author=by, proposed_at=at, **how_far, **said)
    note(made, verb="proposed", by=by, at=at, reason=made.reason)
    return made


@transaction.atomic
def approve(*, proposal: Proposal, words: str, by: User, at: datetime) -> Pulse | Override:
    """From now on it acts. Refused to its author, and once its last day is over."""
    now = held_for(proposal, by=by)
    today = timezone.localtime(at).date()
    if now.ends_on < today:
        raise ValidationError("Its last day is over. Decline it, or let its author make a new one.", code="is_over")
    made = make(now, starts_on=max(now.starts_on, today), by=by, at=at)
    decide(now, ProposalState.APPROVED, words=words, by=by, at=at, made_id=made.pk)
    return made


@transaction.atomic
def decline(*, proposal: Proposal, words: str, by: User, at: datetime) -> None:
    """It never acts. The author reads why."""
    if not words.strip():
        raise ValidationError({"words": "Say why, so that its author knows."})
    decide(held_for(proposal, by=by), ProposalState.DECLINED, words=words, by=by, at=at)


@transaction.atomic
def withdraw(*, proposal: Proposal, by: User, at: datetime) -> None:
    """Its author no longer wants it."""
    now = held(proposal)
    if now.author_id != by.pk:
        raise ValidationError("Only who proposed it withdraws it.", code="not_yours")
    now.state, now.decided_at = ProposalState.WITHDRAWN, at
    now.save(update_fields=["state", "decided_at"])
    note(now, verb="withdrawn", by=by, at=at)


@transaction.atomic
def reopen(*, proposal: Proposal, by: User, at: datetime) -> None:
    """Undo of what `by` decided: it waits again. Refused once what it made was changed or is over."""
    now = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if now.decided_by_id != by.pk:
        raise ValidationError("Only who decided takes it back.", code="not_yours")
    if now.state == ProposalState.APPROVED:
        as_made: dict[str, Any] = {"pk": now.made_id, "recorded_at": now.decided_at}
        made, _ = MADE[now.kind]._default_manager.filter(**as_made).delete()
        if not made:
            raise ValidationError("It was ended or changed since. It stays as it is.", code="changed_since")
        touches.touch([now.account_id], at=at)
    now.state, now.decided_by, now.decided_at, now.words, now.made_id = ProposalState.WAITING, None, None, "", None
    now.save(update_fields=["state", "decided_by", "decided_at", "words", "made_id"])
    note(now, verb="reopened", by=by, at=at)


@transaction.atomic
def set_limits(*, pulse_percent: int | None, do_overrides_wait: bool, by: User, at: datetime) -> None:
    """From now on; what waits already waits on, and what acts stays."""
    if pulse_percent is not None and not 0 <= pulse_percent <= 100:
        raise ValidationError({"pulse_percent": "A limit is 0 to 100 percent."})
    found = Organization.objects.select_for_update().filter(pk=1).first()
    if found is None:
        raise ValidationError("Set up the organization first.")
    before = limits_of(found)
    found.pulse_limit_percent, found.do_overrides_wait = pulse_percent, do_overrides_wait
    found.save(update_fields=["pulse_limit_percent", "do_overrides_wait"])
    audit.record(verb="limits of pulses set", subject=found, by=by, at=at, before=before, now=limits_of(found))


def limits_of(organization: Organization) -> dict[str, int | bool | None]:
    return {
        "pulse_percent": organization.pulse_limit_percent,
        "do_overrides_wait": organization.do_overrides_wait,
    }


def make(proposal: Proposal, *, starts_on: date, by: User, at: datetime) -> Pulse | Override:
    """The pulse or the override, by the author of the proposal."""
    shared: dict[str, Any] = {
        "account": proposal.account, "category": PulseCategory(proposal.category), "reason": proposal.reason,
        "starts_on": starts_on, "ends_on": proposal.ends_on, "by": proposal.author, "at": at, "approved_by": by,
    }  # fmt: skip
    if proposal.percent is not None:
        return add_pulse(percent=proposal.percent, may_raise=proposal.percent > 0, **shared)
    return set_override(score_hundredths=proposal.score_hundredths or 0, **shared)


def held(proposal: Proposal) -> Proposal:
    """The proposal, which nobody else decides on until the transaction ends. Raises DecidedMeanwhile."""
    now = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if now.state != ProposalState.WAITING:
        raise DecidedMeanwhile(proposal=now)
    return now


def held_for(proposal: Proposal, *, by: User) -> Proposal:
    """The same, where `by` may decide: nobody approves what they proposed."""
    now = held(proposal)
    if now.author_id == by.pk:
        raise ValidationError("Somebody else decides on what you proposed.", code="own")
    if not can(by, Action.APPROVE_JUDGMENTS) or not visible_accounts(by).filter(pk=now.account_id).exists():
        raise ValidationError("You may not decide on this account.", code="may_not")
    return now


def decide(
    proposal: Proposal, state: ProposalState, *, words: str, by: User, at: datetime, made_id: int | None = None
) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, at
    proposal.words, proposal.made_id = words.strip(), made_id
    proposal.save(update_fields=["state", "decided_by", "decided_at", "words", "made_id"])
    note(proposal, verb=str(state), by=by, at=at, words=proposal.words)


def note(proposal: Proposal, *, verb: str, by: User, at: datetime, **more: str) -> None:
    how_far = str(proposal.percent) if proposal.percent is not None else proposal.score_hundredths
    audit.record(
        verb=f"{proposal.kind} {verb}", subject=proposal, by=by, at=at, account=proposal.account_id, how_far=how_far,
        **more,
    )  # fmt: skip
