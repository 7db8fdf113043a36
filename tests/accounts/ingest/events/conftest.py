"""Events as the consumer finds them: accepted into the inbox, then folded."""

from datetime import datetime

import pytest

from accounts.ingest.events.accept import accept
from accounts.ingest.events.event import Event
from accounts.ingest.events.fold import fold_waiting
from accounts.models import Source
from tests.conftest import NOW


def fold_all(*, at: datetime = NOW) -> int:
    return sum(iter(lambda: fold_waiting(at=at), 0))


@pytest.fixture
def send(source):
    """Accepts events of the source; each has an id of its own unless it states one."""
    count = iter(range(1_000_000))

    def accept_events(*events: dict, to: Source = source, at: datetime = NOW) -> None:
        usual = {"type": "track", "at": NOW, "name": "Clicked"}
        made = [Event(**{**usual, "message_id": f"m{next(count)}", **event}) for event in events]
        accept(source_id=to.pk, events=made, at=at)

    return accept_events


@pytest.fixture
def fold(send):
    """Sends events and folds until nothing waits."""

    def send_and_fold(*events: dict, at: datetime = NOW, **options) -> None:
        send(*events, at=at, **options)
        fold_all(at=at)

    return send_and_fold
