"""The back office of CS operations: people, words and rates are edited here; what was recorded is read.

Facts with consequences elsewhere (contracts, churn, plans, pulses) change only through files and operations.
"""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.access import Action, can
from accounts.back_office import REENGAGING, Correctable, ForOperations, Kept, ReadOnly
from accounts.models import (
    Account,
    AccountDay,
    AccountHistory,
    AccountTouch,
    Amendment,
    ApiToken,
    AuditEntry,
    Branding,
    BulkChange,
    BusinessEvent,
    ChurnEvent,
    ColumnMapping,
    CommonTouch,
    Contact,
    ContactCard,
    Contract,
    CustomerWord,
    Entitlement,
    Erasure,
    EventQuarantine,
    EventSeen,
    EventUser,
    ExchangeRate,
    Export,
    Feature,
    FeatureDay,
    FileImport,
    FormerValue,
    HeldEvent,
    Holiday,
    InboxBatch,
    IngestRun,
    Invoice,
    KeptAnswer,
    KnownDay,
    ManualReading,
    Milestone,
    MitigationPlan,
    Organization,
    OutboxMail,
    Outcome,
    Override,
    PlanReview,
    PlanStep,
    Playbook,
    PlaybookStep,
    Proposal,
    Pulse,
    Quarantine,
    Rapport,
    RenewalOutlook,
    Restoration,
    SavedView,
    Segment,
    ShareKey,
    ShareLink,
    ShareOpening,
    Snooze,
    Source,
    SourceFeed,
    SourceHour,
    SourceKey,
    SourceSilence,
    StepState,
    StreamAccount,
    Suppression,
    Survey,
    SurveyInvitation,
    SurveyOptOut,
    SurveyResponse,
    SurveyText,
    SurveyWish,
    Team,
    Ticket,
    Touchpoint,
    UsageMonth,
    UsageRow,
    User,
    UserDay,
)
from accounts.operations.mail import send_again

admin.site.site_header = "healthapp back office"
admin.site.site_title = "healthapp"
admin.site.index_title = "Back office"
# Roles decide who may do what; groups would be a second way.
admin.site.unregister(Group)


class NewUserForm(AdminUserCreationForm):
    """A user is known by the e-mail address; without a password the login is by single sign-on or reset."""

    class Meta:
        model = User
        fields = ("email", "name", "role", "team")


@admin.register(User)
class PeopleAdmin(Kept, UserAdmin):
    add_form = NewUserForm
    ordering = ("name",)
    list_display = ("name", "email", "role", "team", "is_active", "last_login")
    list_filter = ("role", "team", "is_active")
    search_fields = ("name", "email")
    filter_horizontal = ()
    readonly_fields = ("last_login",)
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "title", "phone")}),
        ("Access", {"fields": ("role", "team", "is_active", "last_login")}),
        ("Preferences", {"fields": ("theme",)}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "role", "team", "usable_password", "password1", "password2")}),
    )

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data and not obj.is_active:
            tell_what_is_left(request, obj)


def tell_what_is_left(request: HttpRequest, person: User) -> None:
    """Whose work is left is said where they leave, with the way to hand it over."""
    plans = person.plans.filter(closed_at=None).count()
    steps = person.steps.filter(plan__closed_at=None).exclude(state=StepState.DONE).count()
    if plans or steps:
        told = "Open plans of {}: {}; open steps: {}. <a href='{}'>Hand them over</a>."
        messages.warning(
            request, format_html(told, person.name, plans, steps, reverse("handover-person", args=[person.pk]))
        )


@admin.register(Organization)
class OrganizationAdmin(Kept):
    """One row, entered once."""

    list_display = ("name", "reporting_currency", "brand_color")
    # Changed on their own page, where it is recorded.
    readonly_fields = ("working_days", "is_leaderboard_own_only")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Organization.objects.exists()

    def save_model(self, request: HttpRequest, obj: Organization, form: ModelForm, change: bool) -> None:
        obj.pk = 1
        super().save_model(request, obj, form, change)


class HistoryInline(admin.TabularInline):
    """What the account was, from which day on."""

    model = AccountHistory
    fields = ("valid_from", "status", "phase", "segment", "owner", "arr", "currency", "seats", "renewal_date")
    ordering = ("-valid_from",)
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return can(request.user, Action.USE_BACK_OFFICE)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Account)
class AccountAdmin(Correctable):
    """What describes an account is edited; what is dated (ARR, owner, phase …) changes through files."""

    list_display = ("name", "segment", "phase", "status", "owner", "arr", "currency", "renewal_date")
    list_filter = ("status", "segment", "phase")
    list_select_related = ("segment", "owner")
    search_fields = ("name", "external_id", "domain")
    ordering = ("name",)
    raw_id_fields = ("parent",)
    inlines = (HistoryInline,)
    readonly_fields = (
        "source", "external_id", "recorded_at", "started_on", "segment", "phase", "status", "owner", "arr", "currency",
        "seats", "renewal_date", "is_arr_from_contracts", "changed_at",
    )  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditAdmin(ReadOnly):
    list_display = ("at", "by", "verb", "subject", "subject_id", "origin")
    list_filter = ("subject", "verb")
    list_select_related = ("by",)
    search_fields = ("verb", "subject", "subject_id", "by__name")
    date_hierarchy = "at"
    ordering = ("-at",)


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnly):
    """Stopping a link is done on the account's page, where it is recorded."""

    list_display = ("account", "recipient", "created_by", "created_at", "expires_at", "revoked_at", "opened_count")
    list_select_related = ("account", "created_by")
    search_fields = ("account__name", "recipient")
    exclude = ("token_hash",)
    ordering = ("-created_at",)


@admin.register(ShareKey)
class ShareKeyAdmin(ReadOnly):
    list_display = ("link", "created_at")
    exclude = ("token_hash",)
    ordering = ("-pk",)


@admin.register(InboxBatch)
class InboxBatchAdmin(ReadOnly):
    list_display = ("id", "source", "received_at", "events", "folded_at")
    list_select_related = ("source",)
    exclude = ("payload",)
    ordering = ("-id",)


@admin.register(SourceKey)
class SourceKeyAdmin(ReadOnly):
    """Keys are made and revoked by operations, which record it."""

    list_display = ("prefix", "name", "source", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("source",)
    search_fields = ("prefix", "name", "source__name")
    exclude = ("digest",)
    ordering = ("-created_at",)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """Tokens are made and revoked on their page, where it is recorded."""

    list_display = ("prefix", "name", "user", "scopes", "source", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user", "source")
    search_fields = ("prefix", "name", "user__email")
    exclude = ("token",)
    ordering = ("-created_at",)


@admin.register(KeptAnswer)
class KeptAnswerAdmin(ReadOnly):
    list_display = ("key", "user", "claimed_at", "status")
    list_select_related = ("user",)
    search_fields = ("key",)
    ordering = ("-claimed_at",)


@admin.register(OutboxMail)
class OutboxMailAdmin(ReadOnly):
    """What waits, what was sent and what failed, which may be sent again. A mail that opens something is not shown."""

    list_display = (
        "recipient",
        "subject",
        "cause",
        "state",
        "queued_at",
        "attempts",
        "next_try_at",
        "sent_at",
        "error",
    )
    list_filter = ("state",)
    search_fields = ("recipient", "subject", "cause")
    raw_id_fields = ("contact",)
    ordering = ("-pk",)
    actions = ("send_again",)

    def get_exclude(self, request: HttpRequest, obj: OutboxMail | None = None) -> list[str]:
        return ["text", "html", "headers"] if obj is None or obj.is_secret else []

    @admin.action(description="Send again what failed", permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: "models.QuerySet[OutboxMail]") -> None:
        count = send_again(mails=queryset, by=cast(User, request.user), at=timezone.now())
        self.message_user(request, f"{count} of {queryset.count()} chosen mails wait to be sent again.")


# model, how it is edited, columns, filters, what the search looks into
PLAIN: list[tuple[type[models.Model], type[ForOperations], str, str, str]] = [
    (Team, Kept, "name", "", "name"),
    (Segment, Kept, "name slug position ebr_cadence_months touchpoint_cadence_days kind_cadences", "", "name slug"),
    (ExchangeRate, ForOperations, "currency valid_from rate", "currency", "currency"),
    (Feature, Kept, "name slug is_key", "is_key", "name slug"),
    (Source, Kept, "name rhythm_days", "", "name"),
    (Contact, Correctable, "name account persona level known_from left_on", "persona", "name email account__name"),
    (BusinessEvent, Correctable, "account kind occurred_on ended_on", "kind", "account__name note"),
    (Outcome, Correctable, "account name due_on met_on", "", "account__name name"),
    (Milestone, Correctable, "account kind due_on reached_on", "kind", "account__name"),
    (Entitlement, Correctable, "account feature starts_on ends_on", "feature", "account__name"),
    (Touchpoint, Correctable, "account kind state day host replied_on", "kind state", "account__name note"),
    (SurveyResponse, Correctable, "account kind asked_on answered_on score", "kind", "account__name comment"),
    (Survey, Kept, "name kind is_active rest_days every_days changed_at", "kind is_active", "name"),
    (SurveyText, Kept, "survey language subject question", "language", "question subject"),
    (SurveyInvitation, ReadOnly, "response survey language sent_at expires_at first_answered_at", "survey", ""),
    (SurveyWish, ReadOnly, "touchpoint survey", "survey", "touchpoint__account__name"),
    (SurveyOptOut, ForOperations, "contact at", "", "contact__name contact__email"),
    *REENGAGING,
    (Ticket, Correctable, "account subject severity opened_at closed_at", "severity", "account__name subject"),
    (Invoice, Correctable, "account number due_on amount currency paid_on failed_payments", "", "account__name number"),
    (ManualReading, Correctable, "account measure value read_on expires_on", "measure", "account__name measure"),
    (Rapport, Correctable, "contact rating rated_on", "rating", "contact__name contact__account__name"),
    (Contract, ReadOnly, "account plan_name starts_on ends_on arr currency posture", "posture", "account__name"),
    (ChurnEvent, ReadOnly, "account churned_on reason_code is_reactivation", "reason_code", "account__name note"),
    (Pulse, ReadOnly, "account percent category author starts_on ends_on", "category", "account__name reason"),
    (RenewalOutlook, ReadOnly, "account renewal_date percent author said_at", "", "account__name reason"),
    (Override, ReadOnly, "account score_hundredths category author starts_on ends_on", "", "account__name reason"),
    (Proposal, ReadOnly, "account kind author state decided_by proposed_at", "kind state", "account__name reason"),
    (MitigationPlan, ReadOnly, "account owner reason opened_at closed_at outcome", "outcome", "account__name reason"),
    (PlanStep, ReadOnly, "plan position text owner due_date state", "state", "plan__account__name text"),
    (CustomerWord, ReadOnly, "link step kind text at taken_back_at", "kind", "link__recipient text"),
    (ShareOpening, ReadOnly, "link at", "", "link__recipient"),
    (Branding, ReadOnly, "id logo_kind", "", ""),
    (ContactCard, ReadOnly, "user picture_kind booking_url", "", "user__name"),
    (PlanReview, ReadOnly, "account plan by at outcome", "outcome", "account__name note"),
    (Playbook, ReadOnly, "name reason edition changed_at changed_by archived_at", "", "name reason"),
    (PlaybookStep, ReadOnly, "playbook position text due_days role person", "role", "playbook__name text"),
    (Holiday, ReadOnly, "day name", "", "name"),
    (Snooze, ReadOnly, "user account kind mark until snoozed_at", "kind", "account__name user__name"),
    (FileImport, ReadOnly, "id file_name kind state by created_at error", "kind state", "file_name"),
    (ColumnMapping, ForOperations, "name kind by saved_at", "kind", "name"),
    (FormerValue, ReadOnly, "run table fact_id", "table", "table"),
    (IngestRun, ReadOnly, "id kind file_name state started_at created_rows refused_rows", "kind state", "file_name"),
    (Quarantine, ReadOnly, "run line column reason", "", "reason column"),
    (UsageRow, ReadOnly, "account day feature user_key events", "", "account__name user_key"),
    (UserDay, ReadOnly, "account day user_key events seconds", "", "account__name user_key"),
    (FeatureDay, ReadOnly, "account day feature events", "", "account__name"),
    (AccountDay, ReadOnly, "account day users events seconds errors", "", "account__name"),
    (UsageMonth, ReadOnly, "account month", "", "account__name"),
    (AccountTouch, ReadOnly, "account touched_at touches settled settled_at settled_for", "", "account__name"),
    (CommonTouch, ReadOnly, "touched_at touches", "", ""),
    (Amendment, ReadOnly, "table fact_id recorded_at amended_at", "table", "table"),
    (EventSeen, ReadOnly, "digest seen_on", "", ""),
    (EventUser, ReadOnly, "source key account_key same_as", "source", "key account_key"),
    (BulkChange, ReadOnly, "id kind by at undone_at", "kind", ""),
    (SavedView, ReadOnly, "name page user is_shared changed_at dropped_at", "page is_shared", "name user__name"),
    (SourceFeed, ReadOnly, "source kind last_at brought", "source", "kind"),
    (SourceHour, ReadOnly, "source hour brought", "source", ""),
    (SourceSilence, ReadOnly, "source since noticed_at told_at ended_at", "source", ""),
    (StreamAccount, ReadOnly, "source account", "source", "account__name"),
    (HeldEvent, ReadOnly, "source due_on received_at", "source", ""),
    (EventQuarantine, ReadOnly, "source at type code reason state", "source state code", "message_id reason"),
    (Export, ReadOnly, "id state ordered_by ordered_at finished_at expires_at size_bytes", "state", ""),
    (Restoration, ReadOnly, "id started_at finished_at", "", ""),
    (Erasure, ReadOnly, "id kind at by", "kind", "digest"),
    (Suppression, ReadOnly, "id kind erasure", "kind", "digest"),
    (KnownDay, ReadOnly, "source day has_users", "source", ""),
    (LogEntry, ReadOnly, "action_time user content_type object_repr action_flag", "action_flag", "object_repr"),
]  # fmt: skip


def register_plain(
    model: type[models.Model], base: type[ForOperations], columns: str, filters: str, search: str
) -> None:
    """An admin page made of its columns: foreign keys are joined in lists, and chosen by id in forms."""
    fields = {field.name: field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)}
    options: dict[str, Any] = {
        "list_display": tuple(columns.split()),
        "list_filter": tuple(filters.split()),
        "search_fields": tuple(search.split()),
        "list_select_related": tuple(name for name in columns.split() if name in fields),
        "raw_id_fields": tuple(fields),
        "ordering": ("-pk",),
    }
    admin.site.register(model, type(f"{model.__name__}Admin", (base,), options))


for entry in PLAIN:
    register_plain(*entry)
