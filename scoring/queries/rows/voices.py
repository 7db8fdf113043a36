"""The answers, tickets and readings behind the measures of sentiment, advocacy and those that people enter."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import ManualReading, Persona, Severity, SurveyKind, SurveyResponse, Ticket
from scoring.extract.people import ADVOCACY_WINDOW
from scoring.extract.sentiment import (
    ANSWER_WINDOW,
    DETRACTOR_TO,
    PROMOTER_FROM,
    TICKET_WINDOW,
    UNRESOLVED_AFTER_DAYS,
)
from scoring.queries.rows.asked import ON_THE_DAY, Asked, Column, Figure, Found, Input, Row, ratio, words_of
from scoring.queries.rows.usage import active_users

ANSWERS: tuple[Column, ...] = (("Answered", "day"), ("Contact", "text"), ("Score", "count"), ("Comment", "text"))


def answers(asked: Asked, kind: str, days: int) -> list[Row]:
    rows = SurveyResponse.objects.filter(account=asked.account, kind=kind, answered_on__range=asked.window(days))
    return [
        (one.answered_on, one.contact.name if one.contact else "", one.score, one.comment)
        for one in rows.select_related("contact").order_by("-answered_on", "-pk")
    ]


def nps_of(rows: list[Row]) -> Figure:
    promoters = sum(row[2] >= PROMOTER_FROM for row in rows)
    detractors = sum(row[2] <= DETRACTOR_TO for row in rows)
    return ratio(100 * (promoters - detractors), len(rows))


def nps(asked: Asked) -> Found:
    rows = answers(asked, SurveyKind.NPS, ANSWER_WINDOW)
    return Found(ANSWERS, rows, nps_of(rows), words_of(ANSWER_WINDOW))


def nps_change(asked: Asked) -> Found:
    rows, first = answers(asked, SurveyKind.NPS, 2 * ANSWER_WINDOW), asked.ago(ANSWER_WINDOW - 1)
    now, before = nps_of([row for row in rows if row[0] >= first]), nps_of([row for row in rows if row[0] < first])
    value = None if now is None or before is None else now - before
    inputs: tuple[Input, ...] = (("NPS of 180 days", now, "decimal"), ("Of the 180 before", before, "decimal"))
    return Found(ANSWERS, rows, value, words_of(2 * ANSWER_WINDOW), inputs)


def decision_maker_detractor(asked: Asked) -> Found:
    """The newest answer of each decision maker who is there."""
    is_there = Q(contact__known_from__lte=asked.day) & (Q(contact__left_on=None) | Q(contact__left_on__gt=asked.day))
    rows = SurveyResponse.objects.filter(
        is_there, account=asked.account, kind=SurveyKind.NPS, answered_on__range=asked.window(ANSWER_WINDOW),
        contact__persona=Persona.DECISION_MAKER,
    )  # fmt: skip
    newest = {one.contact_id: one for one in rows.select_related("contact").order_by("answered_on", "pk")}
    found = [(o.answered_on, o.contact.name if o.contact else "", o.score, o.comment) for o in newest.values()]
    is_on = any(row[2] is not None and row[2] <= DETRACTOR_TO for row in found)
    return Found(ANSWERS, found, int(is_on), words_of(ANSWER_WINDOW))


def csat(asked: Asked) -> Found:
    """Answers, and how closed tickets were rated: a support case is a touchpoint too."""
    said: list[Row] = [
        (row[0], row[1], row[2], row[3] or "Survey") for row in answers(asked, SurveyKind.CSAT, ANSWER_WINDOW)
    ]
    first = asked.ago(ANSWER_WINDOW - 1)
    rated: list[Row] = [
        (local(ticket.closed_at), "", ticket.satisfaction, f"Ticket: {ticket.subject}".removesuffix(": "))
        for ticket in tickets_until(asked)
        if ticket.satisfaction is not None and ticket.closed_at and first <= local(ticket.closed_at) <= asked.day
    ]
    rows = sorted(said + rated, key=lambda row: row[0], reverse=True)
    return Found(ANSWERS, rows, ratio(sum(row[2] for row in rows), len(rows)), words_of(ANSWER_WINDOW))


# Tickets.

TICKETS: tuple[Column, ...] = (
    ("Opened", "day"), ("Closed", "day"), ("Severity", "text"), ("Escalated", "yes"), ("Subject", "text"),
)  # fmt: skip


def local(moment: datetime) -> date:
    """The calendar day where the organization is."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date()


def tickets_until(asked: Asked) -> list[Ticket]:
    """Tickets that were opened by the end of the day, the newest first."""
    end = asked.day + timedelta(days=2)  # a day more than any zone needs; `local` decides
    rows = Ticket.objects.filter(account=asked.account, opened_at__date__lte=end).order_by("-opened_at", "-pk")
    return [ticket for ticket in rows if local(ticket.opened_at) <= asked.day]


def ticket_row(ticket: Ticket) -> Row:
    closed = local(ticket.closed_at) if ticket.closed_at else None
    severity = ticket.get_severity_display() if ticket.severity else ""
    return local(ticket.opened_at), closed, severity, ticket.is_escalated, ticket.subject


def tickets_unresolved(asked: Asked) -> Found:
    open_since = asked.ago(UNRESOLVED_AFTER_DAYS)
    rows = [
        row
        for row in map(ticket_row, tickets_until(asked))
        if row[0] <= open_since and (row[1] is None or row[1] > asked.day)
    ]
    value = ratio(100 * len(rows), asked.seats) if are_tickets_recorded(asked) else None
    inputs: tuple[Input, ...] = (("Licensed seats on the day", asked.seats, "count"),)
    return Found(TICKETS, rows, value, f"open for over {UNRESOLVED_AFTER_DAYS} days, {ON_THE_DAY}", inputs)


def ticket_volume(asked: Asked) -> Found:
    rows = opened_lately(asked)
    value = ratio(100 * len(rows), asked.seats) if are_tickets_recorded(asked) else None
    inputs: tuple[Input, ...] = (("Licensed seats on the day", asked.seats, "count"),)
    return Found(TICKETS, rows, value, words_of(TICKET_WINDOW), inputs)


def ticket_severity(asked: Asked) -> Found:
    """Those that state how severe they are."""
    rows = [row for row in opened_lately(asked) if row[2]]
    severe = sum(row[2] in {Severity.HIGH.label, Severity.URGENT.label} for row in rows)
    return Found(TICKETS, rows, ratio(severe, len(rows)), words_of(TICKET_WINDOW))


def opened_lately(asked: Asked) -> list[Row]:
    first = asked.ago(TICKET_WINDOW - 1)
    return [row for row in map(ticket_row, tickets_until(asked)) if row[0] >= first]


def are_tickets_recorded(asked: Asked) -> bool:
    first = asked.ago(364)
    near = Ticket.objects.filter(opened_at__date__range=(first - timedelta(days=1), asked.day + timedelta(days=1)))
    return any(first <= local(moment) <= asked.day for moment in near.values_list("opened_at", flat=True).iterator())


def ticket_escalation_rate(asked: Asked) -> Found:
    rows = opened_lately(asked)
    return Found(TICKETS, rows, ratio(sum(row[3] for row in rows), len(rows)), words_of(TICKET_WINDOW))


# Readings.

READINGS: tuple[Column, ...] = (("Read", "day"), ("Value", "decimal"), ("Good until", "day"), ("From", "text"))


def readings(asked: Asked, measure: str, **window: date) -> list[Row]:
    rows = ManualReading.objects.filter(account=asked.account, measure=measure, read_on__lte=asked.day, **window)
    found = rows.select_related("source").order_by("-read_on", "-pk")
    return [(one.read_on, one.value, one.expires_on, one.source.name) for one in found]


def good(asked: Asked, rows: list[Row], *, shelf_life_days: int | None = None) -> list[Row]:
    if shelf_life_days is not None:
        return [row for row in rows if row[0] >= asked.ago(shelf_life_days)]
    return [row for row in rows if row[2] >= asked.day]


def newest_reading(measure: str, *, shelf_life_days: int | None = None) -> Callable[[Asked], Found]:
    """Of a measure that is read: its readings that are still good, of which the newest counts."""

    def read(asked: Asked) -> Found:
        rows = good(asked, readings(asked, measure), shelf_life_days=shelf_life_days)
        return Found(
            READINGS, rows, rows[0][1] if rows else None, "readings that are good on the day; the newest counts"
        )

    return read


def advocacy_acts(asked: Asked) -> Found:
    first = asked.ago(ADVOCACY_WINDOW - 1)
    rows = readings(asked, "advocacy_acts", read_on__gte=first)
    told = ManualReading.objects.filter(measure="advocacy_acts", read_on__range=(first, asked.day)).exists()
    return Found(READINGS, rows, sum(row[1] for row in rows) if told else None, words_of(ADVOCACY_WINDOW))


def community_activity(asked: Asked) -> Found:
    found, users = newest_reading("community_members")(asked), active_users(asked)
    inputs: tuple[Input, ...] = (("Active users in 28 days", users, "count"),)
    return Found(READINGS, found.rows, ratio(found.value, users), found.window, inputs)


def seats_assigned(asked: Asked) -> Found:
    found = newest_reading("assigned_seats")(asked)
    inputs: tuple[Input, ...] = (("Licensed seats on the day", asked.seats, "count"),)
    return Found(READINGS, found.rows, ratio(found.value, asked.seats), found.window, inputs)


def subject_sentiment(subject: str) -> Callable[[Asked], Found]:
    """What answers say of a subject; where none does, the CSM's ratings of it that are good."""

    def read(asked: Asked) -> Found:
        rows = spoken_of(asked, subject)
        if not rows:
            return newest_reading(f"{subject}_sentiment")(asked)
        return Found(ANSWERS, rows, ratio(sum(row[2] for row in rows), len(rows)), words_of(ANSWER_WINDOW))

    return read


def spoken_of(asked: Asked, subject: str) -> list[Row]:
    column = f"about_{subject}"
    rows = SurveyResponse.objects.filter(
        account=asked.account, answered_on__range=asked.window(ANSWER_WINDOW), **{f"{column}__isnull": False}
    )
    return [
        (one.answered_on, one.contact.name if one.contact else "", getattr(one, column), one.comment)
        for one in rows.select_related("contact").order_by("-answered_on", "-pk")
    ]
