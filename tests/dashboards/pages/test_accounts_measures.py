"""Columns of measures and of percentiles in the accounts table: on the page, in the chooser and in the file."""

import csv
import io

import numpy as np
import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import RollUp
from scoring.core.peers import mid_rank
from scoring.queries.peer_ranks import SCORES
from tests.conftest import TODAY
from tests.dashboards.pages.boards import give_health
from tests.dashboards.pages.test_accounts_views import keys, page_for
from tests.dashboards.snapshots import MEASURES, give_snapshot, version_for

pytestmark = pytest.mark.usefixtures("on_the_day")
ADOPTION = "utilisation_vs_target"
SHOWN = f"columns=value.{ADOPTION},points.{ADOPTION},value.usage_trend,percentile"


@pytest.fixture(autouse=True)
def nothing_kept():
    """The scores of other tests' accounts are not remembered."""
    cache.delete(SCORES)


@pytest.fixture
def board(organization, make_account, csm, smb):
    """Ana has a snapshot, of which nothing is known of the usage trend; Bob has none."""
    ana, bob = make_account("Ana", owner=csm, segment=smb), make_account("Bob", owner=csm, segment=smb)
    give_snapshot(ana, day=TODAY, score=5535, measures=MEASURES)
    for account, score in ((ana, 5535), (bob, 8000)):
        give_health(account, score=score)
        type(account.health).objects.filter(pk=account.pk).update(version=version_for(smb), as_of=TODAY)
    return ana, bob


def shown(user, query: str = SHOWN) -> dict[str, dict[str, str]]:
    return {row.name: dict(row.figures) for row in page_for(user, query).rows}


def file_rows(client, query: str = SHOWN) -> list[dict[str, str]]:
    text = b"".join(client.get(f"{reverse('accounts-csv')}?{query}").streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_value_reads_as_its_unit_says_and_points_are_of_a_hundred(board, csm):
    page = page_for(csm, SHOWN)
    assert keys(page) == [
        "account", "score", f"value.{ADOPTION}", f"points.{ADOPTION}", "value.usage_trend", "percentile",
    ]  # fmt: skip
    ana = shown(csm)["Ana"]
    assert (ana[f"value.{ADOPTION}"], ana[f"points.{ADOPTION}"]) == ("40%", "50")
    assert "value.usage_trend" not in ana
    assert shown(csm)["Bob"] == {}


def test_columns_of_measures_are_offered_and_do_not_sort(board, csm, client):
    page = page_for(csm, SHOWN)
    assert {f"value.{ADOPTION}", f"points.{ADOPTION}", "percentile"} <= {pick.key for pick in page.picks}
    assert [heading.key for heading in page.headings if not heading.url] == keys(page)[2:]
    assert not [choice for choice in page.sorts if "." in choice.value or "percentile" in choice.value]
    client.force_login(csm)
    html = client.get(f"{reverse('accounts')}?{SHOWN}&sort=-value.{ADOPTION}").content.decode()
    assert "40%" in html
    assert 'visually-hidden">no data' in html


def test_they_are_kept_and_stand_in_the_address(board, csm, client):
    client.force_login(csm)
    answer = client.post(
        reverse("accounts-columns"), {"column": ["arr", f"value.{ADOPTION}", "value.<x>"], "query": ""}
    )
    assert answer.url == f"/accounts?columns=account,score,arr,value.{ADOPTION}"
    assert keys(client.get("/accounts").context["page"]) == ["account", "score", "arr", f"value.{ADOPTION}"]


def test_a_measure_that_no_card_has_any_more_has_no_column(board, csm):
    assert keys(page_for(csm, "columns=arr,value.gone")) == ["account", "score", "arr"]


def test_the_file_has_plain_numbers(board, csm, client):
    client.force_login(csm)
    ana, bob = file_rows(client)
    label = next(head for head in ana if head.endswith(", points")).removesuffix(", points")
    assert (ana[label], ana[f"{label}, points"]) == ("0.4", "50")
    assert (bob[label], bob[f"{label}, points"], bob["Percentile"]) == ("", "", "")


def test_percentiles_are_among_the_narrowest_group_of_ten(board, csm, client, make_account):
    scores = [1000 * n for n in range(1, 10)]
    for score in scores:
        give_health(make_account(f"M{score}", owner=csm, industry="Mining", size_tier="L"), score=score)
    miner = make_account("Miner", owner=csm, industry="Mining", size_tier="L")
    give_health(miner, score=4000)
    parent = make_account("Parent", owner=csm, industry="Mining", size_tier="L", roll_up=RollUp.MEAN)
    give_health(parent, score=4500)
    others = [*scores, 4500]
    rows = {row.name: row.percentile for row in page_for(csm, "columns=percentile&per_page=50").rows}
    assert rows["Miner"] == round(mid_rank(4000.0, others_of(others), is_higher_better=True))
    # Without an industry: among all, of whom 5535 and 8000 are two more. What is made of others' scores has none.
    assert rows["Bob"] == round(mid_rank(8000.0, others_of([*others, 4000, 5535]), is_higher_better=True))
    assert rows["Parent"] is None
    client.force_login(csm)
    assert {row["Account"]: row["Percentile"] for row in file_rows(client, "columns=percentile")}["Miner"] == str(
        rows["Miner"]
    )


def others_of(scores):
    return np.array(scores, dtype=float)


def test_as_many_queries_for_many_rows_as_for_one(board, csm, client, make_account, django_assert_max_num_queries):
    for n in range(40):
        account = make_account(f"More {n:02}", owner=csm)
        give_health(account, score=5535)
        give_snapshot(account, day=TODAY, score=5535, measures=MEASURES)
    client.force_login(csm)
    with django_assert_max_num_queries(20):
        assert client.get(f"{reverse('accounts')}?{SHOWN}&per_page=100").status_code == 200
