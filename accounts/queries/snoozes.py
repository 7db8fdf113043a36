"""What a user put off, as long as it lasts."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from accounts.models import AttentionKind, Snooze, User

# Marks by kind of cause.
Marks = dict[str, set[str]]


@dataclass
class Snoozed:
    """What was put off about one account, the day on which the first of it comes back, and when it was put off last."""

    until: date
    at: datetime
    marks: Marks = field(default_factory=lambda: defaultdict(set))


def active_snoozes(user: User, *, today: date) -> dict[int, Snoozed]:
    """Per account id what the user put off until after today. One query."""
    found: dict[int, Snoozed] = {}
    rows = Snooze.objects.filter(user=user, until__gt=today, kind__in=AttentionKind.values)
    for account_id, kind, mark, until, at in rows.values_list("account_id", "kind", "mark", "until", "snoozed_at"):
        snoozed = found.setdefault(account_id, Snoozed(until, at))
        snoozed.marks[kind].add(mark)
        snoozed.until, snoozed.at = min(snoozed.until, until), max(snoozed.at, at)
    return found
