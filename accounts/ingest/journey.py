"""Tickets, readings, business events, milestones, outcomes and entitlements."""

from datetime import timedelta

from django.utils import timezone

from accounts.ingest.facts import Batch, FactKind, Values, in_order, load_accounts, time_warnings
from accounts.ingest.lookups import Lookups
from accounts.ingest.parse.refusals import Refused
from accounts.ingest.records import (
    BusinessEventRecord,
    EntitlementRecord,
    MilestoneRecord,
    OutcomeRecord,
    ReadingRecord,
    TicketRecord,
)
from accounts.models import BusinessEvent, Entitlement, ManualReading, Milestone, Outcome, Ticket

READING_KEEPS = timedelta(days=45)


def ticket_columns(record: TicketRecord, lookups: Lookups) -> Values:
    in_order("closed_at", record.opened_at, record.closed_at, "closed before it was opened")
    if record.satisfaction is not None and not 1 <= record.satisfaction <= 5:
        raise Refused("satisfaction", f"{record.satisfaction} is not between 1 and 5")
    return {
        "account_id": lookups.account(record.account).pk,
        "opened_at": record.opened_at,
        "closed_at": record.closed_at,
        "severity": record.severity,
        "is_escalated": record.is_escalated,
        "satisfaction": record.satisfaction,
        "first_response_minutes": record.first_response_minutes,
        "subject": record.subject,
    }


def ticket_oddities(record: TicketRecord, values: Values, lookups: Lookups) -> list[str]:
    opened_on = timezone.localtime(record.opened_at).date()
    return time_warnings(opened_on, lookups.account(record.account), today=lookups.today)


def reading_columns(record: ReadingRecord, lookups: Lookups) -> Values:
    in_order("expires_on", record.read_on, record.expires_on, "expires before it was read")
    return {
        "account_id": lookups.account(record.account).pk,
        "measure": record.measure,
        "value": record.value,
        "read_on": record.read_on,
        "expires_on": record.expires_on or record.read_on + READING_KEEPS,
    }


def reading_oddities(record: ReadingRecord, values: Values, lookups: Lookups) -> list[str]:
    return time_warnings(record.read_on, lookups.account(record.account), today=lookups.today)


def business_event_columns(record: BusinessEventRecord, lookups: Lookups) -> Values:
    in_order("ended_on", record.occurred_on, record.ended_on, "ended before it occurred")
    return {
        "account_id": lookups.account(record.account).pk,
        "kind": record.kind,
        "occurred_on": record.occurred_on,
        "ended_on": record.ended_on,
        "note": record.note,
    }


def business_event_oddities(record: BusinessEventRecord, values: Values, lookups: Lookups) -> list[str]:
    return time_warnings(record.occurred_on, lookups.account(record.account), today=lookups.today)


def milestone_columns(record: MilestoneRecord, lookups: Lookups) -> Values:
    if record.due_on is None and record.reached_on is None:
        raise Refused("due_on", "neither due nor reached on any day")
    return {
        "account_id": lookups.account(record.account).pk,
        "kind": record.kind,
        "due_on": record.due_on,
        "reached_on": record.reached_on,
    }


def outcome_columns(record: OutcomeRecord, lookups: Lookups) -> Values:
    return {
        "account_id": lookups.account(record.account).pk,
        "name": record.name,
        "due_on": record.due_on,
        "met_on": record.met_on,
    }


def entitlement_columns(record: EntitlementRecord, lookups: Lookups) -> Values:
    in_order("ends_on", record.starts_on, record.ends_on, "ends before it starts")
    return {
        "account_id": lookups.account(record.account).pk,
        "feature_id": lookups.feature(record.feature),
        "starts_on": record.starts_on,
        "ends_on": record.ends_on,
    }


def load_entitlement_names(batch: Batch, lookups: Lookups) -> None:
    load_accounts(batch, lookups)
    lookups.load_features(record.feature for _, record in batch)


TICKETS = FactKind(model=Ticket, load=load_accounts, columns=ticket_columns, odd=ticket_oddities)
READINGS = FactKind(model=ManualReading, load=load_accounts, columns=reading_columns, odd=reading_oddities)
BUSINESS_EVENTS = FactKind(
    model=BusinessEvent, load=load_accounts, columns=business_event_columns, odd=business_event_oddities
)
MILESTONES = FactKind(model=Milestone, load=load_accounts, columns=milestone_columns)
OUTCOMES = FactKind(model=Outcome, load=load_accounts, columns=outcome_columns)
ENTITLEMENTS = FactKind(model=Entitlement, load=load_entitlement_names, columns=entitlement_columns)
