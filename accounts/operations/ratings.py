"""What people judge: pulses and overrides. How far one may go stands in the scorecard; here is what always holds."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit, touches
from accounts.amendments import keep_former
from accounts.models import Account, Override, Pulse, PulseCategory, User
from accounts.queries.judgments import Acting, acting_on

HIGHEST_SCORE = 10_000


class JudgedMeanwhile(Exception):
    """Somebody else changed what acts on the account after it was looked at."""

    def __init__(self, *, acting: Acting) -> None:
        super().__init__("judged meanwhile")
        self.acting = acting


def hold_judgments(*, account: Account, seen: str, today: date) -> Acting:
    """What acts now; until the transaction ends nobody else judges the account. Raises JudgedMeanwhile."""
    Account.objects.select_for_update().get(pk=account.pk)
    acting = acting_on(account, today=today)
    if acting.edition != seen:
        raise JudgedMeanwhile(acting=acting)
    return acting


@transaction.atomic
def end_early(*, judged: Pulse | Override, by: User, at: datetime) -> None:
    """It no longer acts from today on. What began today, or would begin later, goes; the audit record keeps it."""
    model, today = type(judged), timezone.localtime(at).date()
    now = model._default_manager.select_for_update().get(pk=judged.pk)  # type: ignore[attr-defined]
    if now.ends_on < today:
        raise ValidationError("It has ended already.", code="has_ended")
    touches.touch([now.account_id], at=at)
    audit.record(
        verb=f"{model._meta.model_name} ended", subject=now, by=by, at=at, account=now.account_id,
        started=now.starts_on.isoformat(), would_have_ended=now.ends_on.isoformat(),
    )  # fmt: skip
    if now.starts_on >= today:
        now.delete()
        return
    former: list[Any] = list(model._default_manager.filter(pk=now.pk).values())
    keep_former(model=model, rows=former, at=at)
    now.ends_on, now.recorded_at = today - timedelta(days=1), at
    now.save(update_fields=["ends_on", "recorded_at"])


@transaction.atomic
def take_back(*, judged: Pulse | Override, by: User, at: datetime) -> None:
    """Undo of what `by` has just made: as if it had never been."""
    if judged.author_id != by.pk:
        raise ValidationError("Only who made it takes it back.", code="not_yours")
    touches.touch([judged.account_id], at=at)
    audit.record(verb=f"{judged._meta.model_name} taken back", subject=judged, by=by, at=at, account=judged.account_id)
    judged.delete()


@transaction.atomic
def add_pulse(
    *,
    account: Account,
    percent: Decimal,
    category: PulseCategory,
    reason: str,
    starts_on: date,
    ends_on: date,
    by: User,
    at: datetime,
    may_raise: bool = False,
    approved_by: User | None = None,
) -> Pulse:
    """A reasoned change of the score. `may_raise`: whether the account's scorecard lets a pulse raise it."""
    check_percent(percent, may_raise=may_raise)
    pulse = Pulse.objects.create(
        account=account,
        percent=percent,
        author=by,
        recorded_at=at,
        **checked(category=category, reason=reason, starts_on=starts_on, ends_on=ends_on),
    )
    touches.touch([account.pk], at=at)
    audit.record(
        verb="pulse added", subject=pulse, by=approved_by or by, at=at, account=account.pk, percent=str(percent),
        reason=pulse.reason,
    )  # fmt: skip
    return pulse


@transaction.atomic
def set_override(
    *,
    account: Account,
    score_hundredths: int,
    category: PulseCategory,
    reason: str,
    starts_on: date,
    ends_on: date,
    by: User,
    at: datetime,
    approved_by: User | None = None,
) -> Override:
    """A reasoned replacement of the whole score until its end; the computed score is kept beside it."""
    check_score(score_hundredths)
    override = Override.objects.create(
        account=account,
        score_hundredths=score_hundredths,
        author=by,
        recorded_at=at,
        **checked(category=category, reason=reason, starts_on=starts_on, ends_on=ends_on),
    )
    touches.touch([account.pk], at=at)
    audit.record(
        verb="override set", subject=override, by=approved_by or by, at=at, account=account.pk,
        score=score_hundredths, reason=reason,
    )  # fmt: skip
    return override


def check_percent(percent: Decimal, *, may_raise: bool) -> None:
    if percent == 0 or abs(percent) > 100:
        raise ValidationError({"percent": "A pulse changes the score by 1 to 100 percent."})
    if percent > 0 and not may_raise:
        raise ValidationError({"percent": "A pulse cannot raise a score."})


def check_score(score_hundredths: int) -> None:
    if not 0 <= score_hundredths <= HIGHEST_SCORE:
        raise ValidationError({"score_hundredths": "A score is 0 to 100."})


def checked(*, category: PulseCategory, reason: str, starts_on: date, ends_on: date) -> dict[str, object]:
    """What a pulse and an override have in common, refused where it makes no sense."""
    if category not in PulseCategory.values:
        raise ValidationError({"category": f"The kinds are {', '.join(PulseCategory.values)}; not {category!r}."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why."})
    if ends_on < starts_on:
        raise ValidationError({"ends_on": "The end cannot be before the start."})
    return {"category": category, "reason": reason.strip(), "starts_on": starts_on, "ends_on": ends_on}
