"""Pulses and overrides that act on an account, or will; and those that wait for somebody's approval."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from accounts.access import visible_accounts
from accounts.models import Account, Override, Proposal, ProposalState, Pulse, User


@dataclass(frozen=True)
class Acting:
    """What acts until its end, both days included."""

    pulses: tuple[Pulse, ...]
    overrides: tuple[Override, ...]
    waiting: tuple[Proposal, ...] = ()

    @property
    def edition(self) -> str:
        """Another one as soon as anything came, changed, ended or was decided."""
        rows: list[tuple[str, Pulse | Override | Proposal]] = [
            *(("p", one) for one in self.pulses),
            *(("o", one) for one in self.overrides),
            *(("w", one) for one in self.waiting),
        ]
        return ",".join(f"{kind}{one.pk}:{one.ends_on:%Y%m%d}" for kind, one in rows)


def acting_on(account: Account, *, today: date) -> Acting:
    """What has not ended yet or waits, in the order in which it was made. Three queries."""
    return Acting(
        pulses=tuple(Pulse.objects.filter(account=account, ends_on__gte=today).select_related("author").order_by("pk")),
        overrides=tuple(
            Override.objects.filter(account=account, ends_on__gte=today).select_related("author").order_by("pk")
        ),
        waiting=tuple(waiting().filter(account=account).order_by("pk")),
    )


def waiting() -> QuerySet[Proposal]:
    """What nobody has decided on yet, also where its last day is over."""
    return Proposal.objects.filter(state=ProposalState.WAITING).select_related("author")


def proposals_to_show(account: Account, *, since: datetime) -> list[Proposal]:
    """What waits for the account, and what was declined since then; the newest first. One query."""
    shown = Q(state=ProposalState.WAITING) | Q(state=ProposalState.DECLINED, decided_at__gte=since)
    return list(Proposal.objects.filter(shown, account=account).select_related("author", "decided_by").order_by("-pk"))


def waiting_for(user: User) -> QuerySet[Proposal]:
    """What waits for the accounts that the user sees, but for what they proposed themselves."""
    return waiting().filter(account__in=visible_accounts(user)).exclude(author=user)


def visible_proposals(user: User) -> QuerySet[Proposal]:
    """All that was ever proposed for the accounts that the user sees."""
    return Proposal.objects.filter(account__in=visible_accounts(user))
