"""What people judge: pulses and overrides. How far one may go stands in the scorecard; here is what always holds."""

from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit, touches
from accounts.models import Account, Override, Pulse, PulseCategory, User

HIGHEST_SCORE = 10_000


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
) -> Pulse:
    """A reasoned change of the score. `may_raise`: whether the account's scorecard lets a pulse raise it."""
    if percent == 0 or abs(percent) > 100:
        raise ValidationError({"percent": "A pulse changes the score by 1 to 100 percent."})
    if percent > 0 and not may_raise:
        raise ValidationError({"percent": "A pulse cannot raise a score."})
    pulse = Pulse.objects.create(
        account=account,
        percent=percent,
        author=by,
        recorded_at=at,
        **checked(category=category, reason=reason, starts_on=starts_on, ends_on=ends_on),
    )
    touches.touch([account.pk], at=at)
    audit.record(
        verb="pulse added", subject=pulse, by=by, at=at, account=account.pk, percent=str(percent), reason=pulse.reason
    )
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
) -> Override:
    """A reasoned replacement of the whole score until its end; the computed score is kept beside it."""
    if not 0 <= score_hundredths <= HIGHEST_SCORE:
        raise ValidationError({"score_hundredths": "A score is 0 to 100."})
    override = Override.objects.create(
        account=account,
        score_hundredths=score_hundredths,
        author=by,
        recorded_at=at,
        **checked(category=category, reason=reason, starts_on=starts_on, ends_on=ends_on),
    )
    touches.touch([account.pk], at=at)
    audit.record(
        verb="override set", subject=override, by=by, at=at, account=account.pk, score=score_hundredths, reason=reason
    )
    return override


def checked(*, category: PulseCategory, reason: str, starts_on: date, ends_on: date) -> dict[str, object]:
    """What a pulse and an override have in common, refused where it makes no sense."""
    if category not in PulseCategory.values:
        raise ValidationError({"category": f"The kinds are {', '.join(PulseCategory.values)}; not {category!r}."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why."})
    if ends_on < starts_on:
        raise ValidationError({"ends_on": "The end cannot be before the start."})
    return {"category": category, "reason": reason.strip(), "starts_on": starts_on, "ends_on": ends_on}
