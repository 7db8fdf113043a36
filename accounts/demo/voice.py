"""What accounts say (NPS, CSAT, tickets) and what their CSM thinks of them month by month."""

from datetime import date, timedelta

import numpy as np

from accounts.demo import chance
from accounts.demo.chance import Stream
from accounts.demo.contacts import Person
from accounts.demo.dates import DAY, add_months, moment, month_starts, workday
from accounts.demo.life import Life
from accounts.ingest.records import ReadingRecord, SurveyRecord, TicketRecord, TouchpointRecord

NPS_EVERY_MONTHS = 6
# The touchpoints after which we ask how it was.
ASKED_AFTER = ("ebr", "workshop", "training", "kickoff", "install", "visit")
SENTIMENT_SHELF_DAYS = 45
STORM_DAYS = 75
# What people think of these when they think well of the rest.
SUBJECT_WARMTH = {"brand": 0.2, "people": 0.7, "product": 0.0, "process": -0.5}

COMMENTS = {
    "high": (
        "We would not want to plan a week without it.",
        "The boards are fast and our people like them.",
        "Our CSM knows our business and comes with ideas.",
        "Support answered within the hour, every time.",
    ),
    "middle": (
        "Good tool, but exports still take too many clicks.",
        "Works well at our main site; the others are not there yet.",
        "Fine for planners, less so for the people on the floor.",
    ),
    "low": (
        "I do not yet see the savings that we were promised.",
        "Tickets stay open too long and we are not told why.",
        "Half of us are back on spreadsheets.",
        "The price went up and the value did not.",
    ),
}
SUBJECTS = (
    "Export stops at 1,000 rows",
    "A user cannot log in on the tablet",
    "Report totals differ from the board",
    "Data of last night is missing",
    "How do I move a work order to another site?",
    "Forecast page is slow in the morning",
    "Alert mails arrive twice",
    "API answers 429 during the import",
)


def survey_records(life: Life, people: tuple[Person, ...], touchpoints: list[TouchpointRecord]) -> list[SurveyRecord]:
    """NPS to several people twice a year, CSAT to one after a touchpoint; many stay silent."""
    return [*nps_records(life.stream("nps"), life, people), *csat_records(life.stream("csat"), life, touchpoints)]


def nps_records(rng: Stream, life: Life, people: tuple[Person, ...]) -> list[SurveyRecord]:
    records: list[SurveyRecord] = []
    day = workday(life.first_day + timedelta(days=chance.whole(rng, 50, 180)))
    while day <= life.last_day:
        for person in people:
            if person.is_there(day):
                center = 3.6 + 7.0 * (life.at(day) + person.warmth)
                score = min(max(round(float(rng.normal(center, 1.3))), 0), 10)
                number = len(records) + 1
                records.append(answer(rng, life, "nps", number, day, score, response=0.75, contact=person.external_id))
        day = workday(add_months(day, NPS_EVERY_MONTHS))
    return records


def csat_records(rng: Stream, life: Life, touchpoints: list[TouchpointRecord]) -> list[SurveyRecord]:
    asked = [t for t in touchpoints if t.state == "held" and t.kind in ASKED_AFTER and t.contacts]
    records = []
    for number, touchpoint in enumerate(asked, start=1):
        score = min(max(round(float(rng.normal(2.2 + 2.8 * life.at(touchpoint.day), 0.6))), 1), 5)
        day = touchpoint.day + timedelta(days=1)
        if day <= life.last_day:
            contact = touchpoint.contacts[0]
            records.append(answer(rng, life, "csat", number, day, score, 0.6, contact, touchpoint.external_id))
    return records


def answer(
    rng: Stream,
    life: Life,
    kind: str,
    number: int,
    asked_on: date,
    score: int,
    response: float,
    contact: str,
    touchpoint: str | None = None,
) -> SurveyRecord:
    """One person asked once; the less healthy the account, the likelier it stays silent."""
    answered_on = asked_on + timedelta(days=int(rng.exponential(3.0)))
    is_silent = rng.random() > response * (0.55 + 0.45 * life.at(asked_on)) or answered_on > life.last_day
    level = ("low", "middle", "high")[
        int(score >= (7 if kind == "nps" else 4)) + int(score >= (9 if kind == "nps" else 5))
    ]
    has_words = chance.happens(rng, 0.4)
    words = chance.pick(rng, COMMENTS[level])
    return SurveyRecord(
        external_id=f"{life.cast.external_id}-S-{kind}-{number}",
        account=life.cast.external_id,
        kind=kind,
        asked_on=asked_on,
        answered_on=None if is_silent else answered_on,
        score=None if is_silent else score,
        contact=contact,
        touchpoint=touchpoint,
        comment=words if has_words and not is_silent else None,
        **({} if is_silent else spoken_of(life, f"{kind} {number}", answered_on)),
    )


def spoken_of(life: Life, which: str, day: date) -> dict[str, int]:
    """What an answer says about each subject; one in three speaks of a subject."""
    rng = life.stream(f"subjects {which}")
    found = {}
    for subject, warmth in SUBJECT_WARMTH.items():
        rating = 1.3 + 3.8 * life.at(day) + warmth + rng.normal(0, 0.7)
        if chance.happens(rng, 0.33):
            found[f"about_{subject}"] = int(np.clip(round(float(rating)), 1, 5))
    return found


def ticket_records(life: Life, *, seats: int) -> list[TicketRecord]:
    """Tickets by the size of the account; more, slower and more often escalated where health is poor."""
    if life.cast.story.key in {"silent_gap", "newcomer"}:
        return []
    rng = life.stream("tickets")
    days = [life.first_day + timedelta(days=n) for n in range((life.last_day - life.first_day).days)]
    opened = rng.random(len(days)) < [0.0 if day.weekday() > 4 else daily_tickets(life, day, seats) for day in days]
    return [ticket(rng, life, day) for day, is_opened in zip(days, opened, strict=True) if is_opened]


def is_storm(life: Life, day: date) -> bool:
    since = (day - life.cast.onset_on).days
    return life.cast.story.key == "support_storm" and 0 <= since < STORM_DAYS


def daily_tickets(life: Life, day: date, seats: int) -> float:
    monthly = 0.25 + 0.05 * seats * (1.5 - 1.25 * life.at(day))
    return monthly / 21 * (5.0 if is_storm(life, day) else 1.0)


def ticket(rng: Stream, life: Life, day: date) -> TicketRecord:
    health = life.at(day)
    opened_at = moment(day, minutes=chance.whole(rng, 420, 1020))
    open_days = rng.lognormal(0.3 + 5.5 * (0.62 - health) + 0.8 * is_storm(life, day), 0.8)
    closed_at = opened_at + timedelta(minutes=int(open_days * 1440) + 20)
    is_closed = closed_at.date() <= life.last_day
    severity = ("low", "medium", "high", "urgent")[min(int(rng.exponential(0.7 + 0.9 * (1 - health))), 3)]
    satisfaction = min(max(round(float(rng.normal(2.0 + 3.0 * health, 0.8))), 1), 5)
    return TicketRecord(
        external_id=f"{life.cast.external_id}-K-{day:%Y%m%d}",
        account=life.cast.external_id,
        opened_at=opened_at,
        closed_at=closed_at if is_closed else None,
        severity=severity,
        is_escalated=chance.happens(rng, 0.02 + 0.22 * (1 - health) ** 2),
        satisfaction=satisfaction if is_closed and chance.happens(rng, 0.4) else None,
        first_response_minutes=int(rng.lognormal(4.2 + 0.8 * (0.6 - health), 0.8)) + 1,
        subject=chance.pick(rng, SUBJECTS),
    )


def reading_records(life: Life) -> list[ReadingRecord]:
    """What is read each month: the CSMs' own view, what accounts did for us in public, and who is in the community."""
    if life.cast.story.key == "silent_gap":
        return []
    return [
        *sentiment_readings(life.stream("sentiment"), life),
        *advocacy_readings(life.stream("advocacy"), life),
        *community_readings(life.stream("community"), life),
    ]


def community_readings(rng: Stream, life: Life) -> list[ReadingRecord]:
    """The community counts its active members at the start of a month; two accounts in three have joined it."""
    if not chance.happens(rng, 0.66):
        return []
    days = [workday(month + DAY) for month in month_starts(life.first_day, life.last_day)]
    size = {"key": 9.0, "enterprise": 6.0}.get(life.cast.segment, 2.5)
    return [
        ReadingRecord(
            external_id=f"{life.cast.external_id}-C-{day:%Y%m}",
            account=life.cast.external_id,
            measure="community_members",
            value=float(rng.poisson(size * life.at(day))),
            read_on=day,
            expires_on=day + timedelta(days=SENTIMENT_SHELF_DAYS),
        )
        for day in days
        if life.first_day + timedelta(days=60) <= day <= life.last_day
    ]


def advocacy_readings(rng: Stream, life: Life) -> list[ReadingRecord]:
    """References, reviews and talks: by who is well, and by larger accounts more often."""
    often = {"key": 1.6, "enterprise": 1.0}.get(life.cast.segment, 0.4)
    records = []
    for number, month in enumerate(month_starts(life.first_day, life.last_day), start=1):
        day = workday(month + timedelta(days=chance.whole(rng, 3, 25)))
        is_willing = chance.happens(rng, often / 12 * max(life.at(day) - 0.3, 0.0) * 3)
        if is_willing and life.first_day + timedelta(days=120) <= day <= life.last_day:
            records.append(
                ReadingRecord(
                    external_id=f"{life.cast.external_id}-A-{number}",
                    account=life.cast.external_id,
                    measure="advocacy_acts",
                    value=1.0,
                    read_on=day,
                    expires_on=add_months(day, 12),
                )
            )
    return records


def sentiment_readings(rng: Stream, life: Life) -> list[ReadingRecord]:
    """The CSM sees the health of some weeks ago, and not sharply."""
    records = []
    for month in month_starts(life.first_day, life.last_day):
        day = workday(month + timedelta(days=chance.whole(rng, 2, 12)))
        value = 0.8 + 4.4 * life.at(day - timedelta(days=20)) + rng.normal(0, 0.5)
        if chance.happens(rng, 0.93) and life.first_day + timedelta(days=14) <= day <= life.last_day:
            records.append(
                ReadingRecord(
                    external_id=f"{life.cast.external_id}-V-{day:%Y%m}",
                    account=life.cast.external_id,
                    measure="csm_sentiment",
                    value=float(min(max(round(float(value)), 1), 5)),
                    read_on=day,
                    expires_on=day + timedelta(days=SENTIMENT_SHELF_DAYS),
                )
            )
    return records
