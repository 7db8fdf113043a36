"""Tickets, readings, business events, milestones, outcomes and entitlements."""

from datetime import date, timedelta

from django.utils import timezone

from accounts.ingest.facts import Batch, FactKind, Values, account_column, in_order, in_range, load_accounts
from accounts.ingest.lookups import Lookups
from accounts.ingest.parse.refusals import Refused
from accounts.ingest.records import EntitlementRecord, ReadingRecord, TicketRecord
from accounts.models import BusinessEvent, Entitlement, ManualReading, Milestone, Outcome, Ticket

READING_KEEPS = timedelta(days=45)


def check_ticket(row: Values) -> None:
    in_order(row, "opened_at", "closed_at", "closed before it was opened")
    in_range(row, "satisfaction", 1, 5)


def ticket_day(record: TicketRecord) -> date:
    return timezone.localtime(record.opened_at).date()


def reading_columns(record: ReadingRecord, lookups: Lookups) -> Values:
    keeps = min(READING_KEEPS, date.max - record.read_on)
    return {**account_column(record, lookups), "expires_on": record.expires_on or record.read_on + keeps}


def check_reading(row: Values) -> None:
    in_order(row, "read_on", "expires_on", "expires before it was read")


def check_business_event(row: Values) -> None:
    in_order(row, "occurred_on", "ended_on", "ended before it occurred")


def check_milestone(row: Values) -> None:
    if row["due_on"] is None and row["reached_on"] is None:
        raise Refused("due_on", "neither due nor reached on any day")


def load_entitlement_names(batch: Batch, lookups: Lookups) -> None:
    load_accounts(batch, lookups)
    lookups.load_features(record.feature for _, record in batch)


def entitlement_columns(record: EntitlementRecord, lookups: Lookups) -> Values:
    return {**account_column(record, lookups), "feature_id": lookups.feature(record.feature)}


def check_entitlement(row: Values) -> None:
    in_order(row, "starts_on", "ends_on", "ends before it starts")


TICKETS = FactKind(model=Ticket, check=check_ticket, day=ticket_day)
READINGS = FactKind(
    model=ManualReading, columns=reading_columns, check=check_reading, day=lambda record: record.read_on
)
BUSINESS_EVENTS = FactKind(model=BusinessEvent, check=check_business_event, day=lambda record: record.occurred_on)
MILESTONES = FactKind(model=Milestone, check=check_milestone)
OUTCOMES = FactKind(model=Outcome)
ENTITLEMENTS = FactKind(
    model=Entitlement, load=load_entitlement_names, columns=entitlement_columns, check=check_entitlement
)
