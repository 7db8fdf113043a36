"""Churn on pages: entered, told apart by reason and band, and the post-mortem of one account."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, ChurnEvent, Status, Touchpoint, TouchpointState
from accounts.operations.churn import Leaving, reasons, record_churn, reword_churn
from scoring.models import Study, StudyKind
from tests.conftest import NOW, TODAY
from tests.dashboards.snapshots import MEASURES, give_snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
SHEET = {"HX-Request": "true"}
DAY = TODAY - timedelta(days=10)
SENT = {"churned_on": DAY.isoformat(), "reason_code": "competitor", "note": "Bought out", "competitor": "Globex",
        "lost_arr": "1200.50", "key": "k"}  # fmt: skip


@pytest.fixture
def gone(acme, csm) -> ChurnEvent:
    said = Leaving("competitor", "Bought out", "Globex", Decimal("1200.50"))
    return record_churn(account=acme, churned_on=DAY, said=said, ends_contracts=False, key="k", by=csm, at=NOW)


def text(client, user, name, *args, **query) -> str:
    client.force_login(user)
    return client.get(reverse(name, args=args), query).content.decode()


def test_it_is_entered_in_a_dialog_and_the_toast_undoes_it(client, csm, acme):
    acme.history.update(recorded_at=NOW - timedelta(days=1))
    client.force_login(csm)
    answer = client.post(reverse("churn-new", args=[acme.pk]), SENT, headers=SHEET)
    assert answer.headers["HX-Refresh"] == "true"
    assert Account.objects.get().status == Status.CHURNED
    [message] = client.get(reverse("account", args=[acme.pk])).context["messages"]
    client.post(message.extra_tags)
    assert (Account.objects.get().status, ChurnEvent.objects.count()) == (Status.ACTIVE, 0)


def test_what_is_missing_is_said_and_nothing_typed_is_lost(client, csm, acme):
    client.force_login(csm)
    answer = client.post(reverse("churn-new", args=[acme.pk]), SENT | {"reason_code": "", "lost_arr": "much"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Choose why they left." in page
    assert "An amount, such as 12000." in page
    assert "Globex" in page


def test_a_second_editor_is_told_what_it_says_now(client, csm, manager, gone):
    reword_churn(
        event=gone, said=Leaving("support", "Tickets lay"), seen=NOW, by=manager, at=NOW + timedelta(minutes=1)
    )
    client.force_login(csm)
    sent = {"reason_code": "budget", "note": "They shrank", "seen": NOW.isoformat()}
    answer = client.post(reverse("churn-edit", args=[gone.pk]), sent)
    assert answer.status_code == 409
    assert "Somebody else changed it meanwhile" in answer.content.decode()
    assert "Tickets lay" in answer.content.decode()
    assert ChurnEvent.objects.get().reason_code == "support"


def test_the_list_says_who_left_why_and_from_which_band(client, csm, gone, acme):
    give_snapshot(acme, day=DAY - timedelta(days=95), score=4000, measures=MEASURES)
    page = text(client, csm, "churn")
    assert "<b>1 account left with $1K ARR</b>" in page
    assert "to Globex" in page
    assert "Weak" in page


def test_the_file_has_what_the_page_has(client, csm, gone):
    client.force_login(csm)
    lines = b"".join(client.get(reverse("churn-csv")).streaming_content).decode("utf-8-sig").splitlines()
    assert lines[1].startswith(
        f"Acme,SMB,Maya Example,{DAY.isoformat()},Competitor,competitor,Bought out,Globex,1200.5"
    )


def test_filters_leave_out_what_was_not_asked_for(client, csm, gone):
    assert "to Globex" in text(client, csm, "churn", reason="competitor", segment="smb")
    assert "Nobody matches" in text(client, csm, "churn", reason="budget")
    assert "to Globex" not in text(client, csm, "churn", period="90", reason="support")


def test_another_teams_churn_is_not_seen(client, other_csm, gone):
    assert "Nobody left in this time" in text(client, other_csm, "churn")
    client.force_login(other_csm)
    assert client.get(reverse("churn-story", args=[gone.pk])).status_code == 404


@pytest.fixture
def study(organization):
    rows = [
        {"segment": "smb", "band": 0, "accounts": 1040, "arr": "20800000.00", "left": 0, "lost": "0"},
        {"segment": "smb", "band": 2, "accounts": 520, "arr": "5200000.00", "left": 3, "lost": "3000.00"},
        {"segment": "key", "band": 1, "accounts": 260, "arr": "2600000.00", "left": 1, "lost": "500.00"},
    ]
    found = {"weeks": 52, "rows": rows, "unknown": {"smb": 1}}
    return Study.objects.create(
        kind=StudyKind.CHURN, days=90, since=TODAY - timedelta(days=363), as_of=TODAY, computed_at=NOW, found=found
    )


def test_bands_are_told_as_rates_with_intervals_or_as_too_few(client, leader, study):
    page = text(client, leader, "churn")
    # 3 departures over 520 / 52 = 10 accounts for a year: 30%; Garwood 0.6187 and 8.767 over 10.
    assert "30.0%" in page
    assert "6.2% to 87.7%" in page
    # 5 accounts for a year are too few; of 20 nobody left: 3.689 / 20.
    assert page.count("Too few accounts to tell") == 2  # Moderate, and Undefined with nobody in it
    assert "0.0% to 18.4%" in page
    assert "1 who left had no score then" in page


def test_rates_over_all_accounts_are_for_those_who_see_all_or_lead(client, csm, manager, study):
    assert "Did the bands tell?" not in text(client, csm, "churn")
    assert "Did the bands tell?" in text(client, manager, "churn")


def test_the_post_mortem_says_how_it_stood_and_what_is_not_known(client, csm, gone, acme, source):
    give_snapshot(acme, day=DAY - timedelta(days=30), score=4000, measures=MEASURES)
    give_snapshot(acme, day=DAY - timedelta(days=62), score=7688, measures=MEASURES)
    for n, days in enumerate((31, 100, 170)):
        Touchpoint.objects.create(
            source=source, external_id=f"t{n}", account=acme, kind="call", state=TouchpointState.HELD, recorded_at=NOW,
            day=DAY - timedelta(days=days),
        )  # fmt: skip
    client.force_login(csm)
    answer = client.get(reverse("churn-story", args=[gone.pk]))
    ninety, sixty, thirty = answer.context["page"].columns
    assert (ninety.is_known, sixty.score, thirty.score) == (False, Decimal("76.88"), Decimal(40))
    # Within the 90 days before each day: 170 and 100; 100; 31 and 100.
    assert [column.then.touches for column in (ninety, sixty, thirty)] == [2, 1, 2]
    assert [column.since_touch for column in (ninety, sixty, thirty)] == [10, 40, 1]
    page = answer.content.decode()
    assert "not known" in page
    assert "Days since a login" in page


def test_the_account_leads_to_its_post_mortem(client, csm, gone, acme):
    page = text(client, csm, "account", acme.pk)
    assert reverse("churn-story", args=[gone.pk]) in page
    assert "Record churn" not in page


def test_operations_sets_the_reasons_and_takes_that_back(client, ops, gone):
    client.force_login(ops)
    before, name = reasons(), reverse("churn-reasons")
    page = client.get(name).context["page"]
    assert client.post(name, {"reasons": "Bad Code: x", "seen": page.seen}).status_code == 422
    assert client.post(name, {"reasons": "price: Too dear\n", "seen": page.seen}).status_code == 302
    assert reasons() == [["price", "Too dear"]]
    assert client.get(name).context["page"].unlisted == ["competitor"]
    assert client.post(name, {"reasons": "price: Other", "seen": page.seen}).status_code == 409
    client.post(reverse("churn-reasons-undo"))
    assert reasons() == before


def test_the_list_takes_as_many_queries_for_many_as_for_one(client, leader, study, make_account, source):
    client.force_login(leader)
    made = [make_account(f"A{n}", status=Status.CHURNED) for n in range(12)]
    for n, account in enumerate(made):
        ChurnEvent.objects.create(
            source=source, external_id=f"x{n}", account=account, churned_on=DAY, recorded_at=NOW, reason_code="budget"
        )
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("churn"))
    ChurnEvent.objects.exclude(account=made[0]).delete()
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("churn"))
    assert len(many) == len(one) <= 16
