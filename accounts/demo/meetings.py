"""Touchpoints: calls, workshops, visits and EBRs, held, cancelled and planned."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from accounts.demo import chance
from accounts.demo.chance import Stream
from accounts.demo.contacts import Person
from accounts.demo.dates import add_months, workday
from accounts.demo.history import Owners
from accounts.demo.journey import milestone_days
from accounts.demo.life import Life
from accounts.demo.market import SEGMENT
from accounts.demo.people import BY_EMAIL, CSMS, manager_of
from accounts.ingest.records import TouchpointRecord

KINDS = ("call", "mail", "workshop", "training", "visit")
KIND_SHARES = (0.56, 0.14, 0.12, 0.10, 0.08)
# How long before its cadence ends an EBR is aimed at.
EBR_MARGIN_DAYS = 10
PLANNED_WITHIN_DAYS = 45

GOOD_NOTES = {
    "call": "Usage is where they want it. Next: numbers for their quarterly report.",
    "mail": "Sent the summary of the month; they answered with thanks and one question.",
    "workshop": "Full room. Two teams built their own boards by the end.",
    "training": "New starters trained; all of them logged in the same day.",
    "visit": "Day on site. The floor lead showed us what they made of the reports.",
    "ebr": "Goals of the period met; the next ones are agreed with dates.",
    "kickoff": "Goals, dates and owners agreed.",
    "install": "Installed; data of the first site flows.",
}
POOR_NOTES = {
    "call": "Short call. They use it less than planned and could not say who owns it now.",
    "mail": "Third reminder about the open data question, no answer yet.",
    "workshop": "Half of those invited came; the exports are still done by hand.",
    "training": "Few came. The team lead asks whether it can be shorter.",
    "visit": "Boards on the wall are on paper again. Their lead wants to see the value in money.",
    "ebr": "Goals missed. They ask what they pay for; finance joins next time.",
    "kickoff": "Held, but the sponsor was missing and the dates stay open.",
    "install": "Installed late; two interfaces are still missing.",
}


@dataclass(frozen=True)
class Meeting:
    """A touchpoint on the way to its record."""

    kind: str
    day: date
    state: str


def touchpoint_records(life: Life, people: tuple[Person, ...], owners: Owners) -> list[TouchpointRecord]:
    """All touchpoints of the account, the planned ones last."""
    if life.cast.story.key == "silent_gap":
        return []
    rng = life.stream("touchpoints")
    meetings = [*milestone_meetings(life), *regular_meetings(rng, life), *reviews(life.stream("ebr"), life)]
    return [
        record(rng, life, people, owners, number, meeting)
        for number, meeting in enumerate(sorted(meetings, key=lambda meeting: meeting.day), start=1)
    ]


def milestone_meetings(life: Life) -> list[Meeting]:
    days = milestone_days(life)
    found = [Meeting("kickoff", days["kickoff"], "held"), Meeting("install", days["installed"], "held")]
    return [meeting for meeting in found if life.first_day <= meeting.day <= life.last_day]


def regular_meetings(rng: Stream, life: Life) -> list[Meeting]:
    """By the segment's cadence, more seldom and more often cancelled where health is poor."""
    cadence = SEGMENT[life.cast.segment].touchpoint_days
    # A new account hears from us within a cadence; an old one is somewhere within it.
    day = workday(life.first_day + timedelta(days=chance.whole(rng, 5, cadence)))
    meetings = []
    while day <= life.last_day:
        health = life.at(day)
        is_cancelled = chance.happens(rng, 0.03 + 0.5 * (1 - health) ** 2)
        meetings.append(Meeting(some_kind(rng), day, "cancelled" if is_cancelled else "held"))
        gap = cadence * rng.lognormal(-0.03, 0.25) / (0.45 + 0.72 * health)
        day = workday(day + timedelta(days=max(round(gap), 3)))
    if life.churned_on is None and (day - life.today).days <= PLANNED_WITHIN_DAYS:
        meetings.append(Meeting(some_kind(rng), workday(max(day, life.today)), "planned"))
    return meetings


def some_kind(rng: Stream) -> str:
    return KINDS[int(rng.choice(len(KINDS), p=KIND_SHARES))]


def reviews(rng: Stream, life: Life) -> list[Meeting]:
    """EBRs a little before each is due; where health is poor they slip past it, or are called off and held later."""
    months = SEGMENT[life.cast.segment].ebr_months
    last = life.cast.started_on
    if last < life.first_day:
        last = life.first_day - timedelta(days=chance.whole(rng, 0, months * 25))
    meetings = []
    day = review_day(rng, life, last, months)
    while day <= life.last_day:
        is_cancelled = chance.happens(rng, 0.03 + 0.4 * (1 - life.at(day)) ** 2)
        if day >= life.first_day:
            meetings.append(Meeting("ebr", day, "cancelled" if is_cancelled else "held"))
        if is_cancelled:
            day = workday(day + timedelta(days=chance.whole(rng, 10, 30)))
            continue
        day = review_day(rng, life, day, months)
    if life.churned_on is None and (day - life.today).days <= PLANNED_WITHIN_DAYS and chance.happens(rng, 0.7):
        meetings.append(Meeting("ebr", workday(max(day, life.today)), "planned"))
    return meetings


def review_day(rng: Stream, life: Life, last: date, months: int) -> date:
    """The day aimed at after `last`, with the slip that the health of the time brings."""
    due = add_months(last, months)
    if life.cast.name == "Halden Freight" and due >= life.today - timedelta(days=120):
        return life.today + timedelta(days=3)
    slip = rng.exponential(1 + 220 * max(0.66 - life.at(due), 0.0) ** 1.3) - rng.exponential(8)
    day = due + timedelta(days=round(float(np.clip(slip, -30, 120)))) - timedelta(days=EBR_MARGIN_DAYS)
    return workday(max(day, last + timedelta(days=20)))


def record(
    rng: Stream, life: Life, people: tuple[Person, ...], owners: Owners, number: int, meeting: Meeting
) -> TouchpointRecord:
    present = [person.external_id for person in people if person.is_there(meeting.day)]
    wanted = chance.whole(rng, 2, 4) if meeting.kind in {"ebr", "workshop", "kickoff"} else chance.whole(rng, 1, 2)
    places = rng.permutation(len(present))[:wanted]
    is_cancelled = meeting.state == "cancelled"
    by_customer = chance.happens(rng, 0.8)
    host = owners.on(meeting.day)
    notes = GOOD_NOTES if life.at(meeting.day) > 0.42 else POOR_NOTES
    return TouchpointRecord(
        external_id=f"{life.cast.external_id}-T{number}",
        account=life.cast.external_id,
        kind=meeting.kind,
        day=meeting.day,
        state=meeting.state,
        cancelled_by=("customer" if by_customer else "us") if is_cancelled else None,
        replied_on=replied_on(life, number, meeting),
        host_email=host,
        note=notes[meeting.kind] if meeting.state == "held" else None,
        contacts=tuple(present[place] for place in sorted(places)),
        colleague_emails=colleagues(life, host, number, meeting),
    )


def replied_on(life: Life, number: int, meeting: Meeting) -> date | None:
    """A mail is answered within days, a call on its day or soon after; the less healthy, the likelier by nobody."""
    rng = life.stream(f"reply {number}")
    if meeting.state != "held" or meeting.kind not in ("mail", "call"):
        return None
    is_answered = chance.happens(rng, min(0.35 + 0.75 * life.at(meeting.day), 0.98))
    day = meeting.day + timedelta(days=int(rng.exponential(2.0 if meeting.kind == "mail" else 0.3)))
    return day if is_answered and day <= life.last_day else None


def colleagues(life: Life, host: str, number: int, meeting: Meeting) -> tuple[str, ...]:
    """To an EBR, and to other meetings now and then, the host brings the manager or somebody of the team."""
    rng = life.stream(f"colleagues {number}")
    often = {"ebr": 0.8, "kickoff": 0.8, "workshop": 0.5, "visit": 0.4}.get(meeting.kind, 0.15)
    if not chance.happens(rng, often):
        return ()
    team = [person.email for person in CSMS if person.team == BY_EMAIL[host].team and person.email != host]
    return (manager_of(host).email if chance.happens(rng, 0.5) else chance.pick(rng, team),)
