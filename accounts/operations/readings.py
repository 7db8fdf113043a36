"""Readings entered by hand: a measure's value for an account on a day, good until its shelf life ends."""

from datetime import date, datetime

from django.db import transaction

from accounts import audit, touches
from accounts.models import Account, ManualReading, Source, User

ENTERED_HERE = "Entered by hand"


@transaction.atomic
def add_reading(
    *, account: Account, measure: str, value: float, read_on: date, expires_on: date, by: User, at: datetime
) -> ManualReading:
    """The reading, kept beside earlier ones: the newest counts. The same value of the same day is not kept twice."""
    source, _ = Source.objects.get_or_create(name=ENTERED_HERE)
    same_day = ManualReading.objects.filter(account=account, measure=measure, read_on=read_on)
    newest = same_day.order_by("-pk").first()
    if newest is not None and (newest.value, newest.expires_on) == (value, expires_on):
        return newest
    if not ManualReading.objects.filter(measure=measure).exists():
        touches.touch_all(at=at)
    reading = ManualReading.objects.create(
        source=source,
        external_id=f"{measure}/{account.pk}/{read_on}/{at.isoformat()}",
        account=account,
        measure=measure,
        value=value,
        read_on=read_on,
        expires_on=expires_on,
        recorded_at=at,
    )
    touches.touch([account.pk], at=at)
    audit.record(
        verb="reading entered",
        subject=reading,
        by=by,
        at=at,
        account=account.pk,
        measure=measure,
        value=value,
        read_on=read_on.isoformat(),
    )
    return reading
