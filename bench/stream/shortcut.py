"""The product's short way, for the floor too: both differ in nothing but what they do with the events."""

from typing import ClassVar

from bench.stream.urls import only_decode
from dashboards.events import shortcut


class StreamMiddleware(shortcut.StreamMiddleware):
    routes: ClassVar[dict[str, shortcut.Answer]] = {**shortcut.StreamMiddleware.routes, "^bench/decode$": only_decode}
