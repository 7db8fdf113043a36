"""Why accounts leave: the reasons that are offered, set by CS operations."""

import json
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import ChurnEvent
from accounts.operations.churn import ReasonsChanged, reasons, set_reasons
from dashboards.gate import UserRequest, requires

KEPT = "churn reasons before"


@dataclass(frozen=True)
class ReasonsPage:
    """`text` has a line for each: its code, a colon, its words. `unlisted` are codes in use that are not offered."""

    text: str
    seen: str
    unlisted: list[str]
    error: str = ""
    theirs: list[list[str]] | None = None


def lines_of(stated: list[list[str]]) -> str:
    return "\n".join(f"{code}: {words}" for code, words in stated)


def read_lines(text: str) -> list[list[str]]:
    """[code, words] of each line that is not empty."""
    rows = [line.partition(":") for line in text.splitlines() if line.strip()]
    return [[code.strip(), words.strip()] for code, _, words in rows]


def build_reasons_page(*, text: str | None = None, error: str = "", theirs: bool = False) -> ReasonsPage:
    stated = reasons()
    used = (
        ChurnEvent.objects.filter(is_reactivation=False).order_by("reason_code").values_list("reason_code", flat=True)
    )
    unlisted = [code for code in used.distinct() if code not in dict(stated)]
    shown = lines_of(stated) if text is None else text
    return ReasonsPage(shown, json.dumps(stated), unlisted, error, stated if theirs else None)


@requires(Action.SET_CHURN_REASONS)
def reasons_page(request: UserRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "churn_reasons.html", {"page": build_reasons_page()})
    text, before = request.POST.get("reasons", ""), read_seen(request.POST.get("seen", ""))
    try:
        set_reasons(stated=read_lines(text), seen=before, by=request.user, at=timezone.now())
    except ReasonsChanged:
        page = build_reasons_page(text=text, error="Somebody else changed the list meanwhile.", theirs=True)
        return render(request, "churn_reasons.html", {"page": page}, status=409)
    except ValidationError as refused:
        page = build_reasons_page(text=text, error=refused.messages[0])
        return render(request, "churn_reasons.html", {"page": page}, status=422)
    request.session[KEPT] = {"before": before, "after": reasons()}
    messages.success(request, "The reasons are saved.", extra_tags=reverse("churn-reasons-undo"))
    return redirect("churn-reasons")


def read_seen(text: str) -> list[list[str]]:
    """The list that the form was made of; nothing that could be one where it is no list."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return found if isinstance(found, list) else []


@require_POST
@requires(Action.SET_CHURN_REASONS)
def undo(request: UserRequest) -> HttpResponse:
    """The list as it was before the user changed it."""
    kept = request.session.pop(KEPT, None)
    if kept is None:
        messages.error(request, "Nothing to undo.")
        return redirect("churn-reasons")
    try:
        set_reasons(stated=kept["before"], seen=kept["after"], by=request.user, at=timezone.now())
        messages.success(request, "The reasons are as before.")
    except (ReasonsChanged, ValidationError):
        messages.error(request, "Not undone: somebody else changed it meanwhile.")
    return redirect("churn-reasons")
