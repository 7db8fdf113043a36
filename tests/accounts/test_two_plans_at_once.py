"""Two sessions open a plan for one account at the same moment: one of them does, the other is told whose it is."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import Account, AuditEntry, MitigationPlan, User
from accounts.operations.plans import open_plan
from tests.conftest import NOW

TRIES = 4


@pytest.fixture
def on_postgresql(transactional_db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


def open_it(account: Account, user: User, together: Barrier) -> str:
    """In a session of its own; what it was told, empty where the plan is its own."""
    try:
        connection.ensure_connection()
        together.wait(timeout=20)
        open_plan(account=account, reason="Use fell", by=user, at=NOW)
    except ValidationError as refused:
        return refused.messages[0]
    finally:
        connection.close()
    return ""


def test_of_two_who_open_a_plan_at_once_one_does_and_one_is_told(on_postgresql, make_account, csm, manager):
    for number in range(TRIES):
        account, together = make_account(f"Account {number}", owner=csm), Barrier(2)
        with ThreadPoolExecutor(2) as sessions:
            asked = [sessions.submit(open_it, account, user, together) for user in (csm, manager)]
            told = sorted(each.result(timeout=30) for each in asked)
        assert told == ["", f"Account {number} has an open plan. Close it first."]
        assert MitigationPlan.objects.filter(account=account).count() == 1
    assert AuditEntry.objects.filter(verb="plan opened").count() == TRIES
