"""Events of use → counts by account, feature, user and day, and the rows of use that they make."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts import touches
from accounts.increments import Row
from accounts.ingest.events.aside import Received
from accounts.ingest.events.event import Event
from accounts.ingest.events.mapping import EventMapping, Values, found, found_text
from accounts.ingest.lookups import Lookups, feature_slug
from accounts.models import Feature

# What a user did with a feature (or none) at an account on a day.
Key = tuple[int, int | None, str, date]
# A page that takes longer than an hour to load was not waited for.
LONGEST_LOAD_MS = 3_600_000
FIRST_FAILED_STATUS = 400
# Names come from outside: so many features are made of them at most.
MOST_FEATURES = 1_000


@dataclass(slots=True)
class Features:
    """Which feature an event is use of, by the source's mapping and the features that there are."""

    mapping: EventMapping
    lookups: Lookups
    by_slug: dict[str, int] = field(default_factory=dict)
    by_name: dict[str | None, int | None] = field(default_factory=lambda: {None: None})
    by_stated: dict[str, int | None] = field(default_factory=dict)
    has_new: bool = False

    def load(self) -> None:
        self.by_slug = dict(Feature.objects.values_list("slug", "pk"))

    def of(self, event: Event) -> int | None:
        if event.properties and (stated := found_text(event.properties, self.mapping.feature)):
            if stated not in self.by_stated:
                self.by_stated[stated] = self.called(stated, is_made=True)
            return self.by_stated[stated]
        name = event.name
        if name not in self.by_name:
            self.by_name[name] = self.of_name(name or "")
        return self.by_name[name]

    def of_name(self, name: str) -> int | None:
        ours = self.mapping.features.get(name)
        if ours is not None:
            return self.called(ours, is_made=True) if ours else None
        return self.called(name, is_made=self.mapping.unknown_events == "make_feature")

    def called(self, name: str, *, is_made: bool) -> int | None:
        """The feature of that name; made where it is missing and may be."""
        slug = feature_slug(name)
        if slug not in self.by_slug and is_made and len(self.by_slug) < MOST_FEATURES:
            self.lookups.load_features([name])
            if pk := self.lookups.features.get(name):
                self.by_slug[slug], self.has_new = pk, True
        return self.by_slug.get(slug)


@dataclass(slots=True)
class Uses:
    """What the events of one source add up to."""

    mapping: EventMapping
    features: Features
    events: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    errors: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    # Loads that were tried, that failed, and milliseconds of the others.
    loads: dict[Key, tuple[int, int, int]] = field(default_factory=dict)

    def count(self, one: Received, account_id: int, user: str) -> None:
        event = one.event
        key = (account_id, self.features.of(event), user, one.day)
        self.events[key] += 1
        if event.type != "track" and (load := load_of(event.properties, self.mapping)):
            tried, failed, ms = self.loads.get(key, (0, 0, 0))
            self.loads[key] = (tried + 1, failed + load[0], ms + load[1])
        if event.name in self.mapping.error_events:
            self.errors[key] += 1

    def rows(self) -> Iterator[Row]:
        """Errors are known, if only as none, where the mapping says which events are errors."""
        states_errors = bool(self.mapping.error_events)
        for key, count in self.events.items():
            account, feature, user, day = key
            errors = self.errors.get(key, 0) if states_errors else None
            yield (account, feature, user, "", day, count, None, errors, *self.loads.get(key, (None, None, None)))


def load_of(properties: Values, mapping: EventMapping) -> tuple[int, int] | None:
    """Whether a page's load failed (0 or 1), and how long it took if not. None: the event tells of no load."""
    status = found(properties, mapping.load_status)
    if has_failed(status, mapping):
        return 1, 0
    ms = found(properties, mapping.load_ms)
    if isinstance(ms, bool) or not isinstance(ms, int | float) or not 0 <= ms <= LONGEST_LOAD_MS:
        return None
    return 0, round(ms)


def has_failed(status: Any, mapping: EventMapping) -> bool:
    if isinstance(status, str):
        if not status.isdecimal() or len(status) > 3:
            return status.lower() in mapping.failed_words
        status = int(status)
    return not isinstance(status, bool) and isinstance(status, int | float) and status >= FIRST_FAILED_STATUS


def note_new_features(features: Features, *, at: Any) -> None:
    """A new feature is news about all accounts: it widens what they could use."""
    if features.has_new:
        touches.touch_all(at=at)
