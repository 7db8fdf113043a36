"""A source with a key, and a client that sends with it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Source
from accounts.operations.sources import create_key, create_source
from dashboards.events import keys, rates
from tests.conftest import NOW

Send = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def nothing_known(settings) -> None:
    """A process remembers keys and rates: tests use the same numbers again."""
    keys.KNOWN.clear()
    rates.TALLIES.clear()
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "events"}}


@pytest.fixture
def web(db) -> Source:
    return create_source(name="web", by=None, at=NOW)


@pytest.fixture
def key(web) -> str:
    return create_key(source=web, name="first", by=None, at=NOW)[1]


@pytest.fixture
def send(client: Client, key: str) -> Send:
    """Posts JSON with the key as Bearer."""

    def post(call: str, content: Any, **extra: Any) -> HttpResponse:
        headers = {"Authorization": f"Bearer {key}", **extra.pop("headers", {})}
        return client.post(f"/v1/{call}", content, content_type="application/json", headers=headers, **extra)

    return post


def track(message_id: str | None = "m1", **more: Any) -> dict[str, Any]:
    known = {"messageId": message_id} if message_id else {}
    return {"type": "track", "userId": "u1", "event": "Report opened", **known, **more}
