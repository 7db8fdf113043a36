"""Facts as whoever brought them wrote them: where each column of a record is read from in its row."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from accounts.access import visible_accounts
from accounts.models import (
    BusinessEvent,
    ChurnEvent,
    Contact,
    Contract,
    Entitlement,
    Fact,
    Invoice,
    ManualReading,
    Milestone,
    Outcome,
    Rapport,
    SurveyResponse,
    Ticket,
    Touchpoint,
    UsageRow,
    User,
)

ACCOUNT = {"account": "account__external_id"}


@dataclass(frozen=True, kw_only=True)
class Stored:
    """The table of a kind of fact, and the columns that it does not keep under the record's name."""

    model: type[Fact]
    columns: dict[str, str] = field(default_factory=lambda: ACCOUNT)
    # Columns that hold several values, each in a table of its own.
    lists: dict[str, str] = field(default_factory=dict)
    account: str = "account"


STORED: dict[str, Stored] = {
    "contacts": Stored(model=Contact),
    "contracts": Stored(model=Contract),
    "usage": Stored(model=UsageRow, columns={**ACCOUNT, "contract": "contract_key", "feature": "feature__name"}),
    "tickets": Stored(model=Ticket),
    "touchpoints": Stored(
        model=Touchpoint,
        columns={**ACCOUNT, "host_email": "host__email"},
        lists={"contacts": "contacts__external_id", "colleague_emails": "colleagues__email"},
    ),
    "surveys": Stored(
        model=SurveyResponse,
        columns={**ACCOUNT, "contact": "contact__external_id", "touchpoint": "touchpoint__external_id"},
    ),
    "invoices": Stored(model=Invoice),
    "churn": Stored(model=ChurnEvent),
    "readings": Stored(model=ManualReading),
    "business_events": Stored(model=BusinessEvent),
    "milestones": Stored(model=Milestone),
    "outcomes": Stored(model=Outcome),
    "entitlements": Stored(model=Entitlement, columns={**ACCOUNT, "feature": "feature__name"}),
    "rapports": Stored(model=Rapport, columns={"contact": "contact__external_id"}, account="contact__account"),
}


def visible_facts(user: User, *, kind: str) -> QuerySet[Any]:
    """The facts of a kind about accounts that the user sees."""
    stored = STORED[kind]
    rows: QuerySet[Any] = stored.model._default_manager.filter(**{f"{stored.account}__in": visible_accounts(user)})
    return rows


def add_lists(rows: Sequence[dict[str, Any]], *, kind: str) -> None:
    """To rows with a `pk`: what a column of several values holds, in order. One query a column, whatever the rows."""
    stored = STORED[kind]
    for name, path in stored.lists.items():
        found = defaultdict[int, list[str]](list)
        pairs = stored.model._default_manager.filter(pk__in=[row["pk"] for row in rows], **{f"{path}__isnull": False})
        for pk, value in pairs.order_by(path).values_list("pk", path):
            found[pk].append(value)
        for row in rows:
            row[name] = found[row["pk"]]


def stored_ids(*, kind: str, source_id: int, external_ids: Sequence[str]) -> dict[str, int]:
    """Our keys of facts by those of their source."""
    rows = STORED[kind].model._default_manager.filter(source_id=source_id, external_id__among=list(external_ids))
    return dict(rows.values_list("external_id", "pk"))
