"""The newest figures of the usage tab are those of the measures, on random histories."""

from datetime import timedelta

import numpy as np
import pytest

from accounts.models import KnownDay, UserDay
from accounts.months import fold_months, months_between
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from scoring.queries.history import Stretch, stretches_of
from scoring.queries.use import DAYS, Use
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [3, 4])
def test_seats_and_time_agree_with_the_measures(organization, make_account, source, seed):
    rng = np.random.default_rng(seed)
    started = TODAY - timedelta(days=int(rng.integers(20, 100)))
    account = make_account("Random", seats=7, started_on=started)
    days = [TODAY - timedelta(days=n) for n in range(DAYS) if rng.random() < 0.8]
    KnownDay.objects.bulk_create(KnownDay(source=source, day=day, has_users=True) for day in days)
    UserDay.objects.bulk_create(
        UserDay(account=account, day=day, user_key=user, events=1, seconds=int(rng.integers(60, 4000)))
        for day in days for user in "abcde" if rng.random() < 0.3
    )  # fmt: skip
    fold_months(months=months_between(first=TODAY - timedelta(days=DAYS), last=TODAY))
    facts = Facts(Scope(np.array([account.pk]), TODAY))
    use = Use(account, TODAY)
    np.testing.assert_allclose(use.utilisation[-1], facts.usage.seat_utilisation()[0])
    np.testing.assert_allclose(use.minutes[-1], facts.usage.duration_index[0] * 60)
    np.testing.assert_allclose(use.active_users[-1], facts.usage.active_users[0])


def test_what_acted_on_days_in_a_row_is_one_stretch():
    a, b, c, d = (TODAY + timedelta(days=n) for n in range(4))
    assert stretches_of([(a, ["ebr"]), (b, ["ebr", "pulse"]), (c, []), (d, ["ebr"])]) == [
        Stretch("ebr", a, b), Stretch("pulse", b, b), Stretch("ebr", d, None),
    ]  # fmt: skip
