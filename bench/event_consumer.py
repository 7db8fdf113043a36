"""The consumer of the event stream alone: batches of the inbox → days of use, beside a COPY of one row per event."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import numpy as np
from django.db import connection

from accounts import bulk
from accounts.demo.synthetic.company import AS_OF, FEATURES, Company
from accounts.ingest.events.event import ENCODER, Event
from accounts.ingest.events.fold import fold_waiting
from accounts.ingest.usage import FIELDS
from accounts.models import Account, AccountDay, Feature, InboxBatch, Source, UsageRow
from bench.company import load_company
from bench.database import Watch, empty_database, settle
from bench.runner import Result

ACCOUNTS, EVENTS, BATCH = 5_000, 200_000, 200
# What a person does in one sitting: that many events, one after the other.
SITTING = 10
OTHER_EVENTS = ("Signed In", "Invited", "Searched", "Filtered", "Commented", "Signed Out")
NOON = datetime.combine(AS_OF, time(12), tzinfo=UTC)


@dataclass(frozen=True)
class Click:
    """One event, before it has a form: at which account, by whom, of which name, and whether it is a page."""

    account: int
    user: str
    name: str
    is_page: bool


def measure(events: int = EVENTS) -> list[Result]:
    with empty_database():
        load_company(Company(accounts=ACCOUNTS, days=1), raw_days=0)
        clicks = list(made_clicks(events))
        floor = events / copied(clicks)
        fill_inbox(clicks)
        settle()
        ours = events / folded(events)
    return [
        Result(
            "event_consumer", round(ours), "events/s", "COPY of one row of use per event", round(floor),
            is_higher_better=True, ratio_bar=0.2, ratio_aim=0.5,
        )
    ]  # fmt: skip


def made_clicks(events: int) -> Iterator[Click]:
    """Sittings of users at random accounts; a third of what they do are pages."""
    chance = np.random.default_rng(1)
    sittings = -(-events // SITTING)
    accounts, users = chance.integers(1, ACCOUNTS + 1, sittings), chance.integers(0, 12, sittings)
    names = chance.choice([*FEATURES, *OTHER_EVENTS], (sittings, SITTING))
    pages = chance.random((sittings, SITTING)) < 1 / 3
    for n in range(events):
        sitting, step = divmod(n, SITTING)
        account = int(accounts[sitting])
        yield Click(account, f"user-{account}-{users[sitting]}", str(names[sitting, step]), bool(pages[sitting, step]))


def copied(clicks: list[Click]) -> float:
    """Seconds for a row of use per event, written by the quickest way into the same table; it is emptied after."""
    keys = dict(Account.objects.values_list("external_id", "pk"))
    features = dict(Feature.objects.values_list("slug", "pk"))
    source, at = Source.objects.get(name="synthetic").pk, NOON
    rows = [
        (
            keys[f"a{click.account}"],
            features.get(click.name),
            click.user,
            "",
            AS_OF,
            1,
            None,
            None,
            *load(click),
            str(n),
        )
        for n, click in enumerate(clicks)
    ]
    if connection.vendor == "postgresql":
        text = io.StringIO(bulk.copy_lines((*row, source, at) for row in rows))
        watch = Watch()
        bulk.copy(bulk.table_of(UsageRow), FIELDS, text)
    else:
        watch = Watch()
        bulk.insert(model=UsageRow, fields=FIELDS, rows=[(*row, source, at) for row in rows])
    seconds = watch.seconds
    assert UsageRow.objects.count() == len(clicks)
    UsageRow.objects.all()._raw_delete(using="default")
    return seconds


def load(click: Click) -> tuple[int | None, ...]:
    return (1, 0, 800) if click.is_page else (None, None, None)


def fill_inbox(clicks: list[Click]) -> None:
    source = Source.objects.get(name="synthetic").pk
    events = [event_of(n, click) for n, click in enumerate(clicks)]
    batches = [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
    rows = [(source, NOON + timedelta(seconds=n), len(batch), ENCODER.encode(batch)) for n, batch in enumerate(batches)]
    bulk.insert(model=InboxBatch, fields=("source_id", "received_at", "events", "payload"), rows=rows)


def event_of(n: int, click: Click) -> Event:
    about = {"url": f"https://app.example/{click.name}", "title": click.name, "plan": "team"}
    timing = {"load_ms": 800, "status": 200} if click.is_page else {}
    return Event(
        type="page" if click.is_page else "track", message_id=f"ajs-{n:032d}", at=NOON, user_id=click.user,
        anonymous_id=f"anonymous-{click.user}", group_id=f"a{click.account}", name=click.name,
        properties={**about, **timing},
    )  # fmt: skip


def folded(events: int) -> float:
    watch = Watch()
    while fold_waiting(at=NOON + timedelta(hours=1)):
        pass
    seconds = watch.seconds
    assert sum(AccountDay.objects.filter(day=AS_OF, events__gt=0).values_list("events", flat=True)) >= events
    assert not InboxBatch.objects.filter(folded_at=None).exists()
    return seconds
