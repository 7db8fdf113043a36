"""What schemathesis cannot know: a cursor is taken from an answer, and a period does not end before it begins."""

from typing import Any

import schemathesis

PERIOD = ("from", "to")


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    if not query:
        return query
    kept = {name: value for name, value in query.items() if name != "cursor" and "\x00" not in str(value)}
    if all(isinstance(kept.get(name), str) for name in PERIOD):
        kept |= dict(zip(PERIOD, sorted(kept[name] for name in PERIOD), strict=True))
    return kept
