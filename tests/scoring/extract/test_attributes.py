"""What accounts were on a day, whatever order the database gives its rows in."""

from datetime import date

import numpy as np
import pytest
from django.db import connection

from accounts.models import Account
from scoring.extract.attributes import attributes
from scoring.extract.scope import Scope
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db


def test_an_account_that_was_changed_keeps_its_own_start(make_account):
    early = make_account("Early", started_on=date(2023, 1, 1))
    late = make_account("Late", started_on=date(2024, 1, 1))
    # PostgreSQL writes a changed row anew, behind the others, and most plans read rows as they lie there.
    Account.objects.filter(pk=early.pk).update(name="Early, renamed")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_indexscan = off")

    found = attributes(Scope(account_ids=np.array([early.pk, late.pk]), as_of=TODAY))

    assert [date.fromordinal(int(day)) for day in found.started] == [date(2023, 1, 1), date(2024, 1, 1)]
