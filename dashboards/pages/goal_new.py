"""Agreeing on a new outcome or milestone of an account."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action, visible_accounts
from accounts.models import Account, MilestoneKind
from accounts.operations.goals import LONGEST_NAME, agree_on
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_goals import MODELS, undo_url
from dashboards.pages.sheets import is_sheet, saved


class GoalForm(forms.Form):
    """What and by when; the outcome is named, the milestone chosen."""

    what = forms.CharField(max_length=LONGEST_NAME, error_messages={"required": "Name the outcome."})
    due_on = forms.DateField(
        label="Due", widget=forms.DateInput(attrs={"type": "date"}),
        error_messages=dict.fromkeys(("required", "invalid"), "Say by which day."),
    )  # fmt: skip
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, kind: str, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="goal_%s")
        if kind == "milestone":
            self.fields["what"] = forms.ChoiceField(choices=MilestoneKind.choices)


@requires(Action.EDIT_ACCOUNT)
def goal_new(request: UserRequest, pk: int, kind: str) -> HttpResponse:
    """The form; sent, it is agreed."""
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    if kind not in MODELS:
        raise Http404(f"There is no {kind}.")
    if request.method != "POST":
        return shown(request, account, kind, GoalForm(kind=kind, initial={"key": uuid4().hex}))
    form = GoalForm(request.POST, kind=kind)
    if form.is_valid():
        try:
            made = agree_on(account=account, kind=kind, **form.cleaned_data, by=request.user, at=timezone.now())
        except ValidationError as refused:
            form.add_error("what", refused.messages)
        else:
            tags = undo_url(made, account=account, kind=kind)
            messages.success(request, f"{kind.capitalize()} agreed for {account.name}.", extra_tags=tags)
            return saved(request, otherwise=reverse("account", args=[account.pk]))
    return shown(request, account, kind, form, status=422)


def shown(request: UserRequest, account: Account, kind: str, form: GoalForm, *, status: int = 200) -> HttpResponse:
    template = "_goal.html" if is_sheet(request) else "goal.html"
    context = {"account": account, "kind": kind, "form": form, "is_sheet": is_sheet(request)}
    return render(request, template, context, status=status)
