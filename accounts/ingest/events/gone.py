"""Who was erased on request, as events meet them: use counts on under a stand-in, and nothing that is said is kept."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from msgspec.structs import replace

from accounts.erasure.suppress import Suppressions, load_suppressions
from accounts.ingest.events.event import ENCODER, Event, unpack
from accounts.ingest.events.mapping import EventMapping
from accounts.models import InboxBatch, Source, Suppression

Kind = Suppression.Kind
ERASED = "erased"
REASON = "Who or what this event is about was erased on request: what it said is not kept."
IDS = ("user_id", "anonymous_id", "previous_id")
Forgotten = set[tuple[int, str]]


@dataclass(slots=True)
class Gone:
    """What was erased, for one fold; by hashes, so what was looked up is remembered."""

    known: list[Suppressions]
    stand_ins: frozenset[str]
    users: dict[str, str | None] = field(default_factory=dict)

    def stand_in(self, key: str) -> str | None:
        """What a user's key counts as; empty for a user of an erased account, None for everybody else."""
        if key not in self.users:
            self.users[key] = key if key in self.stand_ins else self.known[0].of(Kind.USER, key)
        return self.users[key]

    def is_person(self, key: str) -> bool:
        """Whether the id is a stand-in: then what comes with it is about somebody who was erased."""
        return key in self.stand_ins

    def is_account(self, key: str) -> bool:
        """Whether any source's account of that id was erased."""
        return any(each.of(Kind.ACCOUNT, each.source, key) is not None for each in self.known)

    def renamed(self, event: Event) -> Event:
        """The event under stand-ins; the same where it names nobody who was erased."""
        stated = {name: key for name in IDS if (key := getattr(event, name))}
        changed = {name: other for name, key in stated.items() if (other := self.stand_in(key)) and other != key}
        return replace(event, **changed) if changed else event

    def is_about(self, event: Event) -> bool:
        """Whether it is by somebody who was erased, or who was known as a user of an erased account alone."""
        return any(self.stand_in(key) is not None for name in IDS if (key := getattr(event, name)))

    def cleaned(self, value: Any, *, account: str | None) -> Any:
        """What somebody else's event says, without what tells who was erased."""
        if isinstance(value, str):
            return self.stand_in(value) or self.redacted(value, account)
        if isinstance(value, list):
            return [self.cleaned(each, account=account) for each in value]
        if isinstance(value, dict):
            return {self.redacted(name, account): self.cleaned(each, account=account) for name, each in value.items()}
        return value

    def is_mentioned(self, event: Event, *, account: str | None) -> bool:
        """Whether somebody else's event says who was erased, in its name or in what it carries."""
        said = [event.name, event.properties, event.traits]
        return bool(self.cleaned(said, account=account) != said)

    def redacted(self, text: str, account: str | None) -> str:
        return reduce(lambda left, each: each.without_names(left, account), self.known, text)


def load_gone() -> Gone | None:
    """None where nothing was ever erased: then nothing more is looked at."""
    first = load_suppressions(source="", model="")
    if first is None:
        return None
    known = [
        Suppressions(name, "", first.known, first.lengths) for name in Source.objects.values_list("name", flat=True)
    ]
    people = frozenset(other for (kind, _), other in first.known.items() if kind == Kind.USER and other)
    return Gone(known, people)


def left_to_hold(event: Event, mapping: EventMapping, gone: Gone, *, account_key: str, user: str) -> Event | None:
    """What may be kept of an event until its day; None where nothing may."""
    if gone.is_person(user):
        return use_alone(event, mapping, account_key=account_key, user=user)
    traits = gone.cleaned(event.traits, account=account_key)
    if event.type == "identify" and traits != event.traits:
        return None
    return replace(event, properties=gone.cleaned(event.properties, account=account_key), traits=traits)


def use_alone(event: Event, mapping: EventMapping, *, account_key: str, user: str) -> Event:
    """What counts of a use by somebody who was erased: when, where and of what, and nothing else that it said."""
    heads = {path.split(".")[0] for path in (*mapping.feature, *mapping.load_ms, *mapping.load_status)}
    plain = {name: value for name, value in event.properties.items() if name in heads and is_plain(value)}
    other = {"anonymous_id": None, "previous_id": None, "group_id": account_key or None}
    return replace(event, user_id=user, properties=plain, traits={}, **other)


def is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def forget(forgotten: Forgotten) -> None:
    """Batches are kept for a while after they were folded; these events are taken out of them."""
    batches = InboxBatch.objects.filter(pk__in=ids_of(forgotten)).values_list("pk", "payload")
    for pk, payload in batches:
        left = [event for event in unpack(payload) if (pk, event.message_id) not in forgotten]
        InboxBatch.objects.filter(pk=pk).update(payload=ENCODER.encode(left))


def ids_of(forgotten: Iterable[tuple[int, str]]) -> set[int]:
    return {batch_id for batch_id, _ in forgotten}
