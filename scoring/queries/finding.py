"""What somebody may mean by a few letters: accounts and contacts that they see, the likeliest first."""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Case, IntegerField, Model, QuerySet, Value, When
from django.db.models.functions import Lower

from accounts.access import visible_accounts
from accounts.models import Account, Contact, Status, User
from scoring.queries.search import (
    Columns,
    folded,
    is_meant,
    perhaps_meant,
    searchable,
    with_words,
    words_of,
)

Row = TypeVar("Row", bound=Model)
MOST_FOUND = 8
# Fewer letters are in nearly everything.
FEWEST_LETTERS = 2
# How many rows are looked at letter by letter, where nothing has the words as they were typed.
MOST_COMPARED = 1_000
MOST_RANKED = 500
NAMES: Columns = ("name", "domain")
PERSON: Columns = ("name",)
ADDRESS: Columns = ("email",)


@dataclass(frozen=True)
class Found:
    """`is_guess` where nothing has the words as they were typed."""

    accounts: tuple[Account, ...] = ()
    contacts: tuple[Contact, ...] = ()
    is_guess: bool = False


def find(user: User, *, text: str, most: int = MOST_FOUND) -> Found:
    """Accounts and contacts with all words in their names; where there are none, those that are one letter away.

    A text with an @ is looked for among addresses.
    """
    words = words_of(text)
    if sum(map(len, words)) < FEWEST_LETTERS:
        return Found()
    accounts = visible_accounts(user).select_related("health", "owner")
    contacts = Contact.objects.select_related("account").filter(left_on=None)
    contacts = contacts.filter(account__in=visible_accounts(user)) if user_sees_a_part(user) else contacts
    of_person = ADDRESS if "@" in text else PERSON
    found = Found(likeliest(accounts, NAMES, text=text)[:most], likeliest(contacts, of_person, text=text)[:most])
    if found.accounts or found.contacts:
        return found
    return Found(alike(accounts, NAMES, text=text)[:most], alike(contacts, of_person, text=text)[:most], is_guess=True)


def user_sees_a_part(user: User) -> bool:
    """Whether some accounts are out of the user's sight: asking for those in sight costs most where it is all."""
    return bool(visible_accounts(user).query.where)


def likeliest(rows: QuerySet[Row], columns: Columns, *, text: str) -> tuple[Row, ...]:
    """Rows with all the words: those that begin with them, then those in which a word does; who left comes last.

    Of a text that is in nearly everything some rows are looked at, not all.
    """
    said = " ".join(words_of(text))
    found = with_words(rows.order_by(), columns=columns, text=text)
    begun = [*found.filter(searched__contains=f" {said}").values_list("pk", flat=True)[:MOST_RANKED]]
    inside = [] if len(begun) >= MOST_FOUND else [*found.values_list("pk", flat=True)[:MOST_RANKED]]
    place = Case(
        When(searched__startswith=f" {said}", then=Value(0)),
        When(searched__contains=f" {said}", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    ranked = searchable(rows, columns).filter(pk__among={*begun, *inside})
    return tuple(ranked.order_by(*gone_last(rows), place, Lower("name"), "pk")[:MOST_FOUND])


def gone_last(rows: QuerySet[Row]) -> list[Case]:
    return [Case(When(status=Status.ACTIVE, then=Value(0)), default=Value(1))] if rows.model is Account else []


def alike(rows: QuerySet[Row], columns: Columns, *, text: str) -> tuple[Row, ...]:
    """Rows of which each word is one letter away: the text was mistyped."""
    near = perhaps_meant(rows.select_related(None).order_by(), columns=columns, text=text)
    words, told = words_of(text), near.values_list("pk", *columns)[:MOST_COMPARED]
    meant = [pk for pk, *names in told if is_meant(words, text=f" {folded(' '.join(names))}")]
    return tuple(rows.filter(pk__among=meant).order_by(*gone_last(rows), Lower("name"), "pk")[:MOST_FOUND])
