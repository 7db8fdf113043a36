"""The people of an account: contacts with their rapport, and the personas that nobody fills yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Contact, Persona

RAPPORT_DOTS = 5
LONG_AGO_DAYS = 60


@dataclass(frozen=True)
class Person:
    """A contact. `dots` are true up to its rapport; None where nobody has rated it."""

    pk: int
    name: str
    email: str
    title: str
    persona: str
    persona_code: str
    level: str
    level_name: str
    rapport: int | None
    dots: tuple[bool, ...]
    touch_days: int | None
    left_on: date | None
    edition: str

    @property
    def is_touch_long_ago(self) -> bool:
        return self.touch_days is not None and self.touch_days > LONG_AGO_DAYS


@dataclass(frozen=True)
class MissingPersona:
    code: str
    name: str


@dataclass(frozen=True)
class People:
    there: tuple[Person, ...]
    left: tuple[Person, ...]
    missing: tuple[MissingPersona, ...]


def build_people(contacts: Sequence[Contact], *, today: date) -> People:
    """Who is there by persona, who left, and which personas are missing."""
    order = list(Persona.values)
    people = [
        (order.index(contact.persona) if contact.persona else len(order), contact, person_of(contact, today=today))
        for contact in contacts
    ]
    there = [(place, person) for place, contact, person in people if not has_left(contact, today=today)]
    filled = {contact.persona for _, contact, _ in people if not has_left(contact, today=today)}
    return People(
        there=tuple(person for _, person in sorted(there, key=lambda pair: pair[0])),
        left=tuple(person for _, contact, person in people if has_left(contact, today=today)),
        missing=tuple(
            MissingPersona(persona.value, str(persona.label).lower()) for persona in Persona if persona not in filled
        ),
    )


def has_left(contact: Contact, *, today: date) -> bool:
    return contact.left_on is not None and contact.left_on <= today


def person_of(contact: Contact, *, today: date) -> Person:
    rapport: int | None = contact.rapport  # type: ignore[attr-defined]
    touched: date | None = contact.last_touch  # type: ignore[attr-defined]
    return Person(
        pk=contact.pk,
        name=contact.name,
        email=contact.email,
        title=contact.title,
        persona=contact.get_persona_display() if contact.persona else "",
        persona_code=contact.persona,
        level=contact.level,
        level_name=contact.get_level_display() if contact.level else "",
        rapport=rapport,
        dots=tuple(rapport is not None and dot < rapport for dot in range(RAPPORT_DOTS)),
        touch_days=(today - touched).days if touched else None,
        left_on=contact.left_on,
        edition=f"{contact.recorded_at.isoformat()}/{contact.rapport_pk or 0}",  # type: ignore[attr-defined]
    )
