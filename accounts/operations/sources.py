"""Sources of events and the keys with which they send: make, revoke, note a use."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import Source, SourceKey, User
from accounts.operations import silences

LONGEST_NAME = 80
LONGEST_RHYTHM_DAYS = 366
KEY_BYTES = 24
KEY_BEGINS = "hk_"
SHOWN = 10
# A key that is used all the time is written once a minute.
USE_NOTED_EVERY = timedelta(minutes=1)


def digest_of(key: str) -> str:
    """What is stored of a key. It is random and long, so one plain round cannot be guessed back."""
    return sha256(key.encode(errors="surrogatepass")).hexdigest()


@transaction.atomic
def create_source(*, name: str, rhythm_days: int | None = None, by: User | None, at: datetime) -> Source:
    """A source of that name. One that is there already is refused."""
    name = checked_name(name)
    check_rhythm(rhythm_days)
    if Source.objects.filter(name=name).exists():
        raise ValidationError({"name": f"There is a source {name!r} already."})
    source = Source.objects.create(name=name, rhythm_days=rhythm_days)
    audit.record(verb="source made", subject=source, by=by, at=at, name=name, rhythm_days=rhythm_days)
    return source


def check_rhythm(days: int | None) -> None:
    if days is not None and not 1 <= days <= LONGEST_RHYTHM_DAYS:
        raise ValidationError({"rhythm_days": f"A source delivers every 1 to {LONGEST_RHYTHM_DAYS} days."})


@transaction.atomic
def set_rhythm(*, source: Source, rhythm_days: int | None, by: User | None, at: datetime) -> None:
    """How often the source should deliver; None: nobody expects anything, and no silence is an alarm."""
    check_rhythm(rhythm_days)
    if source.rhythm_days == rhythm_days:
        return
    former, source.rhythm_days = source.rhythm_days, rhythm_days
    source.save(update_fields=["rhythm_days"])
    audit.record(verb="source rhythm set", subject=source, by=by, at=at, before=former, now=rhythm_days)
    silences.watch(at=at)


@transaction.atomic
def create_key(*, source: Source, name: str, by: User | None, at: datetime) -> tuple[SourceKey, str]:
    """A key with which the source sends events, and its text: the only time that anybody sees it."""
    text = KEY_BEGINS + secrets.token_urlsafe(KEY_BYTES)
    key = SourceKey.objects.create(
        source=source,
        name=checked_name(name),
        digest=digest_of(text),
        prefix=text[:SHOWN],
        created_at=at,
        created_by=by,
    )
    audit.record(verb="source key made", subject=key, by=by, at=at, source=source.name, prefix=key.prefix)
    return key, text


@transaction.atomic
def revoke_key(*, key: SourceKey, by: User | None, at: datetime) -> None:
    """The next request with the key is refused. Revoking it again changes nothing."""
    if SourceKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
        audit.record(verb="source key revoked", subject=key, by=by, at=at, source=key.source.name, prefix=key.prefix)


def note_use(*, key_id: int, last_used_at: datetime | None, at: datetime) -> None:
    """The key was used; written only when the last note is older than a minute."""
    if last_used_at is None or at - last_used_at >= USE_NOTED_EVERY:
        SourceKey.objects.filter(pk=key_id).update(last_used_at=at)


def checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or "\x00" in name:
        raise ValidationError({"name": f"A name has 1 to {LONGEST_NAME} characters."})
    return name
