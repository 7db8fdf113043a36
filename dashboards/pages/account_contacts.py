"""The people of an account: who they are to us, how well we stand, and who of ours knows whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate

from accounts.access import Action, heads_among, visible_accounts
from accounts.models import Account, Level, Persona, User
from accounts.queries.account import accounts_in_full, contacts_in_full
from accounts.queries.relations import Ties, ties
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_head import Head, build_head, standing_of
from dashboards.pages.account_people import People, Person, build_people
from dashboards.pages.files import csv_file

TIES_DAYS = 180
MOST_OF_OURS = 8


@dataclass(frozen=True)
class TieRow:
    """A contact with how often each of ours met it, in the order of `Relations.ours`."""

    person: Person
    counts: tuple[int, ...]
    others: int  # of ours beyond those shown
    people: int  # how many of ours are in touch


@dataclass(frozen=True)
class Relations:
    """Who of ours met whom in 180 days, and what that covers."""

    ours: tuple[User, ...]
    rows: tuple[TieRow, ...]
    people: int
    personas: int
    all_personas: int
    executives: int
    executives_met: int
    single: int  # contacts whom one of ours alone knows
    untouched: int


@dataclass(frozen=True)
class ContactsPage(Head):
    people: People
    relations: Relations
    personas: tuple[tuple[str, str], ...]
    ratings: tuple[int, ...]


def build_contacts_page(account: Account, *, user: User, today: date) -> ContactsPage:
    standing = standing_of(account, today=today)
    head = build_head(account, user=user, standing=standing, today=today, tab="contacts")
    day = head.counting_day
    people = build_people(list(contacts_in_full(account, today=day)), today=day)
    found = ties(account, first=day - timedelta(days=TIES_DAYS - 1), last=day)
    return ContactsPage(
        **vars(head),
        people=people,
        relations=relations_of(people.there, found),
        personas=tuple((persona.value, str(persona.label)) for persona in Persona),
        ratings=tuple(range(1, 6)),
    )


def relations_of(there: Sequence[Person], found: Ties) -> Relations:
    ours = found.people[:MOST_OF_OURS]
    rows = tuple(tie_row(person, found.of(person.pk), ours) for person in there)
    executives = [row for row in rows if row.person.level == Level.EXECUTIVE]
    chiefs = heads_among(found.people)
    return Relations(
        ours=ours,
        rows=rows,
        people=len(found.people),
        personas=len({person.persona_code for person in there} - {""}),
        all_personas=len(Persona),
        executives=len(executives),
        executives_met=sum(bool(chiefs & found.of(row.person.pk).keys()) for row in executives),
        single=sum(row.people == 1 for row in rows),
        untouched=sum(row.people == 0 for row in rows),
    )


def tie_row(person: Person, counts: Mapping[int, int], ours: Sequence[User]) -> TieRow:
    shown = tuple(counts.get(user.pk, 0) for user in ours)
    return TieRow(person, shown, others=len(counts) - sum(count > 0 for count in shown), people=len(counts))


@requires(Action.VIEW_ACCOUNT)
def account_contacts(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    page = build_contacts_page(found, user=request.user, today=localdate())
    return render(request, "account_contacts.html", {"page": page})


@requires(Action.VIEW_ACCOUNT)
def account_contacts_csv(request: UserRequest, pk: int) -> HttpResponse:
    """Everybody, also who left."""
    account, today = get_object_or_404(visible_accounts(request.user), pk=pk), localdate()
    people = build_people(list(contacts_in_full(account, today=today)), today=today)
    heads = ["Name", "Title", "Persona", "Level", "E-mail", "Rapport", "Days since touch", "Left on"]
    lines = (
        [one.name, one.title, one.persona, one.level_name, one.email, one.rapport, one.touch_days, one.left_on]
        for one in (*people.there, *people.left)
    )
    return csv_file(f"account-{account.pk}-contacts", [heads, *lines])
