"""Who renewed, by the band of 90 days before: the window, the grace, and what is left out."""

from datetime import date
from decimal import Decimal

import pytest

from scoring.models import Study
from scoring.renewal_rates import known_rates, work_out_renewals
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run
from tests.dashboards.pages.years import give_score, leave

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


@pytest.fixture
def due(organization, make_account, csm):
    """An account that is due on a day, with a score on the last day of January."""
    for day in (JANUARY, FEBRUARY, TODAY):
        done_run(day)

    def made(name: str, renewal: date, *, score: int | None = 80, left: date | None = None):
        account = make_account(name, owner=csm, arr=Decimal(10), renewal_date=renewal)
        give_score(account, JANUARY, score)
        if left:
            leave(account, left)
        return account

    return made


def counted() -> dict[int, tuple[int, int]]:
    work_out_renewals(at=NOW)
    return {band: (rate.renewed, rate.due) for band, rate in known_rates()[0].items()}


def test_who_was_active_thirty_days_after_the_date_renewed(due):
    due("Stayed", date(2026, 5, 5))
    due("Left before", date(2026, 5, 6), left=date(2026, 4, 1))
    due("Left in the grace", date(2026, 5, 7), left=date(2026, 6, 6))
    due("Left after it", date(2026, 5, 8), left=date(2026, 6, 8))
    due("Weak", date(2026, 5, 9), score=30, left=date(2026, 5, 9))
    assert counted() == {0: (2, 4), 2: (0, 1)}


def test_a_renewal_is_read_at_the_month_end_nearest_to_ninety_days_before(due):
    """31 January + 90 days is 1 May; 28 February + 90 days is 29 May, where February's turn begins."""
    for day in (date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 28), date(2026, 5, 29)):
        due(f"Due {day}", day)
    assert counted() == {0: (2, 2)}


def test_dates_of_the_last_thirty_days_and_who_was_not_scored_then_are_left_out(due, make_account, csm):
    due("Too new", date(2026, 6, 10))
    make_account("Unscored", owner=csm, renewal_date=date(2026, 5, 10))
    assert counted() == {}


def test_working_it_out_again_replaces_it(due):
    due("Stayed", date(2026, 5, 5), score=None)
    assert counted() == counted() == {-1: (1, 1)}
    assert Study.objects.count() == 1
