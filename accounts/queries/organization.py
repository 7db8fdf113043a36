"""The company that runs healthapp, its people and segments, as pages name them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.models import QuerySet

from accounts.access import visible_accounts, visible_csms
from accounts.models import Organization, Segment, User

_remembered: ContextVar[list[Organization] | None] = ContextVar("organization", default=None)


@contextmanager
def organization_remembered() -> Iterator[None]:
    """While this lasts (a request, say) the organization is read once."""
    token = _remembered.set([])
    try:
        yield
    finally:
        _remembered.reset(token)


def the_organization() -> Organization:
    """The one organization; before it is set up, one that is not stored."""
    kept = _remembered.get()
    if kept:
        return kept[0]
    found = Organization.objects.first() or Organization(name="healthapp")
    if kept is not None:
        kept.append(found)
    return found


def csms_with_teams(user: User) -> QuerySet[User]:
    """The CSMs whom the user meets, with their teams, by name."""
    return visible_csms(user).select_related("team").order_by("name")


def segments_in_order() -> QuerySet[Segment]:
    return Segment.objects.order_by("position", "name")


def owners_in_sight(user: User) -> set[int | None]:
    """The ids of the owners of the accounts that the user sees."""
    return set(visible_accounts(user).values_list("owner_id", flat=True).distinct())
