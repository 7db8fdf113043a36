"""Windows are whole days in the organization's zone, the as-of day included, over both nights of the year too."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Ticket
from tests.scoring.conftest import AS_OF

pytestmark = pytest.mark.django_db

SPRING, AUTUMN = date(2026, 3, 29), date(2025, 10, 26)  # days of 23 and of 25 hours in Berlin


@pytest.fixture(autouse=True)
def berlin(settings):
    settings.TIME_ZONE = "Europe/Berlin"


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("as_of", "too_early", "first", "last", "too_late"),
    [
        # 30 December begins at UTC + 1, 29 March ends at UTC + 2.
        (SPRING, "2025-12-29T22:59:59", "2025-12-29T23:00:00", "2026-03-29T21:59:59", "2026-03-29T22:00:00"),
        # 29 July begins at UTC + 2, 26 October ends at UTC + 1.
        (AUTUMN, "2025-07-28T21:59:59", "2025-07-28T22:00:00", "2025-10-26T22:59:59", "2025-10-26T23:00:00"),
    ],
)
def test_90_days_begin_and_end_at_midnight_of_the_organization(
    acme, fact, value_of, as_of, too_early, first, last, too_late
):
    for moment, is_escalated in ((too_early, True), (first, True), (last, False), (too_late, True)):
        fact(Ticket, account=acme, opened_at=at(moment), is_escalated=is_escalated)
    assert value_of("ticket_escalation_rate", acme, as_of=as_of) == [0.5]


def test_a_moment_before_midnight_belongs_to_the_day_and_one_after_to_the_next(acme, fact, value_of):
    fact(Ticket, account=acme, opened_at=at("2026-03-10T09:00"), closed_at=at("2026-03-29T21:59:59"), satisfaction=4)
    assert value_of("csat", acme, as_of=SPRING - timedelta(days=1)) == [None]
    assert value_of("csat", acme, as_of=SPRING) == [4.0]


def test_over_seven_days_are_seven_whole_days_over_the_night_of_23_hours(acme, fact, value_of):
    fact(Ticket, account=acme, opened_at=at("2026-03-24T22:59:59"))  # the last second of 24 March
    fact(Ticket, account=acme, opened_at=at("2026-03-24T23:00:00"))  # the first of 25 March
    assert value_of("tickets_unresolved", acme, as_of=date(2026, 3, 31)) == [10.0]
    assert value_of("tickets_unresolved", acme, as_of=date(2026, 4, 1)) == [20.0]


@pytest.mark.parametrize("as_of", [SPRING, AUTUMN])
def test_28_days_of_use_end_with_the_day_of_23_or_25_hours(acme, use, value_of, as_of):
    back = (AS_OF - as_of).days
    use(acme, days=range(back - 1, back), users=("tomorrow",))
    use(acme, days=range(back, back + 27), users=("ann",))
    use(acme, days=range(back + 27, back + 28), users=("on the first day",))
    use(acme, days=range(back + 28, back + 29), users=("too early",))
    assert value_of("seat_utilisation", acme, as_of=as_of) == [0.2]
