"""Writing to contacts again when interest wanes: what the mails brought, and the terms and words of operations."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.access import Action, can
from accounts.models import Language, Reengagement, ReengagementMail, ReengagementText, User
from accounts.operations.reengaging import WORDS, Terms, TermsChanged, change_terms, filled, ready
from accounts.queries.reengaging import COMES_BACK_DAYS, Results, mails_in_sight, results_of, the_terms
from accounts.reengagement_texts import PLACEHOLDERS, STOP_WORDS
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import streamed_csv

PER_PAGE = 50
HEAD = ("sent_on", "account", "contact", "language", "rule", "on_behalf_of", "opted_out_on", "outcome")
EXAMPLE_NAME, EXAMPLE_CSM = "Ada", "Maya Okafor"


@dataclass(frozen=True)
class MailRow:
    contact: str
    account: str
    account_pk: int
    cause: str
    language: str
    sent_on: date
    outcome: str
    opted_out_on: date | None


@dataclass(frozen=True)
class ReengagementPage:
    terms: Reengagement | None
    results: Results
    rows: list[MailRow]
    page: Page
    may_edit: bool
    days: int = COMES_BACK_DAYS


def mail_row(mail: ReengagementMail) -> MailRow:
    contact = mail.contact
    return MailRow(
        contact=contact.name,
        account=contact.account.name,
        account_pk=contact.account_id,
        cause=mail.cause,
        language=mail.get_language_display(),
        sent_on=mail.sent_on,
        outcome=mail.get_outcome_display(),
        opted_out_on=timezone.localdate(mail.opted_out_at) if mail.opted_out_at else None,
    )


def build_reengagement_page(user: User, *, number: str | None) -> ReengagementPage:
    mails = mails_in_sight(user)
    page = Paginator(mails, PER_PAGE).get_page(number)
    return ReengagementPage(
        terms=the_terms(),
        results=results_of(mails),
        rows=[mail_row(mail) for mail in page],
        page=page,
        may_edit=can(user, Action.EDIT_SURVEYS),
    )


@requires(Action.VIEW_SURVEYS)
def reengagement(request: UserRequest) -> HttpResponse:
    page = build_reengagement_page(request.user, number=request.GET.get("page"))
    return render(request, "reengagement.html", {"page": page})


@requires(Action.VIEW_SURVEYS)
def reengagement_csv(request: UserRequest) -> HttpResponseBase:
    return streamed_csv("re-engagement", lines(request.user))


def lines(user: User) -> Iterator[tuple[Any, ...]]:
    yield HEAD
    for mail in mails_in_sight(user).iterator(chunk_size=2_000):
        row = mail_row(mail)
        by = mail.by.name if mail.by else None
        yield (row.sent_on, row.account, row.contact, row.language, row.cause, by, row.opted_out_on, row.outcome)


class TermsForm(forms.Form):
    is_on = forms.BooleanField(required=False, label="Rules may write to contacts")
    most_mails = forms.IntegerField(min_value=1, max_value=12, label="Mails per contact, at most")
    window_days = forms.IntegerField(
        min_value=7, max_value=365, label="within so many days", help_text="An address is a person, at any account."
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def terms(self) -> Terms:
        return Terms(**{name: self.cleaned_data[name] for name in Terms.__dataclass_fields__})


class TextForm(forms.ModelForm):
    class Meta:
        model = ReengagementText
        fields = WORDS
        widgets = {"body": forms.Textarea(attrs={"rows": 9})}


@dataclass(frozen=True)
class Translation:
    """The words in one language, and the mail as Ada, whom Maya Okafor looks after, would get it."""

    code: str
    name: str
    form: TextForm
    shown: dict[str, str]
    foot: str


@dataclass(frozen=True)
class WordsPage:
    form: TermsForm
    texts: list[Translation]
    placeholders: tuple[str, ...]
    theirs: str
    is_preview: bool


@requires(Action.EDIT_SURVEYS)
def words(request: UserRequest) -> HttpResponse:
    """The terms and words; a POST with `preview` shows the mails as they are written, and saves nothing."""
    kept = ready(by=request.user, at=timezone.now())
    data = request.POST if request.method == "POST" else None
    form, texts = TermsForm(data, initial=stated(kept)), text_forms(data)
    is_valid = data is not None and all([form.is_valid(), *(text.is_valid() for _, text in texts)])
    theirs, is_preview = "", data is not None and "preview" in data
    if is_valid and not is_preview:
        theirs = saved(request, form, texts)
        if not (theirs or form.errors):
            return HttpResponseRedirect(reverse("reengagement"))
    page = WordsPage(form, [translation(code, text) for code, text in texts], PLACEHOLDERS, theirs, is_preview)
    fine = data is None or (is_valid and is_preview)
    return render(request, "reengagement_words.html", {"page": page}, status=409 if theirs else 200 if fine else 422)


def text_forms(data: Any) -> list[tuple[str, TextForm]]:
    texts = ReengagementText.objects.order_by("pk")
    return [(str(text.language), TextForm(data, instance=text, prefix=text.language)) for text in texts]


def translation(code: str, form: TextForm) -> Translation:
    given = {name: str(form[name].value() or "") for name in WORDS}
    shown = filled(given, name=EXAMPLE_NAME, csm=EXAMPLE_CSM)
    return Translation(code, str(Language(code).label), form, shown, STOP_WORDS[code].foot.format("…"))


def stated(kept: Reengagement) -> dict[str, Any]:
    plain = {name: getattr(kept, name) for name in Terms.__dataclass_fields__}
    return plain | {"seen": kept.changed_at.isoformat()}


def saved(request: UserRequest, form: TermsForm, texts: list[tuple[str, TextForm]]) -> str:
    """Empty when it is; else that somebody was faster."""
    said = {code: text.cleaned_data for code, text in texts}
    kept = ready(by=request.user, at=timezone.now())
    try:
        change_terms(
            terms=form.terms(), texts=said, seen=parse_datetime(form.cleaned_data["seen"]) or kept.changed_at,
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except TermsChanged:
        form.data = request.POST.copy()
        form.data["seen"] = kept.changed_at.isoformat()
        return f"Somebody changed this at {timezone.localtime(kept.changed_at):%H:%M}."
    except ValidationError as refused:
        form.add_error(None, refused)
        return ""
    is_on = form.cleaned_data["is_on"]
    messages.success(request, f"Saved. Rules {'write to contacts who allow it' if is_on else 'write to nobody'}.")
    return ""
