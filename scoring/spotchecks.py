"""Writes of spot checks: say whether a score fits, say it otherwise, take it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Account, AuditEntry, User
from scoring.models import AccountHealth, SpotCheck, Verdict

CHECKED, TAKEN_BACK = "score checked", "score check taken back"
KEPT = ("verdict", "measure", "reason", "as_of", "score", "band", "version_id")


class ScoredMeanwhile(Exception):
    """The account has another score than the one that was looked at."""


@dataclass(frozen=True)
class Said:
    verdict: str
    measure: str = ""
    reason: str = ""


def edition(health: AccountHealth) -> str:
    """Another one as soon as the score or the card is another."""
    return f"{health.as_of.isoformat()}={health.score}={health.version_id}"


@transaction.atomic
def check_score(*, account: Account, said: Said, seen: str, by: User, at: datetime) -> SpotCheck:
    """What `by` says of the newest score; said again in the same month it takes the place of the former.

    `seen` is the edition of the score that was looked at. Raises ScoredMeanwhile.
    """
    Account.objects.select_for_update().get(pk=account.pk)
    health = AccountHealth.objects.select_related("version").filter(account=account).first()
    if health is None or health.score is None:
        raise ValidationError("The account has no score.")
    if edition(health) != seen:
        raise ScoredMeanwhile
    refuse(said, health=health)
    month = timezone.localtime(at).date().replace(day=1)
    former = SpotCheck.objects.filter(author=by, account=account, month=month).first()
    before = {name: getattr(former, name) for name in KEPT} if former else None
    values = {
        "verdict": said.verdict, "measure": said.measure if said.verdict != Verdict.AGREE else "",
        "reason": said.reason.strip(), "as_of": health.as_of, "score": health.score, "band": health.band,
        "version_id": health.version_id, "recorded_at": at,
    }  # fmt: skip
    made, _ = SpotCheck.objects.update_or_create(author=by, account=account, month=month, defaults=values)
    told = {name: values[name] for name in ("verdict", "measure", "reason")}
    if before:
        before["as_of"] = before["as_of"].isoformat()
    audit.record(verb=CHECKED, subject=made, by=by, at=at, account=account.pk, before=before, **told)
    return made


@transaction.atomic
def take_back(*, check: SpotCheck, by: User, at: datetime) -> None:
    """Undo of what `by` said last: as before, or nothing at all."""
    now = SpotCheck.objects.select_for_update().get(pk=check.pk)
    if now.author_id != by.pk:
        raise ValidationError("Only who checked takes it back.", code="not_yours")
    entries = AuditEntry.objects.filter(subject="spotcheck", subject_id=str(now.pk), at=now.recorded_at, verb=CHECKED)
    entry = entries.order_by("-pk").first()
    if entry is None:
        raise ValidationError("It was taken back already.", code="undone")
    audit.record(verb=TAKEN_BACK, subject=now, by=by, at=at, account=now.account_id)
    before: dict[str, Any] | None = entry.detail["before"]
    if before is None:
        now.delete()
        return
    SpotCheck.objects.filter(pk=now.pk).update(**before, recorded_at=at)


def refuse(said: Said, *, health: AccountHealth) -> None:
    """What makes no sense, by field."""
    if said.verdict not in Verdict.values:
        raise ValidationError({"verdict": "Say whether the score fits."})
    if said.verdict == Verdict.AGREE:
        return
    if not said.reason.strip():
        raise ValidationError({"reason": "Say why it does not fit."})
    if said.measure and not health.version.items.filter(measure=said.measure).exists():
        raise ValidationError({"measure": "The scorecard does not weigh that measure."})
