"""The contract of every source: whatever brings facts (a file, the demo company, an event, a form) brings these.

`external_id` is the source's own id of the fact; bringing the same id with the same content again changes
nothing. `account` is the external id of the account in the same source. None means "the source does not say".
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRecord:
    """What an account is from `valid_from` on (None: from its start). ARR None: the sum of its open contracts."""

    external_id: str
    name: str
    started_on: date
    valid_from: date | None = None
    domain: str | None = None
    industry: str | None = None
    size_tier: str | None = None
    country: str | None = None
    segment: str | None = None
    phase: str | None = None
    status: str | None = None
    owner_email: str | None = None
    arr: Decimal | None = None
    currency: str | None = None
    seats: int | None = None
    renewal_date: date | None = None
    parent: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactRecord:
    external_id: str
    account: str
    name: str
    email: str | None = None
    title: str | None = None
    persona: str | None = None
    level: str | None = None
    known_from: date | None = None
    left_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractRecord:
    """Open on every day from `starts_on` to the day before `ends_on`."""

    external_id: str
    account: str
    starts_on: date
    arr: Decimal
    currency: str | None = None
    ends_on: date | None = None
    renews_on: date | None = None
    plan_name: str | None = None
    seats: int | None = None
    posture: str | None = None
    is_trial: bool = False
    term_months: int | None = None
    has_upsell_terms: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UsageRecord:
    """Use of a feature by a user on a day. A source may name the contract instead of the account, and no user.

    `loads` are page loads that were tried, `load_ms` the time that those that did not fail took together: a source
    that measures them states all three.
    """

    external_id: str
    day: date
    events: int
    account: str | None = None
    contract: str | None = None
    user_key: str | None = None
    feature: str | None = None
    seconds: int | None = None
    errors: int | None = None
    loads: int | None = None
    failed_loads: int | None = None
    load_ms: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketRecord:
    external_id: str
    account: str
    opened_at: datetime
    closed_at: datetime | None = None
    severity: str | None = None
    is_escalated: bool = False
    satisfaction: int | None = None
    first_response_minutes: int | None = None
    subject: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TouchpointRecord:
    external_id: str
    account: str
    kind: str
    day: date
    state: str = "held"
    cancelled_by: str | None = None
    replied_on: date | None = None
    host_email: str | None = None
    note: str | None = None
    contacts: tuple[str, ...] = ()
    colleague_emails: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SurveyRecord:
    """One contact asked once; `score` None while the contact is silent.

    `about_…` is what the answer says of that subject, 1 to 5; None where it does not speak of it.
    """

    external_id: str
    account: str
    kind: str
    asked_on: date
    answered_on: date | None = None
    score: int | None = None
    contact: str | None = None
    touchpoint: str | None = None
    comment: str | None = None
    about_brand: int | None = None
    about_people: int | None = None
    about_product: int | None = None
    about_process: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceRecord:
    external_id: str
    account: str
    issued_on: date
    due_on: date
    amount: Decimal
    currency: str | None = None
    number: str | None = None
    paid_on: date | None = None
    failed_payments: int = 0
    failed_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChurnRecord:
    external_id: str
    account: str
    churned_on: date
    reason_code: str
    note: str | None = None
    is_reactivation: bool = False
    competitor: str | None = None
    lost_arr: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingRecord:
    """A measure's value entered by hand, good until `expires_on` (None: 45 days)."""

    external_id: str
    account: str
    measure: str
    value: float
    read_on: date
    expires_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BusinessEventRecord:
    external_id: str
    account: str
    kind: str
    occurred_on: date
    ended_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MilestoneRecord:
    external_id: str
    account: str
    kind: str
    due_on: date | None = None
    reached_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeRecord:
    external_id: str
    account: str
    name: str
    due_on: date
    met_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EntitlementRecord:
    external_id: str
    account: str
    feature: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RapportRecord:
    external_id: str
    contact: str
    rated_on: date
    rating: int


Record = (
    AccountRecord
    | ContactRecord
    | ContractRecord
    | UsageRecord
    | TicketRecord
    | TouchpointRecord
    | SurveyRecord
    | InvoiceRecord
    | ChurnRecord
    | ReadingRecord
    | BusinessEventRecord
    | MilestoneRecord
    | OutcomeRecord
    | EntitlementRecord
    | RapportRecord
)

# The word by which a command, a mapping and a run name each kind.
KINDS: dict[str, type[Record]] = {
    "accounts": AccountRecord,
    "contacts": ContactRecord,
    "contracts": ContractRecord,
    "usage": UsageRecord,
    "tickets": TicketRecord,
    "touchpoints": TouchpointRecord,
    "surveys": SurveyRecord,
    "invoices": InvoiceRecord,
    "churn": ChurnRecord,
    "readings": ReadingRecord,
    "business_events": BusinessEventRecord,
    "milestones": MilestoneRecord,
    "outcomes": OutcomeRecord,
    "entitlements": EntitlementRecord,
    "rapports": RapportRecord,
}
