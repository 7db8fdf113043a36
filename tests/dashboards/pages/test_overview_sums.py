"""The overview of random worlds: whatever there is, every block adds up to the same totals."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, Segment
from dashboards.pages.overview import build_overview_page
from tests.conftest import TODAY
from tests.dashboards.pages.boards import give_health


@pytest.fixture
def key(db) -> Segment:
    return Segment.objects.create(slug="key", name="Key", position=1)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    world=st.lists(
        st.tuples(
            st.sampled_from([None, "key", "smb"]), st.sampled_from(["onboarding", "value", "renewal"]),
            st.sampled_from([None, 3000, 6000, 9000]), st.integers(0, 10**10),
            st.sampled_from([None, date(2026, 5, 1), date(2026, 8, 1), date(2027, 6, 1)]),
        ),
        min_size=1, max_size=10,
    )
)  # fmt: skip
def test_in_any_world_bands_segments_phases_and_quarters_add_up_to_the_cent(
    organization, leader, csm, smb, key, make_account, world
):
    Account.objects.all().delete()
    segments = {"key": key, "smb": smb, None: None}
    for n, (segment, phase, score, cents, renewal) in enumerate(world):
        account = make_account(
            f"A{n}", owner=csm, segment=segments[segment], phase=phase, renewal_date=renewal, arr=Decimal(cents) / 100
        )
        give_health(account, score=score)
    caches["pages"].clear()
    page = build_overview_page(leader, query=QueryDict(), today=TODAY)
    tiles, total = page.figures.tiles, Decimal(sum(cents for *_, cents, _ in world)) / 100
    assert tiles.now.arr == total
    assert page.heat_map.total.arr == sum(line.total.arr for line in page.heat_map.lines) == total
    assert sum(column.total.arr for column in page.heat_map.columns) == total
    for line in page.heat_map.lines:
        assert sum(cell.arr for cell in line.cells) == line.total.arr == tiles.now.of(line.code).arr
    assert sum(line.health.arr for line in page.phases) == total
    assert sum(line.health.accounts for line in page.phases) == len(world)
    soon = [cents for *_, cents, renewal in world if renewal in (date(2026, 5, 1), date(2026, 8, 1))]
    assert sum(health.arr for health in page.figures.renewals.values()) == Decimal(sum(soon)) / 100
    assert list(page.figures.months.values())[-1].arr == total
