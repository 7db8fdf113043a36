"""Product usage: numbers by hand, sums that equal totals, the accounts behind each number, and files."""

import csv
import io
import pickle
import re
from html import unescape

import pytest
from django.urls import reverse

from accounts.models import Feature, Segment
from dashboards.pages.product_usage import build_product_usage_page
from dashboards.pages.product_usage_accounts import build_behind_page
from scoring.models.use import GONE
from tests.conftest import NOW
from tests.use_world import make_use

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(organization, make_account, csm, other_csm, source):
    return make_use(make_account, csm, other_csm, source)


def opened(client, user, url: str = "") -> str:
    client.force_login(user)
    response = client.get(url or reverse("product-usage"))
    assert response.status_code == 200
    return unescape(response.content.decode())


def page_of(rf, user, **query):
    return build_product_usage_page(user, query=rf.get("/usage", query).GET)


def table(client, user, block: str, name: str = "product-usage-csv", **query) -> list[list[str]]:
    client.force_login(user)
    response = client.get(reverse(name), {"block": block, **query})
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_it_says_how_many_used_the_product(client, study, leader):
    text = opened(client, leader)
    assert "<b>2 of 3 accounts</b> of which use is known used the product in the 28 days until 30 Jun 2026" in text
    assert "<b>3</b> pay for a feature that they did not use" in text
    assert "$17K ARR" in text


def test_a_csm_sees_the_sums_of_their_own_accounts(rf, study, csm, other_csm, manager, leader):
    accounts = {user.name: page_of(rf, user).sums["accounts"] for user in (csm, other_csm, manager, leader)}
    assert list(accounts.values()) == [2, 1, 2, 3]


def test_a_choice_of_csm_or_segment_narrows_all_blocks(rf, study, csm, leader):
    assert page_of(rf, leader, owner=str(csm.pk)).sums["accounts"] == 2
    assert page_of(rf, leader, segment="smb").sums["accounts"] == 3
    Segment.objects.create(slug="empty", name="Empty", position=9)
    assert page_of(rf, leader, segment="empty").is_empty


def test_the_triangle_adds_up(rf, study, leader):
    found = page_of(rf, leader).triangle
    assert [(line.month.month, line.size) for line in found.lines] == [(3, 1), (4, 2)]
    # All cohorts by months since the start: 2 of 3, then 0 of 3, 1 of 3, and Gone alone in its fourth month.
    assert [(cell.active, cell.known) for cell in found.all] == [(2, 3), (0, 3), (1, 3), (0, 1)]
    assert found.size == 3


def test_weekdays_add_up_to_the_days(rf, study, leader):
    page = page_of(rf, leader)
    assert [line.all.active for line in page.weekdays] == [3, 2, 2, 1, 2, 1, 1]
    assert sum(line.all.active for line in page.weekdays) == sum(row.used for row in page.days) == 12
    assert [len(line.cells) for line in page.weekdays] == [13] * 7
    assert page.weekdays[2].cells[-1] is None


def test_features_tell_what_is_paid_for_and_unused(rf, study, leader):
    maps, reports = page_of(rf, leader).features
    assert (maps.feature.name, maps.paid, maps.used, maps.unused, maps.unknown, maps.unpaid) == ("Maps", 2, 0, 2, 0, 1)
    assert (maps.adoption, maps.unused_arr) == (0, 12_000)
    assert (reports.paid, reports.used, reports.unused, reports.adoption) == (2, 1, 1, 0.5)
    assert [(cell.active, cell.known) for cell in maps.segments] == [(1, 3)]


def test_flows_add_up_on_both_sides(rf, study, leader):
    page = page_of(rf, leader)
    for drawn in (page.feature_flows, page.band_flows):
        sums = {sum(node.count for node in side) for side in (drawn.left, drawn.right)}
        assert sums == {drawn.total} == {4}
    assert page.feature_flows.summary.startswith("Of 4, most that moved went from")


def numbers_with_links(page) -> list[tuple[int, str]]:
    """Every number of the page that opens its accounts."""
    lines = page.triangle.lines
    cells = [cell for line in lines for cell in line.cells] + list(page.triangle.all)
    cells += [cell for line in page.weekdays for cell in line.cells if cell]
    cells += [cell for line in page.features for cell in line.segments]
    found = [(line.size, line.url) for line in lines] + [(cell.active, cell.url) for cell in cells]
    for line in page.features:
        found += [(getattr(line, name), url) for name, url in line.urls.items()]
    found += [(ribbon.flow.count, ribbon.flow.url) for ribbon in page.feature_flows.ribbons + page.band_flows.ribbons]
    told = {"accounts": page.sums["accounts"], "in_use": page.sums["in_use"], "idle": page.idle,
            "unknown": page.unknown, "lazy": page.sums["lazy"]}  # fmt: skip
    return found + [(told[name], url) for name, url in page.urls.items()]


@pytest.mark.parametrize("who", ["csm", "leader"])
def test_every_number_opens_as_many_accounts(client, rf, study, request, who):
    user = request.getfixturevalue(who)
    found = numbers_with_links(page_of(rf, user))
    assert len(found) > 100
    some = found[:14] + found[14:100:9] + found[100:]
    for number, url in some:
        text = opened(client, user, url)
        assert int(re.search(r"<h1>(\d+) account", text)[1]) == number, url


def test_the_accounts_behind_a_number_are_named(client, study, leader):
    maps = Feature.objects.get(name="Maps")
    text = opened(client, leader, f"{reverse('product-usage-accounts')}?of=feature&feature={maps.pk}&state=unused")
    assert "Pay for Maps and did not use it in the 28 days until 30 Jun 2026." in text
    assert re.findall(r'class="table__name" href="[^"]+">(\w+)<', text) == ["Early", "Other"]
    lines = table(client, leader, "", name="product-usage-accounts-csv", of="feature", feature=maps.pk, state="unused")
    assert [line[0] for line in lines] == ["Account", "Early", "Other"]


def test_who_left_is_in_its_cohort_and_says_when(client, study, leader):
    url = reverse("product-usage-accounts")
    text = opened(client, leader, f"{url}?of=cohort&start=2026-03&month=2026-05&state=out")
    assert "Started in Mar 2026 and were not in use in May 2026." in text
    assert "1 May 2026" in text


def test_those_behind_an_age_are_of_all_cohorts(client, study, leader):
    url = reverse("product-usage-accounts")
    found = {
        state: re.findall(
            r'class="table__name" href="[^"]+">(\w+)<', opened(client, leader, f"{url}?of=age&age=2&{query}")
        )
        for state, query in (
            ("in", "state=in"),
            ("out", "state=out"),
            ("unknown", "state=unknown"),
            ("all", "state=all"),
        )
    }
    assert found == {"in": ["Spring"], "out": ["Gone", "Other"], "unknown": [], "all": ["Spring", "Gone", "Other"]}


def test_nobody_opens_the_accounts_of_others(client, study, csm, other_csm):
    url = f"{reverse('product-usage-accounts')}?of=now&state=all"
    assert "Other" not in re.findall(r'class="table__name" href="[^"]+">(\w+)<', opened(client, csm, url))
    assert re.findall(r'class="table__name" href="[^"]+">(\w+)<', opened(client, other_csm, url)) == ["Other"]


@pytest.mark.parametrize(
    "query",
    ["", "of=secret", "of=cohort&start=1999-01&state=in", "of=cohort&start=2026-03&state=odd", "of=day&day=x&state=in",
     "of=feature&feature=0x1&state=used", "of=feature&feature=987654&state=used", "of=main&before=1", "of=now&state=",
     "of=main&before=99999999999&now=1", "of=age&age=24&state=in", "of=age&age=-1&state=in"],
)  # fmt: skip
def test_what_no_page_asks_is_not_there(client, study, leader, query):
    client.force_login(leader)
    assert client.get(f"{reverse('product-usage-accounts')}?{query}").status_code == 404


def test_files_have_what_the_page_has(client, study, leader):
    assert table(client, leader, "retention")[1] == ["2026-03-01", "1", "2026-03-01", "0", "1", "1"]
    days = {line[0]: line[1:] for line in table(client, leader, "days")}
    assert days["2026-06-05"] == ["Friday", "3", "2", "4", "10"]
    assert table(client, leader, "features")[1][:5] == ["Maps", "2", "0", "2", "0"]
    assert table(client, leader, "segments")[1] == ["Maps", "SMB", "3", "1"]
    assert table(client, leader, "accounts")[1] == ["Early", "SMB", "Maps", "yes", "0"]
    assert sum(int(line[2]) for line in table(client, leader, "feature-flows")[1:]) == 4
    assert ["Undefined", "Left", "1"] in table(client, leader, "band-flows")
    client.force_login(leader)
    assert client.get(reverse("product-usage-csv"), {"block": "odd"}).status_code == 404


def test_before_the_first_night_it_says_so(client, organization, csm):
    assert "has not been yet" in opened(client, csm)
    assert table(client, csm, "retention") == []


def test_hours_are_said_to_be_unknown(client, study, leader):
    assert "By hour it is not known" in opened(client, leader)


def test_the_page_takes_as_many_queries_however_many_accounts(client, study, leader, django_assert_max_num_queries):
    client.force_login(leader)
    client.get(reverse("product-usage"))
    with django_assert_max_num_queries(13):
        client.get(reverse("product-usage"))


def test_a_list_takes_as_many_queries_however_many_accounts(client, study, leader, django_assert_max_num_queries):
    client.force_login(leader)
    url = f"{reverse('product-usage-accounts')}?of=now&state=all"
    client.get(url)
    with django_assert_max_num_queries(11):
        client.get(url)


def test_a_list_can_be_remembered(rf, study, leader):
    query = rf.get("/", {"of": "now", "state": "all"}).GET
    page = build_behind_page(leader, query=query, study=study)
    kept = pickle.loads(pickle.dumps(page))  # noqa: S301 - what was pickled in the line itself
    assert [row.account.name for row in kept.rows] == ["Early", "Spring", "Other"]
    assert kept.total == 3


def test_gone_accounts_are_no_customers_of_the_list(client, study, csm):
    text = opened(client, csm, f"{reverse('product-usage-accounts')}?of=band&before=1&now={GONE}")
    assert "<h1>1 account</h1>" in text
    assert "to left on 30 Jun 2026" in text
    assert study.computed_at == NOW
