"""How old what we know of an account is: the day of the newest fact of each kind."""

from datetime import date
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate

from accounts.models import (
    Account,
    AccountDay,
    Invoice,
    ManualReading,
    Milestone,
    Outcome,
    Rapport,
    SurveyResponse,
    Ticket,
    Touchpoint,
    TouchpointState,
)  # fmt: skip


def newest_facts(account: Account, *, until: date) -> dict[str, date]:
    """By the word that measures use for where their facts come from; kinds without any fact are left out. One query."""
    of_account = {"account": OuterRef("pk")}
    days: dict[str, Any] = {
        "usage": newest(AccountDay.objects.filter(**of_account), "day", until),
        "touchpoints": newest(Touchpoint.objects.filter(**of_account, state=TouchpointState.HELD), "day", until),
        "surveys": newest(SurveyResponse.objects.filter(**of_account), "answered_on", until),
        "contacts": newest(Rapport.objects.filter(contact__account=OuterRef("pk")), "rated_on", until),
        "invoices": newest(Invoice.objects.filter(**of_account), "issued_on", until),
        "milestones": newest(Milestone.objects.filter(**of_account), "reached_on", until),
        "outcomes": newest(Outcome.objects.filter(**of_account), "met_on", until),
        "tickets": newest(
            Ticket.objects.filter(**of_account).annotate(opened_on=TruncDate("opened_at")), "opened_on", until
        ),
    }  # fmt: skip
    found = Account.objects.filter(pk=account.pk).values_list(*days.values()).get()
    return {kind: day for kind, day in zip(days, found, strict=True) if day is not None}


def newest(rows: QuerySet[Any], day: str, until: date) -> Subquery:
    """The last of the days, as a part of a query about accounts."""
    return Subquery(rows.filter(**{f"{day}__lte": until}).order_by(f"-{day}").values(day)[:1])


def newest_readings(account: Account, *, until: date) -> dict[str, date]:
    """The day of the newest reading of each name. One query."""
    rows = ManualReading.objects.filter(account=account, read_on__lte=until).order_by().values("measure")
    return dict(rows.annotate(newest=Max("read_on")).values_list("measure", "newest"))
