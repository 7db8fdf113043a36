"""When an executive business review is overdue: by the segment's cadence, in calendar months."""

from datetime import date

import pytest

from accounts.models import Segment, Touchpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def cadences(smb) -> dict[int, Segment | None]:
    """Key accounts every 4 months, small ones every 8; 6 where no segment says otherwise."""
    key = Segment.objects.create(slug="key", name="Key", position=1, ebr_cadence_months=4)
    plain = Segment.objects.create(slug="plain", name="Plain", position=2)
    return {4: key, 6: plain, 8: smb, 0: None}


@pytest.mark.parametrize(
    ("months", "last", "due"),
    [
        (4, date(2026, 2, 28), date(2026, 6, 28)),
        (4, date(2025, 10, 31), date(2026, 2, 28)),
        (6, date(2025, 12, 15), date(2026, 6, 15)),
        (0, date(2025, 12, 15), date(2026, 6, 15)),
        (8, date(2025, 8, 30), date(2026, 4, 30)),
    ],
)
def test_key_accounts_have_4_months_small_ones_8_and_others_6(
    make_account, cadences, fact, value_of, months, last, due
):
    had = make_account("Had one", segment=cadences[months])
    never = make_account("Never had one", segment=cadences[months], started_on=last)
    fact(Touchpoint, account=had, kind="ebr", day=last)
    fact(Touchpoint, account=never, kind="call", day=last)
    assert value_of("ebr_overdue", had, never, as_of=due) == [0.0, 0.0]
    assert value_of("ebr_overdue", had, never, as_of=date.fromordinal(due.toordinal() + 1)) == [1.0, 1.0]
