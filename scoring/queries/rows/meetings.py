"""The touchpoints and contacts behind the measures of engagement and relationship."""

from datetime import date
from fractions import Fraction

import numpy as np
from django.db.models import Q, QuerySet

from accounts.models import Contact, Persona, Rapport, Touchpoint, TouchpointKind, TouchpointState
from scoring.core import recency
from scoring.extract.engagement import DEFAULT_EBR_MONTHS, DEFAULT_TOUCH_DAYS, WINDOW
from scoring.extract.meetings import PEOPLE_FOR_ALL
from scoring.extract.people import DECISION_MAKER_WEIGHT, DEPARTURE_DAYS
from scoring.queries.rows.asked import (
    ON_THE_DAY,
    UP_TO_THE_DAY,
    Asked,
    Column,
    Found,
    Input,
    Row,
    mean,
    ratio,
    whole_months,
    words_of,
)

SPONSORS = (Persona.DECISION_MAKER, Persona.ECONOMIC_BUYER, Persona.CHAMPION)
TOUCHPOINTS: tuple[Column, ...] = (
    ("Day", "day"),
    ("Kind", "text"),
    ("State", "text"),
    ("Host", "text"),
    ("Note", "text"),
)


def touchpoints(asked: Asked, chosen: Q) -> list[Row]:
    """Touchpoints up to the day, the newest first."""
    rows = Touchpoint.objects.filter(chosen, account=asked.account, day__lte=asked.day)
    return [
        (one.day, one.get_kind_display(), one.get_state_display(), one.host.name if one.host else "", one.note)
        for one in rows.select_related("host").order_by("-day", "-pk")
    ]


HELD = Q(state=TouchpointState.HELD)


def recent(asked: Asked, *states: str) -> list[Row]:
    return touchpoints(asked, Q(state__in=states, day__gte=asked.ago(WINDOW - 1)))


def are_recorded(asked: Asked) -> bool:
    return asked.is_recorded(Touchpoint, day="day")


def touchpoint_cadence(asked: Asked) -> Found:
    rows, cadence = recent(asked, TouchpointState.HELD), cadence_days(asked)
    lived = (asked.day - asked.account.started_on).days + 1
    expected = Fraction(min(lived, WINDOW), cadence) if lived >= cadence else None
    value = ratio(len(rows), expected) if are_recorded(asked) else None
    inputs: tuple[Input, ...] = (("Expected every so many days", cadence, "count"), ("Expected", expected, "decimal"))
    return Found(TOUCHPOINTS, rows, value, words_of(WINDOW), inputs)


def cadence_days(asked: Asked) -> int:
    segment = asked.state.segment if asked.state else None
    return segment.touchpoint_cadence_days if segment else DEFAULT_TOUCH_DAYS


def touchpoint_cancel_rate(asked: Asked) -> Found:
    rows = recent(asked, TouchpointState.HELD, TouchpointState.CANCELLED)
    cancelled = sum(row[2] == TouchpointState.CANCELLED.label for row in rows)
    value = ratio(cancelled, len(rows)) if are_recorded(asked) else None
    return Found(TOUCHPOINTS, rows, value, words_of(WINDOW))


def ebrs(asked: Asked) -> tuple[list[Row], date]:
    """The reviews that were held, and from when the next one counts."""
    rows = touchpoints(asked, HELD & Q(kind=TouchpointKind.EBR))
    return rows, rows[0][0] if rows else asked.account.started_on


def months_since_ebr(asked: Asked) -> Found:
    rows, last = ebrs(asked)
    value = whole_months(last, asked.day) if are_recorded(asked) else None
    return Found(TOUCHPOINTS, rows, value, UP_TO_THE_DAY, (("Counted from", last, "day"),))


def ebr_overdue(asked: Asked) -> Found:
    rows, last = ebrs(asked)
    segment = asked.state.segment if asked.state else None
    months = segment.ebr_cadence_months if segment else DEFAULT_EBR_MONTHS
    due = date.fromordinal(int(recency.add_months(np.array([float(last.toordinal())]), months)[0]))
    inputs: tuple[Input, ...] = (("Counted from", last, "day"), ("Due", due, "day"))
    return Found(TOUCHPOINTS, rows, int(asked.day > due and are_recorded(asked)), UP_TO_THE_DAY, inputs)


def days_since_touchpoint(asked: Asked) -> Found:
    rows = touchpoints(asked, HELD)
    last = max([row[0] for row in rows[:1]] + [asked.account.started_on])
    value = (asked.day - last).days if are_recorded(asked) else None
    return Found(TOUCHPOINTS, rows, value, UP_TO_THE_DAY, (("Counted from", last, "day"),))


# People there.


def there(asked: Asked) -> QuerySet[Contact]:
    """The contacts who were there at the end of the day."""
    is_there = Q(known_from__lte=asked.day) & (Q(left_on=None) | Q(left_on__gt=asked.day))
    return Contact.objects.filter(is_there, account=asked.account).order_by("name", "pk")


def multithreading(asked: Asked) -> Found:
    met = people_met(asked)
    rows: list[Row] = []
    shares = []
    for contact in there(asked):
        # Where neither host nor colleagues are named, somebody of ours was there.
        count = max(len(met[contact.pk]), 1) if contact.pk in met else 0
        shares.append(Fraction(min(count, PEOPLE_FOR_ALL), PEOPLE_FOR_ALL))
        rows.append((contact.name, contact.get_persona_display() if contact.persona else "", count))
    is_recorded = asked.is_recorded(Touchpoint, day="day", when=Q(contacts__isnull=False))
    columns: tuple[Column, ...] = (("Contact", "text"), ("Persona", "text"), ("Of our people met", "count"))
    return Found(columns, rows, mean(shares) if is_recorded else None, words_of(WINDOW))


def people_met(asked: Asked) -> dict[int, set[int]]:
    """Who of ours met each contact in 90 days."""
    held = Touchpoint.objects.filter(
        HELD, account=asked.account, day__range=asked.window(WINDOW), contacts__isnull=False
    )
    met: dict[int, set[int]] = {}
    for contact, *ours in held.values_list("contacts", "host", "colleagues"):
        met.setdefault(contact, set()).update(person for person in ours if person is not None)
    return met


CONTACTS: tuple[Column, ...] = (("Contact", "text"), ("Persona", "text"), ("Known from", "day"), ("Left", "day"))


def contact_row(contact: Contact) -> Row:
    return contact.name, contact.get_persona_display() if contact.persona else "", contact.known_from, contact.left_on


def persona_coverage(asked: Asked) -> Found:
    contacts = list(there(asked).exclude(persona=""))
    is_recorded = Contact.objects.filter(known_from__lte=asked.day).exclude(persona="").exists()
    personas = len({contact.persona for contact in contacts})
    value = ratio(personas, len(Persona.values)) if is_recorded else None
    inputs: tuple[Input, ...] = (("Personas filled", personas, "count"),)
    return Found(CONTACTS, [contact_row(one) for one in contacts], value, ON_THE_DAY, inputs)


def sponsor_left(asked: Asked) -> Found:
    """Sponsors who left lately, and those of their personas who are there."""
    window = (asked.ago(DEPARTURE_DAYS - 1), asked.day)
    left = list(Contact.objects.filter(account=asked.account, persona__in=SPONSORS, left_on__range=window))
    present = list(there(asked).filter(persona__in=SPONSORS))
    gone = {contact.persona for contact in left} - {contact.persona for contact in present}
    rows = [contact_row(one) for one in sorted(left, key=lambda one: (one.name, one.pk)) + present]
    return Found(CONTACTS, rows, int(bool(gone)), f"those who left in {DEPARTURE_DAYS} days, and those there")


def rapport(asked: Asked) -> Found:
    """The newest rating of each contact who is there; decision makers count twice."""
    rated = Rapport.objects.filter(contact__in=there(asked), rated_on__lte=asked.day).select_related("contact")
    newest = {one.contact_id: one for one in rated.order_by("rated_on", "pk")}
    by_persona: dict[str, list[int]] = {}
    for one in newest.values():
        by_persona.setdefault(one.contact.persona, []).append(one.rating)
    double = Fraction(DECISION_MAKER_WEIGHT)
    weights = {persona: double if persona == Persona.DECISION_MAKER else Fraction(1) for persona in by_persona}
    points = sum(weights[persona] * Fraction(sum(ratings), len(ratings)) for persona, ratings in by_persona.items())
    rows = [
        (one.contact.name, one.contact.get_persona_display() if one.contact.persona else "", one.rated_on, one.rating)
        for one in sorted(newest.values(), key=lambda one: (one.contact.name, one.pk))
    ]
    columns: tuple[Column, ...] = (("Contact", "text"), ("Persona", "text"), ("Rated", "day"), ("Rating", "count"))
    return Found(columns, rows, ratio(points, sum(weights.values())), ON_THE_DAY)
