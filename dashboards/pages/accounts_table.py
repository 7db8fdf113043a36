"""The accounts table as one class: its columns, how each sorts, and its cells in a file."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet

from accounts.models import Account
from dashboards.pages.accounts_rows import health_of, month_change, points, weekly_scores
from scoring.models import UNDEFINED
from scoring.queries.history import Line
from scoring.queries.listing import ebr_due_on, in_order
from scoring.queries.words import Words


class SortedColumn(tables.Column):
    """A column in which an account without a value comes last, up and down; ties by name."""

    def __init__(self, header: str, *, by: str, accessor: str = "pk", kind: str = "") -> None:
        super().__init__(header, accessor=accessor, attrs={"th": {"class": kind}})
        self.by = by

    def order(self, queryset: QuerySet[Account], is_descending: bool) -> tuple[QuerySet[Account], bool]:
        return in_order(queryset, column=self.by, is_descending=is_descending), True


class AccountsTable(tables.Table):
    """Columns in the order in which they are shown; those that are not visible stand in the file only."""

    account = SortedColumn("Account", by="account", accessor="name")
    domain = tables.Column("Domain", visible=False)
    score = SortedColumn("Score", by="score")
    band = tables.Column("Band", accessor="pk", visible=False)
    change = SortedColumn("1 month", by="change")
    trend = SortedColumn("6 months", by="trend")
    arr = SortedColumn("ARR", by="arr", accessor="health__arr_reporting", kind="num")
    users = SortedColumn("Users", by="users", accessor="health__active_users", kind="num")
    renewal = SortedColumn("Renewal", by="renewal", accessor="renewal_date")
    phase = SortedColumn("Phase", by="phase")
    segment = SortedColumn("Segment", by="segment", accessor="segment__name")
    ebr = SortedColumn("EBR", by="ebr", accessor="health__last_ebr_on")
    ebr_due = tables.Column("EBR due", accessor="pk", visible=False)
    plan = SortedColumn("Plan", by="plan")
    nps = SortedColumn("NPS", by="nps", accessor="health__nps", kind="num")
    touch = SortedColumn("Touch", by="touch", kind="num")
    flags = tables.Column("Flags", accessor="pk", visible=False)
    owner = SortedColumn("Owner", by="owner", accessor="owner__name")

    def __init__(
        self,
        accounts: QuerySet[Account],
        *,
        words: Words,
        today: date,
        plans: Mapping[int, tuple[str, ...]] | None = None,
        lines: Mapping[int, Line] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(accounts, **more)
        self.words, self.today, self.plans, self.scores = words, today, plans or {}, lines or {}

    def lines(self) -> Iterator[list[Any]]:
        """The head and every row as values. Asking the library cell by cell would take twenty times as long."""
        columns = list(self.columns.iterall())
        yield [column.header for column in columns]
        for account in self.data:
            values = self.values(account)
            yield [values[column.name] for column in columns]

    def values(self, account: Account) -> dict[str, Any]:
        """What a file says in each column."""
        health, steps = health_of(account), self.plans.get(account.pk)
        touched = health.last_touchpoint_on if health else None
        return {
            "account": account.name,
            "domain": account.domain,
            "score": points(health.score) if health else None,
            "band": self.words.band(health.band if health else UNDEFINED),
            "change": month_change(health, places=2),  # the file has scores with two decimals
            "trend": " ".join(scores_in_words(self.scores.get(account.pk, ()))),
            "arr": health.arr_reporting if health else None,
            "users": health.active_users if health else None,
            "renewal": account.renewal_date,
            "phase": account.get_phase_display(),
            "segment": account.segment.name if account.segment else None,
            "ebr": health.last_ebr_on if health else None,
            "ebr_due": ebr_due_on(account, health=health),
            "plan": None if steps is None else f"{steps.count('done')} of {len(steps)}",
            "nps": health.nps if health else None,
            "touch": (self.today - touched).days if touched else None,
            "flags": ", ".join(self.words.flag(key) for key in health.flags) if health else None,
            "owner": account.owner.name if account.owner else None,
        }


def scores_in_words(line: Sequence[tuple[int, int | None]]) -> Iterator[str]:
    """The points of the line, oldest first."""
    return (str(int(score + 0.5)) for score in weekly_scores(line) if score is not None)
