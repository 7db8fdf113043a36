"""An account left: entered with its reason, said better later, and each of it taken back by who did it last.

What it makes of the account's history is derived as from a file (accounts/operations/history.py): an account with an
open contract has not left, so that a contract ends on that day where whoever enters it says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import audit, touches
from accounts.amendments import restored
from accounts.ingest.undo_accounts import undo_history
from accounts.models import Account, Amendment, AuditEntry, ChurnEvent, Contract, Organization, Source, Status, User
from accounts.models.organization import check_reasons
from accounts.operations import history
from accounts.operations.entered import amend, done_by
from accounts.operations.readings import ENTERED_HERE

RECORDED, REWORDED, TAKEN_BACK = "churn recorded", "churn reworded", "churn taken back"
SHORTEST_NOTE, LARGEST_ARR = 3, Decimal(10) ** 12
SAID = ("reason_code", "note", "competitor", "lost_arr")


@dataclass(frozen=True)
class ChurnChanged(Exception):
    """Somebody else changed it after it was looked at."""

    event: ChurnEvent


@dataclass(frozen=True)
class Leaving:
    """What is said of it. `lost_arr` is in the reporting currency; None is what the account paid the day before."""

    reason_code: str
    note: str
    competitor: str = ""
    lost_arr: Decimal | None = None

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "reason_code": self.reason_code, "note": self.note.strip(), "competitor": self.competitor.strip(),
            "lost_arr": self.lost_arr,
        }  # fmt: skip


def open_contracts(account: Account, *, day: date) -> QuerySet[Contract]:
    """Those with which the account is no former one on that day."""
    running = Contract.objects.filter(Q(ends_on=None) | Q(ends_on__gt=day), account=account, starts_on__lte=day)
    return running.order_by("starts_on", "pk")


@transaction.atomic
def record_churn(
    *,
    account: Account,
    churned_on: date,
    said: Leaving,
    ends_contracts: bool,
    key: str,
    by: User,
    at: datetime,
) -> ChurnEvent:
    """The account left on that day. The same key again is the same event."""
    source, _ = Source.objects.get_or_create(name=ENTERED_HERE)
    # The lock lets a form that is sent twice meet itself here.
    now = Account.objects.select_for_update().get(pk=account.pk)
    known = ChurnEvent.objects.filter(source=source, external_id=key).first()
    if known is not None:
        return known
    check(said)
    check_day(now, churned_on=churned_on, today=timezone.localtime(at).date())
    ended = end_contracts(now, day=churned_on, ends_contracts=ends_contracts, at=at)
    made = ChurnEvent.objects.create(
        source=source, external_id=key, account=now, churned_on=churned_on, recorded_at=at, **said.columns
    )
    history.derive_from_contracts(account_ids=[now.pk], at=at)
    touches.touch([now.pk], at=at)
    audit.record(
        verb=RECORDED, subject=made, by=by, at=at, account=now.pk, churned_on=churned_on.isoformat(),
        reason=said.reason_code, contracts_ended=ended,
    )  # fmt: skip
    return made


def end_contracts(account: Account, *, day: date, ends_contracts: bool, at: datetime) -> list[int]:
    """Their keys. Refuses where some are open and are not to end."""
    running = list(open_contracts(account, day=day))
    if running and not ends_contracts:
        raise ValidationError({"ends_contracts": "A contract is open on that day: say that it ends, or choose later."})
    for contract in running:
        amend(contract, {"ends_on": day}, at=at)
    return [contract.pk for contract in running]


@transaction.atomic
def reword_churn(*, event: ChurnEvent, said: Leaving, seen: datetime, by: User, at: datetime) -> ChurnEvent:
    """Another reason or other words; the day stays. Raises ChurnChanged."""
    check(said, was=event.reason_code)
    now = as_seen(event, seen=seen)
    before = {name: getattr(now, name) for name in SAID}
    if before == said.columns:
        return now
    amend(now, said.columns, at=at)
    audit.record(
        verb=REWORDED, subject=now, by=by, at=at, account=now.account_id, was=told(before), now=told(said.columns)
    )
    return now


@transaction.atomic
def take_back(*, event: ChurnEvent, seen: datetime, by: User, at: datetime) -> None:
    """Undo of what `by` did last: other words are as before; a recorded churn never was. Raises ChurnChanged."""
    Account.objects.select_for_update().get(pk=event.account_id)
    now = as_seen(event, seen=seen)
    entry = done_by(now, by=by, verbs=(RECORDED, REWORDED))
    audit.record(verb=TAKEN_BACK, subject=now, by=by, at=at, account=now.account_id, of=entry.verb)
    if entry.verb == REWORDED:
        former = Amendment.objects.get(table="accounts.churnevent", fact_id=now.pk, amended_at=entry.at)
        words = {name: restored(ChurnEvent, name, former.content[name]) for name in SAID}
        amend(now, words, at=at)
        return
    unrecord(now, entry, at=at)


def unrecord(event: ChurnEvent, entry: AuditEntry, *, at: datetime) -> None:
    """The account's history and contracts as they were. Refused where something came since that builds upon it."""
    account_id = event.account_id
    event.delete()
    if undo_history(moment=entry.at, ids=[account_id], at=at):
        raise ValidationError("What the account is has changed since: it cannot be undone any more.", code="later")
    ended = Contract.objects.filter(pk__in=entry.detail.get("contracts_ended", []), recorded_at=entry.at)
    for contract in ended:
        former = Amendment.objects.get(table="accounts.contract", fact_id=contract.pk, amended_at=entry.at)
        amend(contract, {"ends_on": restored(Contract, "ends_on", former.content["ends_on"])}, at=at)
    touches.touch([account_id], at=at)


def as_seen(event: ChurnEvent, *, seen: datetime) -> ChurnEvent:
    """The event, held until the transaction ends. Raises ChurnChanged."""
    now = ChurnEvent.objects.select_for_update().get(pk=event.pk)
    if now.recorded_at != seen:
        raise ChurnChanged(now)
    return now


def check(said: Leaving, *, was: str = "") -> None:
    """Refuses what makes no sense, by field. A reason that is no longer offered stays where it stands."""
    offered = {code for code, _ in reasons()} | ({was} if was else set())
    problems = {
        "reason_code": said.reason_code not in offered and "Choose why they left.",
        "note": len(said.note.strip()) < SHORTEST_NOTE and "Say in a few words what happened.",
        "lost_arr": said.lost_arr is not None
        and not 0 <= said.lost_arr < LARGEST_ARR
        and "An amount from 0 to 999,999,999,999.",
    }
    refuse(problems)


def check_day(account: Account, *, churned_on: date, today: date) -> None:
    refuse(
        {
            "churned_on": (churned_on > today and "A day ahead has not happened yet. Enter the notice as a flag.")
            or (churned_on <= account.started_on and "The account had not started before that day.")
            or (account.status == Status.CHURNED and "This account has left already.")
        }
    )


def refuse(problems: Mapping[str, str | bool]) -> None:
    found = {field: sentence for field, sentence in problems.items() if sentence}
    if found:
        raise ValidationError(found)


def reasons() -> list[list[str]]:
    """Why accounts leave, as offered: code and words, in order."""
    found: list[list[str]] = (Organization.objects.first() or Organization(name="")).churn_reasons
    return found


def words_of_reasons() -> dict[str, str]:
    """The words of each code that is offered, in order."""
    return {row[0]: row[1] for row in reasons()}


def told(columns: dict[str, Any]) -> dict[str, Any]:
    """As JSON, for the audit."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in columns.items()}


class ReasonsChanged(Exception):
    """Somebody else changed the list after it was looked at."""


@transaction.atomic
def set_reasons(*, stated: list[list[str]], seen: list[list[str]], by: User, at: datetime) -> None:
    """The reasons that are offered from now on. What was entered keeps its own. Raises ReasonsChanged."""
    check_reasons(stated)
    found = Organization.objects.select_for_update().filter(pk=1).first()
    if found is None:
        raise ValidationError("Set up the organization first.")
    if found.churn_reasons != seen:
        raise ReasonsChanged
    before, found.churn_reasons = found.churn_reasons, stated
    if stated != before:
        found.save(update_fields=["churn_reasons"])
        audit.record(verb="churn reasons set", subject=found, by=by, at=at, was=before, now=stated)
