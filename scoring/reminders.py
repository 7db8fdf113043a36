"""Reminders by mail: who owes values of entered measures hears of it before they age out, once a week at most."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count

from accounts.access import Action, users_who_can, visible_accounts
from accounts.models import Account, User
from accounts.operations.mail import queue_mail
from scoring.queries.measures import Manual
from scoring.queries.owed import SOON_DAYS, rhythmic_manuals, wanting

Duties = list[tuple[str, int]]  # a measure's name, and of how many accounts a value is owed


@transaction.atomic
def remind_owners(*, today: date, at: datetime) -> int:
    """Queues one mail for each person who owes anything within a week and had none this week; says how many."""
    year, week, _ = today.isocalendar()
    people = users_who_can(Action.ENTER_READINGS).in_bulk()
    queued = 0
    for pk, duties in sorted(duties_of_all(people, today=today).items()):
        cause = f"ratings-owed:{pk}:{year}-W{week:02}"
        queued += queue_mail(
            to=people[pk].email, cause=cause, subject=subject_of(duties), text=text_of(people[pk], duties), at=at
        )
    return queued


def duties_of_all(people: dict[int, User], *, today: date) -> dict[int, Duties]:
    """What each of the people owes within a week. A query for each measure."""
    found: dict[int, Duties] = defaultdict(list)
    for manual in rhythmic_manuals():
        for pk, count in duties_for(manual, today=today).items():
            if pk in people and count:
                found[pk].append((manual.label, count))
    return found


def duties_for(manual: Manual, *, today: date) -> dict[int, int]:
    """Of how many accounts each person owes a value: the measure's owner, else each account's."""
    until = today + timedelta(days=SOON_DAYS)
    if manual.owner is not None:
        among = visible_accounts(manual.owner)
        return {manual.owner.pk: wanting(among, manual=manual, today=today, until=until).count()}
    owned = wanting(Account.objects.exclude(owner=None), manual=manual, today=today, until=until)
    return dict(owned.order_by().values_list("owner").annotate(n=Count("pk")))


def subject_of(duties: Duties) -> str:
    total = sum(count for _, count in duties)
    return f"{total} {'value' if total == 1 else 'values'} to enter before they age out"


def text_of(person: User, duties: Duties) -> str:
    lines = [f"- {label}: {count} {'account' if count == 1 else 'accounts'}" for label, count in duties]
    return "\n".join(
        [
            f"Hello {person.get_short_name()},",
            "",
            "These values are missing, stale, or due within a week. Once they are stale, scores leave them out:",
            "",
            *lines,
            "",
            "Enter them in healthapp under Owed ratings (/ratings). This mail comes once a week at most.",
        ]
    )
