"""Clients of the API: as a role in a browser, or with a token of some scopes."""

import pytest
import time_machine
from django.core.cache import cache
from rest_framework.test import APIClient

from accounts.models import Source, User
from accounts.operations.tokens import create_token
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def no_requests_counted():
    cache.clear()


def token_client(user: User, *scopes: str, source: Source | None = None) -> APIClient:
    _, text = create_token(user=user, name="Test", scopes=scopes, days=30, source=source, by=None, at=NOW)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


@pytest.fixture
def feed(ops, source) -> APIClient:
    """What a system has: it writes in bulk in the name of one source, and reads."""
    return token_client(ops, "ingest", "write", "read", source=source)
