"""The touchpoints and people behind measures of replies, cancellations, trainings, levels and executives."""

from datetime import date

from django.db.models import Q

from accounts.models import Contact, Level, Touchpoint, TouchpointKind, TouchpointState
from scoring.extract.conversations import ANSWERED_KINDS, TRAINING_WINDOW, WINDOW
from scoring.extract.meetings import EXECUTIVE_WINDOW, MANAGEMENT
from scoring.queries.rows.asked import ON_THE_DAY, Asked, Column, Found, Input, Row, ratio, words_of
from scoring.queries.rows.meetings import CONTACTS, HELD, TOUCHPOINTS, are_recorded, contact_row, there, touchpoints

REPLIES: tuple[Column, ...] = (
    ("Day", "day"),
    ("Kind", "text"),
    ("Answered", "day"),
    ("Host", "text"),
    ("Note", "text"),
)


def reply_rate(asked: Asked) -> Found:
    """Mails and calls of the kinds to which anybody notes answers."""
    noted = [kind for kind in ANSWERED_KINDS if asked.is_recorded(Touchpoint, day="replied_on", when=Q(kind=kind))]
    found = Touchpoint.objects.filter(HELD, account=asked.account, kind__in=noted, day__range=asked.window(WINDOW))
    rows: list[Row] = [
        (one.day, one.get_kind_display(), reply_until(one, asked.day), one.host.name if one.host else "", one.note)
        for one in found.select_related("host").order_by("-day", "-pk")
    ]
    return Found(REPLIES, rows, ratio(sum(row[2] is not None for row in rows), len(rows)), words_of(WINDOW))


def reply_until(touchpoint: Touchpoint, day: date) -> date | None:
    replied_on = touchpoint.replied_on
    return replied_on if replied_on is not None and replied_on <= day else None


def customer_cancel_rate(asked: Asked) -> Found:
    theirs = Q(state=TouchpointState.CANCELLED, cancelled_by="customer")
    rows = touchpoints(asked, (HELD | theirs) & Q(day__gte=asked.ago(WINDOW - 1)))
    cancelled = sum(row[2] == TouchpointState.CANCELLED.label for row in rows)
    return Found(TOUCHPOINTS, rows, ratio(cancelled, len(rows)) if are_recorded(asked) else None, words_of(WINDOW))


def training_taken(asked: Asked) -> Found:
    is_training = Q(kind=TouchpointKind.TRAINING)
    rows = touchpoints(asked, HELD & is_training & Q(day__gte=asked.ago(TRAINING_WINDOW - 1)))
    is_recorded = asked.is_recorded(Touchpoint, day="day", when=is_training)
    return Found(TOUCHPOINTS, rows, len(rows) if is_recorded else None, words_of(TRAINING_WINDOW))


AGREED: tuple[Column, ...] = (
    ("Kind", "text"), ("Agreed every so many days", "count"), ("Last held", "day"), ("Within it", "yes"),
)  # fmt: skip


def kinds_on_cadence(asked: Asked) -> Found:
    """Each kind that the segment agreed on and that was due, with the last one held."""
    segment = asked.state.segment if asked.state else None
    lived = (asked.day - asked.account.started_on).days
    held = Touchpoint.objects.filter(HELD, account=asked.account, day__lte=asked.day)
    rows: list[Row] = []
    for kind, days in (segment.kind_cadences if segment else {}).items():
        last = held.filter(kind=kind).order_by("-day").values_list("day", flat=True).first()
        is_kept = last is not None and (asked.day - last).days <= days
        if is_kept or lived >= days:
            rows.append((TouchpointKind(kind).label, days, last, is_kept))
    value = ratio(sum(row[3] for row in rows), len(rows)) if are_recorded(asked) else None
    return Found(AGREED, rows, value, "the last of each kind up to the day")


def people_in_touch(asked: Asked) -> Found:
    """Each of our people with the last touchpoint that they hosted or joined."""
    held = Touchpoint.objects.filter(HELD, account=asked.account, day__range=asked.window(WINDOW))
    last: dict[str, tuple[str, date]] = {}
    for one in held.select_related("host").prefetch_related("colleagues").order_by("day", "pk"):
        for person in {*([one.host] if one.host else []), *one.colleagues.all()}:
            last[str(person.pk)] = (person.name, one.day)
    somebody = Q(host__isnull=False) | Q(colleagues__isnull=False)
    is_recorded = asked.is_recorded(Touchpoint, day="day", when=somebody)
    columns: tuple[Column, ...] = (("Of our people", "text"), ("Last there", "day"))
    return Found(columns, sorted(last.values()), len(last) if is_recorded else None, words_of(WINDOW))


# Levels and executives.

LEVELS: tuple[Column, ...] = (("Contact", "text"), ("Level", "text"), ("Known from", "day"), ("Left", "day"))


def level_coverage(asked: Asked) -> Found:
    contacts = list(there(asked).exclude(level=""))
    is_recorded = Contact.objects.filter(known_from__lte=asked.day).exclude(level="").exists()
    levels = len({contact.level for contact in contacts})
    rows: list[Row] = [(one.name, one.get_level_display(), one.known_from, one.left_on) for one in contacts]
    inputs: tuple[Input, ...] = (("Levels filled", levels, "count"),)
    return Found(LEVELS, rows, ratio(levels, len(Level.values)) if is_recorded else None, ON_THE_DAY, inputs)


def executive_tie(asked: Asked) -> Found:
    """The executives who are there, and whether a manager or leader of ours met each."""
    ours = Q(host__role__in=MANAGEMENT) | Q(colleagues__role__in=MANAGEMENT)
    held = Touchpoint.objects.filter(HELD, ours, account=asked.account, day__range=asked.window(EXECUTIVE_WINDOW))
    met = set(held.values_list("contacts", flat=True))
    executives = list(there(asked).filter(level=Level.EXECUTIVE))
    rows = [(*contact_row(one), one.pk in met) for one in executives]
    is_recorded = asked.is_recorded(Touchpoint, day="day", when=Q(contacts__isnull=False))
    value = ratio(sum(row[-1] for row in rows), len(rows)) if is_recorded else None
    return Found((*CONTACTS, ("Met our management", "yes")), rows, value, words_of(EXECUTIVE_WINDOW))
