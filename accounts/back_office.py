"""How pages of the back office are opened and what they may change: the gate's answer, not a table of permissions."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.access import Action, can
from accounts.amendments import keep_former
from accounts.models import Fact, MailPermission, Reengagement, ReengagementMail, ReengagementText, User
from accounts.touches import touch_about, touch_all

# What is said of nobody: a hash.
SECRET = {"password"}


def said_by(obj: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """Those of the columns that a form named, as the audit keeps them."""
    columns = {field.name: field for field in obj._meta.concrete_fields}
    found = {name: columns[name].value_from_object(obj) for name in names if name in columns and name not in SECRET}
    plain = (bool, int, str, list, dict, type(None))
    return {name: value if isinstance(value, plain) else str(value) for name, value in found.items()}


def every_name(obj: models.Model) -> list[str]:
    """What is kept of a row that goes. Words of a customer's fact are not: no erasure would find whose they were."""
    texts = (models.CharField, models.TextField, models.JSONField) if isinstance(obj, Fact) else ()
    fields = (field for field in obj._meta.concrete_fields if not isinstance(field, models.BinaryField))
    kept = (field.name for field in fields if field.choices or not isinstance(field, texts))
    return [name for name in kept if not name.endswith(("hash", "digest"))]


def note(request: HttpRequest, obj: models.Model, verb: str, **told: Any) -> None:
    """Into the audit, with the account that it is about, so that an erasure finds it."""
    about = {"account": obj.account_id} if hasattr(obj, "account_id") else {}
    name = obj._meta.verbose_name
    audit.record(
        verb=f"{name} {verb}"[:60], subject=obj, by=cast(User, request.user), at=timezone.now(), **about, **told
    )


class ForOperations(admin.ModelAdmin):
    """Opened by the gate's answer, not by Django's table of permissions."""

    show_full_result_count = False
    list_per_page = 50

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        touch_about(obj, at=timezone.now())
        former = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
        before = said_by(former, form.changed_data) if former else None
        super().save_model(request, obj, form, change)
        if form.changed_data:
            verb = "changed" if change else "added"
            note(request, obj, f"{verb} in the back office", before=before, now=said_by(obj, form.changed_data))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A new password has a form of its own, which saves nothing else."""
        if request.resolver_match is not None and request.resolver_match.url_name == "auth_user_password_change":
            note(request, obj, "password set in the back office")
        return super().log_change(request, obj, message)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        touch_about(obj, at=timezone.now())
        note(request, obj, "deleted in the back office", before=said_by(obj, every_name(obj)), now=None)
        # It may have been the only one of its kind: then no account is known to have none any more.
        touch_all(at=timezone.now())
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[models.Model]) -> None:
        for obj in queryset:
            touch_about(obj, at=timezone.now())
            note(request, obj, "deleted in the back office", before=said_by(obj, every_name(obj)), now=None)
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
