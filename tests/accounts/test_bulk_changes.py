"""One thing done to many accounts: what is written, who is left out, and what an undo refuses."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, AccountHistory, AccountTouch, AuditEntry, BulkKind, MitigationPlan, Touchpoint
from accounts.operations.bulk_changes import (
    MOST_MADE,
    log_for_many,
    set_for_many,
    start_plans,
    undo_for_many,
)
from accounts.operations.plans import add_step
from accounts.queries.bulk_changes import sorted_for
from tests.conftest import NOW, TODAY

LATER, LAST = NOW + timedelta(minutes=5), NOW + timedelta(minutes=9)


@pytest.fixture
def accounts(organization, make_account, csm):
    return [make_account(name, owner=csm) for name in ("Ana", "Bob", "Cid")]


def owners() -> list[str]:
    return [str(account.owner).split()[0] for account in Account.objects.order_by("name")]


def give_away(accounts, to, by):
    return set_for_many(kind=BulkKind.OWNER, value=to.pk, account_ids=[a.pk for a in accounts], by=by, at=LATER)


def test_an_owner_changes_from_today_on_with_a_record_and_a_touch_of_each(accounts, csm, other_csm):
    give_away(accounts[:2], other_csm, csm)
    assert owners() == ["Ben", "Ben", "Maya"]
    rows = AccountHistory.objects.filter(account=accounts[0]).order_by("valid_from")
    assert [(row.valid_from, row.owner_id) for row in rows] == [(date(2024, 1, 1), csm.pk), (TODAY, other_csm.pk)]
    entries = AuditEntry.objects.filter(verb="owner changed").order_by("pk")
    assert [(entry.subject_id, entry.detail["before"], entry.detail["now"]) for entry in entries] == [
        (str(account.pk), csm.pk, other_csm.pk) for account in accounts[:2]
    ]
    assert set(AccountTouch.objects.values_list("account_id", flat=True)) == {a.pk for a in accounts[:2]}


def test_a_row_dated_ahead_that_said_the_same_changes_too_and_another_stays(accounts, csm, other_csm, manager):
    first = AccountHistory.objects.get(account=accounts[0])
    for days, owner in ((10, csm), (20, manager)):
        AccountHistory.objects.create(
            account=accounts[0], valid_from=TODAY + timedelta(days=days), recorded_at=NOW, owner=owner,
            segment=first.segment, phase=first.phase, status=first.status, arr=first.arr, currency=first.currency,
        )  # fmt: skip
    give_away(accounts[:1], other_csm, csm)
    ahead = AccountHistory.objects.filter(account=accounts[0], valid_from__gt=TODAY).order_by("valid_from")
    assert [row.owner_id for row in ahead] == [other_csm.pk, manager.pk]


def test_an_undo_puts_back_what_nobody_changed_since_and_names_the_rest(accounts, csm, other_csm, manager):
    change = give_away(accounts, other_csm, csm)
    set_for_many(kind=BulkKind.OWNER, value=manager.pk, account_ids=[accounts[1].pk], by=manager, at=LATER)
    undone = undo_for_many(change=change, by=csm, at=LAST)
    assert (undone.restored, undone.kept) == ((accounts[0].pk, accounts[2].pk), (accounts[1].pk,))
    assert owners() == ["Maya", "Elena", "Maya"]
    assert AuditEntry.objects.filter(verb="owner put back").count() == 2


def test_an_undo_is_ones_own_and_once(accounts, csm, other_csm, manager):
    change = give_away(accounts, other_csm, csm)
    with pytest.raises(ValidationError):
        undo_for_many(change=change, by=manager, at=LAST)
    undo_for_many(change=change, by=csm, at=LAST)
    with pytest.raises(ValidationError):
        undo_for_many(change=change, by=csm, at=LAST)


@pytest.mark.parametrize("kind", [BulkKind.PHASE, BulkKind.SEGMENT])
def test_a_phase_and_a_segment_are_set_and_put_back(accounts, csm, kind):
    value = "renewal" if kind == BulkKind.PHASE else None
    change = set_for_many(kind=kind, value=value, account_ids=[a.pk for a in accounts], by=csm, at=LATER)
    column = {"phase": "phase", "segment": "segment_id"}[kind]
    assert set(Account.objects.values_list(column, flat=True)) == {value}
    undo_for_many(change=change, by=csm, at=LAST)
    assert set(Account.objects.values_list(column, flat=True)) == {getattr(accounts[0], column)}


def test_plans_start_for_all_or_none_and_those_without_steps_go_again(accounts, csm):
    ids = [account.pk for account in accounts]
    change = start_plans(reason="Price rise", account_ids=ids, scores={ids[0]: 5000}, by=csm, at=LATER)
    first = MitigationPlan.objects.get(account=accounts[0])
    assert (first.reason, first.owner, first.score_at_opening_hundredths) == ("Price rise", csm, 5000)
    add_step(plan=first, text="Call", owner=csm, due_date=TODAY, by=csm, at=LAST)
    with pytest.raises(ValidationError, match="Ana, Bob, Cid have an open plan"):
        start_plans(reason="Again", account_ids=ids, scores={}, by=csm, at=LATER)
    undone = undo_for_many(change=change, by=csm, at=LAST)
    assert (undone.restored, undone.kept) == (tuple(ids[1:]), (ids[0],))
    assert list(MitigationPlan.objects.all()) == [first]


def test_touchpoints_are_logged_and_taken_back(accounts, csm):
    ids = [account.pk for account in accounts]
    change = log_for_many(kind="mail", day=TODAY, note="News", account_ids=ids, by=csm, at=LATER)
    found = Touchpoint.objects.order_by("account_id").values_list("account_id", "kind", "day", "note", "host_id")
    assert list(found) == [(pk, "mail", TODAY, "News", csm.pk) for pk in ids]
    Touchpoint.objects.filter(account=accounts[0]).update(recorded_at=LAST)  # somebody changed it
    undone = undo_for_many(change=change, by=csm, at=LAST + timedelta(minutes=1))
    assert undone.kept == (ids[0],)
    assert Touchpoint.objects.get().account_id == ids[0]


def test_who_has_it_or_was_changed_meanwhile_is_left_out(accounts, csm, other_csm):
    give_away(accounts[:1], other_csm, csm)
    every = Account.objects.order_by("name")
    found = sorted_for(BulkKind.OWNER, every, value=csm.pk, seen=NOW)
    assert [account.name for account in found.ready] == []
    assert [why for _, why in found.skipped] == [
        "was changed by somebody else meanwhile", "has it already", "has it already",
    ]  # fmt: skip
    assert len(sorted_for(BulkKind.OWNER, every, value=csm.pk, seen=LATER).ready) == 1


def test_nothing_and_too_much_are_refused(accounts, csm):
    for ids in ([], list(range(MOST_MADE + 1))):
        with pytest.raises(ValidationError):
            log_for_many(kind="mail", day=TODAY, note="", account_ids=ids, by=csm, at=LATER)


def test_many_are_changed_with_as_many_statements_as_few(accounts, csm, other_csm, make_account):
    counts = []
    for size in (2, 30):
        some = [make_account(f"{size} {n}", owner=csm) for n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            give_away(some, other_csm, csm)
        counts.append(len(queries))
    assert all(a == b for a, b in pairwise(counts))
