"""Erasing a contact or an account: what goes and what stays, and the name typed before anything does."""

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import Action
from accounts.models import Account, Contact, Erasure
from accounts.queries.getting_out import facts_of_account, facts_of_contact
from dashboards.gate import UserRequest, requires
from scoring.erasure import erase_account, erase_contact


class NameForm(forms.Form):
    """The name, letter by letter: nobody erases by mistake."""

    name = forms.CharField(label="Type the name to confirm", error_messages={"required": "Type the name."})

    def __init__(self, data: Mapping[str, object] | None = None, *, expected: str) -> None:
        super().__init__(data)
        self.expected = expected
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        if self.cleaned_data["name"].strip() != self.expected.strip():
            raise forms.ValidationError("That is another name. Nothing was erased.")
        return self.expected


@dataclass(frozen=True)
class ErasePage:
    kind: str
    pk: int
    name: str
    account: str
    facts: dict[str, int]
    form: NameForm


def build_erase_page(found: Contact | Account, *, form: NameForm) -> ErasePage:
    is_contact = isinstance(found, Contact)
    return ErasePage(
        kind="contact" if is_contact else "account",
        pk=found.pk,
        name=found.name,
        account=str(found.account) if isinstance(found, Contact) else "",
        facts=facts_of_contact(found) if isinstance(found, Contact) else facts_of_account(found),
        form=form,
    )


@requires(Action.ERASE_DATA)
def erase(request: UserRequest, kind: str, pk: int) -> HttpResponse:
    """Asks for the name; with it, erases and gives the receipt."""
    found = found_or_404(kind, pk)
    form = NameForm(request.POST if request.method == "POST" else None, expected=found.name)
    if request.method == "POST" and form.is_valid():
        receipt = erase_found(found, request)
        messages.success(request, f"Erased. Receipt {receipt.pk} can be downloaded below.")
        return redirect("data")
    page = build_erase_page(found, form=form)
    return render(request, "data_erase.html", {"page": page}, status=422 if form.errors else 200)


def found_or_404(kind: str, pk: int) -> Contact | Account:
    if kind == "contact":
        return get_object_or_404(Contact, pk=pk)
    if kind == "account":
        return get_object_or_404(Account, pk=pk)
    raise Http404(f"Nothing of the kind {kind!r} can be erased.")


def erase_found(found: Contact | Account, request: UserRequest) -> Erasure:
    if isinstance(found, Contact):
        return erase_contact(contact=found, by=request.user, at=timezone.now())
    return erase_account(account=found, by=request.user, at=timezone.now())
