"""How pages of the back office are opened and what they may change: the gate's answer, not a table of permissions."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from accounts.access import Action, can
from accounts.amendments import keep_former
from accounts.models import Fact, MailPermission, Reengagement, ReengagementMail, ReengagementText
from accounts.touches import touch_about, touch_all


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


# As the lists of accounts/admin.py: model, how it is edited, columns, filters, what the search looks into.
REENGAGING: list[tuple[type[models.Model], type[ForOperations], str, str, str]] = [
    (Reengagement, ReadOnly, "is_on most_mails window_days changed_at", "", ""),
    (ReengagementText, ReadOnly, "language subject", "", "subject body"),
    (MailPermission, ForOperations, "contact given_at noted_by withdrawn_at", "", "contact__name contact__email"),
    (ReengagementMail, ReadOnly, "contact sent_at cause outcome opted_out_at", "outcome", "contact__name cause"),
]  # fmt: skip
