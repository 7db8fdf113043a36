"""The pages' gate for the API: one permission class, the same `can()`."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.access import can

if TYPE_CHECKING:
    # rest_framework.views reads the settings, which name this module: imported here it would be a circle.
    from rest_framework.views import APIView


class DeclaredAction(BasePermission):
    """Allows what the view's `action_needed` allows; a view that declares none is refused."""

    message = "Your role does not allow this."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        action = getattr(view, "action_needed", None)
        return action is not None and can(request.user, action)
