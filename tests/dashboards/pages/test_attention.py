"""Needs attention today, as its user reads it: words, help, tabs, pages, and a snooze that can be taken back."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.http import QueryDict
from django.urls import reverse

from accounts.models import AuditEntry, Snooze, SourceSilence, SurveyResponse
from dashboards.pages.attention import build_attention, read_place
from scoring.models import AccountHealth
from scoring.queries.summaries import scored_days
from tests.accounts.asking_cast import make_contact
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run, give_health, give_plan, give_step

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def needy(organization, make_account, csm):
    """Five accounts of Maya that need her, one each for a reason, and one that does not."""
    done_run(date(2026, 5, 30))
    names = {}
    for name, score, month_ago, more in [
        ("Halden", 4600, 6400, {"flags": ["acquired"]}),
        ("Larkspur", 6000, 6000, {}),
        ("Oakhurst", 6200, 6200, {"last_touchpoint_on": date(2026, 5, 10)}),
        ("Quillon", 5700, 5700, {"last_ebr_on": date(2025, 10, 8)}),
        ("Yarrow", None, None, {}),
        ("Zenith", 9000, 9000, {}),
    ]:
        account = make_account(name, owner=csm, arr=Decimal(100_000), renewal_date=renewal_of(name))
        health = give_health(account, score=score, month_ago=month_ago)
        more = {"last_touchpoint_on": TODAY, "last_ebr_on": date(2026, 6, 1)} | more
        AccountHealth.objects.filter(pk=health.pk).update(**more)
        names[name] = account
    plan = give_plan(names["Larkspur"], owner=csm, opened_on=date(2026, 6, 1))
    give_step(plan, position=1, due=date(2026, 6, 25), text="retrain 12 ward administrators")
    return names


def renewal_of(name: str) -> date:
    return TODAY + timedelta(days=29 if name == "Oakhurst" else 200)


def shown(user, query: str = "", *, is_page: bool = False):
    place = read_place(QueryDict(query), is_page=is_page)
    return build_attention(user, place=place, days=scored_days(), now=NOW)


def names(found) -> list[str]:
    return [line.row.name for line in found.lines]


def test_each_line_says_what_happened_and_what_helps(needy, csm):
    lines = {line.row.name: line.row for line in shown(csm).lines}
    told = {name: (row.told.head, row.told.rest, row.help.label) for name, row in lines.items()}
    assert told == {
        "Halden": ("Down 18 points since 30 May", "Moderate then, Weak now.", "Start plan"),
        "Larkspur": ("Step 1 overdue by 5 days", "retrain 12 ward administrators", "Update step"),
        "Quillon": ("EBR overdue by 22 days", "The last one was on 8 Oct 2025.", "Schedule EBR"),
        "Oakhurst": ("Renews in 29 days", "Moderate; 51 days since the last touchpoint.", "Log touchpoint"),
        "Yarrow": ("No score", "0% of the weight has data, which is too little.", "See what is missing"),
    }
    assert lines["Halden"].others == "Acquired or merging"


def test_a_survey_without_an_answer_names_who_was_asked_and_the_dialog_ticks_them(needy, csm, client):
    rosa, ben = (make_contact(needy["Zenith"], name) for name in ("Rosa Silva", "Ben User"))
    for contact in (rosa, ben):
        SurveyResponse.objects.create(
            source=rosa.source, external_id=contact.name, recorded_at=NOW, account=needy["Zenith"], contact=contact,
            kind="nps", asked_on=date(2026, 5, 20),
        )  # fmt: skip
    row = next(line.row for line in shown(csm, "kind=survey").lines)
    assert (row.name, row.tier, row.told.head) == ("Zenith", 3, "No answer from Ben User and 1 more")
    assert row.told.rest == "asked for an NPS on 20 May, and not met since."
    client.force_login(csm)
    text = client.get(row.help.url).content.decode()
    assert re.search(rf'value="{ben.pk}"[^>]* checked', text)
    assert not re.search(rf'value="{rosa.pk}"[^>]* checked', text)


def test_the_order_is_tier_then_arr_at_risk(needy, csm):
    # 100,000 × 36 %, then twice × 15 % by name; the renewal and then what wants data.
    assert names(shown(csm)) == ["Halden", "Larkspur", "Quillon", "Oakhurst", "Yarrow"]


def test_tabs_add_up_and_narrow(needy, csm):
    found = shown(csm)
    assert [(tab.label, tab.count) for tab in found.tabs] == [
        ("All", 5), ("Score drops", 1), ("Overdue steps", 1), ("EBR overdue", 1), ("Renewals", 1), ("Data", 1),
    ]  # fmt: skip
    assert names(shown(csm, "kind=renewal")) == ["Oakhurst"]
    assert [tab.is_current for tab in shown(csm, "kind=renewal").tabs].index(True) == 4


def test_the_block_shows_seven_and_the_page_pages(needy, csm, make_account):
    for n in range(25):
        give_health(make_account(f"More {n:02}", owner=csm, arr=Decimal(n)), score=3000, month_ago=5000)
    block, first = shown(csm), shown(csm, is_page=True)
    assert (len(block.lines), block.more, block.all_url) == (7, 23, "/portfolio/attention")
    assert (len(first.lines), first.page.paginator.num_pages) == (25, 2)
    assert len(shown(csm, "page=2", is_page=True).lines) == 5
    assert len(shown(csm, "page=99", is_page=True).lines) == 5


def test_filters_of_the_portfolio_hold(needy, csm):
    assert shown(csm, "phase=renewal").lines == ()
    assert shown(csm, "segment=smb&kind=ebr").tabs[0].url == "/portfolio?segment=smb"


def test_everybody_sees_those_in_sight_and_readers_only_open(needy, csm, other_csm, manager, viewer):
    assert [shown(user).total for user in (csm, other_csm, manager, viewer)] == [5, 0, 5, 5]
    found = shown(viewer)
    assert {line.row.help.label for line in found.lines} == {"Open account"}
    assert not found.can_snooze


def test_a_silent_source_is_said_once_and_operations_may_check_it(needy, csm, ops, source):
    SourceSilence.objects.create(source=source, since=datetime(2026, 6, 20, 8, tzinfo=NOW.tzinfo), noticed_at=NOW)
    (silent,) = shown(csm).silent
    assert (silent.name, silent.since, silent.accounts) == ("files", date(2026, 6, 20), 6)
    assert (shown(csm).sources_url, shown(ops).sources_url) == ("", reverse("sources"))


def test_an_empty_list_says_what_renews_next(organization, make_account, csm, client):
    give_health(make_account("Calm", owner=csm, renewal_date=date(2027, 1, 2)), score=9000, month_ago=9000)
    client.force_login(csm)
    text = client.get(reverse("portfolio")).content.decode()
    assert "Nothing needs you today" in text
    assert "2 Jan 2027" in text


def post(client, account, query: str = "", **data):
    return client.post(reverse("attention-snooze", args=[account.pk]) + query, data)


def causes(user, name: str) -> list[str]:
    return next(list(line.row.causes) for line in shown(user).lines if line.row.name == name)


def test_a_snooze_hides_the_line_until_its_day_and_undo_brings_it_back(needy, csm, client):
    client.force_login(csm)
    answer = post(client, needy["Halden"], "?segment=smb", until="week", cause=causes(csm, "Halden"))
    assert answer.url == "/portfolio?segment=smb#attention"
    assert "Halden" not in names(shown(csm))
    assert {row.until for row in Snooze.objects.all()} == {date(2026, 7, 7)}
    (message,) = get_messages(answer.wsgi_request)
    assert str(message) == "Halden is snoozed until 7 Jul 2026."
    client.post(message.extra_tags)
    assert names(shown(csm))[0] == "Halden"
    verbs = AuditEntry.objects.filter(subject="account").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["attention snoozed", "attention unsnoozed"]


def test_what_is_snoozed_has_a_list_and_can_be_woken(needy, csm, client):
    client.force_login(csm)
    post(client, needy["Quillon"], until="date", day="2026-07-15", cause=causes(csm, "Quillon"))
    (line,) = shown(csm, "kind=snoozed", is_page=True).snoozed
    assert (line.row.name, line.until) == ("Quillon", date(2026, 7, 15))
    assert "Wake" in client.get(reverse("attention"), {"kind": "snoozed"}).content.decode()
    client.post(line.wake_url)
    assert "Quillon" in names(shown(csm))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"until": "date", "day": "2026-06-30", "cause": "ebr:x"}, "Choose a day from tomorrow to 1 Jul 2027."),
        ({"until": "date", "day": "soon", "cause": "ebr:x"}, "Choose the day as year-month-day."),
        ({"until": "date", "cause": "ebr:x"}, "Choose the day on which it comes back."),
        ({"until": "never", "cause": "ebr:x"}, "Select a valid choice. never is not one of the available choices."),
        ({"until": "week", "cause": "mood:x"}, "Say what is to be snoozed. Reload the page and try again."),
        ({"until": "week"}, "Say what is to be snoozed. Reload the page and try again."),
    ],
)
def test_a_snooze_that_makes_no_sense_is_refused_in_words(needy, csm, client, data, sentence):
    client.force_login(csm)
    (message,) = get_messages(post(client, needy["Halden"], **data).wsgi_request)
    assert str(message) == f"Halden is not snoozed. {sentence}"
    assert not Snooze.objects.exists()


def test_a_script_gets_the_list_alone_with_what_there_is_to_say(needy, csm, client):
    client.force_login(csm)
    url = reverse("attention-snooze", args=[needy["Halden"].pk])
    data = {"until": "tomorrow", "cause": causes(csm, "Halden")}
    text = client.post(url, data, headers={"HX-Request": "true"}).content.decode()
    assert text.lstrip().startswith("<section")
    assert "Halden is snoozed until 1 Jul 2026." in text
    assert "Undo" in text
    block = client.get(reverse("attention"), {"kind": "ebr"}, headers={"HX-Request": "true"}).content.decode()
    assert "Quillon" in block
    assert "<html" not in block


def test_the_list_takes_fifteen_queries_however_long_and_with_snoozes(needy, csm, django_assert_num_queries):
    Snooze.objects.create(
        user=csm, account=needy["Quillon"], kind="ebr", mark="2025-10-08", until=date(2026, 8, 1), snoozed_at=NOW
    )
    with django_assert_num_queries(15):
        assert len(shown(csm).lines) == 4


def test_an_account_that_was_never_scored_is_listed_as_undefined(organization, make_account, csm):
    plan = give_plan(make_account("New Ltd", owner=csm), owner=csm, opened_on=date(2026, 6, 1))
    give_step(plan, position=1, due=date(2026, 6, 25), text="call them")
    (line,) = shown(csm).lines
    assert (line.row.name, line.row.band_name, line.row.score) == ("New Ltd", "Undefined", None)
