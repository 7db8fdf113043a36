"""The pages' gate for the API: one permission class, the same `can()`; a token's scopes narrow it."""

from typing import TYPE_CHECKING

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.access import Action, can, is_in_scope
from accounts.models import ApiToken, Scope

if TYPE_CHECKING:
    # rest_framework.views reads the settings, which name this module: imported here it would be a circle.
    from rest_framework.views import APIView


class DeclaredAction(BasePermission):
    """Allows what the view declares: `action_needed` and `scope_needed`, and where it writes `…_to_write`."""

    message = "Your role does not allow this."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        action, scope = needed(request, view)
        if action is None or not can(request.user, action):
            return False
        if isinstance(request.auth, ApiToken) and not is_in_scope(request.auth.scopes, scope):
            may = ", ".join(request.auth.scopes) or "nothing"
            raise PermissionDenied(f"This needs a token of scope {scope.value}; yours may: {may}.")
        return True


def needed(request: Request, view: "APIView") -> tuple[Action | None, Scope]:
    """What the method needs. One that the view does not take needs no more than reading: it is refused as such."""
    method = (request.method or "").lower()
    if method.upper() not in SAFE_METHODS and hasattr(view, method):
        return getattr(view, "action_to_write", None), getattr(view, "scope_to_write", Scope.WRITE)
    return getattr(view, "action_needed", None), getattr(view, "scope_needed", Scope.READ)
