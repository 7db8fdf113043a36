"""What the schedule does: the night scores the day that is over in the organization's zone."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from scoring.models import ScoringRun
from scoring.tasks import score_last_night

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("moment", "scored"),
    [
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), date(2026, 3, 28)),  # half past midnight of the night of 23 hours
        (datetime(2026, 3, 29, 22, 30, tzinfo=UTC), date(2026, 3, 29)),  # and of the next night
        (datetime(2025, 10, 25, 22, 30, tzinfo=UTC), date(2025, 10, 25)),  # of the night of 25 hours
        (datetime(2025, 10, 26, 22, 30, tzinfo=UTC), date(2025, 10, 25)),  # the long day is not yet over
        (datetime(2025, 10, 26, 23, 30, tzinfo=UTC), date(2025, 10, 26)),
    ],
)
def test_the_night_scores_the_day_that_is_over_where_the_organization_is(settings, organization, moment, scored):
    settings.TIME_ZONE = "Europe/Berlin"
    with time_machine.travel(moment, tick=False):
        run = ScoringRun.objects.get(pk=score_last_night())
    assert (run.as_of, run.kind) == (scored, ScoringRun.Kind.FULL)
