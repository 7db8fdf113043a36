"""The back office of scoring. All of it is read: cards are published, snapshots are computed, neither is edited."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from accounts.admin import Kept, ReadOnly
from scoring.models import (
    AccountHealth,
    AccountUse,
    Alert,
    AlertDelivery,
    AlertFiring,
    AlertMute,
    AlertNotice,
    AlertPreference,
    AlertRule,
    AlertTarget,
    AlertWatch,
    Benchmark,
    CustomMeasure,
    DailySummary,
    DeliveryTry,
    DraftPreview,
    FeatureStanding,
    GrowthSign,
    MeasureDefinition,
    RunChunk,
    RunDifference,
    Scorecard,
    ScorecardDraft,
    ScorecardItem,
    ScorecardVersion,
    ScoringRun,
    SpotCheck,
    Study,
    SupersededSnapshot,
    UseSum,
    YearDay,
)


class ReadInline(admin.TabularInline):
    """Rows to be looked at on the page of what they belong to."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ItemsInline(ReadInline):
    """The measures of a version with their weights."""

    model = ScorecardItem
    fields = ("position", "measure", "weight", "curve", "params", "missing")
    ordering = ("position",)


@admin.register(Scorecard)
class ScorecardAdmin(Kept):
    """A card's name may be reworded; its slug, segment and phase are what history hangs on."""

    list_display = ("name", "slug", "segment", "phase")
    list_select_related = ("segment",)
    readonly_fields = ("slug", "segment", "phase")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(ScorecardDraft)
class ScorecardDraftAdmin(ReadOnly):
    list_display = ("scorecard", "author", "started_at", "changed_by", "changed_at")
    list_select_related = ("scorecard", "author", "changed_by")
    ordering = ("scorecard",)


@admin.register(DraftPreview)
class DraftPreviewAdmin(ReadOnly):
    list_display = ("draft", "edition", "day", "state", "asked_at", "started_at", "finished_at")
    list_select_related = ("draft__scorecard",)
    ordering = ("-asked_at",)


@admin.register(ScorecardVersion)
class ScorecardVersionAdmin(ReadOnly):
    list_display = ("scorecard", "number", "effective_from", "published_at", "author", "reason")
    list_filter = ("scorecard",)
    list_select_related = ("scorecard", "author")
    ordering = ("-published_at", "scorecard")
    inlines = (ItemsInline,)


class DefinitionsInline(ReadInline):
    """What a measure was defined as, and from which day on."""

    model = MeasureDefinition
    ordering = ("number",)


@admin.register(CustomMeasure)
class CustomMeasureAdmin(ReadOnly):
    """Measures are defined on their own pages, which check a formula."""

    list_display = ("label", "slug", "kind", "element", "unit", "owner")
    list_filter = ("kind", "element")
    list_select_related = ("owner",)
    search_fields = ("label", "slug")
    ordering = ("slug",)
    inlines = (DefinitionsInline,)


@admin.register(ScoringRun)
class ScoringRunAdmin(ReadOnly):
    list_display = ("id", "as_of", "segment", "state", "accounts", "changed", "started_at", "finished_at")
    list_filter = ("state", "segment")
    list_select_related = ("segment",)
    exclude = ("peers",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ScoringRun]:
        """Without the peers: for all accounts they are a megabyte a run."""
        return super().get_queryset(request).defer("peers")


@admin.register(RunChunk)
class RunChunkAdmin(ReadOnly):
    list_display = ("id", "run", "first_id", "last_id", "state", "leased_by", "leased_until", "attempts")
    list_filter = ("state",)
    list_select_related = ("run",)
    exclude = ("peers", "snapshots", "health")
    ordering = ("-id",)


@admin.register(RunDifference)
class RunDifferenceAdmin(ReadOnly):
    list_display = ("run", "account", "score_at_once", "score")
    list_select_related = ("run", "account", "at_once")
    search_fields = ("account__name",)
    ordering = ("-pk",)


@admin.register(SupersededSnapshot)
class SupersededSnapshotAdmin(ReadOnly):
    list_display = ("account", "as_of", "run", "score", "band", "coverage")
    list_select_related = ("account", "run")
    search_fields = ("account__name",)
    ordering = ("-pk",)


@admin.register(AccountHealth)
class AccountHealthAdmin(ReadOnly):
    list_display = ("account", "as_of", "score", "band", "coverage", "arr_reporting", "score_month_ago")
    list_filter = ("band",)
    list_select_related = ("account",)
    search_fields = ("account__name",)
    ordering = ("account__name",)


@admin.register(DailySummary)
class DailySummaryAdmin(ReadOnly):
    list_display = ("as_of", "owner", "segment", "phase", "band", "accounts", "arr_reporting")
    list_filter = ("band", "phase", "segment")
    list_select_related = ("owner", "segment")
    date_hierarchy = "as_of"
    ordering = ("-pk",)


@admin.register(SpotCheck)
class SpotCheckAdmin(ReadOnly):
    list_display = ("account", "author", "month", "verdict", "measure", "score", "recorded_at")
    list_select_related = ("account", "author")
    list_filter = ("verdict",)
    search_fields = ("account__name", "reason")
    ordering = ("-recorded_at",)


@admin.register(AlertRule)
class AlertRuleAdmin(ReadOnly):
    """Rules are made and tried on their own pages."""

    list_display = ("name", "kind", "author", "scope", "is_on", "on_since", "error")
    list_select_related = ("author",)
    list_filter = ("kind", "is_on")
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(AlertFiring)
class AlertFiringAdmin(ReadOnly):
    list_display = ("rule", "at")
    list_select_related = ("rule",)
    ordering = ("-pk",)


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ("rule", "account", "text", "as_of", "at", "cause")
    list_select_related = ("rule", "account")
    search_fields = ("account__name", "text")
    ordering = ("-pk",)


@admin.register(AlertNotice)
class AlertNoticeAdmin(ReadOnly):
    list_display = ("alert", "user", "due_on", "read_at", "done_at", "mail", "mail_due_at", "mailed_at")
    list_select_related = ("alert", "user")
    list_filter = ("mail",)
    ordering = ("-pk",)


@admin.register(AlertPreference)
class AlertPreferenceAdmin(ReadOnly):
    list_display = ("user", "time_zone", "quiet_from", "quiet_until")
    list_select_related = ("user",)
    ordering = ("user",)


@admin.register(AlertMute)
class AlertMuteAdmin(ReadOnly):
    list_display = ("user", "rule", "muted_at")
    list_select_related = ("user", "rule")
    ordering = ("-pk",)


@admin.register(AlertWatch)
class AlertWatchAdmin(ReadOnly):
    list_display = ("id", "looked_at", "dates_looked_at", "held_until")
    ordering = ("id",)


@admin.register(Benchmark)
class BenchmarkAdmin(ReadOnly):
    """What groups of customers are told about themselves; never what one of them has."""

    list_display = ("industry", "size_tier", "as_of", "checked_on", "low", "middle", "high")
    exclude = ("members",)
    ordering = ("industry", "size_tier")


@admin.register(GrowthSign)
class GrowthSignAdmin(ReadOnly):
    list_display = ("account", "kind", "as_of", "value", "arr")
    list_filter = ("kind",)
    list_select_related = ("account",)
    ordering = ("kind", "-arr")


@admin.register(Study)
class StudyAdmin(ReadOnly):
    list_display = ("kind", "days", "since", "as_of", "computed_at")
    list_filter = ("kind",)
    exclude = ("found",)
    ordering = ("kind", "days")


@admin.register(AccountUse)
class AccountUseAdmin(ReadOnly):
    list_display = ("account", "start_month", "left_on")
    list_select_related = ("account",)
    ordering = ("pk",)


@admin.register(FeatureStanding)
class FeatureStandingAdmin(ReadOnly):
    list_display = ("account", "feature", "is_paid", "days")
    list_select_related = ("account", "feature")
    ordering = ("pk",)


@admin.register(UseSum)
class UseSumAdmin(ReadOnly):
    list_display = ("is_all", "owner", "segment")
    list_select_related = ("owner", "segment")
    exclude = ("found",)
    ordering = ("pk",)


@admin.register(AlertTarget)
class AlertTargetAdmin(ReadOnly):
    """The address is not shown: of Slack it is the secret."""

    list_display = ("name", "kind", "is_on", "failures", "rests_until", "created_by")
    list_select_related = ("created_by",)
    exclude = ("url",)
    ordering = ("name",)


@admin.register(AlertDelivery)
class AlertDeliveryAdmin(ReadOnly):
    list_display = ("target", "firing", "state", "attempts", "queued_at", "next_try_at", "delivered_at")
    list_select_related = ("target", "firing")
    list_filter = ("state", "target")
    ordering = ("-pk",)


@admin.register(DeliveryTry)
class DeliveryTryAdmin(ReadOnly):
    list_display = ("delivery", "at", "status", "milliseconds", "said")
    list_select_related = ("delivery",)
    ordering = ("-pk",)


@admin.register(YearDay)
class YearDayAdmin(ReadOnly):
    list_display = ("as_of", "run_number", "computed_at")
    exclude = ("standing", "retained")
    ordering = ("-as_of",)
