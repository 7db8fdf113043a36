"""What identify and group tell of people and accounts goes through the ingest of every source, with its history.

A fold makes one record of a contact and one of an account and day, laid upon what is stored: what an event leaves
unsaid stays. What the ingest refuses waits in quarantine with its reason.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models.functions import Lower

from accounts.erasure.suppress import NOT_KEPT
from accounts.ingest import intake
from accounts.ingest.events.aside import Received
from accounts.ingest.events.gone import ERASED
from accounts.ingest.events.records import Said
from accounts.ingest.events.whose import FoundAccount
from accounts.ingest.parse.refusals import Refusal
from accounts.ingest.records import AccountRecord, ContactRecord, Record
from accounts.models import Account, Contact, Source

REFUSED = "refused"
CONTACT_FIELDS = ("name", "email", "title", "persona", "level", "known_from", "left_on")
ACCOUNT_FIELDS = (
    "name", "domain", "industry", "size_tier", "country", "phase", "arr", "currency", "seats", "renewal_date",
)  # fmt: skip
PutAside = Callable[[Received, str, str], None]


@dataclass(frozen=True, slots=True)
class Told:
    """One event about a person or an account, and what it says of it."""

    one: Received
    said: Said
    account: FoundAccount


@dataclass(slots=True)
class Draft:
    """A record while the events of a fold are laid upon it."""

    values: dict[str, Any]
    told: list[Received] = field(default_factory=list)


def take_contacts(told: Sequence[Told], *, at: datetime, put_aside: PutAside) -> None:
    """Contacts are found by the user's id, else by the address at the same account, else made."""
    stored = stored_contacts(told)
    drafts: dict[int, dict[str, Draft]] = defaultdict(dict)
    for each in told:
        source_id, key = each.account.source_id, contact_key(each, stored)
        if key is None:
            continue
        draft = drafts[source_id].setdefault(key, Draft(stored.fields.get((source_id, key), {})))
        draft.values = {**new_contact(each), **draft.values, **each.said, "account": each.account.external_id}
        draft.told.append(each.one)
        if email := draft.values.get("email"):
            stored.by_email.setdefault((each.account.pk, email.lower()), key)
    for source_id, theirs in drafts.items():
        records = [ContactRecord(external_id=key, **draft.values) for key, draft in theirs.items()]
        take_in("contacts", records, list(theirs.values()), source_id=source_id, at=at, put_aside=put_aside)


def new_contact(told: Told) -> dict[str, Any]:
    """What a contact is called and from when it is known, where nothing says so."""
    return {"name": told.said.get("email") or told.one.event.user_id or "", "known_from": told.one.day}


@dataclass(slots=True)
class StoredContacts:
    fields: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    by_email: dict[tuple[int, str], str] = field(default_factory=dict)


def stored_contacts(told: Sequence[Told]) -> StoredContacts:
    """The contacts that the events may be about: two queries."""
    ids = [each.one.event.user_id or "" for each in told]
    emails = {each.said["email"].lower() for each in told if "email" in each.said}
    columns = ("source_id", "external_id", "account_id", *CONTACT_FIELDS)
    sources = {each.account.source_id for each in told}
    by_id = Contact.objects.filter(source__in=sources, external_id__among=ids).values_list(*columns)
    at_accounts = Contact.objects.filter(account__in={each.account.pk for each in told})
    by_email = at_accounts.alias(lower=Lower("email")).filter(lower__in=emails).values_list(*columns)
    stored = StoredContacts()
    for source_id, external_id, account_id, *values in (*by_id, *by_email):
        row = dict(zip(CONTACT_FIELDS, values, strict=True))
        stored.fields[source_id, external_id] = row
        if row["email"]:
            stored.by_email[account_id, row["email"].lower()] = external_id
    return stored


def contact_key(told: Told, stored: StoredContacts) -> str | None:
    """The contact's id; None where the event tells too little to make one."""
    user, email = told.one.event.user_id, told.said.get("email", "").lower()
    if user and (told.account.source_id, user) in stored.fields:
        return user
    if email:
        return stored.by_email.get((told.account.pk, email)) or user or email
    return user if told.said.get("name") else None


def take_accounts(told: Sequence[Told], *, at: datetime, put_aside: PutAside) -> None:
    """Traits that say something new are a row of the account's history, from the event's day on."""
    stored = stored_accounts({each.account.pk for each in told})
    drafts: dict[int, dict[tuple[str, date], Draft]] = defaultdict(dict)
    for each in told:
        before = stored.get(each.account.pk)
        if before is not None and is_known(each.said, before):
            continue
        # A new account has one start, on whatever days it was told of.
        key = (each.account.external_id, each.one.day if before is not None else date.min)
        draft = drafts[each.account.source_id].setdefault(key, Draft(account_start(each, before)))
        draft.values.update({name: value for name, value in each.said.items() if name != "started_on"})
        draft.told.append(each.one)
    for source_id, theirs in drafts.items():
        records = [AccountRecord(external_id=key, **draft.values) for (key, _), draft in theirs.items()]
        take_in("accounts", records, list(theirs.values()), source_id=source_id, at=at, put_aside=put_aside)


def account_start(told: Told, before: dict[str, Any] | None) -> dict[str, Any]:
    """What a record must say: the name and the start. A new account's history begins with its start."""
    if before is not None:
        return {"name": before["name"], "started_on": before["started_on"], "valid_from": told.one.day}
    return {"name": told.account.external_id, "started_on": told.said.get("started_on", told.one.day)}


def stored_accounts(pks: Iterable[int]) -> dict[int, dict[str, Any]]:
    rows = Account.objects.filter(pk__in=pks).values(
        "pk", "started_on", "segment__slug", "owner__email", *ACCOUNT_FIELDS
    )
    return {row["pk"]: {**row, "segment": row["segment__slug"], "owner_email": row["owner__email"]} for row in rows}


def is_known(said: Said, before: dict[str, Any]) -> bool:
    """Whether the account is all that already: clients tell the same traits again and again."""
    return all(before[name] == value for name, value in said.items() if name != "started_on")


def take_in(
    kind: str, records: Sequence[Record], drafts: Sequence[Draft], *, source_id: int, at: datetime, put_aside: PutAside
) -> None:
    lines: list[tuple[int, Record] | Refusal] = list(enumerate(records))
    source = Source.objects.get(pk=source_id)
    outcome = intake.take_in(kind=kind, records=lines, source=source, at=at, by=None)
    for refusal in outcome.refusals:
        for one in drafts[refusal.line].told:
            code = ERASED if refusal.payload == NOT_KEPT else REFUSED
            put_aside(one, code, f"{refusal.column}: {refusal.reason}")
