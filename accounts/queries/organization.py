"""The company that runs healthapp, its people and segments, as pages name them."""

from django.db.models import QuerySet

from accounts.access import visible_accounts, visible_csms
from accounts.models import Organization, Segment, User


def the_organization() -> Organization:
    """The one organization; before it is set up, one that is not stored."""
    return Organization.objects.first() or Organization(name="healthapp")


def csms_with_teams(user: User) -> QuerySet[User]:
    """The CSMs whom the user meets, with their teams, by name."""
    return visible_csms(user).select_related("team").order_by("name")


def segments_in_order() -> QuerySet[Segment]:
    return Segment.objects.order_by("position", "name")


def owners_in_sight(user: User) -> set[int | None]:
    """The ids of the owners of the accounts that the user sees."""
    return set(visible_accounts(user).values_list("owner_id", flat=True).distinct())
