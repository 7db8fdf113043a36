"""Links by which a customer opens its own health page: make, change, stop, note an opening."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import Account, Block, Language, ShareKey, ShareLink, ShareOpening, Shown, User

SHORTEST_DAYS, LONGEST_DAYS, DEFAULT_DAYS = 1, 365, 90
TOKEN_BYTES = 32
LONGEST_WORDS = 400
OPENINGS_KEPT = timedelta(days=400)


@dataclass(frozen=True)
class Choices:
    """What a link shows, and to whom it is mailed."""

    language: str = Language.EN
    shows: str = Shown.SCORE
    hidden_blocks: tuple[str, ...] = ()
    hidden_measures: tuple[str, ...] = ()
    words: str = ""
    email: str = ""
    is_mailed: bool = False


PLAIN = Choices()


def hash_of(token: str) -> str:
    """What is stored of a token. It is random and long, so one plain round cannot be guessed back."""
    return sha256(token.encode()).hexdigest()


@transaction.atomic
def create_share_link(
    *, account: Account, recipient: str, days: int, by: User, at: datetime, choices: Choices = PLAIN
) -> tuple[ShareLink, str]:
    """A link that works for so many days, and its token: the only time that anybody sees it."""
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise ValidationError({"days": f"A link works for {SHORTEST_DAYS} to {LONGEST_DAYS} days."})
    recipient, choices = checked(recipient, choices)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ShareLink.objects.create(
        account=account,
        token_hash=hash_of(token),
        recipient=recipient,
        created_at=at,
        created_by=by,
        expires_at=at + timedelta(days=days),
        **columns(choices),
    )
    audit.record(verb="health shared", subject=link, by=by, at=at, account=account.pk, recipient=recipient, days=days)
    return link, token


@transaction.atomic
def change_share_link(*, link: ShareLink, recipient: str, choices: Choices, by: User, at: datetime) -> None:
    """What the link shows from now on; who has it keeps it."""
    recipient, choices = checked(recipient, choices)
    link = ShareLink.objects.select_for_update().get(pk=link.pk)
    before = asdict(choices_of(link))
    is_wanted_anew = choices.is_mailed and not link.is_mailed
    for name, value in {"recipient": recipient, **columns(choices)}.items():
        setattr(link, name, value)
    link.mail_stopped_at = None if is_wanted_anew else link.mail_stopped_at
    link.save()
    audit.record(
        verb="sharing changed", subject=link, by=by, at=at, account=link.account_id, before=before, now=asdict(choices)
    )


def checked(recipient: str, choices: Choices) -> tuple[str, Choices]:
    """Without spaces around; ValidationError for what makes no link."""
    recipient, words, email = recipient.strip(), choices.words.strip(), choices.email.strip()
    if not recipient:
        raise ValidationError({"recipient": "Say who gets the link."})
    if len(words) > LONGEST_WORDS:
        raise ValidationError({"words": f"Say it in {LONGEST_WORDS} characters."})
    if choices.is_mailed and not email:
        raise ValidationError({"email": "Say where the monthly mail goes."})
    if email:
        validate_email(email)
    if choices.language not in Language.values or choices.shows not in Shown.values:
        raise ValidationError("Choose a language and what the page shows.")
    if not set(choices.hidden_blocks) <= set(Block.values):
        raise ValidationError({"blocks": "Choose parts of the page."})
    return recipient, Choices(**{**asdict(choices), "words": words, "email": email})


def columns(choices: Choices) -> dict[str, object]:
    lists = {"hidden_blocks": list(choices.hidden_blocks), "hidden_measures": list(choices.hidden_measures)}
    return asdict(choices) | lists


def choices_of(link: ShareLink) -> Choices:
    """What the link shows now."""
    lists = {"hidden_blocks": tuple(link.hidden_blocks), "hidden_measures": tuple(link.hidden_measures)}
    said = {name: getattr(link, name) for name in Choices.__dataclass_fields__}
    return Choices(**{**said, **lists})


@transaction.atomic
def revoke_share_link(*, link: ShareLink, by: User, at: datetime) -> None:
    """The link stops working at once. Stopping it again changes nothing."""
    if ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=at):
        audit.record(verb="sharing stopped", subject=link, by=by, at=at, account=link.account_id)


@transaction.atomic
def note_opening(*, link: ShareLink, at: datetime) -> None:
    """Somebody opened the page."""
    ShareLink.objects.filter(pk=link.pk).update(opened_count=F("opened_count") + 1, last_opened_at=at)
    ShareOpening.objects.create(link=link, at=at)


def another_key(*, link: ShareLink, at: datetime) -> str:
    """A new token for the same link, for a mail; the caller keeps it nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ShareKey.objects.create(link=link, token_hash=hash_of(token), created_at=at)
    return token


@transaction.atomic
def set_mailing(*, link: ShareLink, is_wanted: bool, at: datetime) -> None:
    """The recipient stops the monthly mail, or takes that back."""
    wanted = ShareLink.objects.filter(pk=link.pk, mail_stopped_at__isnull=is_wanted is False)
    if wanted.update(mail_stopped_at=None if is_wanted else at):
        verb = "monthly mail wanted again" if is_wanted else "monthly mail stopped"
        audit.record(verb=verb, subject=link, by=None, at=at, account=link.account_id)


def thin_openings(*, at: datetime) -> int:
    """Every night: openings of long ago go; how many there were stays with the link."""
    return ShareOpening.objects.filter(at__lt=at - OPENINGS_KEPT).delete()[0]
