"""Operations writes surveys: their words in each language, and when they ask by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Survey, SurveyText, User
from accounts.survey_texts import TEXTS

WORDS = ("subject", "greeting", "question", "low", "high", "reason", "thanks")


@dataclass(frozen=True)
class Terms:
    """How and when a survey asks."""

    name: str
    is_active: bool
    rest_days: int
    open_days: int
    after_kinds: list[str]
    every_days: int | None
    personas: list[str]


class SurveyChanged(Exception):
    """Somebody changed the survey since it was looked at."""

    def __init__(self, *, survey: Survey) -> None:
        super().__init__("the survey was changed meanwhile")
        self.survey = survey


@transaction.atomic
def create_survey(*, name: str, kind: str, by: User | None, at: datetime) -> Survey:
    """A survey with words in each language, which asks nobody by itself yet."""
    survey = Survey(name=name.strip(), kind=kind, since=timezone.localtime(at).date(), changed_at=at)
    survey.full_clean()
    survey.save()
    SurveyText.objects.bulk_create(
        SurveyText(survey=survey, language=language, **words) for language, words in TEXTS[kind].items()
    )
    audit.record(verb="survey made", subject=survey, by=by, at=at, name=survey.name, kind=kind)
    return survey


@transaction.atomic
def change_survey(
    *, survey: Survey, terms: Terms, texts: Mapping[str, Mapping[str, str]], seen: datetime, by: User, at: datetime
) -> Survey:
    """The survey as stated, with its words by language. Raises SurveyChanged, or ValidationError by field."""
    now = Survey.objects.select_for_update().get(pk=survey.pk)
    if now.changed_at != seen:
        raise SurveyChanged(survey=now)
    before = {name: getattr(now, name) for name in vars(terms)}
    now.since = first_day(now, terms, at=at)
    for name, value in vars(terms).items():
        setattr(now, name, value)
    now.changed_at = at
    check(now)
    now.save()
    write_texts(now, texts)
    audit.record(verb="survey changed", subject=now, by=by, at=at, before=before, now=vars(terms))
    return now


def first_day(survey: Survey, terms: Terms, *, at: datetime) -> Any:
    """Who begins to ask after touchpoints asks about those from today on."""
    begins = bool(set(terms.after_kinds) - set(survey.after_kinds)) or (terms.is_active and not survey.is_active)
    return timezone.localtime(at).date() if begins else survey.since


def check(survey: Survey) -> None:
    if survey.every_days is not None and survey.every_days < survey.rest_days:
        raise ValidationError({"every_days": f"Not more often than the rest of {survey.rest_days} days allows."})
    survey.full_clean()


def write_texts(survey: Survey, texts: Mapping[str, Mapping[str, str]]) -> None:
    for text in survey.texts.select_for_update():
        words = texts.get(text.language)
        if words is None:
            continue
        for name in WORDS:
            setattr(text, name, " ".join(words[name].split()))
        text.full_clean()
        text.save()
