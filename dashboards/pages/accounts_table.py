"""The accounts table as one class: its columns, how each sorts, and its cells in a file."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet

from accounts.models import Account
from dashboards import formats
from dashboards.pages.accounts_rows import ebr_due_on, health_of, month_change, points, weekly_scores
from scoring.models import UNDEFINED
from scoring.queries.listing import in_order
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
        **more: Any,
    ) -> None:
        super().__init__(accounts, **more)
        self.words, self.today, self.plans = words, today, plans or {}

    def value_score(self, record: Account) -> Any:
        health = health_of(record)
        return points(health.score) if health else None

    def value_band(self, record: Account) -> str:
        health = health_of(record)
        return self.words.band(health.band if health else UNDEFINED)

    def value_change(self, record: Account) -> Any:
        return month_change(health_of(record))

    def value_trend(self, record: Account) -> str:
        """The points of the line, oldest first."""
        health = health_of(record)
        known = [score for score in weekly_scores(health.sparkline) if score is not None] if health else []
        return " ".join(str(formats.rounded(score)) for score in known)

    def value_phase(self, record: Account) -> str:
        return record.get_phase_display()

    def value_ebr_due(self, record: Account) -> date:
        return ebr_due_on(record, health=health_of(record))

    def value_plan(self, record: Account) -> str:
        steps = self.plans.get(record.pk)
        return "" if steps is None else f"{steps.count('done')} of {len(steps)}"

    def value_touch(self, record: Account) -> int | None:
        health = health_of(record)
        touched = health.last_touchpoint_on if health else None
        return (self.today - touched).days if touched else None

    def value_flags(self, record: Account) -> str:
        health = health_of(record)
        return ", ".join(self.words.flag(key) for key in health.flags) if health else ""
