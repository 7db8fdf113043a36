"""Bulk actions on the accounts table: a look before, what is left out, the undo, and whose accounts they reach."""

import pytest
from django.urls import reverse

from accounts.models import Account, BulkChange, MitigationPlan, Touchpoint
from tests.conftest import TODAY
from tests.dashboards.pages.boards import give_health, give_plan

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def accounts(organization, make_account, csm):
    found = [make_account(name, owner=csm) for name in ("Ana", "Bob", "Cid")]
    for account, score in zip(found, (4000, 8000, 3000), strict=True):
        give_health(account, score=score)
    give_plan(found[1], owner=csm, opened_on=TODAY)
    return found


def look(client, kind: str, **data):
    return client.post(reverse("accounts-bulk", args=[kind]), data).context["page"]


def act(client, kind: str, *accounts, **data):
    data = {"id": ",".join(str(account.pk) for account in accounts)} | data
    return client.post(reverse("accounts-bulk-apply", args=[kind]), data, follow=True)


def names(found):
    return [account.name for account in found]


def test_a_look_lists_who_is_changed_and_who_is_left_out_and_writes_nothing(accounts, client, csm):
    client.force_login(csm)
    page = look(client, "plan", id=",".join(str(account.pk) for account in accounts))
    assert names(page.ready) == ["Ana", "Cid"]
    assert [(account.name, why) for account, why in page.skipped] == [("Bob", "has an open plan")]
    assert (MitigationPlan.objects.count(), BulkChange.objects.count()) == (1, 0)


def test_all_that_match_are_chosen_by_the_filters_and_not_only_a_page(accounts, client, csm):
    client.force_login(csm)
    assert names(look(client, "owner", all="1", query="band=weak&per_page=25&page=1").ready) == ["Ana", "Cid"]


def test_plans_start_and_the_undo_takes_them_back(accounts, client, csm):
    client.force_login(csm)
    text = act(client, "plan", *accounts, reason="Price rise").content.decode()
    assert "Start plan: 2 accounts. 1 account left out." in text
    assert set(
        MitigationPlan.objects.filter(reason="Price rise").values_list("score_at_opening_hundredths", flat=True)
    ) == {4000, 3000}
    undo = reverse("accounts-bulk-undo", args=[BulkChange.objects.get().pk])
    assert f'action="{undo}"' in text
    assert "Taken back: 2 accounts." in client.post(undo, follow=True).content.decode()
    assert MitigationPlan.objects.count() == 1


def test_who_gave_accounts_away_can_still_undo_and_is_told_what_stays(
    accounts, client, csm, other_csm, manager, make_account, south
):
    other_csm.team = csm.team
    other_csm.save()
    client.force_login(csm)
    act(client, "owner", *accounts, value=other_csm.pk)
    assert set(Account.objects.values_list("owner", flat=True)) == {other_csm.pk}
    first = BulkChange.objects.get()
    client.force_login(manager)
    act(client, "owner", accounts[0], value=csm.pk)
    act(client, "owner", accounts[0], value=other_csm.pk)
    act(client, "phase", accounts[1], value="renewal")
    client.force_login(csm)
    answer = client.post(reverse("accounts-bulk-undo", args=[first.pk]), follow=True).content.decode()
    # Bob's phase is another matter: his owner is as the change left it.
    assert "Taken back: 3 accounts." in answer
    assert client.post(reverse("accounts-bulk-undo", args=[BulkChange.objects.last().pk])).status_code == 404


def test_what_somebody_changed_after_the_look_is_left_out(accounts, client, csm, manager, other_csm):
    client.force_login(csm)
    seen = look(client, "phase", id=str(accounts[0].pk)).seen.isoformat()
    account = accounts[0]
    Account.objects.filter(pk=account.pk).update(changed_at="2030-01-01T00:00:00Z")
    text = act(client, "phase", account, accounts[1], value="renewal", seen=seen).content.decode()
    assert "Change phase: 1 account. 1 account left out." in text
    assert list(Account.objects.order_by("name").values_list("phase", flat=True))[:2] == ["onboarding", "renewal"]


def test_a_touchpoint_is_logged_with_each(accounts, client, csm):
    client.force_login(csm)
    act(client, "touchpoint", *accounts, value="mail", day=TODAY.isoformat(), note="News")
    assert Touchpoint.objects.filter(kind="mail", day=TODAY, note="News").count() == 3


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("owner", {}), ("owner", {"value": "999999"}), ("phase", {"value": "nonsense"}), ("plan", {"reason": " "}),
        ("touchpoint", {"value": "mail", "day": "2030-01-01"}), ("touchpoint", {"value": "mail", "day": "x"}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_written(accounts, client, csm, kind, data):
    client.force_login(csm)
    assert act(client, kind, *accounts, **data).status_code == 422
    assert not BulkChange.objects.exists()


def test_accounts_out_of_sight_are_never_reached(accounts, client, other_csm):
    client.force_login(other_csm)
    assert look(client, "phase", id=str(accounts[0].pk)).ready == ()
    assert act(client, "phase", *accounts, value="renewal").status_code == 422
    assert look(client, "phase", all="1", query="").ready == ()
    assert not Account.objects.filter(phase="renewal").exists()


def test_who_only_reads_finds_no_boxes_and_an_unknown_deed_is_not_there(accounts, client, leader, csm):
    client.force_login(leader)
    assert "data-tick" not in client.get(reverse("accounts")).content.decode()
    client.force_login(csm)
    assert "data-tick" in client.get(reverse("accounts")).content.decode()
    assert client.post(reverse("accounts-bulk", args=["nonsense"])).status_code == 404
