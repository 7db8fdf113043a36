"""Facts: what happened. One module per subject."""

from accounts.models.accounts import (
    Account,
    AccountHistory,
    BusinessEvent,
    BusinessEventKind,
    Contact,
    Entitlement,
    Feature,
    Milestone,
    MilestoneKind,
    Outcome,
    Persona,
    Phase,
    RenewalPosture,
    RollUp,
    Segment,
    Status,
)
from accounts.models.amendments import Amendment
from accounts.models.audit import AuditEntry
from accounts.models.billing import Contract, Invoice
from accounts.models.churn import ChurnEvent
from accounts.models.ingest import Fact, IngestRun, Quarantine, RunState, Source
from accounts.models.organization import DisplayScale, ExchangeRate, Organization
from accounts.models.plans import (
    MitigationPlan,
    PlanOutcome,
    PlanReview,
    PlanStep,
    ReviewOutcome,
    StepState,
)
from accounts.models.ratings import ManualReading, Override, Pulse, PulseCategory, Rapport
from accounts.models.sharing import ShareLink
from accounts.models.support import Severity, Ticket
from accounts.models.surveys import SurveyKind, SurveyResponse
from accounts.models.touches import AccountTouch, CommonTouch
from accounts.models.touchpoints import CancelledBy, Touchpoint, TouchpointKind, TouchpointState
from accounts.models.usage import AccountDay, FeatureDay, InboxBatch, KnownDay, UsageMonth, UsageRow, UserDay
from accounts.models.users import Role, Team, Theme, User

__all__ = [
    "Account", "AccountDay", "AccountHistory", "AccountTouch", "Amendment", "AuditEntry", "BusinessEvent",
    "BusinessEventKind", "CancelledBy", "ChurnEvent", "CommonTouch", "Contact", "Contract", "DisplayScale",
    "Entitlement", "ExchangeRate", "Fact", "Feature", "FeatureDay", "InboxBatch", "IngestRun", "Invoice",
    "KnownDay", "ManualReading", "Milestone", "MilestoneKind", "MitigationPlan", "Organization", "Outcome",
    "Override", "Persona", "Phase", "PlanOutcome", "PlanReview", "PlanStep", "Pulse", "PulseCategory",
    "Quarantine", "Rapport", "RenewalPosture", "ReviewOutcome", "Role", "RollUp", "RunState", "Segment",
    "Severity", "ShareLink", "Source", "Status", "StepState", "SurveyKind", "SurveyResponse", "Team", "Theme",
    "Ticket", "Touchpoint", "TouchpointKind", "TouchpointState", "UsageMonth", "UsageRow", "User", "UserDay",
]  # fmt: skip
