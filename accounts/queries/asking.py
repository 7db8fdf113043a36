"""Who can be asked, and why somebody is not; who is to be asked by itself; what a link opens."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import (
    Contact,
    Status,
    Survey,
    SurveyInvitation,
    SurveyKind,
    SurveyOptOut,
    SurveyResponse,
    Touchpoint,
    TouchpointState,
)

CHANGE_DAYS = 14
# A touchpoint may be corrected before anybody is asked about it, and is old news after a week.
SETTLES_IN = timedelta(hours=1)
NEWS_FOR = timedelta(days=7)
AT_ONCE = 200


@dataclass(frozen=True)
class Candidate:
    """A contact who is asked, or the reason why not."""

    contact: Contact
    reason: str = ""


def candidates(survey: Survey, contacts: Iterable[Contact], *, today: date) -> list[Candidate]:
    """Each contact once, in the order given. Two queries, however many there are.

    An address is a person, also where it is a contact of two accounts: it rests and unsubscribes as one.
    """
    people = list({contact.pk: contact for contact in contacts}.values())
    emails = {form for contact in people for form in (contact.email, contact.email.lower())} - {""}
    out = {
        email.lower()
        for email in SurveyOptOut.objects.filter(contact__email__in=emails).values_list("contact__email", flat=True)
    }
    rows = SurveyResponse.objects.filter(contact__email__in=emails).order_by().values_list("contact__email")
    last = {email.lower(): day for email, day in rows.annotate(last=Max("asked_on"))}
    found, taken = [], set[str]()
    for contact in people:
        address = contact.email.lower()
        reason = why_not(contact, last.get(address), is_out=address in out, survey=survey, today=today)
        if not reason and address in taken:
            reason = "has the same address as somebody before"
        taken |= set() if reason else {address}
        found.append(Candidate(contact, reason))
    return found


def why_not(contact: Contact, last: date | None, *, is_out: bool, survey: Survey, today: date) -> str:
    if contact.left_on is not None and contact.left_on <= today:
        return "left the company"
    if contact.account.status == Status.CHURNED:
        return "is no longer with a customer"
    if is_out:
        return "unsubscribed from surveys"
    if not contact.email:
        return "has no e-mail address"
    if last is not None and today < last + timedelta(days=survey.rest_days):
        again = last + timedelta(days=survey.rest_days)
        return f"was asked on {written(last)}, may be asked again from {written(again)}"
    return ""


def written(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def hash_of(token: str) -> str:
    """What is kept of a token. It is random: a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


class LinkState(StrEnum):
    OPEN = "open"
    EXPIRED = "expired"
    USED = "used"


def invitation_of(token: str) -> SurveyInvitation | None:
    """With all that the page shows. Who was erased, or has no address any more, has no link either."""
    found = SurveyInvitation.objects.select_related("survey", "response__contact", "response__account__owner")
    return found.filter(token_hash=hash_of(token), response__contact__email__gt="").first()


def link_state(invitation: SurveyInvitation, *, at: datetime) -> LinkState:
    """Open for a first answer until it expires, and for another one for two weeks after the first."""
    if invitation.first_answered_at is not None:
        changes_until = invitation.first_answered_at + timedelta(days=CHANGE_DAYS)
        return LinkState.OPEN if at < changes_until else LinkState.USED
    return LinkState.OPEN if at < invitation.expires_at else LinkState.EXPIRED


def contacts_to_choose(account_ids: Iterable[int]) -> QuerySet[Contact]:
    """Everybody at the accounts who has not left long ago, by account and name."""
    return (
        Contact.objects.filter(account__in=list(account_ids))
        .select_related("account__owner", "account__segment")
        .order_by("account__name", "account_id", F("left_on").asc(nulls_first=True), "name", "pk")
    )


def met_and_not_asked(survey: Survey, *, at: datetime) -> list[tuple[Touchpoint, list[Contact]]]:
    """Touchpoints about which nobody was asked yet, with whom to ask: of the survey's kinds its personas, and
    everybody where the survey is wished for."""
    today = timezone.localtime(at).date()
    asked = SurveyResponse.objects.filter(touchpoint=OuterRef("pk"), kind=survey.kind)
    held = Touchpoint.objects.filter(
        ~Exists(asked), state=TouchpointState.HELD, recorded_at__lte=at - SETTLES_IN,
        day__gte=timezone.localtime(at - NEWS_FOR).date(),
    )  # fmt: skip
    wished = held.filter(survey_wish__survey=survey)
    of_kind = held.filter(kind__in=survey.after_kinds, day__gte=survey.since).exclude(survey_wish__survey=survey)
    anybody = askable(rest_days=survey.rest_days, today=today)
    return [*with_people(wished, anybody), *with_people(of_kind, of_personas(anybody, survey))]


def with_people(held: QuerySet[Touchpoint], people: QuerySet[Contact]) -> list[tuple[Touchpoint, list[Contact]]]:
    """The touchpoints at which any of the people were, with those."""
    found = held.filter(contacts__in=people).distinct().order_by("day", "pk")[:AT_ONCE]
    return [(one, list(people.filter(touchpoints=one))) for one in found]


def due_by_schedule(survey: Survey, *, today: date) -> list[Contact]:
    """Some of those whom nobody asked for `every_days`."""
    if survey.every_days is None:
        return []
    people = of_personas(askable(rest_days=survey.every_days, today=today), survey)
    return list(people.order_by("pk")[:AT_ONCE])


def of_personas(people: QuerySet[Contact], survey: Survey) -> QuerySet[Contact]:
    """Those whom the survey asks by itself."""
    return people.filter(persona__in=survey.personas) if survey.personas else people


def askable(*, rest_days: int, today: date) -> QuerySet[Contact]:
    """The contacts who can be asked, and whom nobody asked for so many days."""
    mine = SurveyResponse.objects.filter(contact__email=OuterRef("email"))
    return Contact.objects.filter(
        ~Exists(mine.filter(asked_on__gt=today - timedelta(days=rest_days))),
        ~Exists(SurveyOptOut.objects.filter(contact__email=OuterRef("email"))),
        Q(left_on=None) | Q(left_on__gt=today),
        account__status=Status.ACTIVE,
    ).exclude(email="")


def surveys_after_touchpoints() -> QuerySet[Survey]:
    """What those who were at a touchpoint can be asked."""
    return Survey.objects.filter(is_active=True, kind=SurveyKind.CSAT).order_by("name", "pk")
