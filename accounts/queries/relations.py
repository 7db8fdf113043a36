"""Who of ours is in touch with whom at an account."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from accounts.access import visible_accounts
from accounts.models import Account, Contact, Touchpoint, TouchpointState, User


@dataclass(frozen=True)
class Ties:
    """The held touchpoints of a window: by contact and by our person, how many they shared."""

    people: tuple[User, ...]  # ours, those who met most often first
    counts: dict[tuple[int, int], int]  # (contact, our person)

    def of(self, contact_id: int) -> dict[int, int]:
        """How often each of ours met the contact."""
        return {user: count for (contact, user), count in self.counts.items() if contact == contact_id}


def visible_contacts(user: User) -> QuerySet[Contact]:
    """The contacts of the accounts that the user sees."""
    return Contact.objects.filter(account__in=visible_accounts(user)).select_related("account")


def ties(account: Account, *, first: date, last: date) -> Ties:
    """Who of ours met whom in these days: as host or beside the host. Three queries."""
    of_account = {"touchpoint__account": account, "touchpoint__state": TouchpointState.HELD}
    held = of_account | {"touchpoint__day__range": (first, last)}
    met = Touchpoint.contacts.through.objects.filter(**held)
    joined = Touchpoint.colleagues.through.objects.filter(**held)
    ours: dict[int, set[int]] = defaultdict(set)
    for touchpoint, user in joined.values_list("touchpoint_id", "user_id"):
        ours[touchpoint].add(user)
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for contact, touchpoint, host in met.values_list("contact_id", "touchpoint_id", "touchpoint__host_id"):
        for user in ours[touchpoint] | ({host} if host else set()):
            counts[contact, user] += 1
    totals: dict[int, int] = defaultdict(int)
    for (_, user), count in counts.items():
        totals[user] += count
    people = User.objects.filter(pk__in=totals)
    return Ties(tuple(sorted(people, key=lambda user: (-totals[user.pk], user.name))), dict(counts))
