"""Contacts, how we stand with them, when we met them and what they answered."""

from datetime import date

from accounts.ingest.facts import Batch, FactKind, Values, in_order, in_range, load_accounts, time_warnings
from accounts.ingest.lookups import Lookups
from accounts.ingest.parse.refusals import Refused
from accounts.ingest.records import ContactRecord, RapportRecord, SurveyRecord, TouchpointRecord
from accounts.models import Contact, Rapport, SurveyKind, SurveyResponse, Touchpoint, TouchpointState

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
        # What takes place after all was not cancelled by anybody.
        "cancelled_by": record.cancelled_by if is_cancelled else "",
        "host_id": lookups.user(record.host_email),
    }


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
    is_unknown = record.host_email and lookups.user(record.host_email) is None
    return [*odd, *(["the host is no user"] if is_unknown else [])]


def link_contacts(batch: Batch, lookups: Lookups) -> set[str]:
    """Who was met at each touchpoint of the batch; returns the touchpoints where that changed."""
    ids = {record.external_id: record for _, record in batch}
    touchpoints = dict(
        Touchpoint.objects.filter(source=lookups.source, external_id__in=ids).values_list("external_id", "pk")
    )
    through = Touchpoint.contacts.through
    pairs = through.objects.filter(touchpoint_id__in=touchpoints.values()).values_list("touchpoint_id", "contact_id")
    before = set(pairs)
    wanted = {
        (touchpoints[external_id], lookups.contact(contact)[0])
        for external_id, record in ids.items()
        for contact in record.contacts
    }
    for touchpoint_id, contact_id in before - wanted:
        through.objects.filter(touchpoint_id=touchpoint_id, contact_id=contact_id).delete()
    through.objects.bulk_create(
        through(touchpoint_id=touchpoint_id, contact_id=contact_id) for touchpoint_id, contact_id in wanted - before
    )
    moved = {touchpoint_id for touchpoint_id, _ in before ^ wanted}
    return {external_id for external_id, pk in touchpoints.items() if pk in moved}


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


def load_survey_names(batch: Batch, lookups: Lookups) -> None:
    load_accounts(batch, lookups)
    lookups.load_contacts(record.contact for _, record in batch)
    lookups.load_touchpoints(record.touchpoint for _, record in batch)


def rapport_account(record: RapportRecord, lookups: Lookups) -> int:
    return lookups.contact(record.contact)[1]


CONTACTS = FactKind(model=Contact, defaults=contact_defaults, check=check_contact)
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
    odd=touchpoint_oddities,
    link=link_contacts,
)
SURVEYS = FactKind(
    model=SurveyResponse,
    load=load_survey_names,
    columns=survey_columns,
    check=check_answer,
    day=lambda record: record.answered_on or record.asked_on,
)
