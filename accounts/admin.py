"""The back office of CS operations: people, words and rates are edited here; what was recorded is read.

Facts with consequences elsewhere (contracts, churn, plans, pulses) change only through files and operations.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from accounts.access import Action, can
from accounts.amendments import keep_former
from accounts.models import (
    Account,
    AccountDay,
    AccountHistory,
    AccountTouch,
    Amendment,
    AuditEntry,
    BusinessEvent,
    ChurnEvent,
    CommonTouch,
    Contact,
    Contract,
    Entitlement,
    ExchangeRate,
    Fact,
    Feature,
    FeatureDay,
    InboxBatch,
    IngestRun,
    Invoice,
    KnownDay,
    ManualReading,
    Milestone,
    MitigationPlan,
    Organization,
    Outcome,
    Override,
    PlanReview,
    PlanStep,
    Pulse,
    Quarantine,
    Rapport,
    Segment,
    ShareLink,
    Source,
    SurveyResponse,
    Team,
    Ticket,
    Touchpoint,
    UsageMonth,
    UsageRow,
    User,
    UserDay,
)
from accounts.touches import touch_about, touch_all

admin.site.site_header = "healthapp back office"
admin.site.site_title = "healthapp"
admin.site.index_title = "Back office"
# Roles decide who may do what; groups would be a second way.
admin.site.unregister(Group)


class ForOperations(admin.ModelAdmin):
    """Opened by the gate's answer, not by Django's table of permissions."""

    show_full_result_count = False
    list_per_page = 50

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        touch_about(obj, at=timezone.now())
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        touch_about(obj, at=timezone.now())
        # It may have been the only one of its kind: then no account is known to have none any more.
        touch_all(at=timezone.now())
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[models.Model]) -> None:
        for obj in queryset:
            touch_about(obj, at=timezone.now())
        touch_all(at=timezone.now())
        super().delete_queryset(request, queryset)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can(request.user, Action.USE_BACK_OFFICE)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return can(request.user, Action.USE_BACK_OFFICE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can(request.user, Action.USE_BACK_OFFICE)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return can(request.user, Action.USE_BACK_OFFICE)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return can(request.user, Action.USE_BACK_OFFICE)


class Kept(ForOperations):
    """Edited and added, never deleted: history points at it."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class Correctable(ForOperations):
    """A fact that came from outside: it can be corrected or taken out, not made up. What it said before is kept."""

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        model, now = type(obj), timezone.now()
        if change and isinstance(obj, Fact):
            keep_former(model=model, rows=model._default_manager.filter(pk=obj.pk).values(), at=now)
            obj.recorded_at = now
        super().save_model(request, obj, form, change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class ReadOnly(Correctable):
    """To be looked at."""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


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


@admin.register(Organization)
class OrganizationAdmin(Kept):
    """One row, entered once."""

    list_display = ("name", "reporting_currency", "brand_color")

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
        "seats", "renewal_date", "is_arr_from_contracts",
    )  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditAdmin(ReadOnly):
    list_display = ("at", "by", "verb", "subject", "subject_id")
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


@admin.register(InboxBatch)
class InboxBatchAdmin(ReadOnly):
    list_display = ("id", "source", "received_at", "folded_at")
    list_select_related = ("source",)
    exclude = ("payload",)
    ordering = ("-id",)


# model, how it is edited, columns, filters, what the search looks into
PLAIN: list[tuple[type[models.Model], type[ForOperations], str, str, str]] = [
    (Team, Kept, "name", "", "name"),
    (Segment, Kept, "name slug position ebr_cadence_months touchpoint_cadence_days", "", "name slug"),
    (ExchangeRate, ForOperations, "currency valid_from rate", "currency", "currency"),
    (Feature, Kept, "name slug is_key", "is_key", "name slug"),
    (Source, Kept, "name rhythm_days", "", "name"),
    (Contact, Correctable, "name account persona title known_from left_on", "persona", "name email account__name"),
    (BusinessEvent, Correctable, "account kind occurred_on ended_on", "kind", "account__name note"),
    (Outcome, Correctable, "account name due_on met_on", "", "account__name name"),
    (Milestone, Correctable, "account kind due_on reached_on", "kind", "account__name"),
    (Entitlement, Correctable, "account feature starts_on ends_on", "feature", "account__name"),
    (Touchpoint, Correctable, "account kind state day host", "kind state", "account__name note"),
    (SurveyResponse, Correctable, "account kind asked_on answered_on score", "kind", "account__name comment"),
    (Ticket, Correctable, "account subject severity opened_at closed_at", "severity", "account__name subject"),
    (Invoice, Correctable, "account number issued_on due_on amount currency paid_on", "", "account__name number"),
    (ManualReading, Correctable, "account measure value read_on expires_on", "measure", "account__name measure"),
    (Rapport, Correctable, "contact rating rated_on", "rating", "contact__name contact__account__name"),
    (Contract, ReadOnly, "account plan_name starts_on ends_on arr currency posture", "posture", "account__name"),
    (ChurnEvent, ReadOnly, "account churned_on reason_code is_reactivation", "reason_code", "account__name note"),
    (Pulse, ReadOnly, "account percent category author starts_on ends_on", "category", "account__name reason"),
    (Override, ReadOnly, "account score_hundredths category author starts_on ends_on", "", "account__name reason"),
    (MitigationPlan, ReadOnly, "account owner reason opened_at closed_at outcome", "outcome", "account__name reason"),
    (PlanStep, ReadOnly, "plan position text owner due_date state", "state", "plan__account__name text"),
    (PlanReview, ReadOnly, "plan by at outcome", "outcome", "plan__account__name note"),
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
