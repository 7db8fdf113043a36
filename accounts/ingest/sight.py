"""Rows about accounts that whoever brings them does not see, refused as if there were no such account."""

from collections.abc import Iterator, Sequence
from typing import Any

from accounts.access import visible_accounts
from accounts.ingest.parse.refusals import Refusal
from accounts.models import Contact, Source, User
from accounts.queries.facts import STORED

Line = tuple[int, Any]


def only_seen(*, kind: str, lines: Sequence[Line], source: Source, by: User) -> Iterator[Line | Refusal]:
    """The lines, those refused that name an account out of sight or would take over one of its facts.

    For kinds whose records name an account, or a contact and by it its account.
    """
    named = "account" if kind != "rapports" else "contact"
    seen = seen_names(named, [getattr(record, named) for _, record in lines], source=source, by=by)
    hidden = hidden_facts(kind, [record.external_id for _, record in lines], source=source, by=by)
    for line, record in lines:
        name = getattr(record, named)
        if name not in seen:
            yield Refusal(line, named, f"no {named} {name!r} in source {source.name!r}")
        elif record.external_id in hidden:
            yield Refusal(line, "external_id", "this id belongs to an account that you do not see")
        else:
            yield line, record


def seen_names(named: str, names: list[str], *, source: Source, by: User) -> set[str]:
    accounts = visible_accounts(by)
    rows = accounts if named == "account" else Contact.objects.filter(account__in=accounts)
    return set(rows.filter(source=source, external_id__among=names).values_list("external_id", flat=True))


def hidden_facts(kind: str, ids: list[str], *, source: Source, by: User) -> set[str]:
    """What is stored under these ids about accounts out of sight."""
    stored = STORED[kind]
    rows = stored.model._default_manager.filter(source=source, external_id__among=ids)
    return set(rows.exclude(**{f"{stored.account}__in": visible_accounts(by)}).values_list("external_id", flat=True))
