"""Facts: what happened. One module per subject."""

from accounts.models.accounts import (
    Account,
    AccountHistory,
    BusinessEvent,
    BusinessEventKind,
    Contact,
    Entitlement,
    Feature,
    Level,
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
from accounts.models.asking import Language, Survey, SurveyInvitation, SurveyOptOut, SurveyText, SurveyWish
from accounts.models.attention import AttentionKind, GrowthKind, Snooze
from accounts.models.audit import AuditEntry
from accounts.models.billing import Contract, Invoice
from accounts.models.branding import Branding, ContactCard, ImageKind
from accounts.models.bulk_changes import BulkChange, BulkKind
from accounts.models.churn import ChurnEvent
from accounts.models.erasures import Erasure, Suppression
from accounts.models.events import EventSeen, SourceKey
from accounts.models.exports import Export, Restoration
from accounts.models.imports import AT_WORK, ColumnMapping, FileImport, FormerValue, ImportState
from accounts.models.ingest import Fact, IngestRun, Quarantine, RunState, Source
from accounts.models.kinds import TouchpointKind
from accounts.models.mails import MailState, OutboxMail
from accounts.models.organization import DisplayScale, ExchangeRate, Organization
from accounts.models.plans import (
    MitigationPlan,
    PlanOrigin,
    PlanOutcome,
    PlanReview,
    PlanStep,
    ReviewOutcome,
    StepState,
)
from accounts.models.playbooks import Holiday, Playbook, PlaybookStep, StepRole
from accounts.models.ratings import (
    ManualReading,
    Override,
    Proposal,
    ProposalKind,
    ProposalState,
    Pulse,
    PulseCategory,
    Rapport,
)
from accounts.models.reengaging import MailPermission, Reengagement, ReengagementMail, ReengagementText, Return
from accounts.models.renewals import RenewalOutlook
from accounts.models.sharing import Block, CustomerWord, ShareKey, ShareLink, ShareOpening, Shown, WordKind
from accounts.models.sources import SourceFeed, SourceHour, SourceSilence, StreamAccount
from accounts.models.stream import EventQuarantine, EventUser, HeldEvent, QuarantineState
from accounts.models.support import Severity, Ticket
from accounts.models.surveys import SUBJECTS, SurveyKind, SurveyResponse
from accounts.models.tokens import ApiToken, KeptAnswer, Scope
from accounts.models.touches import AccountTouch, CommonTouch
from accounts.models.touchpoints import CancelledBy, Touchpoint, TouchpointState
from accounts.models.usage import AccountDay, FeatureDay, InboxBatch, KnownDay, UsageMonth, UsageRow, UserDay
from accounts.models.users import Role, Team, Theme, User
from accounts.models.views import SavedView, ViewedPage

__all__ = [
    "AT_WORK", "SUBJECTS", "Account", "AccountDay", "AccountHistory", "AccountTouch", "Amendment", "ApiToken",
    "AuditEntry", "BulkChange", "BulkKind", "BusinessEvent", "BusinessEventKind", "CancelledBy", "ChurnEvent",
    "ColumnMapping", "CommonTouch", "Contact", "Contract", "DisplayScale", "Entitlement", "EventQuarantine",
    "EventSeen", "EventUser", "ExchangeRate", "Fact", "Feature", "FeatureDay", "FileImport", "FormerValue",
    "HeldEvent", "ImportState", "InboxBatch", "IngestRun", "Invoice", "KeptAnswer", "KnownDay", "Level",
    "ManualReading", "Milestone", "MilestoneKind", "MitigationPlan", "Organization", "Outcome", "Override", "Persona",
    "Phase", "PlanOutcome", "PlanReview", "PlanStep", "Proposal", "ProposalKind", "ProposalState", "Pulse",
    "PulseCategory", "Quarantine", "QuarantineState", "Rapport", "RenewalOutlook", "RenewalPosture",
    "ReviewOutcome", "Role", "RollUp",
    "RunState", "SavedView", "Scope", "Segment", "Severity", "ShareLink", "Source", "SourceKey", "Status",
    "StepState", "SurveyKind", "SurveyResponse", "Team", "Theme", "Ticket", "Touchpoint", "TouchpointKind",
    "TouchpointState", "UsageMonth", "UsageRow", "User", "UserDay",
    # What is done about a risk, and on which days.
    "Holiday", "PlanOrigin", "Playbook", "PlaybookStep", "StepRole",
    # What a user put off, or keeps.
    "AttentionKind", "GrowthKind", "Snooze", "ViewedPage",
    # Where facts come from.
    "SourceFeed", "SourceHour", "SourceSilence", "StreamAccount",
    # The customer's own page.
    "Block", "Branding", "ContactCard", "CustomerWord", "ImageKind", "ShareKey", "ShareOpening", "Shown", "WordKind",
    # How we ask.
    "Language", "Survey", "SurveyInvitation", "SurveyOptOut", "SurveyText", "SurveyWish",
    # Writing again when interest wanes.
    "MailPermission", "Reengagement", "ReengagementMail", "ReengagementText", "Return",
    # Mails on their way.
    "MailState", "OutboxMail",
    # Getting out.
    "Erasure", "Export", "Restoration", "Suppression",
]  # fmt: skip
