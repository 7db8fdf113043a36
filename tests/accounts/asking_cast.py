"""Surveys and contacts for tests of asking and answering."""

from datetime import date

from accounts.models import Account, Contact, OutboxMail, Survey
from accounts.operations.asking import send_survey
from accounts.operations.surveys import create_survey
from tests.conftest import NOW


def make_survey(kind: str = "nps", **terms: object) -> Survey:
    survey = create_survey(name=f"Our {kind}", kind=kind, by=None, at=NOW)
    Survey.objects.filter(pk=survey.pk).update(**terms)
    survey.refresh_from_db()
    return survey


def make_contact(account: Account, name: str, **fields: object) -> Contact:
    first = name.lower().split()[0]
    known = {"email": f"{first}@{account.external_id}.example", "known_from": date(2024, 1, 1), **fields}
    return Contact.objects.create(
        source=account.source, external_id=f"{account.pk}-{first}", recorded_at=NOW, account=account, name=name, **known
    )


def ask(survey: Survey, *contacts: Contact, at=NOW, **more: object) -> str:
    """The token of the last mail that was written."""
    send_survey(survey=survey, contacts=contacts, by=None, at=at, **more)
    return token_of(OutboxMail.objects.order_by("-pk").first())


def token_of(mail: OutboxMail) -> str:
    return mail.headers["List-Unsubscribe"].strip("<>").split("/")[-2]
