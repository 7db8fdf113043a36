"""Sums of summaries: health adds up, and days are found near a target."""

from datetime import date
from decimal import Decimal

from scoring.queries.summaries import Amount, Health, ScoredDays, added

DAYS = ScoredDays((date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 10), date(2026, 5, 31), date(2026, 6, 2)))


def test_the_mean_leaves_out_what_has_no_score_and_coverage_counts_it():
    health = Health({0: Amount(2, 16_000, Decimal(10)), 2: Amount(1, 4_000, Decimal(5)), -1: Amount(1, 0, Decimal(1))})
    assert (health.accounts, health.scored, health.arr) == (4, 3, 16)
    assert round(health.mean_score, 4) == Decimal("66.6667")
    assert health.coverage_ratio == 0.75


def test_nothing_has_no_mean_and_no_coverage():
    assert (Health().mean_score, Health().coverage_ratio, Health().accounts) == (None, None, 0)
    undefined = Health({-1: Amount(3, 0, Decimal(1))})
    assert (undefined.mean_score, undefined.coverage_ratio) == (None, 0)


def test_groups_add_up_band_by_band():
    one, two = (
        Health({0: Amount(1, 100, Decimal(1))}),
        Health({0: Amount(2, 300, Decimal(2)), 1: Amount(1, 1, Decimal(1))}),
    )
    total = added([one, two])
    assert (total.of(0), total.of(1), total.of(2)) == (Amount(3, 400, Decimal(3)), Amount(1, 1, Decimal(1)), Amount())


def test_the_nearest_day_may_be_before_or_after_and_the_earlier_of_two_wins():
    assert DAYS.nearest(date(2026, 5, 9), within_days=5) == date(2026, 5, 10)
    assert DAYS.nearest(date(2026, 6, 1), within_days=5) == date(2026, 5, 31)
    assert DAYS.nearest(date(2026, 4, 14), within_days=5) is None


def test_a_month_ends_on_its_last_scored_day():
    assert DAYS.month_ends(months=3) == [date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 2)]
    assert ScoredDays(()).month_ends(months=3) == []
    assert ScoredDays(()).newest is None
