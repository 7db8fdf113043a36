"""One contact: added, edited in a dialog, or changed in the row in which it stands; and all of it undone."""

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
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, Contact, Level, Persona, Rapport
from accounts.operations.contacts import ContactChanged, Person, add_contact, change_contact, edition, take_back
from accounts.queries.relations import visible_contacts
from dashboards.gate import UserRequest, requires
from dashboards.pages.home import back_to
from dashboards.pages.sheets import is_sheet, saved

RATINGS = [("", "Not rated"), *((str(number), f"{number} of 5") for number in range(1, 6))]
DAY = forms.DateInput(attrs={"type": "date"})


class ContactForm(forms.Form):
    name = forms.CharField(max_length=120, error_messages={"required": "Say what the person is called."})
    title = forms.CharField(max_length=120, required=False)
    email = forms.EmailField(label="E-mail", required=False)
    persona = forms.ChoiceField(choices=[("", "No persona"), *Persona.choices], required=False)
    level = forms.ChoiceField(choices=[("", "No level"), *Level.choices], required=False)
    rating = forms.ChoiceField(label="Rapport", choices=RATINGS, required=False)
    left_on = forms.DateField(label="Left on", required=False, widget=DAY)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, required=False)
    seen = forms.CharField(max_length=80, widget=forms.HiddenInput, required=False)

    def person(self) -> Person:
        """What was said, of a form that is valid."""
        said = self.cleaned_data
        return Person(
            name=said["name"].strip(),
            title=said["title"].strip(),
            email=said["email"],
            persona=said["persona"],
            level=said["level"],
            left_on=said["left_on"],
            rating=int(said["rating"]) if said["rating"] else None,
        )

    def refuse(self, problems: dict[str, list[str]]) -> None:
        for field, sentences in problems.items():
            self.add_error(field if field in self.fields else None, sentences)


@dataclass(frozen=True)
class ContactPage:
    """`contact` is None while it is new; `theirs` says what somebody else has saved meanwhile."""

    account: Account
    contact: Contact | None
    form: ContactForm
    theirs: str = ""

    @property
    def is_new(self) -> bool:
        return self.contact is None


def said_now(contact: Contact) -> dict[str, Any]:
    """What the contact says today, as the form has it."""
    newest = Rapport.objects.filter(contact=contact).order_by("-rated_on", "-pk").first()
    return {
        "name": contact.name, "title": contact.title, "email": contact.email, "persona": contact.persona,
        "level": contact.level, "rating": str(newest.rating) if newest else "", "seen": edition(contact),
        "left_on": contact.left_on.isoformat() if contact.left_on else "",
    }  # fmt: skip


@requires(Action.EDIT_ACCOUNT)
def new_contact(request: UserRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    if request.method != "POST":
        initial = {"key": uuid4().hex, "persona": request.GET.get("persona", "")}
        return shown(request, ContactPage(account, None, form_of(initial=initial)))
    form = form_of(request.POST)
    if form.is_valid():
        try:
            key = form.cleaned_data["key"] or uuid4().hex
            made = add_contact(account=account, person=form.person(), key=key, by=request.user, at=timezone.now())
        except ValidationError as refused:
            form.refuse(refused.message_dict)
        else:
            return done(request, made, f"{made.name} added to {account.name}.")
    return shown(request, ContactPage(account, None, form), status=422)


def form_of(data: Any = None, *, initial: Any = None) -> ContactForm:
    return ContactForm(data, initial=initial, auto_id="contact_%s")


@requires(Action.EDIT_ACCOUNT)
def contact(request: UserRequest, pk: int, contact: int) -> HttpResponse:
    """What a contact says. What a form leaves out stays as it is: a row sends only what it shows."""
    found = get_object_or_404(visible_contacts(request.user), pk=contact, account=pk)
    now = said_now(found)
    if request.method != "POST":
        return shown(request, ContactPage(found.account, found, form_of(initial=now)))
    form, theirs = form_of(over(now, request.POST)), ""
    if form.is_valid():
        try:
            changed = change_contact(
                contact=found, person=form.person(), seen=form.cleaned_data["seen"], by=request.user, at=timezone.now()
            )
        except ContactChanged as told:
            theirs = f"{told.contact.name} was changed by somebody else meanwhile."
            form.data = over(said_now(told.contact), {**request.POST.dict(), "seen": edition(told.contact)})
        except ValidationError as refused:
            form.refuse(refused.message_dict)
        else:
            return done(request, changed, f"{changed.name} saved.")
    return shown(request, ContactPage(found.account, found, form, theirs), status=409 if theirs else 422)


def over(now: dict[str, Any], sent: Any) -> QueryDict:
    """What was sent, over what stands now. Leaving today is a button of its own."""
    data = QueryDict(mutable=True)
    data.update(now)
    for name, value in sent.items():
        data[name] = value
    if "leaves" in sent:
        data["left_on"] = localdate().isoformat()
    return data


def shown(request: UserRequest, page: ContactPage, *, status: int = 200) -> HttpResponse:
    template = "_contact.html" if is_sheet(request) else "contact.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)


def done(request: UserRequest, contact: Contact, sentence: str) -> HttpResponse:
    address = reverse("contact-undo", args=[contact.account_id, contact.pk])
    messages.success(request, sentence, extra_tags=f"{address}?{urlencode({'seen': edition(contact)})}")
    return saved(request, otherwise=reverse("account-contacts", args=[contact.account_id]))


@require_POST
@requires(Action.EDIT_ACCOUNT)
def contact_undo(request: UserRequest, pk: int, contact: int) -> HttpResponse:
    """Takes back what the user did last to the contact."""
    found = get_object_or_404(visible_contacts(request.user), pk=contact, account=pk)
    try:
        take_back(contact=found, seen=request.GET.get("seen", ""), by=request.user, at=timezone.now())
        messages.success(request, f"Taken back: {found.name}.")
    except ContactChanged:
        messages.error(request, f"Not undone: {found.name} was changed again meanwhile.")
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    return redirect(back_to(request))
