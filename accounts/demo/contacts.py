"""The people at an account: who they are, from when to when, and how well we stand with them."""

from dataclasses import dataclass
from datetime import date, timedelta

from accounts.demo import chance
from accounts.demo.chance import Stream
from accounts.demo.life import Life
from accounts.demo.market import SEGMENT
from accounts.demo.names import FIRST_NAMES, LAST_NAMES, LEVELS, TITLES
from accounts.ingest.records import ContactRecord, RapportRecord

ROLES = ("champion", "decision_maker", "business_user", "economic_buyer", "business_user", "business_user")
RATED = ("champion", "decision_maker", "economic_buyer")


@dataclass(frozen=True)
class Person:
    """A contact, with how much better or worse we stand with them than with their company."""

    external_id: str
    name: str
    persona: str
    title: str
    known_from: date
    left_on: date | None
    warmth: float

    def is_there(self, day: date) -> bool:
        return self.known_from <= day and (self.left_on is None or day < self.left_on)


def people_at(life: Life) -> tuple[Person, ...]:
    """The contacts, with those who took over from who left."""
    rng = life.stream("contacts")
    if life.cast.story.key == "silent_gap" and chance.happens(rng, 0.5):
        return ()
    people: list[Person] = []
    for role in ROLES[: SEGMENT[life.cast.segment].contacts]:
        known_from = life.cast.started_on + timedelta(days=chance.whole(rng, 0, 20))
        person = somebody(rng, life, len(people) + 1, role, known_from)
        people.append(person)
        if person.left_on is not None and chance.happens(rng, 0.65):
            follows_on = person.left_on + timedelta(days=chance.whole(rng, 20, 110))
            people.append(somebody(rng, life, len(people) + 1, role, follows_on, leaves=False))
    return tuple(person for person in people if person.known_from <= life.last_day)


def somebody(rng: Stream, life: Life, number: int, role: str, known_from: date, *, leaves: bool = True) -> Person:
    first, last = chance.pick(rng, FIRST_NAMES), chance.pick(rng, LAST_NAMES)
    left_on = leaving_day(rng, life, role)
    is_leaving = leaves and left_on is not None and known_from < left_on <= life.last_day
    return Person(
        external_id=f"{life.cast.external_id}-P{number}",
        name=f"{first} {last}",
        persona=role,
        title=chance.pick(rng, TITLES[role]),
        known_from=known_from,
        left_on=left_on if is_leaving else None,
        warmth=float(rng.normal(0.0, 0.1)),
    )


def leaving_day(rng: Stream, life: Life, role: str) -> date | None:
    """The champion's day in the story of one who leaves; else one in twelve leaves in a year."""
    story = life.cast.story.key
    by_chance = life.first_day + timedelta(days=int(rng.exponential(365 * 12)))
    if story == "champion_leaves" and role == "champion":
        return life.cast.onset_on
    if story == "acquired" and role == "decision_maker":
        return life.cast.onset_on + timedelta(days=chance.whole(rng, 20, 120))
    return by_chance


def contact_records(life: Life, people: tuple[Person, ...]) -> list[ContactRecord]:
    return [
        ContactRecord(
            external_id=person.external_id,
            account=life.cast.external_id,
            name=person.name,
            email=f"{person.name.lower().replace(' ', '.')}@{life.cast.domain}",
            title=person.title,
            persona=person.persona,
            level=LEVELS[person.title],
            known_from=person.known_from,
            left_on=person.left_on,
        )
        for person in people
    ]


def rapport_records(life: Life, people: tuple[Person, ...]) -> list[RapportRecord]:
    """A rating a quarter of those who decide and of the champion."""
    rng = life.stream("rapport")
    records = []
    for person in people:
        day = max(person.known_from, life.first_day) + timedelta(days=chance.whole(rng, 10, 90))
        while person.persona in RATED and day <= life.last_day and person.is_there(day):
            rating = 1.0 + 4.2 * (life.at(day) + person.warmth) + rng.normal(0, 0.45)
            records.append(
                RapportRecord(
                    external_id=f"{person.external_id}-R{day:%Y%m%d}",
                    contact=person.external_id,
                    rated_on=day,
                    rating=min(max(round(rating), 1), 5),
                )
            )
            day += timedelta(days=chance.whole(rng, 75, 105))
    return records
