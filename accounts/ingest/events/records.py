"""What identify and group say → records of contacts and accounts, laid upon what is stored."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from accounts.ingest.events.event import Event
from accounts.ingest.events.mapping import EventMapping, Paths, Values, found, found_text
from accounts.ingest.parse import values
from accounts.ingest.parse.refusals import Refused
from accounts.models import Persona

Said = dict[str, Any]
# A number of that size counts milliseconds since 1970, a smaller one seconds.
FIRST_MILLISECONDS = 100_000_000_000
TEXTS = ("name", "industry", "size_tier", "country", "owner_email")


def contact_said(event: Event, mapping: EventMapping) -> Said:
    """The fields of a contact that an identify states."""
    traits, where = event.traits, mapping.contact
    said = {
        "email": found_text(traits, where["email"]),
        "name": found_text(traits, where["name"]) or full_name(traits, mapping),
        "title": found_text(traits, where["title"]),
        "persona": persona_of(found_text(traits, where["persona"]), mapping),
        "known_from": stated(traits, "known_from", where["known_from"], day_of),
    }
    return {name: value for name, value in said.items() if value is not None}


def full_name(traits: Values, mapping: EventMapping) -> str | None:
    parts = (found_text(traits, mapping.contact[name]) for name in ("first_name", "last_name"))
    return " ".join(part for part in parts if part) or None


def persona_of(word: str | None, mapping: EventMapping) -> str | None:
    """One of ours; a word that stands for none says nothing."""
    if word is None:
        return None
    ours = mapping.personas.get(word.lower()) or slugify(word).replace("-", "_")
    return ours if ours in Persona.values else None


def account_said(event: Event, mapping: EventMapping, *, segments: set[str]) -> Said:
    """The fields of an account that a group states."""
    traits, where = event.traits, mapping.group
    said: Said = {name: found_text(traits, where[name]) for name in TEXTS}
    said["domain"] = host_of(found_text(traits, where["domain"]))
    said["segment"] = segment_of(found_text(traits, where["segment"]), mapping, segments)
    said["phase"] = lowered(found_text(traits, where["phase"]))
    said["currency"] = (found_text(traits, where["currency"]) or "").upper() or None
    said["seats"] = stated(traits, "seats", where["seats"], whole)
    said["arr"] = stated(traits, "arr", where["arr"], amount)
    said["renewal_date"] = stated(traits, "renewal_date", where["renewal_date"], day_of)
    said["started_on"] = stated(traits, "started_on", where["started_on"], day_of)
    return {name: value for name, value in said.items() if value is not None}


def host_of(address: str | None) -> str | None:
    """acme.com of https://acme.com/about."""
    return address.split("://")[-1].split("/")[0] if address else None


def lowered(word: str | None) -> str | None:
    return word.lower() if word else None


def segment_of(word: str | None, mapping: EventMapping, segments: set[str]) -> str | None:
    """By the mapping's table, else the segment that is called so. A word that stands for none says nothing."""
    if word is None:
        return None
    if (ours := mapping.segments.get(word.lower())) is not None:
        return ours or None
    slug = slugify(word)
    return slug if slug in segments else None


def stated(traits: Values, name: str, where: Paths, read: Callable[[Any], Any]) -> Any:
    value = found(traits, where)
    try:
        return None if value is None else read(value)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused(name, str(error)) from None


def whole(value: Any) -> int:
    return values.whole(written(value))


def amount(value: Any) -> Decimal:
    return values.decimal(written(value))


def written(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{str(value)[:40]!r} is no number")
    return f"{value:.15g}" if isinstance(value, float) else str(value).strip()


def day_of(value: Any) -> date:
    """A day of the organization: from text, or from seconds or milliseconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) >= FIRST_MILLISECONDS else value
        return timezone.localtime(datetime.fromtimestamp(seconds, tz=UTC)).date()
    if not isinstance(value, str):
        raise ValueError(f"{str(value)[:40]!r} is no day")
    return day_in(value.strip())


def day_in(text: str) -> date:
    parts = values.DayReader().parts(text)
    if isinstance(parts, datetime):
        return timezone.localtime(parts).date() if parts.tzinfo else parts.date()
    return parts
