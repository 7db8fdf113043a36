"""One cast for all tests, named by role, on a fixed day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from hypothesis import HealthCheck, settings

from accounts import audit
from accounts.models import Account, AccountHistory, Organization, Role, Segment, Source, Team, User
from scoring.extract.shared import forget_shared
from scoring.peers import pools_of_run

TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
PASSWORD = "a-long-enough-password"
# Laws are tried on random input, the same on every machine and in every run, however busy the machine is.
settings.register_profile(
    "fixed",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fixed")


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """The real hash takes most of a second on purpose; tests make a thousand users."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True, scope="session")
def emptied_audit() -> Iterator[None]:
    """What empties all tables after a test with transactions of its own may empty the audit too; nobody else may."""
    operations = type(connection.ops)
    flush = operations.sql_flush

    def with_the_audit(self: Any, *args: Any, **options: Any) -> list[str]:
        return [*audit.rewriting_sql(True), *flush(self, *args, **options), *audit.rewriting_sql(False)]

    operations.sql_flush = with_the_audit
    yield
    operations.sql_flush = flush


@pytest.fixture(autouse=True)
def forgotten_peers() -> None:
    """A process remembers peers by the id of a run, and what accounts share by a count: tests use both again."""
    pools_of_run.cache_clear()
    forget_shared()


@pytest.fixture(autouse=True)
def forgotten_pages() -> None:
    """A process remembers slow pages by user and state: tests use the same again."""
    caches["pages"].clear()


@pytest.fixture
def organization(db) -> Organization:
    return Organization.objects.create(pk=1, name="Kestrel Works", reporting_currency="USD")


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="files")


@pytest.fixture
def north(db) -> Team:
    return Team.objects.create(name="North")


@pytest.fixture
def south(db) -> Team:
    return Team.objects.create(name="South")


def make_user(role: Role, name: str, team: Team | None = None) -> User:
    return User.objects.create_user(
        email=f"{name.lower()}@kestrel.example", password=PASSWORD, name=f"{name} Example", role=role, team=team
    )


@pytest.fixture
def csm(north) -> User:
    return make_user(Role.CSM, "Maya", north)


@pytest.fixture
def other_csm(south) -> User:
    return make_user(Role.CSM, "Ben", south)


@pytest.fixture
def manager(north) -> User:
    return make_user(Role.MANAGER, "Elena", north)


@pytest.fixture
def leader(db) -> User:
    return make_user(Role.LEADER, "Marcus")


@pytest.fixture
def viewer(db) -> User:
    return make_user(Role.VIEWER, "Vera")


@pytest.fixture
def ops(db) -> User:
    return make_user(Role.OPS, "Olu")


@pytest.fixture
def smb(db) -> Segment:
    return Segment.objects.create(slug="smb", name="SMB", position=4, ebr_cadence_months=8, touchpoint_cadence_days=60)


@pytest.fixture
def make_account(source, smb):
    """Makes an account with one row of history from its start."""

    def make(name: str, *, owner: User | None = None, started_on: date = date(2024, 1, 1), **fields: object) -> Account:
        values = {"segment": smb, "arr": Decimal(12_000), "currency": "USD", "seats": 10, **fields}
        account = Account.objects.create(
            source=source,
            external_id=name.lower(),
            name=name,
            owner=owner,
            started_on=started_on,
            recorded_at=NOW,
            **values,
        )
        AccountHistory.objects.create(
            account=account,
            valid_from=started_on,
            recorded_at=NOW,
            segment=account.segment,
            phase=account.phase,
            status=account.status,
            owner=owner,
            arr=account.arr,
            currency=account.currency,
            seats=account.seats,
            renewal_date=account.renewal_date,
        )
        return account

    return make


@pytest.fixture
def acme(make_account, csm) -> Account:
    return make_account("Acme", owner=csm)
