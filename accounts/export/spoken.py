"""What `ingest` calls things: columns of words beside a table's own columns of ids, a batch of rows at a time.

With them each CSV of a kind of record is also a file that `ingest` reads as it is.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from accounts.models import Account, Contact, Feature, Segment, Source, Touchpoint, User

Row = dict[str, Any]
Rows = Sequence[Row]


@dataclass(frozen=True)
class Speak:
    """The columns that are added, and who fills them in."""

    columns: tuple[str, ...]
    add: Callable[[Rows], None]


def said_by(**columns: tuple[str, type[models.Model], str]) -> Speak:
    """New column = (column with an id, model that it points at, that model's column of words)."""

    def add(rows: Rows) -> None:
        for name, (key, model, word) in columns.items():
            words = words_of(model, {row[key] for row in rows}, word)
            for row in rows:
                row[name] = words.get(row[key], "")

    return Speak(tuple(columns), add)


def words_of(model: type[models.Model], ids: Collection[int | None], word: str) -> dict[int | None, Any]:
    found = model._default_manager.filter(pk__in=[pk for pk in ids if pk is not None])
    return dict(found.values_list("pk", word))


def both(first: Speak, then: Speak) -> Speak:
    def add(rows: Rows) -> None:
        first.add(rows)
        then.add(rows)

    return Speak((*first.columns, *then.columns), add)


NAMING = ("external_id", "name", "started_on", "domain", "industry", "size_tier", "country")


def name_accounts(rows: Rows) -> None:
    accounts = Account.objects.filter(pk__in={row["account_id"] for row in rows}).values("pk", *NAMING)
    known = {account.pop("pk"): account for account in accounts}
    for row in rows:
        row.update(known[row["account_id"]])


def name_people(rows: Rows) -> None:
    """Who was met and who of us was there, as ids and addresses separated by semicolons."""
    ids = [row["id"] for row in rows]
    met = gathered(Touchpoint.contacts.through, ids, "contact__external_id")
    joined = gathered(Touchpoint.colleagues.through, ids, "user__email")
    for row in rows:
        row["contacts"], row["colleague_emails"] = ";".join(met[row["id"]]), ";".join(joined[row["id"]])


def gathered(through: Any, ids: Sequence[int], word: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    links = through.objects.filter(touchpoint_id__in=ids).order_by("pk")
    for touchpoint_id, said in links.values_list("touchpoint_id", word):
        found[touchpoint_id].append(said)
    return found


def repeat_contract(rows: Rows) -> None:
    for row in rows:
        row["contract"] = row["contract_key"]


NOTHING = Speak((), lambda rows: None)
SOURCE = said_by(source=("source_id", Source, "name"))
STATE = said_by(owner_email=("owner_id", User, "email"), segment=("segment_id", Segment, "slug"))
ACCOUNT = both(both(SOURCE, STATE), said_by(parent=("parent_id", Account, "external_id")))
HISTORY = both(STATE, Speak(NAMING, name_accounts))
OF_ACCOUNT = both(SOURCE, said_by(account=("account_id", Account, "external_id")))
OF_FEATURE = both(OF_ACCOUNT, said_by(feature=("feature_id", Feature, "slug")))
USAGE = both(OF_FEATURE, Speak(("contract",), repeat_contract))
SURVEY = both(
    OF_ACCOUNT,
    said_by(contact=("contact_id", Contact, "external_id"), touchpoint=("touchpoint_id", Touchpoint, "external_id")),
)
RAPPORT = both(SOURCE, said_by(contact=("contact_id", Contact, "external_id")))
TOUCHPOINT = both(
    both(OF_ACCOUNT, said_by(host_email=("host_id", User, "email"))),
    Speak(("contacts", "colleague_emails"), name_people),
)
