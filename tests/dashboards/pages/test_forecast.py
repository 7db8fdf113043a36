"""The forecast: quarters add up, judged renewals count as was said, a second editor is told, and all can be undone."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, AuditEntry, RenewalOutlook
from accounts.operations.outlooks import Words, say
from dashboards.pages.forecast import build_forecast_page
from scoring.models import Study, StudyKind
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health

pytestmark = pytest.mark.django_db


@pytest.fixture
def rates(organization):
    """Strong 19 of 19, so 97.5 % expected; Weak 3 of 9, too few."""
    Study.objects.create(
        kind=StudyKind.RENEWALS, days=90, since=TODAY, as_of=TODAY, computed_at=NOW,
        found={"bands": {"0": [19, 19], "2": [3, 9]}},
    )  # fmt: skip


@pytest.fixture
def due(rates, make_account, csm):
    def made(name: str, day: date | None, *, score: int = 80, arr: int = 100, owner=csm) -> Account:
        account = make_account(name, owner=owner, renewal_date=day, arr=Decimal(arr))
        give_health(account, score=score * 100)
        return account

    return made


@pytest.fixture(autouse=True)
def on_the_day():
    with time_machine.travel(NOW, tick=False):
        yield


def page_for(user, query: str = ""):
    return build_forecast_page(user, query=QueryDict(query), today=TODAY)


def judge(account: Account, percent: int, by) -> None:
    say(account=account, words=Words(percent, "They said so"), seen="", by=by, at=NOW)


def test_a_quarter_is_expected_by_the_rate_of_each_band(due, leader):
    due("Past", date(2026, 6, 29))
    due("Today", TODAY, arr=200)
    due("A", date(2026, 7, 1), arr=1_000)
    due("Low", date(2026, 7, 2), score=30, arr=50)
    page = page_for(leader)
    this, following, *_ = page.quarters
    assert (this.health.arr, this.expected, this.found.unknown) == (200, 195, 0)
    assert (following.health.arr, following.expected, following.found.unknown) == (1_050, 975, 50)
    assert (page.total.expected, page.total.health.arr) == (1_170, 1_250)


def test_a_renewal_that_somebody_judged_counts_as_was_said(due, leader, csm):
    judge(due("Low", date(2026, 7, 2), score=30, arr=50), 40, csm)
    [_, following, *_] = page_for(leader).quarters
    assert (following.expected, following.found.unknown, following.judged) == (20, 0, 1)


def test_what_was_said_of_another_renewal_date_does_not_count(due, leader, csm):
    account = due("A", date(2026, 7, 1))
    judge(account, 0, csm)
    Account.objects.filter(pk=account.pk).update(renewal_date=date(2026, 8, 1))
    assert page_for(leader).quarters[1].expected == Decimal("97.5")


def test_too_few_renewals_are_said_in_these_words(client, due, leader):
    due("Low", date(2026, 7, 2), score=30)
    client.force_login(leader)
    html = client.get(reverse("forecast")).content.decode()
    assert "there were too few renewals to say how much of it stays" in html
    text = client.get(reverse("forecast-csv"), {"block": "quarters"}).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[2] == ["Q3 2026", "1", "100", "too few renewals", "", "", "100", "0"]


def test_a_csm_sees_and_judges_only_what_is_theirs(client, due, csm, other_csm):
    mine, theirs = due("Mine", date(2026, 7, 1)), due("Theirs", date(2026, 7, 1), owner=other_csm)
    client.force_login(csm)
    assert [row.account.name for row in page_for(csm).rows] == ["Mine"]
    assert client.get(reverse("forecast-account", args=[theirs.pk])).status_code == 404
    answer = client.post(reverse("forecast-account", args=[mine.pk]), {"percent": "30", "reason": "Price", "seen": ""})
    assert answer.status_code == 302
    said = RenewalOutlook.objects.get()
    assert (said.percent, said.reason, said.author) == (30, "Price", csm)
    assert AuditEntry.objects.filter(verb="renewal outlook said", subject_id=str(mine.pk)).count() == 1


@pytest.mark.parametrize(
    ("data", "error"),
    [({"percent": "101", "reason": "x"}, "less than or equal to 100"), ({"percent": "50", "reason": " "}, "required"),
     ({"percent": "", "reason": "x"}, "required")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_a_reason(client, due, csm, data, error):
    account = due("Mine", date(2026, 7, 1))
    client.force_login(csm)
    answer = client.post(reverse("forecast-account", args=[account.pk]), data)
    assert answer.status_code == 422
    assert error in answer.content.decode()
    assert not RenewalOutlook.objects.exists()


def test_a_second_editor_is_told_and_overwrites_only_what_was_seen(client, due, csm, manager):
    account = due("Mine", date(2026, 7, 1))
    judge(account, 90, manager)
    client.force_login(csm)
    address = reverse("forecast-account", args=[account.pk])
    answer = client.post(address, {"percent": "10", "reason": "Notice", "seen": ""})
    assert answer.status_code == 409
    assert "Elena Example said 90% meanwhile" in answer.content.decode()
    assert RenewalOutlook.objects.get().percent == 90
    seen = RenewalOutlook.objects.get().said_at.isoformat()
    assert client.post(address, {"percent": "10", "reason": "Notice", "seen": seen}).status_code == 302
    assert RenewalOutlook.objects.get().percent == 10


def test_saying_taking_away_and_replacing_can_be_undone_while_nobody_built_on_it(client, due, csm):
    account = due("Mine", date(2026, 7, 1))
    client.force_login(csm)
    address = reverse("forecast-account", args=[account.pk])
    client.post(address, {"percent": "30", "reason": "Price", "seen": ""})
    first = AuditEntry.objects.latest("pk")
    seen = RenewalOutlook.objects.get().said_at.isoformat()
    client.post(address, {"remove": "yes", "seen": seen})
    assert not RenewalOutlook.objects.exists()
    client.post(reverse("forecast-undo", args=[first.pk]))
    assert not RenewalOutlook.objects.exists()
    away = AuditEntry.objects.filter(verb="renewal outlook taken away").get()
    client.post(reverse("forecast-undo", args=[away.pk]))
    assert (RenewalOutlook.objects.get().percent, RenewalOutlook.objects.get().reason) == (30, "Price")


def test_the_page_takes_at_most_eighteen_queries(client, due, csm, django_assert_max_num_queries):
    for n in range(5):
        judge(due(f"A{n}", date(2026, 7, 1)), 50, csm)
    client.force_login(csm)
    with django_assert_max_num_queries(18):
        assert client.get(reverse("forecast")).status_code == 200


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    world=st.lists(
        st.tuples(
            st.sampled_from([10, 60, 90]), st.integers(0, 10**9), st.sampled_from([None, 0, 35, 100]),
            st.sampled_from([date(2026, 6, 30), date(2026, 8, 1), date(2026, 11, 1), date(2027, 2, 1)]),
        ),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_in_any_world_quarters_add_up_to_the_whole(rates, leader, csm, make_account, world):
    Account.objects.all().delete()
    for n, (score, cents, percent, day) in enumerate(world):
        account = make_account(f"A{n}", owner=csm, renewal_date=day, arr=Decimal(cents) / 100)
        give_health(account, score=score * 100)
        if percent is not None:
            judge(account, percent, csm)
    page = page_for(leader)
    total = Decimal(sum(cents for _, cents, _, _ in world)) / 100
    assert sum(line.health.arr for line in page.quarters) == page.total.health.arr == total
    assert sum(line.found.expected for line in page.quarters) == pytest.approx(page.total.found.expected)
    assert page.total.found.known + page.total.found.unknown == pytest.approx(float(total))
    for line in (*page.quarters, page.total):
        assert line.found.low <= line.found.expected * (1 + 1e-9) <= line.found.high * (1 + 1e-8) + 1e-6
