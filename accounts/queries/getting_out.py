"""Reads for getting out: exports that were ordered, receipts of erasures, and who could be erased."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Account, Contact, Erasure, Export

MOST_FOUND = 10


def newest_exports(limit: int) -> QuerySet[Export]:
    return Export.objects.select_related("ordered_by").order_by("-pk")[:limit]


def receipts() -> QuerySet[Erasure]:
    """The newest first."""
    return Erasure.objects.select_related("by").order_by("-pk")


def contacts_called(words: str) -> list[Contact]:
    """Some contacts by name, address or id."""
    called = Q(name__icontains=words) | Q(email__icontains=words) | Q(external_id=words)
    return list(Contact.objects.filter(called).select_related("account").order_by("name", "pk")[:MOST_FOUND])


def accounts_called(words: str) -> list[Account]:
    """Some accounts by name, domain or id."""
    called = Q(name__icontains=words) | Q(domain__icontains=words) | Q(external_id=words)
    return list(Account.objects.filter(called).order_by("name", "pk")[:MOST_FOUND])


def facts_of_contact(contact: Contact) -> dict[str, int]:
    """What there is of a contact, in words."""
    return {"survey answers": contact.responses.count(), "touchpoints": contact.touchpoints.count()}


def facts_of_account(account: Account) -> dict[str, int]:
    """What there is of an account, in words."""
    related: dict[str, Any] = {
        "contacts": account.contacts, "contracts": account.contracts, "touchpoints": account.touchpoints,
        "survey answers": account.responses, "tickets": account.tickets, "plans": account.plans,
    }  # fmt: skip
    return {word: rows.count() for word, rows in related.items()}
