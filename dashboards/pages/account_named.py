"""Choosing an account by its name, as somebody types it in a dialog."""

import re
from collections import Counter

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.access import visible_accounts
from accounts.models import Account, User
from scoring.queries.search import containing

SUGGESTED = 8
NUMBERED = re.compile(r"#(\d{1,18})$")


def suggestions(user: User, text: str) -> list[str]:
    """What the accounts are called that the text may mean; those of one name with their number."""
    found = list(containing(visible_accounts(user), text=text[:100]).order_by("name", "pk")[:SUGGESTED])
    return labels(found)


def labels(accounts: list[Account]) -> list[str]:
    times = Counter(account.name for account in accounts)
    return [account.name if times[account.name] == 1 else f"{account.name} #{account.pk}" for account in accounts]


def account_named(user: User, text: str) -> Account:
    """The account that is meant: by its number, its whole name, or the only one with these words."""
    text = text.strip()[:200]
    if not text:
        raise ValidationError("Say which account.")
    seen = visible_accounts(user).select_related("segment")
    if numbered := NUMBERED.search(text):
        found = seen.filter(pk=int(numbered[1]))
    else:
        found = seen.filter(name__iexact=text)
        if not found.exists():
            found = containing(seen, text=text)
    return the_only(found, text=text)


def the_only(found: QuerySet[Account], *, text: str) -> Account:
    some = list(found.order_by("name", "pk")[: SUGGESTED + 1])
    if not some:
        raise ValidationError(f"You see no account called “{text}”.")
    if len(some) > 1:
        more = " and more" if len(some) > SUGGESTED else ""
        raise ValidationError(f"Which one: {', '.join(labels(some)[:SUGGESTED])}{more}?")
    return some[0]
