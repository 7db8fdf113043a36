"""What surveys brought: answers one by one, and summed by contact, account, role and kind."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Avg, Count, Max, Q, QuerySet

from accounts.access import visible_accounts
from accounts.models import SurveyKind, SurveyResponse, User

# Who has not answered for so long is silent; before that the question is open.
SILENT_AFTER_DAYS = 30


@dataclass(frozen=True)
class Totals:
    """`nps` in −100 to +100, `csat` 1 to 5; None without an answer. `asked` is made of the other three."""

    asked: int
    answered: int
    open: int
    silent: int
    nps: float | None
    csat: float | None
    last_on: date | None

    @property
    def rate(self) -> float | None:
        return self.answered / self.asked if self.asked else None


def visible_responses(user: User) -> QuerySet[SurveyResponse]:
    return SurveyResponse.objects.filter(account__in=visible_accounts(user))


def is_open(*, today: date) -> Q:
    return Q(answered_on=None, asked_on__gt=today - timedelta(days=SILENT_AFTER_DAYS))


def is_silent(*, today: date) -> Q:
    return Q(answered_on=None, asked_on__lte=today - timedelta(days=SILENT_AFTER_DAYS))


def sums(*, today: date) -> dict[str, Any]:
    """The columns of which `totals_of` makes figures."""
    nps = Q(kind=SurveyKind.NPS, score__isnull=False)
    return {
        "asked": Count("pk"),
        "answered": Count("pk", filter=Q(answered_on__isnull=False)),
        "open": Count("pk", filter=is_open(today=today)),
        "silent": Count("pk", filter=is_silent(today=today)),
        "nps_answers": Count("pk", filter=nps),
        "promoters": Count("pk", filter=nps & Q(score__gte=9)),
        "detractors": Count("pk", filter=nps & Q(score__lte=6)),
        "csat": Avg("score", filter=Q(kind=SurveyKind.CSAT)),
        "last_on": Max("answered_on"),
    }


def totals(responses: QuerySet[SurveyResponse], *, today: date) -> Totals:
    return totals_of(responses.order_by().aggregate(**sums(today=today)))


def totals_of(row: dict[str, Any]) -> Totals:
    counted = row["nps_answers"]
    return Totals(
        asked=row["asked"],
        answered=row["answered"],
        open=row["open"],
        silent=row["silent"],
        nps=100 * (row["promoters"] - row["detractors"]) / counted if counted else None,
        csat=row["csat"],
        last_on=row["last_on"],
    )


def summed(responses: QuerySet[SurveyResponse], *keys: str, today: date) -> QuerySet[Any, dict[str, Any]]:
    """A row for each value of the keys, those asked most first."""
    return responses.order_by().values(*keys).annotate(**sums(today=today)).order_by("-asked", *keys)


def in_full(responses: QuerySet[SurveyResponse]) -> QuerySet[SurveyResponse]:
    """What a row shows, the newest first."""
    return responses.select_related("account", "contact", "touchpoint", "invitation__survey").order_by(
        "-asked_on", "-pk"
    )
