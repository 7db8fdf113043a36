"""The pages of sources: how fresh each is, its keys, its mapping, what came and what waits."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts import deliveries
from accounts.ingest.events import fold
from accounts.ingest.events.accept import accept
from accounts.ingest.events.event import Event
from accounts.models import AuditEntry, EventQuarantine, HeldEvent, IngestRun, Source, SourceKey
from accounts.operations.sources import create_key, digest_of
from accounts.queries.sources import live_key
from tests.conftest import NOW, TODAY

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def web(db) -> Source:
    return Source.objects.create(name="Web app", rhythm_days=1)


@pytest.fixture
def browser(client, organization, ops):
    client.force_login(ops)
    return client


def html(answer) -> str:
    return answer.content.decode()


def send(source: Source, *users: str, of: str = "acme", at=NOW, when=None, name: str = "Opened") -> None:
    events = [Event("track", f"{name}-{user}-{of}", when or at, user_id=user, group_id=of, name=name) for user in users]
    accept(source_id=source.pk, events=events, at=at)
    while fold.fold_waiting(at=at):
        pass


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


# The list


def test_without_a_source_the_page_says_what_to_do(browser):
    said = html(browser.get(reverse("sources")))
    assert "No sources yet" in said
    assert "Make one below" in said


def test_each_source_says_how_fresh_it_is_in_a_word(browser, web):
    late, silent = (Source.objects.create(name=name, rhythm_days=4) for name in ("Late one", "Silent one"))
    deliveries.note(source_id=web.pk, kind="events", brought=3, at=NOW - timedelta(hours=2))
    deliveries.note(source_id=late.pk, kind="tickets", brought=4, at=NOW - 4 * DAY - timedelta(hours=20))
    deliveries.note(source_id=silent.pk, kind="usage", brought=5, at=NOW - 6 * DAY)
    Source.objects.create(name="New one")
    page = browser.get(reverse("sources")).context["page"]
    assert [(row.name, row.state, row.about, row.total, row.rhythm) for row in page.rows] == [
        ("Late one", "late", "Late: 20 h over its rhythm.", 4, "every 4 days"),
        ("New one", "never heard", "Nothing has come yet.", 0, "none expected"),
        ("Silent one", "silent", "Silent: 2 days over its rhythm.", 5, "every 4 days"),
        ("Web app", "fresh", "Within its rhythm.", 3, "every day"),
    ]


def test_the_small_chart_is_told_to_a_screen_reader_day_by_day(browser, web):
    deliveries.note(source_id=web.pk, kind="events", brought=1_200, at=NOW - DAY)
    said = html(browser.get(reverse("sources")))
    assert "29 Jun 1,200, 30 Jun 0." in said


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_takes_as_many_queries_for_many_sources_as_for_one(browser, count, django_assert_max_num_queries):
    for n in range(count):
        source = Source.objects.create(name=f"Source {n}", rhythm_days=1)
        deliveries.note(source_id=source.pk, kind="tickets", brought=1, at=NOW)
    with django_assert_max_num_queries(15):
        browser.get(reverse("sources"))


def test_a_source_is_made_and_a_name_that_is_taken_is_refused(browser, web):
    answer = browser.post(reverse("source-create"), {"name": "Billing", "rhythm_days": "7"})
    made = Source.objects.get(name="Billing")
    assert (answer.headers["Location"], made.rhythm_days) == (reverse("source", args=[made.pk]), 7)
    again = browser.post(reverse("source-create"), {"name": "Billing"})
    assert again.status_code == 422
    assert "There is a source &#x27;Billing&#x27; already." in html(again)
    assert "Give the source a name." in html(browser.post(reverse("source-create"), {"name": " "}))


def test_the_list_leaves_as_a_file_without_a_live_formula(browser):
    Source.objects.create(name="=1+1")
    assert rows_of(browser.get(reverse("sources-csv")))[1][:3] == ["'=1+1", "Nothing yet", "never heard"]


# One source


def test_an_event_that_was_sent_is_counted_on_the_page(browser, web, acme):
    send(web, "kim", "lee")
    page = browser.get(reverse("source", args=[web.pk])).context["page"]
    assert (page.source.brought, page.source.kind, page.kinds) == (2, "Event stream", ("events",))
    assert page.throughput[0].chart.table_rows[-1][1] == "2"
    assert page.throughput[1].chart.table_rows[-1][1] == "2"
    assert [(row.what, row.count, row.state) for row in page.deliveries] == [("Batch of events", 2, "counted")]


def test_files_and_batches_stand_in_one_list_the_newest_first(browser, web, acme):
    send(web, "kim", at=NOW - DAY)
    IngestRun.objects.create(
        source=web, kind="tickets", file_name="t.csv", started_at=NOW, state="done", read_rows=9, refused_rows=2
    )
    page = browser.get(reverse("source", args=[web.pk])).context["page"]
    assert [(row.what, row.count, row.detail) for row in page.deliveries] == [
        ("Tickets: t.csv", 9, "2 refused"), ("Batch of events", 1, ""),
    ]  # fmt: skip


def test_a_key_is_shown_once_and_kept_as_a_fingerprint(browser, web):
    answer = browser.post(reverse("source-new-key", args=[web.pk]), {"name": "Shop"})
    text = answer.context["page"].text
    assert text in html(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    key = SourceKey.objects.get()
    assert (key.name, key.digest, key.created_by.name) == ("Shop", digest_of(text), "Olu Example")
    listed = html(browser.get(reverse("source", args=[web.pk])))
    assert text not in listed
    assert key.prefix in listed


def test_the_setup_names_this_host_and_the_new_key(browser, web):
    page = browser.post(reverse("source-new-key", args=[web.pk]), {"name": "Shop"}).context["page"]
    assert [snippet.title for snippet in page.setup.snippets] == ["Command line", "Python", "Node", "Browser"]
    assert all(page.text in snippet.text for snippet in page.setup.snippets)
    assert all("testserver" in snippet.text for snippet in page.setup.snippets)


def test_a_key_without_a_name_is_refused(browser, web):
    answer = browser.post(reverse("source-new-key", args=[web.pk]), {"name": ""})
    assert (answer.status_code, SourceKey.objects.count()) == (422, 0)
    assert "Say what the key is for" in html(answer)


def test_a_revoked_key_works_no_more(browser, web, ops):
    key, text = create_key(source=web, name="Shop", by=ops, at=NOW)
    browser.post(reverse("source-revoke-key", args=[web.pk, key.pk]))
    assert live_key(digest_of(text)) is None
    assert "revoked" in html(browser.get(reverse("source", args=[web.pk])))


def test_a_key_of_another_source_is_not_there(browser, web, source, ops):
    key, _ = create_key(source=source, name="Shop", by=ops, at=NOW)
    assert browser.post(reverse("source-revoke-key", args=[web.pk, key.pk])).status_code == 404
    assert SourceKey.objects.get().revoked_at is None


def test_the_rhythm_is_edited_and_can_be_taken_away(browser, web):
    url = reverse("source-rhythm", args=[web.pk])
    browser.post(url, {"rhythm_days": "30"})
    assert Source.objects.get(pk=web.pk).rhythm_days == 30
    browser.post(url, {"rhythm_days": ""})
    assert Source.objects.get(pk=web.pk).rhythm_days is None
    for wrong in ("0", "367"):
        assert "every 1 to 366 days" in html(browser.post(url, {"rhythm_days": wrong}))


def test_the_tables_leave_as_files(browser, web, acme, ops):
    create_key(source=web, name="Shop", by=ops, at=NOW)
    send(web, "kim")
    send(web, "lee", when=NOW + 2 * DAY)
    for table, first in (
        ("keys", ["Shop"]), ("deliveries", ["Batch of events"]), ("hours", ["2026-06-30T12:00:00+00:00", "2"]),
        ("held", ["2026-07-02", "1"]),
    ):  # fmt: skip
        rows = rows_of(browser.get(reverse("source-csv", args=[web.pk, table])))
        assert rows[1][: len(first)] == first, table
    assert browser.get(reverse("source-csv", args=[web.pk, "everything"])).status_code == 404


def test_events_dated_ahead_are_told_with_their_day(browser, web, acme):
    send(web, "kim", when=NOW + 2 * DAY)
    assert browser.get(reverse("source", args=[web.pk])).context["page"].held == ((TODAY + 2 * DAY, 1),)
    assert HeldEvent.objects.count() == 1


def test_a_page_of_one_source_takes_as_many_queries_however_much_came(
    browser, web, acme, ops, django_assert_max_num_queries
):
    for n in range(20):
        create_key(source=web, name=f"Key {n}", by=ops, at=NOW)
        send(web, f"user-{n}", of=f"nobody-{n}")
    with django_assert_max_num_queries(24):
        browser.get(reverse("source", args=[web.pk]))


# The mapping


def test_the_mapping_is_shown_whole_and_only_what_differs_is_stored(browser, web):
    url = reverse("source-mapping", args=[web.pk])
    form = browser.get(url).context["page"].form
    assert form["account"].value() == "company.id, companyId, company_id, accountId, account_id"
    sent = {name: form[name].value() or "" for name in form.fields}
    sent |= {"features": "Report Exported = Reports\nHeartbeat =", "contact.title": "role", "makes_accounts": ""}
    assert browser.post(url, sent).status_code == 302
    assert Source.objects.get(pk=web.pk).mapping == {
        "features": {"Report Exported": "Reports", "Heartbeat": ""}, "contact": {"title": ["role"]},
    }  # fmt: skip
    shown = browser.get(url).context["page"].form
    assert (shown["features"].value(), shown["contact.title"].value()) == (
        "Heartbeat = \nReport Exported = Reports", "role",
    )  # fmt: skip


def test_a_mapping_sent_as_it_is_shown_changes_nothing(browser, web):
    url = reverse("source-mapping", args=[web.pk])
    form = browser.get(url).context["page"].form
    browser.post(url, {name: form[name].value() or "" for name in form.fields} | {"makes_accounts": ""})
    assert Source.objects.get(pk=web.pk).mapping == {}
    assert not AuditEntry.objects.filter(verb="event mapping set").exists()


def test_a_mapping_that_makes_no_sense_is_refused_in_words_and_nothing_is_stored(browser, web):
    url = reverse("source-mapping", args=[web.pk])
    form = browser.get(url).context["page"].form
    sent = {name: form[name].value() or "" for name in form.fields} | {"makes_accounts": ""}
    answer = browser.post(url, sent | {"segments": "Pro plan", "account": "company..id"})
    assert answer.status_code == 422
    assert "Line 1: write theirs = ours" in html(answer)
    answer = browser.post(url, sent | {"account": "company..id"})
    assert "&quot;account&quot;: &quot;company..id&quot; names nothing." in html(answer)
    assert Source.objects.get(pk=web.pk).mapping == {}


def test_the_newest_events_stand_beside_the_mapping(browser, web, acme):
    send(web, "kim", name="Report Exported")
    (sample,) = browser.get(reverse("source-mapping", args=[web.pk])).context["page"].samples
    assert sample.title == "track: Report Exported"
    assert '"user_id": "kim"' in sample.text


# Quarantine


@pytest.fixture
def waiting(web) -> Source:
    send(web, "kim", "lee", of="newco")
    send(web, "ann", of="")
    return web


def test_each_reason_has_its_count_and_what_to_do(browser, waiting):
    page = browser.get(reverse("source-quarantine", args=[waiting.pk])).context["page"]
    assert [(reason.code, reason.count, reason.what_to_do) for reason in page.reasons] == [
        ("unknown_account", 2, "Bring the account, then replay."),
        ("no_account", 1, "Send a group or an identify that says whose the user is, then replay."),
    ]
    assert len(page.rows) == 3
    assert '"user_id": "ann"' in page.rows[0].payload


def test_one_reason_can_be_looked_at_alone_and_pages_follow(browser, web):
    send(web, *[f"user-{n}" for n in range(30)], of="newco")
    url = reverse("source-quarantine", args=[web.pk])
    assert len(browser.get(url, {"code": "unknown_account", "page": "2"}).context["page"].rows) == 5
    assert len(browser.get(url, {"code": "no_account"}).context["page"].rows) == 0


def test_an_event_of_an_unknown_account_counts_after_the_account_came_and_it_was_replayed(
    browser, waiting, make_account
):
    make_account("Newco")
    answer = browser.post(
        reverse("source-settle", args=[waiting.pk]), {"what": "replay", "code": "unknown_account"}, follow=True
    )
    assert "Sent 2 events through once more." in html(answer)
    while fold.fold_waiting(at=NOW):
        pass
    states = EventQuarantine.objects.order_by("pk").values_list("code", "state")
    assert list(states) == [("unknown_account", "replayed")] * 2 + [("no_account", "waiting")]


def test_one_event_is_discarded_alone(browser, waiting):
    one = EventQuarantine.objects.earliest("pk")
    url = reverse("source-settle", args=[waiting.pk])
    answer = browser.post(url, {"what": "discard", "event": one.pk}, follow=True)
    assert "Discarded 1 event." in html(answer)
    assert EventQuarantine.objects.filter(state="waiting").count() == 2
    again = browser.post(url, {"what": "discard", "event": one.pk}, follow=True)
    assert "somebody else was faster" in html(again)


def test_all_are_discarded_at_once_and_shown_as_settled(browser, waiting):
    browser.post(reverse("source-settle", args=[waiting.pk]), {"what": "discard"})
    page = browser.get(reverse("source-quarantine", args=[waiting.pk]), {"state": "discarded"}).context["page"]
    assert {row.settled for row in page.rows} == {"30 Jun 2026 by Olu Example"}


def test_an_event_of_another_source_is_not_touched(browser, waiting, source):
    one = EventQuarantine.objects.earliest("pk")
    browser.post(reverse("source-settle", args=[source.pk]), {"what": "discard", "event": one.pk})
    assert EventQuarantine.objects.filter(state="waiting").count() == 3


def test_nonsense_settles_nothing(browser, waiting):
    answer = browser.post(reverse("source-settle", args=[waiting.pk]), {"what": "burn"}, follow=True)
    assert "Say which events to replay or to discard." in html(answer)
    assert EventQuarantine.objects.filter(state="waiting").count() == 3


def test_the_quarantine_leaves_as_a_file(browser, waiting):
    rows = rows_of(browser.get(reverse("source-quarantine-csv", args=[waiting.pk]), {"code": "no_account"}))
    assert [row[2] for row in rows] == ["code", "no_account"]


def test_the_quarantine_takes_as_many_queries_however_many_wait(browser, web, django_assert_max_num_queries):
    send(web, *[f"user-{n}" for n in range(30)], of="newco")
    with django_assert_max_num_queries(9):
        browser.get(reverse("source-quarantine", args=[web.pk]))
