"""What becomes of events: use by user, feature and day, exactly once, and what waits instead."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.ingest.events import uses
from accounts.ingest.events.fold import fold_waiting
from accounts.models import (
    AccountDay,
    AccountTouch,
    EventQuarantine,
    EventUser,
    Feature,
    FeatureDay,
    HeldEvent,
    InboxBatch,
    KnownDay,
    Source,
    UsageRow,
    UserDay,
)
from tests.accounts.ingest.events.conftest import fold_all
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 30)
YESTERDAY = TODAY - timedelta(days=1)


def quarantine() -> list[tuple[str, str]]:
    return list(EventQuarantine.objects.order_by("pk").values_list("code", "state"))


def test_events_become_days_of_users_of_features_and_of_the_account(fold, acme):
    reports = Feature.objects.create(slug="reports", name="Reports")
    fold(
        {"user_id": "kim", "group_id": "acme", "name": "Reports"},
        {"user_id": "kim", "group_id": "acme", "name": "Reports"},
        {"user_id": "lee", "group_id": "acme", "name": "Clicked", "at": NOW - timedelta(days=1)},
    )
    assert sorted(UserDay.objects.values_list("day", "user_key", "events")) == [
        (YESTERDAY, "lee", 1),
        (TODAY, "kim", 2),
    ]
    assert list(FeatureDay.objects.values_list("day", "feature", "events")) == [(TODAY, reports.pk, 2)]
    assert sorted(AccountDay.objects.values_list("day", "users", "events", "loads")) == [
        (YESTERDAY, 1, 1, None),
        (TODAY, 1, 2, None),
    ]
    assert sorted(KnownDay.objects.values_list("day", "has_users")) == [(YESTERDAY, True), (TODAY, True)]
    assert AccountTouch.objects.get(account=acme).touches > 0


def test_one_row_is_written_per_fold_user_feature_and_day_and_never_changed(fold, acme):
    fold(*[{"user_id": "kim", "group_id": "acme"}] * 3)
    fold({"user_id": "kim", "group_id": "acme"}, at=NOW + timedelta(minutes=5))
    rows = UsageRow.objects.order_by("pk").values_list("events", "recorded_at")
    assert list(rows) == [(3, NOW), (1, NOW + timedelta(minutes=5))]
    assert UserDay.objects.get().events == 4


def test_each_batch_is_folded_once(send, acme):
    send({"user_id": "kim", "group_id": "acme"})
    assert fold_all() == 1
    assert fold_all() == 0
    assert InboxBatch.objects.get().folded_at == NOW
    assert UserDay.objects.get().events == 1


def test_a_fold_that_fails_leaves_nothing_and_its_batches_waiting(send, acme, monkeypatch):
    send({"user_id": "kim", "group_id": "acme"})

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("accounts.increments.speak_for", killed)
        with pytest.raises(KeyboardInterrupt):
            fold_waiting(at=NOW)
    assert not UsageRow.objects.exists()
    assert InboxBatch.objects.get().folded_at is None
    assert fold_all() == 1
    assert UserDay.objects.get().events == 1


def test_batches_of_two_days_are_two_folds_so_that_each_row_knows_its_day(send, acme):
    send({"user_id": "kim", "group_id": "acme"}, at=NOW)
    send({"user_id": "kim", "group_id": "acme"}, at=NOW + timedelta(days=1))
    fold_all(at=NOW + timedelta(days=1))
    assert list(UsageRow.objects.order_by("pk").values_list("day", "recorded_at")) == [
        (TODAY, NOW),
        (TODAY, NOW + timedelta(days=1)),
    ]


def test_an_event_dated_ahead_waits_for_its_day_and_then_counts_once(fold, acme):
    tomorrow = NOW + timedelta(days=1)
    fold({"user_id": "kim", "group_id": "acme", "at": tomorrow})
    assert not UserDay.objects.exists()
    assert HeldEvent.objects.get().due_on == tomorrow.date()
    fold_all(at=tomorrow)
    fold_all(at=tomorrow + timedelta(days=1))
    assert list(UserDay.objects.values_list("day", "events")) == [(tomorrow.date(), 1)]
    assert not HeldEvent.objects.exists()


def test_a_late_event_reopens_its_day_and_touches_its_account(fold, acme):
    fold({"user_id": "kim", "group_id": "acme"})
    before = AccountTouch.objects.get(account=acme).touches
    fold({"user_id": "kim", "group_id": "acme", "at": NOW - timedelta(days=200)})
    assert AccountDay.objects.filter(day=(NOW - timedelta(days=200)).date()).get().events == 1
    assert AccountTouch.objects.get(account=acme).touches > before


def test_an_event_of_an_unknown_account_waits_in_quarantine_with_its_reason(fold, acme):
    fold({"user_id": "kim", "group_id": "nobody", "properties": {"page": 7}}, {"user_id": "kim", "group_id": "acme"})
    one = EventQuarantine.objects.get()
    assert (one.code, one.state, one.type) == ("unknown_account", "waiting", "track")
    assert one.reason == "There is no account 'nobody'. Make it, then replay the event."
    assert one.payload["properties"] == {"page": 7}
    assert UserDay.objects.get().events == 1


def test_a_user_counts_for_the_account_that_was_last_told(fold, make_account, acme):
    other = make_account("Other")
    hour = timedelta(hours=1)
    fold(
        {"type": "group", "user_id": "kim", "group_id": "acme", "at": NOW - 3 * hour},
        {"user_id": "kim", "at": NOW - 2 * hour},
        {"type": "identify", "user_id": "kim", "traits": {"company": {"id": "other"}}, "at": NOW - hour},
    )
    fold({"user_id": "kim"})
    # What was told before came later: it is no news.
    fold({"type": "group", "user_id": "kim", "group_id": "acme", "at": NOW - 2 * hour}, {"user_id": "kim"})
    assert sorted(UserDay.objects.values_list("account", "events")) == [(acme.pk, 1), (other.pk, 2)]


def test_who_is_told_of_after_acting_is_known_in_the_same_fold(fold, acme):
    fold({"user_id": "kim"}, {"type": "group", "user_id": "kim", "group_id": "acme"})
    fold({"user_id": "lee"}, {"type": "identify", "user_id": "lee", "group_id": "acme"})
    assert UserDay.objects.count() == 2
    assert quarantine() == []


def test_a_user_of_no_known_account_waits_and_says_why(fold, acme):
    fold({"user_id": "kim"}, {"anonymous_id": "a1"})
    assert quarantine() == [("no_account", "waiting"), ("anonymous", "waiting")]


def test_anonymous_events_may_be_dropped(fold, acme, source):
    source.mapping = {"anonymous": "drop"}
    source.save()
    fold({"user_id": "kim"}, {"anonymous_id": "a1"})
    assert quarantine() == [("no_account", "waiting")]


def test_an_anonymous_id_counts_as_the_user_from_the_identify_on_that_names_both(fold, acme):
    fold({"anonymous_id": "a1", "group_id": "acme"})
    fold({"type": "identify", "user_id": "kim", "anonymous_id": "a1", "group_id": "acme"})
    fold({"anonymous_id": "a1"}, {"user_id": "kim"})
    assert sorted(UserDay.objects.values_list("user_key", "events")) == [("a1", 1), ("kim", 2)]


def test_an_alias_makes_a_former_id_the_same_user_also_through_a_third(fold, acme):
    fold({"type": "group", "user_id": "old", "group_id": "acme"})
    fold({"type": "alias", "previous_id": "old", "user_id": "mid"})
    fold({"type": "alias", "previous_id": "mid", "user_id": "new"})
    fold({"user_id": "old"}, {"user_id": "mid"}, {"user_id": "new"})
    assert list(UserDay.objects.values_list("user_key", "events")) == [("new", 3)]
    # A circle is none.
    fold({"type": "alias", "previous_id": "new", "user_id": "old"}, {"user_id": "new"})
    assert list(UserDay.objects.values_list("user_key", "events")) == [("new", 4)]


def test_pages_with_load_time_and_status_are_page_loads(fold, acme):
    page = {"type": "page", "user_id": "kim", "group_id": "acme", "name": "Home"}
    fold(
        {**page, "properties": {"load_ms": 800, "status": 200}},
        {**page, "properties": {"load_ms": 1200.4}},
        {**page, "properties": {"status": 503}},
        {**page, "properties": {"status": "timeout", "load_ms": 30_000}},
        {**page, "properties": {"load_ms": "soon"}},
        page,
    )
    day = AccountDay.objects.get()
    assert (day.events, day.loads, day.failed_loads, day.load_ms) == (6, 4, 2, 2000)


def test_an_event_of_two_sources_accounts_counts_for_the_own_one_and_else_must_be_told(fold, acme, make_account):
    stream, crm = Source.objects.create(name="stream"), Source.objects.create(name="crm")
    fold({"user_id": "kim", "group_id": "acme"}, to=stream)
    assert UserDay.objects.get().account_id == acme.pk
    twin = make_account("Twin")
    type(twin).objects.filter(pk=twin.pk).update(external_id="acme", source=crm)
    fold({"user_id": "kim", "group_id": "acme"}, to=stream)
    assert quarantine() == [("ambiguous_account", "waiting")]
    stream.mapping = {"accounts_of": "crm"}
    stream.save()
    fold({"user_id": "kim", "group_id": "acme"}, to=stream)
    assert sorted(UserDay.objects.values_list("account", "events")) == [(acme.pk, 1), (twin.pk, 1)]
    # The day is known for the accounts of the source that the account is of.
    assert sorted(KnownDay.objects.values_list("source__name", flat=True)) == ["crm", "files"]


def test_a_batch_that_breaks_the_fold_waits_alone_and_the_others_count(send, acme, monkeypatch):
    count = uses.Uses.count

    def breaks(self, one, account_id, user):
        if user == "bad":
            raise ZeroDivisionError("a mistake of ours")
        count(self, one, account_id, user)

    monkeypatch.setattr(uses.Uses, "count", breaks)
    for user in ("kim", "bad", "lee"):
        send({"user_id": user, "group_id": "acme"})
    fold_all()
    assert sorted(UserDay.objects.values_list("user_key", flat=True)) == ["kim", "lee"]
    one = EventQuarantine.objects.get()
    assert one.code == "failed"
    assert "a mistake of ours" in one.reason
    assert InboxBatch.objects.filter(folded_at=None).count() == 0


def test_a_batch_that_cannot_be_read_is_kept_and_noted(send, acme):
    send({"user_id": "kim", "group_id": "acme"})
    InboxBatch.objects.update(payload=b"\xc1")
    send({"user_id": "lee", "group_id": "acme"})
    fold_all()
    assert quarantine() == [("unreadable", "waiting")]
    assert UserDay.objects.get().user_key == "lee"


def test_a_moment_is_of_the_day_of_the_organization(fold, acme, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    fold({"user_id": "kim", "group_id": "acme", "at": datetime(2026, 6, 29, 15, 30, tzinfo=UTC)})
    assert UserDay.objects.get().day == TODAY


def test_what_was_said_of_users_is_kept_per_source(fold, acme):
    other = Source.objects.create(name="stream")
    fold({"type": "group", "user_id": "kim", "group_id": "acme"})
    fold({"user_id": "kim"}, to=other)
    assert quarantine() == [("no_account", "waiting")]
    assert list(EventUser.objects.values_list("key", "account_key")) == [("kim", "acme")]


def test_an_account_of_an_endless_name_is_unknown_and_harms_no_other_event(fold, acme):
    fold(
        {"type": "identify", "user_id": "kim", "traits": {"company": {"id": "x" * 5000}}},
        {"user_id": "lee", "group_id": "acme"},
    )
    assert quarantine() == [("unknown_account", "waiting")]
    assert UserDay.objects.get().user_key == "lee"
