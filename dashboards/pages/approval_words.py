"""Proposals in words: what is proposed, for whom it waits, how it was decided."""

from datetime import timedelta

from django.utils import timezone

from accounts.access import approvers_of
from accounts.models import Account, Proposal, User
from dashboards import formats

# So many names are a sentence, more are a list.
NAMED = 3
# A declined proposal is shown on the account for so long.
SHOWN_FOR = timedelta(days=30)


def waits_for(account: Account, *, author: User) -> str:
    """Waiting for Elena Duarte."""
    people = approvers_of(account, author=author)
    if not people:
        return "Waiting: nobody else may approve it yet."
    names = [person.name for person in people[:NAMED]]
    more = " and others" if len(people) > NAMED else ""
    return f"Waiting for {' or '.join(names)}{more}."


def title(proposal: Proposal) -> str:
    """Pulse −20%; Override to 35."""
    if proposal.percent is not None:
        return f"Pulse {formats.signed(proposal.percent)}%"
    return f"Override to {formats.plain((proposal.score_hundredths or 0) / 100)}"


def decided_words(proposal: Proposal) -> str:
    """Declined by Elena Duarte on 12 Jun at 14:02."""
    who = proposal.decided_by.name if proposal.decided_by else proposal.author.name
    if proposal.decided_at is None:
        return ""
    at = timezone.localtime(proposal.decided_at)
    return f"{proposal.get_state_display()} by {who} on {formats.day(at.date())} at {at:%H:%M}"
