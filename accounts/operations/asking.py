"""Asking contacts: each gets a mail with links of their own, never twice within the survey's rest."""

import secrets
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from accounts import audit, deliveries
from accounts.models import (
    Contact,
    Language,
    Source,
    Survey,
    SurveyInvitation,
    SurveyKind,
    SurveyResponse,
    SurveyText,
    Touchpoint,
    User,
)
from accounts.operations.mail import queue_mail
from accounts.queries.asking import Candidate, candidates, due_by_schedule, hash_of, met_and_not_asked
from accounts.queries.organization import the_organization
from accounts.survey_texts import filled, language_of_country

SOURCE = "surveys"
TOKEN_BYTES = 24
NUMBERS = {SurveyKind.NPS: range(11), SurveyKind.CSAT: range(1, 6)}
OFFICE_HOURS, SATURDAY = range(8, 18), 5
FOOT = {
    Language.EN: "The page: {link}\nDo not ask me again: {stop}",
    Language.DE: "Die Seite: {link}\nNicht mehr fragen: {stop}",
    Language.FR: "La page : {link}\nNe plus m’interroger : {stop}",
    Language.ES: "La página: {link}\nNo volver a preguntarme: {stop}",
}


@dataclass(frozen=True)
class Sent:
    """Who was asked, and who was not and why."""

    invitations: list[SurveyInvitation] = field(default_factory=list)
    skipped: list[Candidate] = field(default_factory=list)


@transaction.atomic
def send_survey(
    *,
    survey: Survey,
    contacts: Collection[Contact],
    by: User | None,
    at: datetime,
    touchpoint: Touchpoint | None = None,
    language: str = "",
) -> Sent:
    """Asks all contacts who can be asked now; without a language each in that of the account's country.

    Raises ValidationError where the survey is not in use.
    """
    if not survey.is_active:
        raise ValidationError(f"{survey.name} is not in use.")
    # Whoever asks the same people at the same moment waits, and then finds them asked.
    ids = [contact.pk for contact in contacts]
    locked = Contact.objects.select_for_update(of=("self",)).filter(pk__in=ids).select_related("account").order_by("pk")
    found = candidates(survey, list(locked), today=timezone.localtime(at).date())
    texts = {text.language: text for text in survey.texts.all()}
    asked = [one.contact for one in found if not one.reason]
    made = [
        invite(survey, who, text=text_for(texts, who, language), touchpoint=touchpoint, by=by, at=at) for who in asked
    ]
    if made:
        deliveries.note(source_id=the_source().pk, kind=SOURCE, brought=len(made), at=at)
    return Sent(made, [one for one in found if one.reason])


def text_for(texts: Mapping[str, SurveyText], contact: Contact, language: str) -> SurveyText:
    wanted = language or language_of_country(contact.account.country)
    return texts.get(wanted) or texts.get(Language.EN) or next(iter(texts.values()))


def the_source() -> Source:
    return Source.objects.get_or_create(name=SOURCE)[0]


def invite(
    survey: Survey, contact: Contact, *, text: SurveyText, touchpoint: Touchpoint | None, by: User | None, at: datetime
) -> SurveyInvitation:
    """The open question as a fact, the link to answer it, and the mail."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    response = SurveyResponse.objects.create(
        source=the_source(), external_id=str(uuid.uuid4()), recorded_at=at, account_id=contact.account_id,
        contact=contact, touchpoint=touchpoint, kind=survey.kind, asked_on=timezone.localtime(at).date(),
    )  # fmt: skip
    invitation = SurveyInvitation.objects.create(
        survey=survey, response=response, language=text.language, token_hash=hash_of(token), sent_at=at,
        expires_at=at + timedelta(days=survey.open_days), by=by,
    )  # fmt: skip
    audit.record(
        verb="survey sent", subject=invitation, by=by, at=at, account=contact.account_id, contact=contact.pk,
        survey=survey.pk,
    )  # fmt: skip
    mail_it(invitation, contact, text=text, token=token, at=at)
    return invitation


def mail_it(invitation: SurveyInvitation, contact: Contact, *, text: SurveyText, token: str, at: datetime) -> None:
    company = the_organization().name
    said = {
        name: filled(getattr(text, name), name=first_name(contact.name), company=company)
        for name in ("subject", "greeting", "question", "low", "high")
    }
    link = f"{settings.PUBLIC_URL}/s/{token}"
    stop = f"{link}/unsubscribe"
    numbers = list(NUMBERS[SurveyKind(text.survey.kind)])
    queue_mail(
        to=contact.email,
        cause=f"survey:{invitation.pk}",
        subject=said["subject"],
        text=plain_mail(said, numbers, link=link, stop=stop, language=text.language),
        html=html_mail(said, numbers, link=link, stop=stop, language=text.language),
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        contact=contact,
        is_secret=True,
        at=at,
    )


def first_name(name: str) -> str:
    return name.split(" ")[0]


def plain_mail(said: Mapping[str, str], numbers: list[int], *, link: str, stop: str, language: str) -> str:
    links = "\n".join(f"{number}: {link}?a={number}" for number in numbers)
    ends = f"{numbers[0]} = {said['low']}, {numbers[-1]} = {said['high']}"
    foot = FOOT[Language(language)].format(link=link, stop=stop)
    return f"{said['greeting']}\n\n{said['question']}\n{ends}\n\n{links}\n\n{foot}\n"


CELL = (
    '<td style="padding:2px"><a href="{}?a={}" style="display:block;width:38px;line-height:38px;text-align:center;'
    'border:1px solid #8d8f98;border-radius:6px;color:#1a1b20;text-decoration:none;font-weight:600">{}</a></td>'
)
PAGE = (
    '<!doctype html><html lang="{}"><body style="font-family:sans-serif;font-size:16px;line-height:26px;color:#1a1b20">'
    '<p>{}</p><h1 style="font-size:22px;line-height:30px">{}</h1>'
    '<table role="presentation" style="border-collapse:collapse"><tr>{}</tr></table>'
    '<p style="font-size:14px;color:#54565f">{} = {}, {} = {}</p>'
    '<p style="font-size:13px;line-height:20px;white-space:pre-line;color:#666873">{}</p></body></html>'
)


def html_mail(said: Mapping[str, str], numbers: list[int], *, link: str, stop: str, language: str) -> str:
    """A link for each number: opening one stores nothing yet."""
    cells = format_html_join("", CELL, ((link, number, number) for number in numbers))
    anchor = '<a href="{}" style="color:#3447c4">{}</a>'
    foot = format_html(
        FOOT[Language(language)], link=format_html(anchor, link, link), stop=format_html(anchor, stop, stop)
    )
    return format_html(
        PAGE, language, said["greeting"], said["question"], cells, numbers[0], said["low"], numbers[-1], said["high"],
        foot,
    )  # fmt: skip


def send_due(*, at: datetime) -> int:
    """What surveys send by themselves: after touchpoints at any hour, by schedule in office hours. Says how many."""
    today, count = timezone.localtime(at).date(), 0
    for survey in Survey.objects.filter(is_active=True).order_by("pk"):
        for touchpoint, contacts in met_and_not_asked(survey, at=at):
            sent = send_survey(survey=survey, contacts=contacts, by=None, at=at, touchpoint=touchpoint)
            count += len(sent.invitations)
        if is_office_hour(at):
            sent = send_survey(survey=survey, contacts=due_by_schedule(survey, today=today), by=None, at=at)
            count += len(sent.invitations)
    return count


def is_office_hour(at: datetime) -> bool:
    local = timezone.localtime(at)
    return local.hour in OFFICE_HOURS and local.weekday() < SATURDAY
