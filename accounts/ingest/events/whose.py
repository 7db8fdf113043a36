"""Whose an event is: the account that it names or that its user was last said to be of, and the user's one id.

What is said of users is remembered per source, and written with the events that said it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from accounts import bulk
from accounts.ingest.events.event import Event
from accounts.ingest.events.gone import ERASED, REASON, Gone
from accounts.ingest.events.mapping import LONGEST, EventMapping, found_text
from accounts.models import Account, EventUser

UNKNOWN, AMBIGUOUS, NOBODYS, ANONYMOUS = "unknown_account", "ambiguous_account", "no_account", "anonymous"


class NotCounted(Exception):
    """Why an event waits in quarantine: a word for filters and a sentence for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FoundAccount:
    pk: int
    source_id: int
    external_id: str


@dataclass(slots=True)
class Said:
    """What is known of a user's id."""

    account_key: str = ""
    account_at: datetime | None = None
    same_as: str = ""


@dataclass(slots=True)
class Whose:
    """The accounts and users that events of one source name."""

    source_id: int
    mapping: EventMapping
    gone: Gone | None = None
    accounts: dict[str, list[FoundAccount]] = field(default_factory=dict)
    users: dict[str, Said] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def load(self, events: Iterable[Event]) -> None:
        """One query for the users and one for the accounts."""
        keys, names = set[str | None](), set[str | None]()
        where, add = self.mapping.account, keys.add
        for event in events:
            add(event.user_id)
            add(event.anonymous_id)
            names.add(event.group_id or (found_text(event.traits or event.properties, where) or "")[:LONGEST])
            if event.previous_id:
                add(event.previous_id)
        self.load_users(keys - {None})  # type: ignore[arg-type]
        self.load_accounts((names | {said.account_key for said in self.users.values()}) - {None, ""})  # type: ignore[arg-type]

    def load_users(self, keys: set[str]) -> None:
        """Also those for whom the ids stand."""
        while missing := keys - self.users.keys():
            rows = EventUser.objects.filter(source=self.source_id, key__among=list(missing))
            self.users.update({key: Said() for key in missing})
            for key, account_key, account_at, same_as in rows.values_list(
                "key", "account_key", "account_at", "same_as"
            ):
                self.users[key] = Said(account_key, account_at, same_as)
            keys = {self.users[key].same_as for key in missing} - {""}

    def load_accounts(self, names: set[str]) -> None:
        rows = Account.objects.filter(external_id__among=list(names))
        if self.mapping.accounts_of:
            rows = rows.filter(source__name=self.mapping.accounts_of)
        self.accounts.update({name: [] for name in names})
        for pk, source_id, external_id in rows.values_list("pk", "source_id", "external_id"):
            self.accounts[external_id].append(FoundAccount(pk, source_id, external_id))

    def user_of(self, event: Event) -> str:
        """The id under which the event's user counts; empty where it names none."""
        return self.one_id(event.user_id or event.anonymous_id or "")

    def one_id(self, key: str) -> str:
        """The last of the ids that stand for each other."""
        while (said := self.users.get(key)) is not None and said.same_as:
            key = said.same_as
        return key

    def account_key_of(self, event: Event, user: str) -> str:
        """The account that the event names, else the one that its user was last said to be of."""
        if event.group_id:
            return event.group_id
        named = found_text(event.traits or event.properties, self.mapping.account)
        if named:
            return named[:LONGEST]
        said = self.users.get(user)
        return said.account_key if said else ""

    def account(self, key: str, event: Event) -> FoundAccount:
        """Raises NotCounted with what is to be done."""
        if not key:
            raise self.nobodys(event)
        if key not in self.accounts:
            self.load_accounts({key})
        candidates = self.accounts[key]
        if len(candidates) > 1:
            own = [account for account in candidates if account.source_id == self.source_id]
            if len(own) != 1:
                raise NotCounted(AMBIGUOUS, f"Several sources have an account {key!r}. Name one in the mapping.")
            return own[0]
        if not candidates and self.gone and self.gone.is_account(key):
            raise NotCounted(ERASED, REASON)
        if not candidates:
            raise NotCounted(UNKNOWN, f"There is no account {key!r}{self.of_source()}. Make it, then replay the event.")
        return candidates[0]

    def of_source(self) -> str:
        return f" of the source {self.mapping.accounts_of!r}" if self.mapping.accounts_of else ""

    def nobodys(self, event: Event) -> NotCounted:
        if event.user_id is None:
            return NotCounted(ANONYMOUS, "The event names neither a user nor an account.")
        reason = (
            f"Nothing says of which account user {event.user_id!r} is. Send groupId, a group or an identify with it."
        )
        return NotCounted(NOBODYS, reason)

    def say(self, user: str, account_key: str, at: datetime) -> None:
        """The user is of that account, unless something newer was said."""
        if not user:
            return
        said = self.users.setdefault(user, Said())
        if (
            said.account_at is None
            or at > said.account_at
            or (at == said.account_at and account_key != said.account_key)
        ):
            said.account_key, said.account_at = account_key, at
            self.changed.add(user)

    def join(self, other: str, user: str) -> None:
        """From now on the other id stands for the user, and whatever stood for the other id does too."""
        other, user = self.in_order(other, self.one_id(user))
        if other == user:
            return
        known, kept = self.users.setdefault(other, Said()), self.users.setdefault(user, Said())
        if known.same_as != user:
            known.same_as = user
            self.changed.add(other)
        if known.account_key and not kept.account_key:
            kept.account_key, kept.account_at = known.account_key, known.account_at
            self.changed.add(user)

    def in_order(self, other: str, user: str) -> tuple[str, str]:
        """Who was erased does not come back as somebody else: a new id stands for the stand-in."""
        stand_in = self.one_id(other)
        return (user, stand_in) if self.gone and self.gone.is_person(stand_in) else (other, user)

    def save(self) -> None:
        """Writes what was said anew."""
        bulk.upsert(
            model=EventUser,
            fields=("source_id", "key", "account_key", "account_at", "same_as"),
            rows=[
                (self.source_id, key, said.account_key, said.account_at, said.same_as)
                for key, said in ((key, self.users[key]) for key in sorted(self.changed))
            ],
            unique=("source_id", "key"),
        )
        self.changed.clear()
