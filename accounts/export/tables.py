"""Which tables leave, in the order in which they come back, and which do not, each with its reason.

Rows keep their ids: what names them by id (the audit, what facts said before, the breakdown of a score) stays true.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import models
from django.db.models import Q, QuerySet

from accounts import models as facts
from accounts.export import spoken

Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """One table as one file: CSV where people or `ingest` may want to read it, else JSON, a line a row."""

    name: str
    model: type[models.Model]
    is_csv: bool = False
    # What ingest and people read beside the table's own columns: it is written and never read back.
    speak: spoken.Speak = spoken.NOTHING
    # Columns that stay here, and what stands in them after a restore.
    left_out: tuple[tuple[str, Callable[[], Any]], ...] = ()
    # Columns that point at rows of the same table: they are filled in once all rows are there.
    own_links: tuple[str, ...] = ()
    only: Q = Q()
    is_score: bool = False
    before: Callable[[Sequence[Row]], None] = lambda rows: None

    @property
    def file(self) -> str:
        return f"{self.name}.{'csv' if self.is_csv else 'jsonl'}"

    @cached_property
    def fields(self) -> list["models.Field[Any, Any]"]:
        hidden = {name for name, _ in self.left_out}
        return [field for field in self.model._meta.concrete_fields if field.attname not in hidden and field.column]

    @cached_property
    def columns(self) -> list[str]:
        return [field.attname for field in self.fields]

    def rows(self) -> "QuerySet[Any, Any]":
        """In the order of their keys, so that a restore can be taken up where it stopped."""
        return self.model._default_manager.filter(self.only).order_by(*self.key).values(*self.columns)

    @cached_property
    def key(self) -> list[str]:
        # A composite key is no column of its own.
        return [field.attname for field in self.model._meta.pk_fields]


def unusable_password() -> str:
    return make_password(None)


def nothing() -> None:
    return None


TABLES = (
    Table("organization", facts.Organization),
    Table("teams", facts.Team),
    Table("users", facts.User, left_out=(("password", unusable_password),)),
    Table("branding", facts.Branding),
    Table("contact_cards", facts.ContactCard),
    Table("segments", facts.Segment),
    Table("features", facts.Feature),
    Table("exchange_rates", facts.ExchangeRate),
    Table("sources", facts.Source),
    Table("accounts", facts.Account, is_csv=True, speak=spoken.ACCOUNT, own_links=("parent_id",)),
    Table("account_history", facts.AccountHistory, is_csv=True, speak=spoken.HISTORY),
    Table("contacts", facts.Contact, is_csv=True, speak=spoken.OF_ACCOUNT),
    Table("contracts", facts.Contract, is_csv=True, speak=spoken.OF_ACCOUNT),
    Table("invoices", facts.Invoice, is_csv=True, speak=spoken.OF_ACCOUNT),
    Table("churn", facts.ChurnEvent, is_csv=True, speak=spoken.OF_ACCOUNT),
    Table("tickets", facts.Ticket, is_csv=True, speak=spoken.OF_ACCOUNT),
    Table("touchpoints", facts.Touchpoint, is_csv=True, speak=spoken.TOUCHPOINT),
    Table("touchpoint_contacts", facts.Touchpoint.contacts.through),
    Table("touchpoint_colleagues", facts.Touchpoint.colleagues.through),
    Table("surveys", facts.SurveyResponse, is_csv=True, speak=spoken.SURVEY),
    Table("survey_definitions", facts.Survey),
    Table("survey_texts", facts.SurveyText),
    Table("survey_opt_outs", facts.SurveyOptOut),
    Table("survey_wishes", facts.SurveyWish),
    # A copy writes to nobody until somebody switches it on. Links in mails that went still take a no.
    Table("reengagement", facts.Reengagement, left_out=(("is_on", bool),)),
    Table("reengagement_texts", facts.ReengagementText),
    Table("mail_permissions", facts.MailPermission),
    Table("reengagement_mails", facts.ReengagementMail),
    Table("readings", facts.ManualReading, is_csv=True, speak=spoken.OF_ACCOUNT),
    Table("business_events", facts.BusinessEvent, is_csv=True, speak=spoken.OF_ACCOUNT),
    Table("milestones", facts.Milestone, is_csv=True, speak=spoken.OF_ACCOUNT),
    Table("outcomes", facts.Outcome, is_csv=True, speak=spoken.OF_ACCOUNT),
    Table("entitlements", facts.Entitlement, is_csv=True, speak=spoken.OF_FEATURE),
    Table("rapports", facts.Rapport, is_csv=True, speak=spoken.RAPPORT),
    Table("usage", facts.UsageRow, is_csv=True, speak=spoken.USAGE),
    Table("user_days", facts.UserDay, is_csv=True),
    Table("feature_days", facts.FeatureDay, is_csv=True),
    Table("account_days", facts.AccountDay, is_csv=True),
    Table("known_days", facts.KnownDay, is_csv=True),
    Table("event_users", facts.EventUser),
    Table("source_feeds", facts.SourceFeed),
    Table("source_hours", facts.SourceHour),
    Table("source_silences", facts.SourceSilence),
    Table("stream_accounts", facts.StreamAccount),
    Table("events_waiting", facts.InboxBatch, only=Q(folded_at=None)),
    Table("events_held", facts.HeldEvent),
    # The batch in which an event came is gone once it is folded.
    Table("events_in_quarantine", facts.EventQuarantine, left_out=(("batch_id", nothing),)),
    Table("amendments", facts.Amendment),
    Table("pulses", facts.Pulse),
    Table("overrides", facts.Override),
    Table("renewal_outlooks", facts.RenewalOutlook),
    Table("proposals", facts.Proposal),
    Table("holidays", facts.Holiday),
    Table("playbooks", facts.Playbook),
    Table("playbook_steps", facts.PlaybookStep),
    Table("plans", facts.MitigationPlan),
    Table("plan_steps", facts.PlanStep),
    Table("plan_reviews", facts.PlanReview),
    Table("snoozes", facts.Snooze),
    Table("bulk_changes", facts.BulkChange),
    Table("views", facts.SavedView),
    Table("import_runs", facts.IngestRun),
    Table("quarantine", facts.Quarantine),
    Table("column_mappings", facts.ColumnMapping),
    Table("erasures", facts.Erasure),
    Table("suppressions", facts.Suppression),
    Table("audit", facts.AuditEntry),
)
