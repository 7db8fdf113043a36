"""The signs of growth that a user sees, without what was put off or asked already."""

from collections.abc import Collection
from datetime import date

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.access import visible_accounts
from accounts.models import GrowthKind, ManualReading, Snooze, Status, SurveyKind, SurveyResponse, User
from accounts.queries.growth import ASKED
from scoring.growth import PROMOTER, YEAR
from scoring.models import GrowthSign


def signs(user: User, *, today: date) -> QuerySet[GrowthSign]:
    """What the lists show, the most ARR first. An account that was asked for a reference rests for half a year."""
    return seen(user, today=today).filter(~Exists(snoozed(user, today=today))).order_by("-arr", "account_id")


def snoozed_signs(user: User, *, today: date) -> QuerySet[GrowthSign]:
    """What the user put off."""
    return seen(user, today=today).filter(Exists(snoozed(user, today=today))).order_by("-arr", "account_id", "kind")


def seen(user: User, *, today: date) -> QuerySet[GrowthSign]:
    asked = ManualReading.objects.filter(account=OuterRef("account"), measure=ASKED, expires_on__gte=today)
    accounts = visible_accounts(user).filter(status=Status.ACTIVE, pk=OuterRef("account"))
    found = GrowthSign.objects.filter(Exists(accounts))
    return found.exclude(Exists(asked), kind=GrowthKind.PROMOTER).select_related("account__owner", "account__health")


def snoozed(user: User, *, today: date) -> QuerySet[Snooze]:
    """That the user put this very sign off."""
    return Snooze.objects.filter(
        user=user, account=OuterRef("account"), kind=OuterRef("kind"), mark=OuterRef("mark"), until__gt=today
    )


def counts(found: QuerySet[GrowthSign]) -> dict[str, int]:
    """How many of each kind. One query."""
    return dict(found.order_by().values_list("kind").annotate(n=Count("pk")))


def promoters_of(account_ids: Collection[int], *, day: date) -> dict[int, list[tuple[str, int, date]]]:
    """Name, answer and day of each promoter there, the newest answer of each contact; the best first. One query."""
    newer = SurveyResponse.objects.filter(
        contact=OuterRef("contact"), kind=SurveyKind.NPS, answered_on__gt=OuterRef("answered_on")
    )
    rows = SurveyResponse.objects.filter(
        ~Exists(newer), account__in=account_ids, kind=SurveyKind.NPS, score__gte=PROMOTER, contact__left_on=None,
        answered_on__gt=day - YEAR, answered_on__lte=day, contact__isnull=False,
    ).order_by("-score", "-answered_on", "pk")  # fmt: skip
    found: dict[int, list[tuple[str, int, date]]] = {}
    for account, name, score, said_on in rows.values_list("account_id", "contact__name", "score", "answered_on"):
        found.setdefault(account, []).append((str(name), int(score or 0), said_on or day))
    return found
