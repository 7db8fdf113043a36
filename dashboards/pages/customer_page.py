"""How the customer's page looks and which measures it may show: for operations, with the color as it will be used."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import AuditEntry, Branding, Language, Organization, ShareLink
from accounts.operations import branding as operations
from accounts.pictures import MOST_BYTES
from accounts.queries.organization import the_organization
from accounts.queries.sharing import the_branding
from dashboards.gate import UserRequest, requires
from dashboards.pages.deeds import undo_of
from dashboards.public.brand import data_address, is_color, readable, readable_at_night
from dashboards.public.share_blocks import is_shown
from scoring.catalog import Measure, is_judgment
from scoring.queries.measures import measures_in_use

TEXTS = {"intro": "Your words on top", "foot": "Your words at the foot"}


class PageForm(forms.Form):
    """The color, the words and the measures."""

    color = forms.CharField(
        max_length=7, label="Your color", widget=forms.TextInput(attrs={"type": "color"}),
        help_text="For buttons, bars, lines and icons. Bands keep their own colors and shapes.",
    )  # fmt: skip
    measures = forms.MultipleChoiceField(
        required=False, label="Measures that customers may see", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, offered: list[Measure], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["measures"].choices = [(one.key, one.label) for one in offered]  # type: ignore[attr-defined]
        for language in Language:
            for name, label in TEXTS.items():
                self.fields[f"{name}_{language}"] = forms.CharField(
                    max_length=operations.LONGEST_TEXT, required=False, label=f"{label}, {language.label}",
                    widget=forms.Textarea(attrs={"rows": 2, "lang": str(language)}),
                )  # fmt: skip

    def clean_color(self) -> str:
        color = str(self.cleaned_data["color"])
        if not is_color(color):
            raise ValidationError("A color is # and six hexadecimal digits, such as #1F5F4A.")
        return color

    @property
    def texts(self) -> list[Any]:
        return [self[f"{name}_{language}"] for language in Language for name in TEXTS]

    @property
    def words(self) -> dict[str, dict[str, str]]:
        """What a valid form says, by language."""
        return {
            str(language): {name: self.cleaned_data[f"{name}_{language}"] for name in TEXTS} for language in Language
        }


@dataclass(frozen=True)
class CustomerPage:
    """`used` is the color as customers see it, `at_night` where their system is dark."""

    form: PageForm
    chosen: str
    used: str
    at_night: str
    logo: str
    has_measures: bool
    example_url: str

    @property
    def is_changed(self) -> bool:
        return self.chosen.lower() != self.used


def offered() -> list[Measure]:
    """The measures of the cards in force that a customer could see at all."""
    return [measure for measure in measures_in_use(today=timezone.localdate()) if not is_judgment(measure)]


def build_page(form: PageForm, *, organization: Organization, branding: Branding) -> CustomerPage:
    color = organization.brand_color
    return CustomerPage(
        form=form,
        chosen=color,
        used=readable(color),
        at_night=readable_at_night(color),
        logo=data_address(bytes(branding.logo), branding.logo_kind) if branding.logo else "",
        has_measures=bool(form.fields["measures"].choices),  # type: ignore[attr-defined]
        example_url=example_url(),
    )


def example_url() -> str:
    """The preview of the newest link, as an example of how all of them look; empty before there is any."""
    newest = ShareLink.objects.order_by("-pk").values_list("account_id", "pk").first()
    return f"{reverse('share-preview', args=[newest[0]])}?link={newest[1]}" if newest else ""


def initial_of(organization: Organization, branding: Branding, measures: list[Measure]) -> dict[str, Any]:
    texts = {
        f"{name}_{language}": branding.words.get(language, {}).get(name, "")
        for language in Language.values
        for name in TEXTS
    }
    shown = [measure.key for measure in measures if is_shown(measure, branding=branding)]
    return {"color": organization.brand_color, "measures": shown, **texts}


@requires(Action.EDIT_CUSTOMER_PAGE)
def customer_page(request: UserRequest) -> HttpResponse:
    organization, branding, measures = the_organization(), the_branding(), offered()
    form = PageForm(initial=initial_of(organization, branding, measures), offered=measures)
    if request.method == "POST":
        form = PageForm(request.POST, offered=measures)
        if form.is_valid():
            return save(request, form, branding=branding, measures=measures)
    page = build_page(form, organization=organization, branding=branding)
    return render(request, "customer_page.html", {"page": page}, status=422 if form.errors else 200)


def save(request: UserRequest, form: PageForm, *, branding: Branding, measures: list[Measure]) -> HttpResponse:
    """What was said of measures that are in no card today stays said."""
    allowed = set(form.cleaned_data["measures"])
    kept = operations.set_customer_page(
        color=form.cleaned_data["color"],
        words=form.words,
        measures={**branding.measures, **{measure.key: measure.key in allowed for measure in measures}},
        by=request.user,
        at=timezone.now(),
    )
    undo = undo_of(kept, by=request.user, name="customer-page-undo")
    messages.success(request, "The customers' pages look like this from now on.", extra_tags=undo)
    return redirect("customer-page")


@require_POST
@requires(Action.EDIT_CUSTOMER_PAGE)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(AuditEntry, pk=pk, by=request.user, subject="branding")
    try:
        operations.set_back(entry=entry, by=request.user, at=timezone.now())
        messages.success(request, "The customers' pages look as before.")
    except ValidationError as refused:
        messages.error(request, f"Not undone: {refused.messages[0]}")
    return redirect("customer-page")


@require_POST
@requires(Action.EDIT_CUSTOMER_PAGE)
def logo(request: UserRequest) -> HttpResponse:
    """A new logo; with `remove`, none."""
    try:
        operations.set_logo(content=content_of(request), by=request.user, at=timezone.now())
        messages.success(request, "The logo is changed." if request.FILES else "The logo is removed.")
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    return redirect("customer-page")


def content_of(request: UserRequest) -> bytes | None:
    """What was uploaded; None where the logo is to go. Raises ValidationError where neither was said."""
    if "remove" in request.POST:
        return None
    sent = request.FILES.get("logo")
    if not isinstance(sent, UploadedFile):
        raise ValidationError("Choose a PNG or SVG file first.")
    # One byte more than is allowed is enough to refuse it.
    return bytes(sent.read(MOST_BYTES + 1))
