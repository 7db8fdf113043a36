"""The benchmark of a group is published once a month, and tells nothing about one who comes or goes."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import Account, RollUp, Status
from scoring.benchmarks import work_out_benchmarks
from scoring.models import AccountHealth, Benchmark
from scoring.queries.benchmarks import benchmark_of
from tests.dashboards.pages.boards import give_health

pytestmark = pytest.mark.django_db
JULY, AUGUST, SEPTEMBER = (datetime(2026, month, 1, 5, tzinfo=UTC) for month in (7, 8, 9))


@pytest.fixture
def peers(organization, make_account):
    """Eleven accounts of one kind with scores from 40 to 90 in steps of five."""

    def make(name: str, score: int) -> Account:
        account = make_account(name, industry="Retail", size_tier="small")
        give_health(account, score=score)
        return account

    make.all = [make(f"Peer {n}", 4000 + n * 500) for n in range(11)]
    return make


def published() -> tuple[int, int, int, str]:
    one = Benchmark.objects.get()
    return one.low, one.middle, one.high, one.as_of.isoformat()


def test_the_first_figures_of_a_group(peers):
    assert work_out_benchmarks(at=JULY) == 1
    # Ranks 1 to 4: (45+50+55+60)/4 = 52.5 is 55, halves up; 4 to 6: 65; 6 to 9: (70+75+80+85)/4 = 77.5.
    assert published() == (55, 65, 80, "2026-07-01")
    assert benchmark_of(peers.all[0]).accounts == 10


def test_ten_accounts_are_one_too_few(peers):
    peers.all[0].delete()
    assert work_out_benchmarks(at=JULY) == 0
    assert benchmark_of(peers.all[1]) is None


def test_within_a_month_nothing_moves(peers):
    work_out_benchmarks(at=JULY)
    AccountHealth.objects.update(customer_score=1000)
    assert work_out_benchmarks(at=datetime(2026, 7, 31, 5, tzinfo=UTC)) == 0
    assert published() == (55, 65, 80, "2026-07-01")
    work_out_benchmarks(at=AUGUST)
    assert published() == (10, 10, 10, "2026-08-01")


@pytest.mark.parametrize("secret", [0, 2500, 5000, 7500, 10_000])
def test_one_who_joins_changes_no_figure_whatever_its_score(peers, secret):
    work_out_benchmarks(at=JULY)
    peers("Newcomer", secret)
    work_out_benchmarks(at=AUGUST)
    assert published() == (55, 65, 80, "2026-07-01")


@pytest.mark.parametrize("leaver", [0, 5, 10])
def test_one_who_leaves_changes_no_figure_whoever_it_is(peers, leaver):
    peers("Twelfth", 5000)
    work_out_benchmarks(at=JULY)
    before = published()
    Account.objects.filter(pk=peers.all[leaver].pk).update(status=Status.CHURNED)
    work_out_benchmarks(at=AUGUST)
    assert published() == before


def test_comings_and_goings_add_up_until_they_are_enough(peers):
    work_out_benchmarks(at=JULY)
    for n in range(4):
        peers(f"Second wave {n}", 10_000)
    work_out_benchmarks(at=AUGUST)
    assert published() == (55, 65, 80, "2026-07-01")
    peers("Fifth", 10_000)
    work_out_benchmarks(at=SEPTEMBER)
    assert published()[3] == "2026-09-01"


def test_a_group_that_became_too_small_is_hidden_and_comes_back_as_it_was(peers):
    work_out_benchmarks(at=JULY)
    Account.objects.filter(pk=peers.all[0].pk).update(status=Status.CHURNED)
    work_out_benchmarks(at=AUGUST)
    assert benchmark_of(peers.all[1]) is None
    Account.objects.filter(pk=peers.all[0].pk).update(status=Status.ACTIVE)
    AccountHealth.objects.filter(account=peers.all[0]).update(customer_score=9999)
    work_out_benchmarks(at=SEPTEMBER)
    assert benchmark_of(peers.all[1]) is not None


def test_peers_count_with_what_their_customers_see_and_families_not_at_all(peers, make_account):
    # A pulse of ours lowered the score of one; its customer's score is what counts.
    AccountHealth.objects.filter(account=peers.all[5]).update(score=0)
    parent = make_account("Parent", industry="Retail", size_tier="small", roll_up=RollUp.MEAN)
    give_health(parent, score=0)
    work_out_benchmarks(at=JULY)
    assert published()[:3] == (55, 65, 80)
    assert benchmark_of(parent) is None


def test_an_account_of_no_known_group_has_no_benchmark(peers, acme):
    work_out_benchmarks(at=JULY)
    assert benchmark_of(acme) is None


def test_asking_for_a_benchmark_reads_one_row_and_no_account(peers, django_assert_num_queries):
    work_out_benchmarks(at=JULY)
    with django_assert_num_queries(1):
        found = benchmark_of(peers.all[0])
    assert "members" not in found.__dict__
    assert Decimal(found.middle) == 65
