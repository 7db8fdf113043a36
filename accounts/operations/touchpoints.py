"""Touchpoints from our own pages: planned, held, cancelled, changed, and taken back.

What a touchpoint said before stays known (accounts/amendments.py); who was there before stands in the audit record.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit, touches
from accounts.amendments import restored
from accounts.models import (
    Account,
    Amendment,
    AuditEntry,
    CancelledBy,
    Source,
    Survey,
    SurveyWish,
    Touchpoint,
    TouchpointKind,
    TouchpointState,
    User,
)  # fmt: skip
from accounts.operations.entered import amend, done_by
from accounts.operations.readings import ENTERED_HERE
from accounts.queries.asking import NEWS_FOR

LOGGED, CHANGED, TAKEN_BACK = "touchpoint logged", "touchpoint changed", "touchpoint taken back"
LONGEST_MINUTES = 24 * 60
ANSWERED = (TouchpointKind.MAIL, TouchpointKind.CALL)
# Of what kinds silence counts as none as soon as anybody records one, whichever way it comes.
RECORDED = (
    Q(kind=TouchpointKind.TRAINING),
    Q(kind__in=ANSWERED, replied_on__isnull=False),
    Q(contacts__isnull=False),
)


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """What is said about a touchpoint. `begins_at` lies on the day; contacts and colleagues are ids.

    `survey_id` is what those who were there are asked once it was held, an hour after it was noted.
    """

    kind: TouchpointKind
    state: TouchpointState
    day: date
    cancelled_by: CancelledBy | str = ""
    begins_at: datetime | None = None
    minutes: int | None = None
    replied_on: date | None = None
    host_id: int | None = None
    note: str = ""
    contacts: Collection[int] = ()
    colleagues: Collection[int] = ()
    survey_id: int | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """What stands in the touchpoint's own row."""
        return {
            "kind": self.kind, "state": self.state, "day": self.day, "cancelled_by": self.cancelled_by,
            "begins_at": self.begins_at, "minutes": self.minutes, "replied_on": self.replied_on,
            "host_id": self.host_id, "note": self.note.strip(),
        }  # fmt: skip


class ChangedMeanwhile(Exception):
    """Somebody else changed the touchpoint after it was looked at."""

    def __init__(self, *, touchpoint: Touchpoint) -> None:
        super().__init__("changed meanwhile")
        self.touchpoint = touchpoint


@transaction.atomic
def log_touchpoint(
    *, account: Account, meeting: Meeting, key: str, by: User, at: datetime, then: Meeting | None = None
) -> Touchpoint:
    """A touchpoint that was held, is planned or was cancelled, and `then` the next one.

    The same key again is the same touchpoint.
    """
    check(meeting, account=account, at=at)
    source, _ = Source.objects.get_or_create(name=ENTERED_HERE)
    # The lock lets a form that is sent twice meet itself here.
    Account.objects.select_for_update().get(pk=account.pk)
    known = Touchpoint.objects.filter(source=source, external_id=key).first()
    if known is not None:
        return known
    first = first_of_its_kind()
    made = Touchpoint.objects.create(source=source, external_id=key, account=account, recorded_at=at, **meeting.columns)
    set_people(made, meeting)
    tell(made, first=first, at=at)
    audit.record(verb=LOGGED, subject=made, by=by, at=at, account=account.pk, kind=made.kind, state=made.state)
    if then is not None:
        log_touchpoint(account=account, meeting=then, key=next_key(key), by=by, at=at)
    return made


@transaction.atomic
def change_touchpoint(
    *, touchpoint: Touchpoint, meeting: Meeting, seen: datetime, by: User, at: datetime
) -> Touchpoint:
    """Hold it, cancel it, or say it otherwise. `seen` is its `recorded_at` when it was looked at."""
    check(meeting, account=touchpoint.account, at=at)
    now = as_seen(touchpoint, seen=seen)
    before = {"contacts": ids(now.contacts), "colleagues": ids(now.colleagues), "survey": wished_for(now)}
    first = first_of_its_kind()
    amend(now, meeting.columns, at=at)
    set_people(now, meeting)
    tell(now, first=first, at=at)
    audit.record(
        verb=CHANGED, subject=now, by=by, at=at, account=now.account_id, kind=now.kind, state=now.state, **before
    )
    return now


@transaction.atomic
def take_back(*, touchpoint: Touchpoint, seen: datetime, by: User, at: datetime) -> None:
    """Undo of what `by` did last: a new touchpoint goes, with the one planned after it; a changed one is as before."""
    now = as_seen(touchpoint, seen=seen)
    entry = done_by(now, by=by, verbs=(LOGGED, CHANGED))
    first = first_of_its_kind()
    audit.record(verb=TAKEN_BACK, subject=now, by=by, at=at, account=now.account_id, kind=now.kind, state=now.state)
    if entry.verb == LOGGED:
        touches.touch([now.account_id], at=at)
        Touchpoint.objects.filter(
            source_id=now.source_id, external_id__in=[now.external_id, next_key(now.external_id)], recorded_at=seen
        ).delete()
        if first != first_of_its_kind():
            touches.touch_all(at=at)
        return
    put_back(now, entry, at=at)
    tell(now, first=first, at=at)


def next_key(key: str) -> str:
    """The key of the touchpoint that is planned together with another."""
    return f"{key}/next"


def as_seen(touchpoint: Touchpoint, *, seen: datetime) -> Touchpoint:
    """The touchpoint, held until the transaction ends. Raises ChangedMeanwhile."""
    now = Touchpoint.objects.select_for_update().get(pk=touchpoint.pk)
    if now.recorded_at != seen:
        raise ChangedMeanwhile(touchpoint=now)
    return now


def put_back(touchpoint: Touchpoint, entry: AuditEntry, *, at: datetime) -> None:
    """As it was before the entry."""
    former = Amendment.objects.get(table="accounts.touchpoint", fact_id=touchpoint.pk, amended_at=entry.at)
    keeps = {"account_id", "source_id", "external_id"}
    columns = {name: restored(Touchpoint, name, value) for name, value in former.content.items() if name not in keeps}
    amend(touchpoint, columns, at=at)
    touchpoint.contacts.set(touchpoint.account.contacts.filter(pk__in=entry.detail["contacts"]))
    touchpoint.colleagues.set(entry.detail["colleagues"])
    wish(touchpoint, entry.detail.get("survey"))


def set_people(touchpoint: Touchpoint, meeting: Meeting) -> None:
    """Who was there on both sides: the account's contacts, and our people beside the host."""
    touchpoint.contacts.set(touchpoint.account.contacts.filter(pk__in=meeting.contacts))
    others = [pk for pk in meeting.colleagues if pk != meeting.host_id]
    touchpoint.colleagues.set(User.objects.filter(pk__in=others))
    wish(touchpoint, meeting.survey_id)


def wish(touchpoint: Touchpoint, survey_id: int | None) -> None:
    """Those who were there are to be asked this once it was held, or nothing."""
    if survey_id is None:
        SurveyWish.objects.filter(touchpoint=touchpoint).delete()
    elif Survey.objects.filter(pk=survey_id).exists():
        SurveyWish.objects.update_or_create(touchpoint=touchpoint, defaults={"survey_id": survey_id})


def wished_for(touchpoint: Touchpoint) -> int | None:
    return SurveyWish.objects.filter(touchpoint=touchpoint).values_list("survey", flat=True).first()


def ids(people: Any) -> list[int]:
    return sorted(people.values_list("pk", flat=True))


def first_of_its_kind() -> tuple[bool, ...]:
    """Whether anybody records each kind of which silence counts."""
    return tuple(Touchpoint.objects.filter(which).exists() for which in RECORDED)


def tell(touchpoint: Touchpoint, *, first: tuple[bool, ...], at: datetime) -> None:
    """The account is scored anew; all of them, where a kind is recorded for the first time, or no longer."""
    if first != first_of_its_kind():
        touches.touch_all(at=at)
    touches.touch([touchpoint.account_id], at=at)


def check(meeting: Meeting, *, account: Account, at: datetime) -> None:
    """Refuses what makes no sense, by field."""
    today = timezone.localtime(at).date()
    problems = {
        "kind": meeting.kind not in TouchpointKind.values and "Choose what kind of touchpoint it is.",
        "state": meeting.state not in TouchpointState.values
        and "Say whether it was held, is planned or was cancelled.",
        "day": day_problem(meeting, today=today),
        "cancelled_by": cancelling_problem(meeting),
        "begins_at": meeting.begins_at
        and timezone.localtime(meeting.begins_at).date() != meeting.day
        and "The time is not on that day.",
        "minutes": meeting.minutes is not None
        and not 0 < meeting.minutes <= LONGEST_MINUTES
        and "A touchpoint takes 1 to 1,440 minutes.",
        "replied_on": reply_problem(meeting, today=today),
        "survey_id": survey_problem(meeting, at=at),
    }
    found = {field: sentence for field, sentence in problems.items() if sentence}
    if found:
        raise ValidationError(found)


def day_problem(meeting: Meeting, *, today: date) -> str:
    if meeting.state == TouchpointState.HELD and meeting.day > today:
        return "A day ahead cannot have been held. Plan it instead."
    if meeting.state == TouchpointState.PLANNED and meeting.day < today:
        return "A day that is over cannot be planned. Say whether it was held or cancelled."
    return ""


def cancelling_problem(meeting: Meeting) -> str:
    is_cancelled = meeting.state == TouchpointState.CANCELLED
    if is_cancelled and meeting.cancelled_by not in CancelledBy.values:
        return "Say who cancelled it."
    return "Only what is cancelled was cancelled by somebody." if meeting.cancelled_by and not is_cancelled else ""


def survey_problem(meeting: Meeting, *, at: datetime) -> str:
    if meeting.survey_id is None or meeting.state != TouchpointState.HELD:
        return ""
    if not meeting.contacts:
        return "Tick who was there: they are the ones who are asked."
    if meeting.day < timezone.localtime(at - NEWS_FOR).date():
        return "It was over a week ago: nobody is asked about it any more."
    return ""


def reply_problem(meeting: Meeting, *, today: date) -> str:
    if meeting.replied_on is None:
        return ""
    if meeting.kind not in ANSWERED or meeting.state != TouchpointState.HELD:
        return "Only a mail or a call that was made can be answered."
    if not meeting.day <= meeting.replied_on <= today:
        return "The answer came between the day of the touchpoint and today."
    return ""
