"""Forms that open as a dialog over the page on which one is; without a script they are pages of their own."""

from django.http import HttpResponse, HttpResponseRedirect

from dashboards.gate import UserRequest


def is_sheet(request: UserRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]


def saved(request: UserRequest, *, otherwise: str) -> HttpResponse:
    """The page below the dialog is read anew, with what was saved; without a dialog, `otherwise`."""
    if is_sheet(request):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(otherwise)
