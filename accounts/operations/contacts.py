"""The people at an account, as our own people say it: added, changed, rated, gone, and all of that taken back.

What a contact said before stays known (accounts/amendments.py); a rating is a fact of its own, the newest one counts.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit, touches
from accounts.amendments import restored
from accounts.models import Account, Amendment, Contact, Level, Rapport, Source, User
from accounts.operations.entered import amend, done_by
from accounts.operations.readings import ENTERED_HERE

ADDED, CHANGED, TAKEN_BACK = "contact added", "contact changed", "contact taken back"
RATINGS = range(1, 6)


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is said about a contact. `rating` is how well we stand, 1 to 5; None leaves it as it is."""

    name: str
    email: str = ""
    title: str = ""
    persona: str = ""
    level: str = ""
    left_on: date | None = None
    rating: int | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """What stands in the contact's own row."""
        return {name: value for name, value in asdict(self).items() if name != "rating"}


class ContactChanged(Exception):
    """Somebody else changed the contact after it was looked at."""

    def __init__(self, *, contact: Contact) -> None:
        super().__init__("changed meanwhile")
        self.contact = contact


@transaction.atomic
def add_contact(*, account: Account, person: Person, key: str, by: User, at: datetime) -> Contact:
    """A new contact, known from today on. The same key again is the same contact."""
    today = timezone.localtime(at).date()
    check(person, known_from=today, today=today)
    source, _ = Source.objects.get_or_create(name=ENTERED_HERE)
    # The lock lets a form that is sent twice meet itself here.
    Account.objects.select_for_update().get(pk=account.pk)
    known = Contact.objects.filter(source=source, external_id=key).first()
    if known is not None:
        return known
    first = kinds_recorded()
    made = Contact.objects.create(
        source=source, external_id=key, account=account, known_from=today, recorded_at=at, **person.columns
    )
    rate(made, person.rating, at=at)
    tell(made, first=first, at=at)
    audit.record(verb=ADDED, subject=made, by=by, at=at, account=account.pk)
    return made


@transaction.atomic
def change_contact(*, contact: Contact, person: Person, seen: str, by: User, at: datetime) -> Contact:
    """Says it otherwise from now on. `seen` is the contact's edition when it was looked at."""
    check(person, known_from=contact.known_from, today=timezone.localtime(at).date())
    now = as_seen(contact, seen=seen)
    first = kinds_recorded()
    amend(now, person.columns, at=at)
    rate(now, person.rating, at=at)
    tell(now, first=first, at=at)
    audit.record(verb=CHANGED, subject=now, by=by, at=at, account=now.account_id)
    return now


@transaction.atomic
def take_back(*, contact: Contact, seen: str, by: User, at: datetime) -> None:
    """Undo of what `by` did last: a new contact goes, a changed one is as before, with the rating it had."""
    now = as_seen(contact, seen=seen)
    entry = done_by(now, by=by, verbs=(ADDED, CHANGED))
    first = kinds_recorded()
    audit.record(verb=TAKEN_BACK, subject=now, by=by, at=at, account=now.account_id)
    Rapport.objects.filter(contact=now, recorded_at=entry.at, source__name=ENTERED_HERE).delete()
    if entry.verb == ADDED:
        if now.touchpoints.exists():
            raise ValidationError("Not undone: a touchpoint with this contact was logged meanwhile.")
        touches.touch([now.account_id], at=at)
        now.delete()
        if first != kinds_recorded():
            touches.touch_all(at=at)
        return
    former = Amendment.objects.get(table="accounts.contact", fact_id=now.pk, amended_at=entry.at)
    columns = {name: restored(Contact, name, former.content[name]) for name in Person(name="").columns}
    amend(now, columns, at=at)
    tell(now, first=first, at=at)


def edition(contact: Contact) -> str:
    """Another one as soon as anything about the contact or our rating of it was written."""
    newest = Rapport.objects.filter(contact=contact).order_by("-rated_on", "-pk").values_list("pk", flat=True).first()
    return f"{contact.recorded_at.isoformat()}/{newest or 0}"


def as_seen(contact: Contact, *, seen: str) -> Contact:
    """The contact, held until the transaction ends. Raises ContactChanged."""
    now = Contact.objects.select_for_update().select_related(None).get(pk=contact.pk)
    if edition(now) != seen:
        raise ContactChanged(contact=now)
    return now


def rate(contact: Contact, rating: int | None, *, at: datetime) -> None:
    """A rating of today, unless it is the newest one already."""
    newest = Rapport.objects.filter(contact=contact).order_by("-rated_on", "-pk").first()
    if rating is None or (newest is not None and newest.rating == rating):
        return
    source, _ = Source.objects.get_or_create(name=ENTERED_HERE)
    Rapport.objects.create(
        source=source, external_id=f"rapport/{contact.pk}/{at.isoformat()}", contact=contact, rating=rating,
        rated_on=timezone.localtime(at).date(), recorded_at=at,
    )  # fmt: skip


def kinds_recorded() -> tuple[bool, ...]:
    """Whether anybody records each kind of which silence counts."""
    return (
        Contact.objects.exclude(persona="").exists(),
        Contact.objects.filter(level=Level.EXECUTIVE).exists(),
        Rapport.objects.exists(),
    )


def tell(contact: Contact, *, first: tuple[bool, ...], at: datetime) -> None:
    """The account is scored anew; all of them, where a kind is recorded for the first time, or no longer."""
    if first != kinds_recorded():
        touches.touch_all(at=at)
    touches.touch([contact.account_id], at=at)


def check(person: Person, *, known_from: date, today: date) -> None:
    """Refuses what makes no sense, by field."""
    problems = {
        "name": not person.name.strip() and "Say what the person is called.",
        "rating": person.rating is not None and person.rating not in RATINGS and "Rapport is from 1 to 5.",
        "left_on": leaving_problem(person.left_on, known_from=known_from, today=today),
    }
    found = {field: sentence for field, sentence in problems.items() if sentence}
    if found:
        raise ValidationError(found)


def leaving_problem(left_on: date | None, *, known_from: date, today: date) -> str:
    if left_on is not None and left_on > today:
        return "Nobody has left on a day ahead."
    return "That is before we knew the person." if left_on is not None and left_on < known_from else ""
