"""What somebody knows of one renewal: how likely it is, and why; with undo."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, AuditEntry, RenewalOutlook
from accounts.operations import outlooks
from accounts.operations.outlooks import SaidMeanwhile, Words, edition_of, outlook_of
from dashboards.gate import UserRequest, requires
from dashboards.pages.deeds import undo_of


class OutlookForm(forms.Form):
    """`seen` is the edition that the form was filled from."""

    percent = forms.IntegerField(
        label="Chance that it renews, in percent", min_value=0, max_value=100,
        help_text="100: it will renew; 0: it will not.",
        widget=forms.NumberInput(attrs={"class": "input", "inputmode": "numeric"}),
    )  # fmt: skip
    reason = forms.CharField(
        label="Why", max_length=outlooks.LONGEST_REASON, widget=forms.Textarea(attrs={"class": "input", "rows": 3})
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True)
class OutlookPage:
    """`theirs` is what somebody else said meanwhile."""

    account: Account
    form: OutlookForm
    said: RenewalOutlook | None
    theirs: str = ""


@requires(Action.EDIT_ACCOUNT)
def forecast_account(request: UserRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    said = outlook_of(account)
    if request.method != "POST":
        initial = {"seen": edition_of(said)} | ({"percent": said.percent, "reason": said.reason} if said else {})
        return shown(request, OutlookPage(account, OutlookForm(initial=initial), said))
    form, removes = OutlookForm(request.POST), "remove" in request.POST
    theirs = ""
    if removes or form.is_valid():
        words = Words(None, "") if removes else Words(form.cleaned_data["percent"], form.cleaned_data["reason"])
        try:
            outlooks.say(
                account=account, words=words, seen=request.POST.get("seen", ""), by=request.user, at=timezone.now()
            )
        except SaidMeanwhile as told:
            theirs = their_words(told.outlook)
            form.data = request.POST.copy()
            form.data["seen"] = edition_of(told.outlook)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return done(request, account, removes=removes)
    return shown(request, OutlookPage(account, form, said, theirs), status=409 if theirs else 422)


def their_words(said: RenewalOutlook | None) -> str:
    """What holds now that somebody else changed it."""
    if said is None:
        return "Somebody else has taken the outlook away. Save again to put yours in its place."
    return f"{said.author.name} said {said.percent}% meanwhile: “{said.reason}” Save again to replace it."


def done(request: UserRequest, account: Account, *, removes: bool) -> HttpResponse:
    sentence = f"The outlook of {account.name} is {'taken away' if removes else 'saved'}."
    messages.success(request, sentence, extra_tags=undo_of(account, by=request.user, name="forecast-undo"))
    return redirect(reverse("forecast"))


@require_POST
@requires(Action.EDIT_ACCOUNT)
def forecast_undo(request: UserRequest, pk: int) -> HttpResponse:
    """Takes back what the user said last, named by its entry of the audit record."""
    entry = get_object_or_404(AuditEntry, pk=pk, by=request.user, subject="account")
    account = get_object_or_404(visible_accounts(request.user), pk=int(entry.subject_id))
    try:
        said = outlooks.take_back(entry=entry, account=account, by=request.user, at=timezone.now())
        messages.success(request, said)
    except ValidationError as refused:
        messages.error(request, f"Not undone: {refused.messages[0]}")
    return redirect(reverse("forecast"))


def shown(request: UserRequest, page: OutlookPage, *, status: int = 200) -> HttpResponse:
    return render(request, "forecast_account.html", {"page": page}, status=status)
