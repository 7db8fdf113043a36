"""`changed_since` of accounts: whoever keeps a copy is told of everything that an account says of itself."""

from datetime import date, datetime, timedelta

import pytest

from accounts.ingest.intake import take_in
from accounts.ingest.records import AccountRecord
from accounts.models import Account, AccountHistory, Role, User
from accounts.operations.erasure import erase_account
from accounts.operations.history import settle_due
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

START = date(2025, 1, 1)
BEFORE, LATER = NOW - timedelta(days=2), NOW - timedelta(days=1)


@pytest.fixture
def bring(source, organization):
    """Accounts by the one way in."""

    def taken(*rows: dict, at: datetime) -> None:
        records = [AccountRecord(**{"started_on": START, **row}) for row in rows]
        take_in(kind="accounts", records=records, source=source, at=at, by=None)

    taken({"external_id": "birch", "name": "Birch"}, {"external_id": "cedar", "name": "Cedar"}, at=BEFORE)
    return taken


def changed(feed, since: datetime = LATER) -> list[str]:
    found = feed.get("/api/v1/accounts", {"changed_since": since.isoformat()}).json()["results"]
    return [account["external_id"] for account in found]


@pytest.mark.parametrize(
    "news",
    [
        {"name": "Birch Ltd"}, {"domain": "birch.example"}, {"industry": "Timber"}, {"size_tier": "large"},
        {"country": "Norway"}, {"parent": "cedar"}, {"phase": "adoption"}, {"seats": 9},
    ],
    ids=lambda news: next(iter(news)),
)  # fmt: skip
def test_each_column_that_changed_shows(feed, bring, news):
    bring({"external_id": "birch", "name": "Birch", **news}, at=LATER)
    assert changed(feed) == ["birch"]
    assert changed(feed, since=LATER + timedelta(seconds=1)) == []


def test_the_same_again_does_not_show(feed, bring):
    bring({"external_id": "birch", "name": "Birch"}, at=LATER)
    assert changed(feed) == []


def test_a_term_dated_ahead_shows_on_its_day_too(feed, bring):
    ahead = {"external_id": "birch", "name": "Birch", "phase": "renewal", "valid_from": NOW.date()}
    bring(ahead, at=BEFORE + timedelta(minutes=1))
    assert changed(feed) == []
    settle_due(at=NOW)
    assert changed(feed) == ["birch"]


def test_a_child_whose_parent_was_erased_shows(feed, bring):
    bring({"external_id": "birch", "name": "Birch", "parent": "cedar"}, at=BEFORE + timedelta(minutes=1))
    ops = User.objects.get(role=Role.OPS)
    erase_account(account=Account.objects.get(name="Cedar"), before=lambda *_: None, by=ops, at=LATER)
    assert changed(feed) == ["birch"]
    assert AccountHistory.objects.filter(account__name="Birch", recorded_at__gte=LATER).count() == 0
