"""Which column is which field, and of which kind a file is: by names, synonyms, likeness and the look of the values."""

import re
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any, get_type_hints

from accounts.ingest.parse.rows import plain
from accounts.ingest.parse.sheet import type_of
from accounts.ingest.parse.values import NUMBERS
from accounts.ingest.records import KINDS

# Names under which other systems keep the same thing, written plainly. The field's own name always counts.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "external_id": ("id", "key", "record id", "reference", "ref", "number", "no"),
    "account": ("account id", "customer id", "company id", "client id", "organization id", "account number",
                "customer number", "customer no", "account no", "account key", "tenant id", "kundennummer",
                "kundennr"),
    "name": ("full name", "title"),
    "started_on": ("start date", "customer since", "started", "signup date", "signed up", "created", "created at",
                   "created date", "onboarded", "go live", "member since", "since", "kunde seit"),
    "valid_from": ("effective date", "effective from", "as of"),
    "domain": ("website", "web site", "url", "company domain", "homepage"),
    "industry": ("sector", "vertical", "branche"),
    "size_tier": ("size", "company size", "employees", "employee range", "headcount"),
    "country": ("region", "billing country", "land"),
    "segment": ("tier", "plan tier", "customer segment", "market segment"),
    "phase": ("lifecycle", "lifecycle stage", "stage", "lifecycle phase", "journey stage"),
    "status": ("account status", "customer status"),
    "owner_email": ("owner", "csm", "csm email", "account owner", "account manager", "success manager", "owner mail"),
    "arr": ("annual recurring revenue", "arr usd", "annual revenue", "acv", "contract value", "arr amount", "umsatz"),
    "currency": ("currency code", "ccy", "waehrung", "währung"),
    "seats": ("licenses", "licences", "user limit", "seat count", "licensed seats", "users"),
    "renewal_date": ("renewal", "renews on", "next renewal", "contract end", "contract end date", "expiry date",
                     "verlängerung"),
    "parent": ("parent account", "parent id", "parent company"),
    "email": ("e mail", "email address", "mail", "work email"),
    "title": ("job title", "role", "position"),
    "persona": ("buying role", "contact type"),
    "known_from": ("added on", "created", "created at"),
    "left_on": ("left", "departed", "end date"),
    "starts_on": ("start date", "starts", "start", "begin", "contract start", "valid from"),
    "ends_on": ("end date", "ends", "end", "contract end", "valid to", "expires"),
    "renews_on": ("renewal date", "renewal", "next renewal"),
    "plan_name": ("plan", "plan tier", "product", "subscription"),
    "is_trial": ("trial",),
    "day": ("date", "usage date", "activity date", "timestamp"),
    "events": ("event count", "count", "usage count", "actions", "logins", "sessions"),
    "contract": ("contract id", "subscription id", "subscription"),
    "user_key": ("user", "user id", "username", "user email"),
    "feature": ("feature name", "module", "product area", "event", "event name"),
    "seconds": ("duration", "duration secs", "duration seconds", "usage duration secs", "time spent"),
    "errors": ("error count",),
    "load_ms": ("load time", "load time ms"),
    "opened_at": ("created", "created at", "submitted at", "opened", "open date", "submitted"),
    "closed_at": ("closed", "resolved at", "resolved", "solved at", "close date"),
    "severity": ("priority", "urgency"),
    "is_escalated": ("escalated", "escalation flag", "escalation"),
    "satisfaction": ("satisfaction score", "csat", "rating"),
    "first_response_minutes": ("first response time minutes", "first response", "first reply minutes"),
    "subject": ("summary", "title"),
    "kind": ("type", "category"),
    "host_email": ("host", "organizer", "owner"),
    "note": ("notes", "comment", "comments", "description", "feedback text"),
    "asked_on": ("sent", "sent on", "sent at", "survey date", "asked"),
    "answered_on": ("answered", "responded", "responded at", "response date", "answer date"),
    "score": ("rating", "answer", "nps score", "value"),
    "contact": ("contact id", "respondent", "person"),
    "comment": ("feedback", "comments", "verbatim", "answer text"),
    "issued_on": ("invoice date", "issue date", "date", "issued"),
    "due_on": ("due date", "due", "deadline", "target date"),
    "amount": ("total", "invoice amount", "sum", "betrag"),
    "number": ("invoice number", "invoice no"),
    "paid_on": ("paid", "payment date", "paid date", "paid at"),
    "churned_on": ("churn date", "churned", "cancelled on", "lost on", "cancellation date"),
    "reason_code": ("reason", "churn reason"),
    "competitor": ("lost to", "competitor name"),
    "lost_arr": ("arr lost", "churned arr", "lost revenue"),
    "is_reactivation": ("reactivation",),
    "measure": ("metric", "kpi"),
    "value": ("reading", "result"),
    "read_on": ("date", "measured on"),
    "occurred_on": ("date", "occurred", "happened on", "event date"),
    "reached_on": ("reached", "completed", "completed on", "done on"),
    "met_on": ("met", "achieved on", "achieved"),
    "rated_on": ("date", "rated"),
    "rating": ("rapport", "score"),
}  # fmt: skip
# What an id or a name of the kind itself is called: account id, company, ticket number.
NOUNS: dict[str, tuple[str, ...]] = {
    "accounts": ("account", "customer", "company", "client", "organization", "kunde", "kunden", "firma"),
    "contacts": ("contact", "person"),
    "contracts": ("contract", "subscription", "agreement"),
    "usage": ("usage", "event", "activity"),
    "tickets": ("ticket", "case", "issue"),
    "touchpoints": ("touchpoint", "meeting", "activity", "call"),
    "surveys": ("survey", "response", "answer"),
    "invoices": ("invoice", "bill"),
    "churn": ("churn event", "churn", "cancellation"),
    "readings": ("reading",),
    "business_events": ("event", "news"),
    "milestones": ("milestone",),
    "outcomes": ("outcome", "goal"),
    "entitlements": ("entitlement",),
    "rapports": ("rapport",),
}
IDS = ("id", "key", "number", "no", "nr", "nummer", "code", "external id", "ref")
# Marks that say nothing about what a column is: ARR (USD), Name*.
ASIDE = re.compile(r"[()\[\]:#*.]")
LIKE_ENOUGH = 0.84
EXACT, SYNONYM = 1.0, 0.95


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a column: its name and which share of its values are days, numbers, addresses."""

    name: str
    days: float
    numbers: float
    addresses: float
    is_empty: bool = False


def guess_mapping(kind: str, columns: Sequence[Traits]) -> dict[str, int]:
    """Field → index of its column: the likeliest pairs first, each field and each column once."""
    hints = get_type_hints(KINDS[kind])
    pairs = [
        (likeness, -at, -order, field.name, at)
        for order, field in enumerate(fields(KINDS[kind]))
        for at, column in enumerate(columns)
        if (likeness := likeness_of(kind, field.name, column, type_of(hints[field.name]))) >= LIKE_ENOUGH
    ]
    found: dict[str, int] = {}
    for *_, name, at in sorted(pairs, reverse=True):
        if name not in found and at not in found.values():
            found[name] = at
    return found


def likeness_of(kind: str, field: str, column: Traits, wanted: Any) -> float:
    """From 0 to 1; 0 where the values cannot be what the field holds."""
    if not fits(column, wanted, field):
        return 0.0
    name = plain(ASIDE.sub(" ", column.name))
    own = own_names(kind, field)
    if name == plain(field) or name in own[:1]:
        return EXACT
    if name in own or name in SYNONYMS.get(field, ()):
        return SYNONYM
    return max(ratio(name, known) for known in (plain(field), *own, *SYNONYMS.get(field, ())))


def own_names(kind: str, field: str) -> list[str]:
    """What the id and the name of the kind's own things are called."""
    if field == "external_id":
        return [f"{noun} {word}" for noun in NOUNS[kind] for word in IDS]
    if field == "name":
        return [f"{noun} name" for noun in NOUNS[kind]] + list(NOUNS[kind])
    return []


def ratio(name: str, known: str) -> float:
    """How alike two names are; short ones must agree, since one letter changes them too much."""
    return SequenceMatcher(None, name, known).ratio() * 0.94 if min(len(name), len(known)) > 4 else 0.0


def fits(column: Traits, wanted: Any, field: str) -> bool:
    """Whether most values are of the field's type. A column without values may be anything."""
    if column.is_empty:
        return True
    if wanted in (date, datetime):
        return column.days >= 0.5 or column.numbers >= 0.9
    if wanted in NUMBERS:
        return column.numbers >= 0.5
    return column.addresses >= 0.5 if field.endswith("email") else column.days < 0.5


def guess_kind(columns: Sequence[Traits]) -> str:
    """The kind that finds the most of what it needs, and then the most columns."""

    def worth(kind: str) -> tuple[float, float]:
        found = guess_mapping(kind, columns)
        needed = [field.name for field in fields(KINDS[kind]) if field.default is MISSING]
        return (sum(name in found for name in needed) / len(needed) + len(found) / len(columns), float(len(found)))

    return max(KINDS, key=worth)
