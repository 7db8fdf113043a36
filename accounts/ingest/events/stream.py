"""The events of one source, in the order in which they came → what they tell, add up to, and what is put aside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.increments import Row
from accounts.ingest.events import told
from accounts.ingest.events.aside import Aside, Received
from accounts.ingest.events.event import Event
from accounts.ingest.events.gone import ERASED, Gone, left_to_hold
from accounts.ingest.events.mapping import EventMapping, mapping_of
from accounts.ingest.events.records import account_said, contact_said
from accounts.ingest.events.told import REFUSED, Told
from accounts.ingest.events.uses import Features, Uses, note_new_features
from accounts.ingest.events.whose import ANONYMOUS, UNKNOWN, FoundAccount, NotCounted, Whose
from accounts.ingest.lookups import Lookups
from accounts.ingest.parse.refusals import Refused
from accounts.ingest.usage import EARLIEST, LATEST
from accounts.models import Segment, Source

OUT_OF_RANGE = "out_of_range"
USES = frozenset({"track", "page", "screen"})


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of the inbox, unpacked."""

    pk: int
    received_at: datetime
    events: Sequence[Event]


@dataclass(slots=True)
class Stream:
    """One fold of one source. Groups are taken first: they may make the accounts that the others name."""

    source: Source
    today: date
    at: datetime
    aside: Aside
    mapping: EventMapping = field(init=False)
    whose: Whose = field(init=False)
    uses: Uses = field(init=False)
    contacts: list[Told] = field(default_factory=list)
    # Events whose user's account was told after them, or never.
    unplaced: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mapping = mapping_of(self.source.mapping)
        self.whose = Whose(self.source.pk, self.mapping, self.aside.gone)
        self.uses = Uses(self.mapping, Features(self.mapping, Lookups(source=self.source, today=self.today)))

    def fold(self, batches: Sequence[Batch]) -> list[Row]:
        """Takes in what the events tell; returns the rows of use that they make."""
        if self.aside.gone:
            batches = [self.under_stand_ins(batch, self.aside.gone) for batch in batches]
        self.whose.load(event for batch in batches for event in batch.events)
        self.uses.features.load()
        in_time = list(self.in_time(batches))
        self.take_groups([one for one in in_time if one.event.type == "group"])
        for one in in_time:
            self.look_at(one)
        self.look_again()
        self.forget_gone(in_time)
        told.take_contacts(self.contacts, at=self.at, put_aside=self.put_aside)
        self.whose.save()
        note_new_features(self.uses.features, at=self.at)
        return list(self.uses.rows())

    def in_time(self, batches: Sequence[Batch]) -> Iterable[Received]:
        """The events with their days. What is dated ahead is held back until its day."""
        day_of, today = Days(), self.today
        for batch in batches:
            for event in batch.events:
                one = Received(event, batch.pk, batch.received_at, day_of(event.at))
                if EARLIEST <= one.day <= today:
                    yield one
                elif today < one.day < LATEST:
                    self.hold(one)
                else:
                    self.put_aside(one, OUT_OF_RANGE, f"{one.day} is not between {EARLIEST} and {LATEST}.")

    def under_stand_ins(self, batch: Batch, gone: Gone) -> Batch:
        """What is counted of a batch; of whom was erased it is to keep nothing."""
        events = [gone.renamed(event) for event in batch.events]
        for event, before in zip(events, batch.events, strict=True):
            if event is not before:
                self.aside.forgotten.add((batch.pk, event.message_id))
        return replace(batch, events=events)

    def is_of_gone(self, one: Received) -> bool:
        return self.aside.gone is not None and self.aside.gone.is_person(self.whose.user_of(one.event))

    def forget_gone(self, taken: Sequence[Received]) -> None:
        """Nobody who was erased becomes a contact again, nor stays in a batch: under an id that came later, or in what
        somebody else's event says of them, which has counted."""
        if self.aside.gone is None:
            return
        for one in taken:
            if self.is_of_gone(one) or self.aside.gone.is_mentioned(one.event, account=self.account_key_of(one)):
                self.aside.forget(one)
        self.contacts = [each for each in self.contacts if not self.is_of_gone(each.one)]

    def account_key_of(self, one: Received) -> str:
        return self.whose.account_key_of(one.event, self.whose.user_of(one.event))

    def hold(self, one: Received) -> None:
        if self.aside.gone is None:
            self.aside.hold(one, source_id=self.source.pk)
            return
        user = self.whose.user_of(one.event)
        key = self.whose.account_key_of(one.event, user)
        left = left_to_hold(one.event, self.mapping, self.aside.gone, account_key=key, user=user)
        if left is None or (self.aside.gone.is_account(key) and not self.whose.accounts.get(key)):
            self.put_aside(one, ERASED, "")
            return
        self.aside.hold(one._replace(event=left), source_id=self.source.pk)

    def put_aside(self, one: Received, code: str, reason: str) -> None:
        code = ERASED if self.is_of_gone(one) else code
        self.aside.quarantine(one, source_id=self.source.pk, code=code, reason=reason, at=self.at)

    def look_at(self, one: Received) -> None:
        kind = one.event.type
        if kind in USES:
            self.use(one, give_up=False)
        elif kind == "identify":
            self.identify(one, give_up=False)
        elif kind == "alias":
            self.whose.join(one.event.previous_id or "", one.event.user_id or "")

    def look_again(self) -> None:
        """Whoever's account was told later in the same fold is known now."""
        unplaced, self.unplaced = self.unplaced, []
        for one in unplaced:
            (self.use if one.event.type in USES else self.identify)(one, give_up=True)

    def use(self, one: Received, *, give_up: bool) -> None:
        user = self.whose.user_of(one.event)
        try:
            account = self.whose.account(self.whose.account_key_of(one.event, user), one.event)
        except NotCounted as problem:
            self.unplace(one, problem, give_up=give_up)
            return
        self.uses.count(one, account.pk, user)

    def identify(self, one: Received, *, give_up: bool) -> None:
        event = one.event
        if event.user_id and event.anonymous_id:
            self.whose.join(event.anonymous_id, event.user_id)
        user = self.whose.user_of(event)
        key = self.whose.account_key_of(event, user)
        if key:
            self.whose.say(user, key, event.at)
        try:
            self.contacts.append(Told(one, contact_said(event, self.mapping), self.whose.account(key, event)))
        except NotCounted as problem:
            self.unplace(one, problem, give_up=give_up)
        except Refused as refused:
            self.put_aside(one, REFUSED, f"{refused.column}: {refused.reason}")

    def unplace(self, one: Received, problem: NotCounted, *, give_up: bool) -> None:
        if not give_up:
            self.unplaced.append(one)
        elif problem.code != ANONYMOUS or self.mapping.anonymous == "keep":
            self.put_aside(one, problem.code, problem.reason)

    def take_groups(self, groups: Sequence[Received]) -> None:
        """Who is of which account, and the accounts' traits."""
        if not groups:
            return
        segments = set(Segment.objects.values_list("slug", flat=True))
        found = [each for one in groups if (each := self.group(one, segments)) is not None]
        told.take_accounts(found, at=self.at, put_aside=self.put_aside)
        self.whose.load_accounts({each.account.external_id for each in found if not each.account.pk})

    def group(self, one: Received, segments: set[str]) -> Told | None:
        event = one.event
        self.whose.say(self.whose.user_of(event), event.group_id or "", event.at)
        try:
            account = self.group_account(event)
            return Told(one, account_said(event, self.mapping, segments=segments), account)
        except NotCounted as problem:
            self.put_aside(one, problem.code, problem.reason)
        except Refused as refused:
            self.put_aside(one, REFUSED, f"{refused.column}: {refused.reason}")
        return None

    def group_account(self, event: Event) -> FoundAccount:
        """The account of that id; one that is yet to be made has no key."""
        key = event.group_id or ""
        try:
            return self.whose.account(key, event)
        except NotCounted as problem:
            if problem.code != UNKNOWN or not self.mapping.makes_accounts:
                raise
            return FoundAccount(0, self.owner_of_accounts(), key)

    def owner_of_accounts(self) -> int:
        """The source that new accounts are of."""
        name = self.mapping.accounts_of
        return Source.objects.values_list("pk", flat=True).get(name=name) if name else self.source.pk


class Days:
    """A moment's day in the organization's zone, looked up once for each quarter of an hour: zones change on those."""

    def __init__(self) -> None:
        self.zone: ZoneInfo = timezone.get_default_timezone()  # type: ignore[assignment]
        self.known: dict[int, date] = {}

    def __call__(self, at: datetime) -> date:
        quarter = at.toordinal() * 96 + at.hour * 4 + at.minute // 15
        day = self.known.get(quarter)
        if day is None:
            day = self.known[quarter] = at.astimezone(self.zone).date()
        return day


def streams(
    batches: Iterable[tuple[Source, Batch]], *, today: date, at: datetime, aside: Aside
) -> list[tuple[Stream, list[Batch]]]:
    """The batches by source, in their order."""
    make = partial(Stream, today=today, at=at, aside=aside)
    found: dict[int, tuple[Stream, list[Batch]]] = {}
    for source, batch in batches:
        found.setdefault(source.pk, (make(source), []))[1].append(batch)
    return list(found.values())
