"""Readings entered by hand: a measure's value for an account on a day, good until its shelf life ends."""

from datetime import date, datetime

from django.db import transaction

from accounts import audit, deliveries, touches
from accounts.models import Account, AuditEntry, ManualReading, Source, User

ENTERED_HERE = "Entered by hand"
ENTERED, TAKEN_BACK = "reading entered", "reading taken back"


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
    deliveries.note(source_id=source.pk, kind="readings", brought=1, at=at)
    audit.record(
        verb=ENTERED,
        subject=reading,
        by=by,
        at=at,
        account=account.pk,
        measure=measure,
        value=value,
        read_on=read_on.isoformat(),
    )
    return reading


@transaction.atomic
def take_back_readings(*, entered_at: datetime, by: User, at: datetime) -> list[ManualReading]:
    """Undo of what `by` entered at that moment, as if it had never been; says which readings went."""
    entries = AuditEntry.objects.filter(verb=ENTERED, at=entered_at, by=by).values_list("subject_id", flat=True)
    mine = ManualReading.objects.filter(pk__in=[int(pk) for pk in entries], recorded_at=entered_at)
    gone = list(mine.select_for_update().order_by("pk"))
    for reading in gone:
        audit.record(
            verb=TAKEN_BACK, subject=reading, by=by, at=at, account=reading.account_id, measure=reading.measure,
            value=reading.value,
        )  # fmt: skip
    ManualReading.objects.filter(pk__in=[reading.pk for reading in gone]).delete()
    touches.touch([reading.account_id for reading in gone], at=at)
    slugs = {reading.measure for reading in gone}
    if slugs - set(ManualReading.objects.filter(measure__in=slugs).values_list("measure", flat=True).distinct()):
        touches.touch_all(at=at)
    return gone
