"""What tests of several pages begin with."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from scoring.models import CustomMeasure
from tests.conftest import NOW
from tests.dashboards.pages.own_measures import define_fit


@pytest.fixture
def on_the_day() -> Iterator[None]:
    """The clock stands at noon of the tests' day."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(client, organization, ops) -> Client:
    """Operations is logged in."""
    client.force_login(ops)
    return client


@pytest.fixture
def fit(ops) -> CustomMeasure:
    return define_fit(ops)
