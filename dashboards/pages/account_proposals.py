"""What waits for an approval on an account's page, and what was declined of late."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from accounts.access import Action, can
from accounts.models import Account, ProposalState, User
from accounts.queries.judgments import proposals_to_show
from dashboards.pages.approval_words import SHOWN_FOR, decided_words, title, waits_for


@dataclass(frozen=True)
class ProposedRow:
    """A proposal on the account's page. `state` says for whom it waits, or who declined it."""

    pk: int
    title: str
    reason: str
    author: str
    proposed_on: date
    state: str
    words: str
    is_waiting: bool
    may_decide: bool
    may_withdraw: bool


def proposed_rows(account: Account, *, user: User, now: datetime) -> list[ProposedRow]:
    """The newest first. One query, and two for each that waits."""
    rows = []
    for one in proposals_to_show(account, since=now - SHOWN_FOR):
        is_waiting, is_own = one.state == ProposalState.WAITING, one.author_id == user.pk
        rows.append(
            ProposedRow(
                pk=one.pk,
                title=title(one),
                reason=one.reason,
                author=one.author.name,
                proposed_on=timezone.localtime(one.proposed_at).date(),
                state=waits_for(account, author=one.author) if is_waiting else f"{decided_words(one)}.",
                words=one.words,
                is_waiting=is_waiting,
                may_decide=is_waiting and not is_own and can(user, Action.APPROVE_JUDGMENTS),
                may_withdraw=is_waiting and is_own and can(user, Action.EDIT_ACCOUNT),
            )
        )
    return rows
