"""What people say of a renewal to come: said, taken away, and put back as it was."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_date

from accounts import audit
from accounts.models import Account, AuditEntry, RenewalOutlook, User

SAID, TAKEN_AWAY, PUT_BACK = "renewal outlook said", "renewal outlook taken away", "renewal outlook put back"
LONGEST_REASON = 1_000


class SaidMeanwhile(Exception):
    """Somebody else spoke of this renewal after it was looked at; `outlook` is None where it was taken away."""

    def __init__(self, outlook: RenewalOutlook | None) -> None:
        super().__init__("said meanwhile")
        self.outlook = outlook


@dataclass(frozen=True)
class Words:
    """What is said, as the audit record keeps it; a percent of None is nothing."""

    percent: int | None
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {"percent": self.percent, "reason": self.reason}


def outlook_of(account: Account) -> RenewalOutlook | None:
    """What is said of the account's next renewal; what was said of another date does not hold for it."""
    if account.renewal_date is None:
        return None
    found = RenewalOutlook.objects.filter(account=account, renewal_date=account.renewal_date)
    return found.select_related("author").first()


def edition_of(outlook: RenewalOutlook | None) -> str:
    """A word that becomes another with every change."""
    return outlook.said_at.isoformat() if outlook else ""


@transaction.atomic
def say(*, account: Account, words: Words, seen: str, by: User, at: datetime) -> RenewalOutlook | None:
    """Says how likely the account's next renewal is; a percent of None takes away what was said.

    Raises ValidationError, and SaidMeanwhile where it is not any more what was `seen`.
    """
    Account.objects.select_for_update().get(pk=account.pk)
    if account.renewal_date is None:
        raise ValidationError("The account has no renewal date.")
    before = outlook_of(account)
    if edition_of(before) != seen:
        raise SaidMeanwhile(before)
    check(words)
    now = write(account, account.renewal_date, words, by=by, at=at)
    record(SAID if now else TAKEN_AWAY, account, account.renewal_date, words_of(before), words, by=by, at=at)
    return now


def check(words: Words) -> None:
    if words.percent is None:
        return
    if not 0 <= words.percent <= 100:
        raise ValidationError("Give a chance from 0 to 100.")
    if not words.reason.strip():
        raise ValidationError("Say why: others rely on it.")
    if len(words.reason) > LONGEST_REASON:
        raise ValidationError(f"A reason has at most {LONGEST_REASON:,} characters.")


def words_of(outlook: RenewalOutlook | None) -> Words:
    return Words(outlook.percent, outlook.reason) if outlook else Words(None, "")


def write(account: Account, day: date, words: Words, *, by: User, at: datetime) -> RenewalOutlook | None:
    if words.percent is None:
        RenewalOutlook.objects.filter(account=account, renewal_date=day).delete()
        return None
    found, _ = RenewalOutlook.objects.update_or_create(
        account=account,
        renewal_date=day,
        defaults={"percent": words.percent, "reason": words.reason.strip(), "author": by, "said_at": at},
    )
    return found


def record(verb: str, account: Account, day: date, before: Words, now: Words, *, by: User, at: datetime) -> AuditEntry:
    return audit.record(
        verb=verb, subject=account, by=by, at=at, account=account.pk, renewal_date=day.isoformat(),
        before=before.as_json(), now=now.as_json(),
    )  # fmt: skip


@transaction.atomic
def take_back(*, entry: AuditEntry, account: Account, by: User, at: datetime) -> str:
    """Undo of one's own last deed about the renewal; says what is as it was. Raises ValidationError."""
    if entry.verb not in (SAID, TAKEN_AWAY) or entry.by_id != by.pk:
        raise ValidationError("Only what you said yourself can be taken back.")
    Account.objects.select_for_update().get(pk=account.pk)
    later = AuditEntry.objects.filter(subject="account", subject_id=str(account.pk), pk__gt=entry.pk)
    if later.filter(verb__in=[SAID, TAKEN_AWAY, PUT_BACK], detail__renewal_date=entry.detail["renewal_date"]).exists():
        raise ValidationError("Somebody has changed it since.")
    day = parse_date(entry.detail["renewal_date"])
    if day is None:
        raise ValidationError("The entry names no date.")
    before, now = (Words(**entry.detail[name]) for name in ("before", "now"))
    write(account, day, before, by=by, at=at)
    record(PUT_BACK, account, day, now, before, by=by, at=at)
    return f"The outlook of {account.name} is as it was."
