"""What can be done to many accounts at once, and which of them must be left out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import Account, BulkKind, MitigationPlan

# The column of an account, and of its history, that each of these sets.
FIELDS: dict[str, str] = {BulkKind.OWNER: "owner_id", BulkKind.SEGMENT: "segment_id", BulkKind.PHASE: "phase"}


@dataclass(frozen=True)
class Sorted:
    """The accounts that are going to be changed, and why the others are not."""

    ready: tuple[Account, ...]
    skipped: tuple[tuple[Account, str], ...]


def sorted_for(
    kind: BulkKind, accounts: QuerySet[Account], *, value: Any = None, seen: datetime | None = None
) -> Sorted:
    """`value` is going to be set; `seen` is when the accounts were looked at: a later change is not overwritten."""
    found = list(accounts)
    planned = open_plans_of([account.pk for account in found]) if kind == BulkKind.PLAN else set()
    reasons = {account.pk: why_not(kind, account, value=value, seen=seen, planned=planned) for account in found}
    return Sorted(
        ready=tuple(account for account in found if not reasons[account.pk]),
        skipped=tuple((account, reasons[account.pk]) for account in found if reasons[account.pk]),
    )


def why_not(kind: BulkKind, account: Account, *, value: Any, seen: datetime | None, planned: set[int]) -> str:
    """Empty where nothing stands in the way."""
    if kind == BulkKind.PLAN and account.pk in planned:
        return "has an open plan"
    if kind in FIELDS and value is not None and getattr(account, FIELDS[kind]) == value:
        return "has it already"
    if kind in FIELDS and seen is not None and account.changed_at and account.changed_at > seen:
        return "was changed by somebody else meanwhile"
    return ""


def open_plans_of(account_ids: Collection[int]) -> set[int]:
    plans = MitigationPlan.objects.filter(account_id__among=account_ids, closed_at=None)
    return set(plans.values_list("account_id", flat=True))
