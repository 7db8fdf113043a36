"""That an account left: entered with its reason, said better, and both taken back."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, ChurnEvent, Contract
from accounts.operations.churn import (
    ChurnChanged,
    Leaving,
    open_contracts,
    reasons,
    record_churn,
    reword_churn,
    take_back,
)
from accounts.queries.exchange import reporting_currency
from dashboards.gate import UserRequest, requires
from dashboards.pages.business_event import form_refuses
from dashboards.pages.sheets import is_sheet, saved
from scoring.queries.churn import visible_churn

LONGEST_NOTE = 4_000


class LeavingForm(forms.Form):
    """What is said of it; the day, the key and the contracts only where it is entered."""

    churned_on = forms.DateField(
        label="Left on", widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Say on which day they left."},
    )  # fmt: skip
    reason_code = forms.ChoiceField(label="Why", error_messages={"required": "Choose why they left."})
    note = forms.CharField(
        label="What happened", max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say in a few words what happened."},
    )  # fmt: skip
    competitor = forms.CharField(label="Went to", max_length=120, required=False)
    lost_arr = forms.DecimalField(
        label="Lost ARR", required=False, min_value=0, max_digits=14, decimal_places=2,
        error_messages={"invalid": "An amount, such as 12000."},
    )  # fmt: skip
    ends_contracts = forms.BooleanField(label="Their open contract ends on that day", required=False)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    seen = forms.DateTimeField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, is_new: bool, kept: str = "", **kwargs: Any) -> None:
        super().__init__(data, auto_id="churn_%s", **kwargs)
        offered = [(code, words) for code, words in reasons()]
        if kept and kept not in dict(offered):
            offered.append((kept, kept))
        self.fields["reason_code"] = forms.ChoiceField(
            label="Why", choices=[("", "Choose"), *offered], error_messages={"required": "Choose why they left."}
        )
        for name in ("seen",) if is_new else ("churned_on", "key", "ends_contracts"):
            del self.fields[name]

    @property
    def said(self) -> Leaving:
        told = self.cleaned_data
        return Leaving(told["reason_code"], told["note"], told["competitor"], told["lost_arr"])


@dataclass(frozen=True)
class EntryPage:
    """`event` is None while one is entered; `theirs` says what somebody else has done meanwhile."""

    account: Account
    event: ChurnEvent | None
    form: LeavingForm
    currency: str
    contracts: list[Contract]
    theirs: str = ""


@requires(Action.EDIT_ACCOUNT)
def new(request: UserRequest, pk: int) -> HttpResponse:
    account, at = get_object_or_404(visible_accounts(request.user), pk=pk), timezone.now()
    today = timezone.localtime(at).date()
    contracts = list(open_contracts(account, day=today))
    if request.method != "POST":
        initial = {"key": uuid4().hex, "churned_on": today}
        return shown(request, entry_page(account, LeavingForm(initial=initial, is_new=True), contracts=contracts))
    form = LeavingForm(request.POST, is_new=True)
    if form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("churned_on", "key", "ends_contracts")}
        try:
            made = record_churn(account=account, said=form.said, by=request.user, at=at, **told)
        except ValidationError as refused:
            form_refuses(form, refused)
            # The contract of an earlier day may be another than that of today.
            contracts = contracts or list(open_contracts(account, day=told["churned_on"]))
        else:
            return done(request, made, f"{account.name} left on {made.churned_on:%-d %b %Y}. It is no longer scored.")
    return shown(request, entry_page(account, form, contracts=contracts), status=422)


@requires(Action.EDIT_ACCOUNT)
def reword(request: UserRequest, pk: int) -> HttpResponse:
    """Another reason or other words; what another said meanwhile is told."""
    event = get_object_or_404(visible_churn(request.user).select_related("account"), pk=pk)
    if request.method != "POST":
        return shown(request, entry_page(event.account, filled(event), event=event))
    form, theirs = LeavingForm(request.POST, is_new=False, kept=event.reason_code), ""
    if form.is_valid():
        try:
            seen = form.cleaned_data["seen"]
            now = reword_churn(event=event, said=form.said, seen=seen, by=request.user, at=timezone.now())
        except ChurnChanged as told:
            theirs = (
                "Somebody else changed it meanwhile. It says now what stands above; send yours again to replace it."
            )
            event = told.event
            form.data = request.POST.copy()
            form.data["seen"] = event.recorded_at.isoformat()
        except ValidationError as refused:
            form_refuses(form, refused)
        else:
            return done(request, now, f"Why {event.account.name} left is saved.")
    page = entry_page(event.account, form, event=event, theirs=theirs)
    return shown(request, page, status=409 if theirs else 422)


def filled(event: ChurnEvent) -> LeavingForm:
    names = ("reason_code", "note", "competitor", "lost_arr")
    initial = {name: getattr(event, name) for name in names} | {"seen": event.recorded_at.isoformat()}
    return LeavingForm(initial=initial, is_new=False, kept=event.reason_code)


def entry_page(
    account: Account,
    form: LeavingForm,
    *,
    event: ChurnEvent | None = None,
    contracts: list[Contract] | None = None,
    theirs: str = "",
) -> EntryPage:
    return EntryPage(account, event, form, reporting_currency(), contracts or [], theirs)


def shown(request: UserRequest, page: EntryPage, *, status: int = 200) -> HttpResponse:
    template = "_churn_entry.html" if is_sheet(request) else "churn_entry.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)


def done(request: UserRequest, event: ChurnEvent, sentence: str) -> HttpResponse:
    seen = urlencode({"seen": event.recorded_at.isoformat()})
    messages.success(request, sentence, extra_tags=f"{reverse('churn-undo', args=[event.pk])}?{seen}")
    return saved(request, otherwise=reverse("churn-story", args=[event.pk]))


@require_POST
@requires(Action.EDIT_ACCOUNT)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    """Takes back what the user did last to it."""
    event = get_object_or_404(visible_churn(request.user).select_related("account"), pk=pk)
    account = event.account
    try:
        seen = parse_datetime(request.GET.get("seen", "")) or event.recorded_at
        take_back(event=event, seen=seen, by=request.user, at=timezone.now())
        messages.success(request, f"Taken back: why {account.name} left.")
    except ChurnChanged:
        messages.error(request, "Not undone: somebody else changed it meanwhile.")
    except (ValidationError, ValueError) as refused:
        messages.error(request, refused.messages[0] if isinstance(refused, ValidationError) else "Nothing to undo.")
    if ChurnEvent.objects.filter(pk=pk).exists():
        return redirect("churn-story", pk)
    return redirect("account", account.pk)
