"""What comes back: an answer, another one within two weeks, and the wish not to be asked any more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit, touches
from accounts.amendments import keep_former
from accounts.models import SUBJECTS, Contact, SurveyInvitation, SurveyKind, SurveyOptOut, SurveyResponse, User
from accounts.operations.asking import NUMBERS
from accounts.queries.asking import LinkState, link_state

LONGEST_COMMENT = 1_000
# What a tag says of its subject: the ends of the scale of 1 to 5, for there is nothing between good and bad.
TAGS = {"good": 5, "bad": 1}


@dataclass(frozen=True)
class Answer:
    """A number of the survey's kind; `tags` says of each subject `good`, `bad` or nothing."""

    score: int
    comment: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, object]:
        about = {f"about_{subject}": TAGS.get(self.tags.get(subject, "")) for subject in SUBJECTS}
        return {"score": self.score, "comment": self.comment.strip()[:LONGEST_COMMENT], **about}


class LinkClosed(Exception):
    """The link takes no answer any more."""


@transaction.atomic
def answer_survey(*, invitation: SurveyInvitation, answer: Answer, at: datetime) -> SurveyResponse:
    """The answer, or the one that takes its place, becomes the fact; the score moves with it.

    Raises LinkClosed, or ValidationError for a number that the survey does not have.
    """
    now = SurveyInvitation.objects.select_for_update(of=("self",)).select_related("response").get(pk=invitation.pk)
    response = now.response
    if link_state(now, at=at) is not LinkState.OPEN:
        raise LinkClosed
    if answer.score not in NUMBERS[SurveyKind(response.kind)]:
        raise ValidationError("Choose one of the numbers.")
    columns = {**answer.columns, "answered_on": response.answered_on or timezone.localtime(at).date()}
    if all(getattr(response, name) == value for name, value in columns.items()):
        return response
    former: list[Any] = list(SurveyResponse.objects.filter(pk=response.pk).values())
    keep_former(model=SurveyResponse, rows=former, at=at)
    SurveyResponse.objects.filter(pk=response.pk).update(**columns, recorded_at=at)
    if now.first_answered_at is None:
        SurveyInvitation.objects.filter(pk=now.pk).update(first_answered_at=at)
    touches.touch([response.account_id], at=at)
    audit.record(
        verb="survey answered" if now.first_answered_at is None else "survey answer changed",
        subject=now, by=None, at=at, account=response.account_id, score=answer.score,
    )  # fmt: skip
    response.refresh_from_db()
    return response


@transaction.atomic
def unsubscribe(*, contact: Contact, at: datetime) -> None:
    """No survey asks this contact again. A second time changes nothing."""
    _, is_new = SurveyOptOut.objects.get_or_create(contact=contact, defaults={"at": at})
    if is_new:
        audit.record(verb="unsubscribed from surveys", subject=contact, by=None, at=at, account=contact.account_id)


@transaction.atomic
def subscribe_again(*, contact: Contact, by: User | None, at: datetime) -> None:
    """The contact wants to be asked again: `by` nobody where the contact says so."""
    if SurveyOptOut.objects.filter(contact=contact).delete()[0]:
        audit.record(verb="subscribed to surveys again", subject=contact, by=by, at=at, account=contact.account_id)
