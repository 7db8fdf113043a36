"""A planned touchpoint as a file that calendars take in (iCalendar, RFC 5545)."""

from datetime import UTC, datetime, timedelta

from accounts.models import Touchpoint, TouchpointState

# Where nobody said how long it takes.
USUAL_MINUTES = 30
LONGEST_LINE = 75  # octets, by the standard


def calendar_file(touchpoint: Touchpoint, *, host: str, url: str) -> str:
    """One event. Its id stays, so that a calendar that has it already changes its own entry."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//healthapp//touchpoints//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:touchpoint-{touchpoint.pk}@{host}",
        f"DTSTAMP:{stamp(touchpoint.recorded_at)}",
        f"SEQUENCE:{int(touchpoint.recorded_at.timestamp()) % 2**31}",
        *times(touchpoint),
        f"SUMMARY:{escaped(f'{touchpoint.get_kind_display()}: {touchpoint.account.name}')}",
        *([f"DESCRIPTION:{escaped(touchpoint.note)}"] if touchpoint.note else []),
        *people(touchpoint),
        f"URL:{url}",
        f"STATUS:{'CANCELLED' if touchpoint.state == TouchpointState.CANCELLED else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def people(touchpoint: Touchpoint) -> list[str]:
    """Who leads it, and who of both sides is to be there, of whom an address is known."""
    ours = [(user.name, user.email) for user in touchpoint.colleagues.all()]
    theirs = [(contact.name, contact.email) for contact in touchpoint.contacts.all()]
    led = [f"ORGANIZER;{calendar_user(touchpoint.host.name, touchpoint.host.email)}"] if touchpoint.host else []
    return led + [f"ATTENDEE;{calendar_user(name, email)}" for name, email in ours + theirs if email]


def calendar_user(name: str, email: str) -> str:
    """A name in quotes, which it may not hold itself, and an address."""
    plain = "".join(letter for letter in name if letter.isprintable() and letter != '"')
    return f'CN="{plain}":mailto:{"".join(email.split())}'


def times(touchpoint: Touchpoint) -> list[str]:
    """From when to when; a whole day where no time is known."""
    if touchpoint.begins_at is None:
        following = touchpoint.day + timedelta(days=1)
        return [f"DTSTART;VALUE=DATE:{touchpoint.day:%Y%m%d}", f"DTEND;VALUE=DATE:{following:%Y%m%d}"]
    ends_at = touchpoint.begins_at + timedelta(minutes=touchpoint.minutes or USUAL_MINUTES)
    return [f"DTSTART:{stamp(touchpoint.begins_at)}", f"DTEND:{stamp(ends_at)}"]


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """Text as the standard writes it: what would end a value or a line is marked."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join("".join(letter for letter in line if letter.isprintable()) for line in plain.splitlines())


def folded(line: str) -> str:
    """A long line goes on in the next one after a blank; no letter is cut in two."""
    pieces, size = [""], 0
    for letter in line:
        length = len(letter.encode())
        if size + length > LONGEST_LINE:
            pieces.append(" ")
            size = 1
        pieces[-1] += letter
        size += length
    return "\r\n".join(pieces)
