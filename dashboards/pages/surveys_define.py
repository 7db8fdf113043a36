"""Surveys as operations writes them: their words in each language, whom they ask by themselves and when."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.access import Action
from accounts.models import Language, Persona, Survey, SurveyKind, SurveyText, TouchpointKind
from accounts.operations.surveys import WORDS, SurveyChanged, Terms, change_survey, create_survey
from dashboards.gate import UserRequest, requires

TICKS = forms.CheckboxSelectMultiple


class NewForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="As your people call it; customers do not see it.")
    kind = forms.ChoiceField(choices=SurveyKind.choices)


class TermsForm(forms.Form):
    name = forms.CharField(max_length=80)
    is_active = forms.BooleanField(required=False, label="In use")
    rest_days = forms.IntegerField(
        min_value=1, max_value=730, label="Rest, in days",
        help_text="Whom any survey asked in these days is not asked again.",
    )  # fmt: skip
    open_days = forms.IntegerField(
        min_value=1, max_value=180, label="Open, in days", help_text="So long the link takes a first answer."
    )
    after_kinds = forms.MultipleChoiceField(
        choices=TouchpointKind.choices, widget=TICKS, required=False, label="After each held",
        help_text="Everybody who was there, an hour after it was noted.",
    )  # fmt: skip
    every_days = forms.IntegerField(
        min_value=1, max_value=1_830, required=False, label="Every … days",
        help_text="On working days from 8 to 18. Empty: not by the calendar.",
    )  # fmt: skip
    personas = forms.MultipleChoiceField(
        choices=Persona.choices, widget=TICKS, required=False, label="Whom it asks by itself",
        help_text="Nobody ticked is everybody.",
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def terms(self) -> Terms:
        stated = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return Terms(**stated)

    def refuse(self, refused: ValidationError) -> None:
        for name, problems in refused.message_dict.items():
            self.add_error(name if name in self.fields else None, problems)


class TextForm(forms.ModelForm):
    class Meta:
        model = SurveyText
        fields = WORDS


@dataclass(frozen=True)
class Translation:
    code: str
    name: str
    form: TextForm


@dataclass(frozen=True)
class SetupPage:
    surveys: list[Survey]
    form: NewForm


@dataclass(frozen=True)
class EditPage:
    survey: Survey
    form: TermsForm
    texts: list[Translation]
    theirs: str


@requires(Action.EDIT_SURVEYS)
def setup(request: UserRequest) -> HttpResponse:
    """All surveys; POST makes one."""
    form = NewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_survey(**form.cleaned_data, by=request.user, at=timezone.now())
        except ValidationError as refused:
            form.add_error("name", [problem for found in refused.message_dict.values() for problem in found])
        else:
            messages.success(request, f"Made {made.name}. Look at its words before it is sent.")
            return HttpResponseRedirect(reverse("survey-edit", args=[made.pk]))
    page = SetupPage(list(Survey.objects.order_by("-is_active", "name")), form)
    return render(request, "survey_setup.html", {"page": page}, status=422 if form.errors else 200)


@requires(Action.EDIT_SURVEYS)
def edit(request: UserRequest, pk: int) -> HttpResponse:
    survey = get_object_or_404(Survey, pk=pk)
    data = request.POST if request.method == "POST" else None
    form = TermsForm(data, initial=stated(survey))
    texts = [
        Translation(text.language, Language(text.language).label, TextForm(data, instance=text, prefix=text.language))
        for text in survey.texts.order_by("pk")
    ]
    theirs = ""
    if data is not None and all([form.is_valid(), *(one.form.is_valid() for one in texts)]):
        theirs = saved(request, survey, form, texts)
        if not (theirs or form.errors):
            return HttpResponseRedirect(reverse("survey-setup"))
    page = EditPage(survey, form, texts, theirs)
    return render(request, "survey_edit.html", {"page": page}, status=409 if theirs else 200 if data is None else 422)


def stated(survey: Survey) -> dict[str, Any]:
    return {name: getattr(survey, name) for name in Terms.__dataclass_fields__} | {
        "seen": survey.changed_at.isoformat()
    }


def saved(request: UserRequest, survey: Survey, form: TermsForm, texts: list[Translation]) -> str:
    """Empty when it is; else who was faster, in words."""
    words = {one.code: one.form.cleaned_data for one in texts}
    seen = parse_datetime(form.cleaned_data["seen"]) or survey.changed_at
    try:
        change_survey(survey=survey, terms=form.terms(), texts=words, seen=seen, by=request.user, at=timezone.now())
    except SurveyChanged as told:
        data = request.POST.copy()
        data["seen"] = told.survey.changed_at.isoformat()
        form.data = data
        return f"Somebody changed {told.survey.name} at {timezone.localtime(told.survey.changed_at):%H:%M}."
    except ValidationError as refused:
        form.refuse(refused)
        return ""
    messages.success(request, f"{form.cleaned_data['name']} is changed. It holds for what is sent from now on.")
    return ""
