"""Churn that our own people enter: what it makes of the account, and that all of it can be taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account, AccountHistory, AuditEntry, ChurnEvent, Contract, Status
from accounts.operations.churn import (
    ChurnChanged,
    Leaving,
    ReasonsChanged,
    reasons,
    record_churn,
    reword_churn,
    set_reasons,
    take_back,
)
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organization")]
AT, LATER, LAST = (NOW + timedelta(minutes=n) for n in (1, 5, 9))
SAID = Leaving("competitor", " Bought out by Globex. ", "Globex", Decimal("1200.50"))
DAY = TODAY - timedelta(days=10)


def left(account, by, *, day=DAY, said=SAID, key="k", ends_contracts=False, at=AT) -> ChurnEvent:
    return record_churn(
        account=account, churned_on=day, said=said, ends_contracts=ends_contracts, key=key, by=by, at=at
    )


def statuses(account) -> list[tuple[int, str]]:
    rows = AccountHistory.objects.filter(account=account).order_by("valid_from")
    return [((TODAY - day).days, status) for day, status in rows.values_list("valid_from", "status")]


def test_who_left_is_churned_from_that_day_on(acme, csm):
    start = statuses(acme)
    event = left(acme, csm)
    acme.refresh_from_db()
    assert (acme.status, statuses(acme)) == (Status.CHURNED, [*start, (10, "churned")])
    assert (event.note, event.competitor, event.lost_arr) == ("Bought out by Globex.", "Globex", Decimal("1200.50"))
    entry = AuditEntry.objects.get(verb="churn recorded")
    assert (entry.by, entry.detail["account"], entry.detail["reason"]) == (csm, acme.pk, "competitor")


def test_a_form_that_is_sent_twice_records_it_once(acme, csm):
    assert left(acme, csm) == left(acme, csm, at=LATER)
    assert ChurnEvent.objects.count() == 1


def test_undo_leaves_no_trace_in_the_history(acme, csm):
    before = list(AccountHistory.objects.values())
    take_back(event=left(acme, csm), seen=AT, by=csm, at=LATER)
    assert list(AccountHistory.objects.values()) == before
    assert Account.objects.get().status == Status.ACTIVE
    assert not ChurnEvent.objects.exists()


@pytest.fixture
def contract(acme, source) -> Contract:
    return Contract.objects.create(
        source=source, external_id="c", account=acme, recorded_at=NOW - timedelta(days=99), arr=12_000, currency="USD",
        starts_on=TODAY - timedelta(days=99), ends_on=TODAY + timedelta(days=99),
    )  # fmt: skip


def test_with_an_open_contract_nobody_has_left(acme, csm, contract):
    with pytest.raises(ValidationError, match="A contract is open on that day"):
        left(acme, csm)
    assert not ChurnEvent.objects.exists()


def test_the_contract_ends_with_it_where_that_is_said_and_undo_opens_it_again(acme, csm, contract):
    event = left(acme, csm, ends_contracts=True)
    contract.refresh_from_db()
    assert (contract.ends_on, Account.objects.get().status) == (DAY, Status.CHURNED)
    take_back(event=event, seen=AT, by=csm, at=LATER)
    contract.refresh_from_db()
    assert (contract.ends_on, Account.objects.get().status) == (TODAY + timedelta(days=99), Status.ACTIVE)


def test_what_came_since_is_not_undone(acme, csm):
    event = left(acme, csm)
    AccountHistory.objects.filter(account=acme, valid_from=DAY).update(recorded_at=LATER)
    with pytest.raises(ValidationError, match="has changed since"):
        take_back(event=event, seen=AT, by=csm, at=LAST)
    assert ChurnEvent.objects.exists()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("churned_on", {"day": TODAY + timedelta(days=1)}),
        ("churned_on", {"day": TODAY.replace(year=2020)}),
        ("reason_code", {"said": Leaving("nonsense", "They left")}),
        ("note", {"said": Leaving("budget", " x ")}),
        ("lost_arr", {"said": Leaving("budget", "They left", "", Decimal(-1))}),
    ],
)
def test_nonsense_is_refused_by_field(acme, csm, field, changes):
    with pytest.raises(ValidationError) as refused:
        left(acme, csm, **changes)
    assert list(refused.value.message_dict) == [field]


def test_nobody_leaves_twice(acme, csm):
    left(acme, csm)
    with pytest.raises(ValidationError, match="has left already"):
        left(acme, csm, key="other", at=LATER)


def test_other_words_and_back(acme, csm):
    event = left(acme, csm)
    now = reword_churn(event=event, said=Leaving("budget", "They shrank"), seen=AT, by=csm, at=LATER)
    assert (now.reason_code, now.note, now.competitor, now.lost_arr) == ("budget", "They shrank", "", None)
    take_back(event=now, seen=LATER, by=csm, at=LAST)
    back = ChurnEvent.objects.get()
    assert (back.reason_code, back.competitor, back.lost_arr) == ("competitor", "Globex", Decimal("1200.50"))
    assert AuditEntry.objects.get(verb="churn reworded").detail["was"]["lost_arr"] == "1200.50"


def test_a_second_editor_is_told_and_nobody_elses_deed_is_undone(acme, csm, manager):
    event = left(acme, csm)
    reword_churn(event=event, said=Leaving("budget", "They shrank"), seen=AT, by=manager, at=LATER)
    with pytest.raises(ChurnChanged):
        reword_churn(event=event, said=Leaving("support", "Slow"), seen=AT, by=csm, at=LAST)
    with pytest.raises(ValidationError, match="Only what you did last"):
        take_back(event=event, seen=LATER, by=csm, at=LAST)


def test_reasons_are_set_by_operations_and_a_second_editor_is_told(ops):
    before = reasons()
    set_reasons(stated=[["price", "Too dear"]], seen=before, by=ops, at=NOW)
    assert reasons() == [["price", "Too dear"]]
    with pytest.raises(ReasonsChanged):
        set_reasons(stated=before, seen=before, by=ops, at=LATER)
    for wrong in ([], [["Price", "Too dear"]], [["a", "A"], ["a", "B"]], [["a", ""]]):
        with pytest.raises(ValidationError):
            set_reasons(stated=wrong, seen=reasons(), by=ops, at=LATER)
    assert AuditEntry.objects.filter(verb="churn reasons set").count() == 1


def test_a_reason_that_is_no_longer_offered_stays_where_it_stands(acme, csm, ops):
    event = left(acme, csm)
    set_reasons(stated=[["price", "Too dear"]], seen=reasons(), by=ops, at=NOW)
    now = reword_churn(event=event, said=Leaving("competitor", "To Globex"), seen=AT, by=csm, at=LATER)
    assert now.note == "To Globex"
