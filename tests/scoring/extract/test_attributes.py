"""What accounts were on a day: from their history, whatever order the database gives its rows in."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection

from accounts.models import Account, AccountHistory, Segment, User
from scoring.extract.attributes import Attributes
from scoring.extract.facts import Facts
from scoring.extract.register import PHASES
from scoring.extract.scope import Scope
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import AS_OF

pytestmark = pytest.mark.django_db
CHANGED = date(2026, 6, 1)


def attributes_in(scope: Scope) -> Attributes:
    return Facts(scope).attributes


def test_an_account_that_was_changed_keeps_its_own_start(make_account):
    early = make_account("Early", started_on=date(2023, 1, 1))
    late = make_account("Late", started_on=date(2024, 1, 1))
    # PostgreSQL writes a changed row anew, behind the others, and most plans read rows as they lie there.
    Account.objects.filter(pk=early.pk).update(name="Early, renamed")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_indexscan = off")

    found = attributes_in(Scope(account_ids=np.array([early.pk, late.pk]), as_of=TODAY))

    assert [date.fromordinal(int(day)) for day in found.started] == [date(2023, 1, 1), date(2024, 1, 1)]


@pytest.fixture
def grown(make_account, smb, csm, other_csm):
    """Was small, in onboarding and Maya's until 1 June; since then large, in renewal and Ben's, in another segment."""
    key = Segment.objects.create(slug="key", name="Key", position=1)
    account = make_account("Grown", owner=csm, seats=10)
    AccountHistory.objects.create(
        account=account, valid_from=CHANGED, recorded_at=NOW, segment=key, phase="renewal", status="active",
        owner=other_csm, arr=Decimal(90_000), currency="USD", seats=40, renewal_date=date(2027, 6, 1),
    )  # fmt: skip
    # The account's own row is today's.
    Account.objects.filter(pk=account.pk).update(segment=key, phase="renewal", owner=other_csm, arr=90_000, seats=40)
    return account


@pytest.mark.parametrize(
    ("day", "segment", "phase", "owner", "cents", "seats"),
    [
        (CHANGED - timedelta(days=1), "smb", "onboarding", "Maya Example", 1_200_000, 10),
        (CHANGED, "key", "renewal", "Ben Example", 9_000_000, 40),
    ],
)
def test_what_an_account_was_on_a_day_comes_from_its_history(grown, day, segment, phase, owner, cents, seats):
    found = attributes_in(Scope(account_ids=np.array([grown.pk]), as_of=day))
    assert Segment.objects.get(pk=found.segments[0]).slug == segment
    assert PHASES[found.phases[0]] == phase
    assert User.objects.get(pk=found.owners[0]).name == owner
    assert (found.arr_cents.tolist(), found.seats.tolist()) == ([cents], [seats])


def test_a_measure_of_a_past_day_counts_the_seats_of_that_day(grown, use, value_of):
    back = (AS_OF - CHANGED).days
    use(grown, days=range(back + 28), users=("ann", "bob"))
    before, on = CHANGED - timedelta(days=1), CHANGED
    assert value_of("seat_utilisation", grown, as_of=before) == [0.2]
    assert value_of("seat_utilisation", grown, as_of=on) == [0.05]
