"""One thing done to many accounts: another owner, segment or phase, a plan, a touchpoint. All or nothing, with undo.

What stands in an account's history changes from today on; a row that is dated ahead and said the same changes too.
"""

from collections.abc import Callable, Collection, Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit, touches
from accounts.models import (
    Account,
    BulkChange,
    BulkKind,
    MitigationPlan,
    Playbook,
    Touchpoint,
    TouchpointState,
    User,
)
from accounts.operations.history import in_force, load, row_at, settle, store
from accounts.operations.plan_opening import PlanDraft, open_plans
from accounts.operations.plan_undo import is_untouched
from accounts.operations.playbook_start import check_in_use
from accounts.operations.touchpoints import ChangedMeanwhile, Meeting, log_touchpoint, take_back
from accounts.queries.bulk_changes import FIELDS
from accounts.queries.playbooks import drafts_of

MOST_AT_ONCE = 5_000
# A plan and a touchpoint are several rows each.
MOST_MADE = 500
Changes = list[tuple[int, Any]]


@dataclass(frozen=True)
class Undone:
    """`kept` are those that were changed by somebody since: they stay as they are."""

    restored: tuple[int, ...]
    kept: tuple[int, ...]


@transaction.atomic
def set_for_many(*, kind: BulkKind, value: Any, account_ids: Collection[int], by: User, at: datetime) -> BulkChange:
    """Another owner, segment (an id) or phase for these accounts; those that have it already are left out."""
    check_size(account_ids, most=MOST_AT_ONCE)
    change = BulkChange.objects.create(kind=kind, by=by, at=at, value=value)
    change.changes = rewrite(
        kind, dict.fromkeys(account_ids, value), verb=f"{kind} changed", change=change, by=by, at=at
    )
    change.save(update_fields=["changes"])
    return change


@transaction.atomic
def start_plans(
    *,
    reason: str,
    account_ids: Collection[int],
    scores: dict[int, int | None],
    by: User,
    at: datetime,
    playbook: Playbook | None = None,
) -> BulkChange:
    """A plan for each, as the playbook says where one is given. Refused if one has an open plan.

    `scores` are those at the opening, in hundredths.
    """
    check_size(account_ids, most=MOST_MADE)
    accounts = list(Account.objects.filter(pk__among=account_ids).select_related("owner").order_by("pk"))
    if playbook is None:
        drafts = [
            PlanDraft(account, by.pk, reason, score_at_opening_hundredths=scores.get(account.pk))
            for account in accounts
        ]
    else:
        check_in_use(playbook)
        today = timezone.localtime(at).date()
        drafts = drafts_of(playbook, accounts, starter=by, today=today, scores=scores, reason=reason)
    value = {"reason": reason} | ({"playbook": playbook.pk} if playbook else {})
    plans = open_plans(drafts=drafts, by=by, at=at)
    return BulkChange.objects.create(
        kind=BulkKind.PLAN, by=by, at=at, value=value, changes=[[plan.account_id, plan.pk] for plan in plans]
    )


@transaction.atomic
def log_for_many(
    *, kind: str, day: date, note: str, account_ids: Collection[int], by: User, at: datetime
) -> BulkChange:
    """A touchpoint that was held with each of them, such as a mail or a webinar."""
    meeting = Meeting(kind=kind, state=TouchpointState.HELD, day=day, note=note, host_id=by.pk)  # type: ignore[arg-type]
    return make_for_many(
        BulkKind.TOUCHPOINT,
        account_ids,
        value={"kind": kind, "day": day.isoformat()},
        make=lambda account, change: (
            log_touchpoint(account=account, meeting=meeting, key=f"bulk/{change.pk}/{account.pk}", by=by, at=at).pk
        ),
        by=by,
        at=at,
    )


def make_for_many(
    kind: BulkKind,
    account_ids: Collection[int],
    *,
    value: dict[str, Any],
    make: Callable[[Account, BulkChange], int],
    by: User,
    at: datetime,
) -> BulkChange:
    check_size(account_ids, most=MOST_MADE)
    change = BulkChange.objects.create(kind=kind, by=by, at=at, value=value)
    accounts = Account.objects.filter(pk__among=account_ids).order_by("pk")
    change.changes = [(account.pk, make(account, change)) for account in accounts]
    change.save(update_fields=["changes"])
    return change


@transaction.atomic
def undo_for_many(*, change: BulkChange, by: User, at: datetime) -> Undone:
    """Takes back what nobody has changed since. Raises ValidationError for another's, or one that is taken back."""
    change = BulkChange.objects.select_for_update().get(pk=change.pk)
    if change.by_id != by.pk or change.undone_at is not None:
        raise ValidationError("Only what you did last can be undone, and once.")
    pairs: Changes = [(pk, before) for pk, before in change.changes]
    if change.kind in FIELDS:
        restored = put_values_back(change, dict(pairs), by=by, at=at)
    else:
        take = {BulkKind.PLAN: take_plan_back, BulkKind.TOUCHPOINT: take_touchpoint_back}[BulkKind(change.kind)]
        restored = [pk for pk, made in pairs if take(made, by=by, at=at)]
    change.undone_at = at
    change.save(update_fields=["undone_at"])
    return Undone(tuple(restored), kept=tuple(pk for pk, _ in pairs if pk not in set(restored)))


def put_values_back(change: BulkChange, before: dict[int, Any], *, by: User, at: datetime) -> list[int]:
    column = FIELDS[change.kind]
    now = Account.objects.select_for_update().filter(pk__among=list(before)).order_by("pk").values_list("pk", column)
    untouched = {pk: before[pk] for pk, value in now if value == change.value}
    kind = BulkKind(change.kind)
    return [pk for pk, _ in rewrite(kind, untouched, verb=f"{kind} put back", change=change, by=by, at=at)]


def take_plan_back(plan_id: int, *, by: User, at: datetime) -> bool:
    """A plan as it was opened goes; one that somebody worked on stays."""
    plan = MitigationPlan.objects.select_for_update().filter(pk=plan_id, closed_at=None).first()
    if plan is None or not is_untouched(plan):
        return False
    told = {"account": plan.account_id, "reason": plan.reason}
    audit.record_many("plan opening undone", "mitigationplan", [(plan.pk, told)], by=by, at=at)
    plan.delete()
    return True


def take_touchpoint_back(touchpoint_id: int, *, by: User, at: datetime) -> bool:
    touchpoint = Touchpoint.objects.filter(pk=touchpoint_id).first()
    if touchpoint is None:
        return False
    try:
        with transaction.atomic():
            take_back(touchpoint=touchpoint, seen=touchpoint.recorded_at, by=by, at=at)
    except (ChangedMeanwhile, ValidationError):
        return False
    return True


def rewrite(
    kind: BulkKind, wanted: dict[int, Any], *, verb: str, change: BulkChange, by: User, at: datetime
) -> Changes:
    """The history of these accounts says something else from today on; returns what it said, of those that differ."""
    column, today = FIELDS[kind], timezone.localtime(at).date()
    # In the order of ids, so that two who change the same accounts never wait for each other.
    held = list(
        Account.objects.select_for_update().filter(pk__among=list(wanted)).order_by("pk").values_list("pk", flat=True)
    )
    before = load(held)
    after, changes = deepcopy(before), []
    for pk in held:
        rows = after.get(pk, {})
        former = in_force(rows, today)[column] if rows else wanted[pk]
        if former == wanted[pk]:
            continue
        row_at(rows, today)
        for start, values in rows.items():
            if start >= today and values[column] == former:
                values[column] = wanted[pk]
        changes.append((pk, former))
    moved = {pk for pk, _ in changes}
    store(before=before, after={pk: after[pk] for pk in moved}, at=at)
    settle(histories={pk: after[pk] for pk in moved}, at=at)
    touches.touch(sorted(moved), at=at)
    told: Iterable[tuple[int, dict[str, Any]]] = (
        (pk, {"before": former, "now": wanted[pk], "change": change.pk}) for pk, former in changes
    )
    audit.record_many(verb, "account", told, by=by, at=at)
    return changes


def check_size(account_ids: Collection[int], *, most: int) -> None:
    if not account_ids:
        raise ValidationError("There is no account left to change.")
    if len(account_ids) > most:
        raise ValidationError(f"At most {most:,} accounts at once: choose fewer.")
