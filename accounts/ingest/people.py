"""Contacts, how we stand with them, when we met them and what they answered."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from accounts.ingest.facts import Batch, FactKind, Values, in_order, in_range, load_accounts, time_warnings
from accounts.ingest.lookups import Lookups
from accounts.ingest.outcome import Former, Outcome
from accounts.ingest.parse.refusals import Refused
from accounts.ingest.records import ContactRecord, RapportRecord, SurveyRecord, TouchpointRecord
from accounts.models import (
    SUBJECTS,
    Contact,
    Rapport,
    SurveyKind,
    SurveyResponse,
    Touchpoint,
    TouchpointKind,
    TouchpointState,
)

# Under which former links are kept, with the column.
TOUCHPOINTS_TABLE = "accounts.touchpoint"
# A touchpoint and who was there.
Pair = tuple[int, int]
SCORES: dict[str, tuple[int, int]] = {SurveyKind.NPS: (0, 10), SurveyKind.CSAT: (1, 5)}


def check_contact(row: Values) -> None:
    in_order(row, "known_from", "left_on", "left before known")


def contact_defaults(record: ContactRecord, lookups: Lookups) -> Values:
    return {"known_from": lookups.account(record.account).started_on}


def rapport_columns(record: RapportRecord, lookups: Lookups) -> Values:
    return {"contact_id": lookups.contact(record.contact)[0]}


def check_rapport(row: Values) -> None:
    in_range(row, "rating", 1, 5)


def load_rapport_contacts(batch: Batch, lookups: Lookups) -> None:
    lookups.load_contacts(record.contact for _, record in batch)


def touchpoint_columns(record: TouchpointRecord, lookups: Lookups) -> Values:
    account = lookups.account(record.account)
    for contact in record.contacts:
        contact_of(contact, account.pk, lookups, column="contacts")
    is_cancelled = record.state == TouchpointState.CANCELLED
    if record.cancelled_by and not is_cancelled:
        raise Refused("cancelled_by", f"the touchpoint is {record.state}, not cancelled")
    return {
        "account_id": account.pk,
        "replied_on": replied_on(record),
        # What takes place after all was not cancelled by anybody.
        "cancelled_by": record.cancelled_by if is_cancelled else "",
        "host_id": lookups.user(record.host_email),
    }


def replied_on(record: TouchpointRecord) -> date | None:
    if record.replied_on is None:
        return None
    if record.state != TouchpointState.HELD:
        raise Refused("replied_on", f"the touchpoint is {record.state}, not held")
    return record.replied_on


def check_touchpoint(row: Values) -> None:
    in_order(row, "day", "replied_on", "replied before the day of the touchpoint")


def contact_of(external_id: str, account_id: int, lookups: Lookups, *, column: str) -> int:
    contact_id, contact_account = lookups.contact(external_id, column=column)
    if contact_account != account_id:
        raise Refused(column, f"contact {external_id!r} belongs to another account")
    return contact_id


def load_touchpoint_names(batch: Batch, lookups: Lookups) -> None:
    load_accounts(batch, lookups)
    lookups.load_contacts(contact for _, record in batch for contact in record.contacts)
    lookups.load_people()


def touchpoint_oddities(record: TouchpointRecord, lookups: Lookups) -> list[str]:
    # What is planned lies ahead, as it should.
    today = date.max if record.state == TouchpointState.PLANNED else lookups.today
    odd = time_warnings(record.day, lookups.account(record.account), today=today)
    if record.host_email and lookups.user(record.host_email) is None:
        odd.append("the host is no user")
    if any(lookups.user(email) is None for email in record.colleague_emails):
        odd.append("a colleague is no user")
    return odd


def link_people(batch: Batch, lookups: Lookups, outcome: Outcome) -> set[str]:
    """Who met whom at each touchpoint of the batch; returns the touchpoints where that changed."""
    records = {record.external_id: record for _, record in batch}
    ids = dict(
        Touchpoint.objects.filter(source=lookups.source, external_id__in=records).values_list("pk", "external_id")
    )
    places = {external_id: pk for pk, external_id in ids.items()}
    met, joined = set[Pair](), set[Pair]()
    for external_id, record in records.items():
        met |= {(places[external_id], lookups.contact(contact)[0]) for contact in record.contacts}
        users = {lookups.user(email) for email in record.colleague_emails} - {None, lookups.user(record.host_email)}
        joined |= {(places[external_id], user_id) for user_id in users if user_id is not None}
    moved = set[int]()
    for through, column, wanted in (
        (Touchpoint.contacts.through, "contact_id", met),
        (Touchpoint.colleagues.through, "user_id", joined),
    ):
        before = links(through, column, among=ids)
        moved |= linked(through, column, before=before, wanted=wanted)
        outcome.keep_former(former_links(column, before, wanted))
    return {ids[pk] for pk in moved}


def former_links(column: str, before: set[Pair], wanted: set[Pair]) -> Iterator[Former]:
    """Who was at each touchpoint where that changes."""
    was, now = others(before), others(wanted)
    for pk in {touchpoint_id for touchpoint_id, _ in before ^ wanted}:
        yield Former(f"{TOUCHPOINTS_TABLE} {column}", pk, {column: was.get(pk, [])}, {column: now.get(pk, [])})


def others(pairs: set[Pair]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for touchpoint_id, other_id in sorted(pairs):
        found.setdefault(touchpoint_id, []).append(other_id)
    return found


def links(through: Any, column: str, *, among: Collection[int]) -> set[Pair]:
    return set(through.objects.filter(touchpoint_id__in=among).values_list("touchpoint_id", column))


def linked(through: Any, column: str, *, before: set[Pair], wanted: set[Pair]) -> set[int]:
    """Makes the links of these touchpoints the wanted ones; returns the touchpoints where that changed any."""
    for touchpoint_id, other_id in before - wanted:
        through.objects.filter(touchpoint_id=touchpoint_id, **{column: other_id}).delete()
    new = [{"touchpoint_id": touchpoint_id, column: other_id} for touchpoint_id, other_id in wanted - before]
    through.objects.bulk_create(through(**values) for values in new)
    return {touchpoint_id for touchpoint_id, _ in before ^ wanted}


def survey_columns(record: SurveyRecord, lookups: Lookups) -> Values:
    account = lookups.account(record.account)
    contact_id = contact_of(record.contact, account.pk, lookups, column="contact") if record.contact else None
    touchpoint_id = lookups.touchpoint(record.touchpoint)[0] if record.touchpoint else None
    return {"account_id": account.pk, "contact_id": contact_id, "touchpoint_id": touchpoint_id}


def check_answer(row: Values) -> None:
    if (row["answered_on"] is None) != (row["score"] is None):
        raise Refused("score", "an answer needs both its day and its score")
    in_order(row, "asked_on", "answered_on", "answered before asked")
    in_range(row, "score", *SCORES[row["kind"]])
    for column in (f"about_{subject}" for subject in SUBJECTS):
        in_range(row, column, 1, 5)
        if row[column] is not None and row["answered_on"] is None:
            raise Refused(column, "nobody has answered yet")


def load_survey_names(batch: Batch, lookups: Lookups) -> None:
    load_accounts(batch, lookups)
    lookups.load_contacts(record.contact for _, record in batch)
    lookups.load_touchpoints(record.touchpoint for _, record in batch)


def rapport_account(record: RapportRecord, lookups: Lookups) -> int:
    return lookups.contact(record.contact)[1]


CONTACTS = FactKind(
    model=Contact, defaults=contact_defaults, check=check_contact, recorded=({"persona__gt": ""}, {"level__gt": ""})
)
RAPPORTS = FactKind(
    model=Rapport,
    load=load_rapport_contacts,
    columns=rapport_columns,
    check=check_rapport,
    account_of=rapport_account,
)
TOUCHPOINTS = FactKind(
    model=Touchpoint,
    load=load_touchpoint_names,
    columns=touchpoint_columns,
    check=check_touchpoint,
    recorded=(
        {"kind": TouchpointKind.TRAINING},
        {"kind": TouchpointKind.MAIL, "replied_on__isnull": False},
        {"kind": TouchpointKind.CALL, "replied_on__isnull": False},
    ),
    odd=touchpoint_oddities,
    link=link_people,
)
SURVEYS = FactKind(
    model=SurveyResponse,
    load=load_survey_names,
    columns=survey_columns,
    check=check_answer,
    day=lambda record: record.answered_on or record.asked_on,
)
