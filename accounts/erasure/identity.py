"""Who is to be erased, as the words and ids by which traces are found, and what is put in their place."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

ERASED = "[erased]"
# A shorter id, or one of digits alone, stands in too many places where it means something else.
SHORTEST_TELLING_ID = 6
SHORTEST_NAME = 3
NAME_OF_PERSON = re.compile(r"[^\W\d_][\w'’-]*")


@dataclass(frozen=True)
class Identity:
    """`words` tell who it is wherever they stand; `parts` of a name only among the facts of its own account.

    `keys` are ids and keys of users: one that is long enough to mean nothing else is looked for everywhere.
    """

    words: frozenset[str]
    keys: frozenset[str] = field(default_factory=frozenset)
    parts: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def needles(self) -> list[str]:
        """What is looked for everywhere, the longest first: an address before the name in it."""
        found = {word for word in self.words if len(word) >= SHORTEST_NAME} | set(filter(is_telling, self.keys))
        return sorted(found, key=lambda word: (-len(word), word))

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        return pattern_of(self.needles)

    @cached_property
    def near_pattern(self) -> re.Pattern[str] | None:
        """With the parts of the name."""
        return pattern_of([*self.needles, *sorted(self.parts, key=lambda part: (-len(part), part))])

    def is_in(self, text: str) -> bool:
        return self.pattern is not None and self.pattern.search(text) is not None


def is_telling(key: str) -> bool:
    return len(key) >= SHORTEST_TELLING_ID and not key.isdecimal()


def pattern_of(needles: list[str]) -> re.Pattern[str] | None:
    """Whole words only, in any case, with any space between them."""
    if not needles:
        return None
    choices = "|".join(r"\s+".join(map(re.escape, needle.split())) for needle in needles)
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)", re.IGNORECASE)


def parts_of_name(name: str) -> frozenset[str]:
    """First and last names, as somebody who knows the person writes them."""
    return frozenset(part for part in NAME_OF_PERSON.findall(name) if len(part) >= SHORTEST_NAME)


def redacted(value: Any, pattern: re.Pattern[str] | None) -> Any:
    """The text, or all texts in the JSON, without what tells who it is."""
    if pattern is None:
        return value
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    if isinstance(value, list):
        return [redacted(item, pattern) for item in value]
    if isinstance(value, dict):
        return {redacted(name, pattern): redacted(item, pattern) for name, item in value.items()}
    return value


def sql_pattern(needles: Iterable[str]) -> str:
    """What a database looks for before we look again: wider, since it knows words less well.

    JSON is kept as ASCII by one database and as it is by another; both are looked for.
    """
    cased = {form for needle in needles for form in (needle, needle.lower(), needle.upper(), needle.title())}
    spelled = cased | {json.dumps(form)[1:-1] for form in cased}
    return "|".join(sorted(".+".join(map(escaped, form.split())) for form in spelled))


def escaped(text: str) -> str:
    """Letters, digits and letters of other scripts as they are: all databases agree about the others."""
    return "".join(char if char.isalnum() or char in "_@" else f"\\{char}" if char.isascii() else char for char in text)
