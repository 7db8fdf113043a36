"""What customers see of oneself on their page: a picture, a phone number and where to book a time."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import Action
from accounts.models import ContactCard
from accounts.operations.branding import set_contact_card
from accounts.pictures import MOST_BYTES
from dashboards.gate import UserRequest, requires
from dashboards.public.brand import data_address


class CardForm(forms.Form):
    picture = forms.FileField(
        required=False, label="Picture", help_text=f"PNG or JPEG, square, {MOST_BYTES // 1024} KB at most.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )  # fmt: skip
    is_removed = forms.BooleanField(required=False, label="Show my initials instead of the picture")
    phone = forms.CharField(max_length=40, required=False, label="Phone")
    booking_url = forms.URLField(
        max_length=200, required=False, assume_scheme="https", label="Booking link",
        help_text="Where customers book a time with you; it begins with https://.",
    )  # fmt: skip


@dataclass(frozen=True)
class CardPage:
    form: CardForm
    name: str
    picture: str


@requires(Action.SHARE_HEALTH)
def contact_card(request: UserRequest) -> HttpResponse:
    card = ContactCard.objects.filter(user=request.user).first()
    initial = {"phone": request.user.phone, "booking_url": card.booking_url if card else ""}
    form = CardForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid() and keep(request, form):
        messages.success(request, "Your customers see this from now on.")
        return redirect("contact-card")
    picture = data_address(bytes(card.picture), card.picture_kind) if card and card.picture else ""
    page = CardPage(form=form, name=request.user.name, picture=picture)
    return render(request, "contact_card.html", {"page": page}, status=422 if form.errors else 200)


def keep(request: UserRequest, form: CardForm) -> bool:
    """Whether it could be kept; else the form says why."""
    said: dict[str, Any] = form.cleaned_data
    sent = said["picture"]
    try:
        set_contact_card(
            user=request.user,
            booking_url=said["booking_url"],
            phone=said["phone"].strip(),
            picture=sent.read(MOST_BYTES + 1) if sent else None,
            is_removed=said["is_removed"],
            at=timezone.now(),
        )
    except ValidationError as refused:
        form.add_error(None if hasattr(refused, "error_dict") else "picture", refused)
        return False
    return True
