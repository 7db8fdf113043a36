"""How we score: what the cards in force state, examples that the engine worked out, a real score line by line."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Segment
from dashboards.pages.how_we_score import build_how_page
from scoring.models import AccountHealth, Scorecard, ScorecardVersion
from scoring.operations import edit_draft, publish_draft, start_draft
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health
from tests.dashboards.snapshots import give_story
from tests.scoring.conftest import shipped  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def scored(shipped, acme, csm):  # noqa: F811
    """55.35 by the SMB card, as worked out in tests/dashboards/snapshots.py."""
    snapshot = give_story(acme, author=csm, reason="A secret reason")
    give_health(acme, score=5535)
    AccountHealth.objects.update(version=snapshot.version, coverage=0.8)
    return acme


def page_of(rf, user, **query):
    return build_how_page(user, query=rf.get("/", query).GET, today=TODAY, now=NOW)


def text_of(client, user, **query) -> str:
    client.force_login(user)
    response = client.get(reverse("how-we-score"), query)
    assert response.status_code == 200
    return unescape(response.content.decode())


def table(client, user, block: str, **query) -> list[list[str]]:
    client.force_login(user)
    response = client.get(reverse("how-we-score-csv"), {"block": block, **query})
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("who", ["csm", "other_csm", "manager", "leader", "viewer", "ops"])
def test_everybody_reads_it(client, scored, request, who):
    text = text_of(client, request.getfixturevalue(who), card="smb")
    assert "A worked example" in text
    assert "30% × " in text


def test_it_states_what_the_card_states(rf, scored, leader):
    page = page_of(rf, leader, card="smb")
    stated = ScorecardVersion.objects.get(scorecard__slug="smb")
    assert [(row.key, row.weight) for row in page.measures] == list(
        stated.items.order_by("position").values_list("measure", "weight")
    )
    assert sum(row.weight for row in page.measures) == 100
    assert [band.label for band in page.parts.bands] == [band["label"] for band in stated.bands]
    assert len(page.parts.adjustments) == len(stated.adjustments)


def test_examples_are_what_the_engine_gives(rf, scored, leader):
    rows = {row.key: row for row in page_of(rf, leader, card="smb").measures}
    items = {item.measure: item for item in ScorecardVersion.objects.get(scorecard__slug="smb").items.all()}
    linear = next(row for key, row in rows.items() if items[key].curve == "linear")
    assert [sample.points for sample in linear.samples] == [0, 50, 100]
    cuts = next(row for key, row in rows.items() if items[key].curve == "thresholds")
    assert [sample.points for sample in cuts.samples] == [0, 50, 100]
    target = next(row for key, row in rows.items() if items[key].curve == "target_curve")
    assert {sample.points for sample in target.samples} == {Decimal(50), Decimal(100)}


def test_the_worked_example_adds_up_to_the_score(rf, scored, csm):
    example = page_of(rf, csm, card="smb").example
    assert sum(row.line for row in example.measures) == example.base == Decimal("76.88")
    assert example.base + sum(change.line for change in example.changes) == example.score == Decimal("55.35")
    assert [row.counted_weight for row in example.measures][:2] == [Decimal("37.50"), None]


def test_the_example_is_of_an_account_that_the_reader_sees(client, scored, other_csm, csm):
    assert "Acme" in text_of(client, csm, card="smb")
    text = text_of(client, other_csm, card="smb")
    assert "Acme" not in text
    assert "None that you see has a score by this version yet." in text


def test_no_pulse_tells_its_reason(client, scored, csm):
    text = text_of(client, csm, card="smb")
    assert "CSM pulse" in text
    assert "A secret reason" not in text


def test_a_card_that_is_published_stands_there_at_the_next_look(client, rf, scored, ops, leader):
    card = Scorecard.objects.get(slug="smb")
    draft = start_draft(scorecard=card, by=ops, at=NOW)
    content = draft.content
    content["measures"][0]["weight"] -= 5
    content["measures"][1]["weight"] += 5
    edit_draft(draft=draft, content=content, edition=draft.edition, by=ops, at=NOW)
    draft.refresh_from_db()
    publish_draft(draft=draft, edition=draft.edition, effective_from=TODAY, reason="Usage says more", by=ops, at=NOW)
    page = page_of(rf, leader, card="smb")
    assert (page.shown.version.number, page.measures[0].weight, page.measures[1].weight) == (2, 25, 25)
    text = text_of(client, leader, card="smb")
    assert "Usage says more" in text
    assert table(client, leader, "versions", card="smb")[1][1] == "2"
    # Nobody was scored by it yet.
    assert page.example is None


def test_a_card_of_tomorrow_is_not_in_force(rf, scored, ops, leader):
    draft = start_draft(scorecard=Scorecard.objects.get(slug="smb"), by=ops, at=NOW)
    publish_draft(
        draft=draft, edition=1, effective_from=TODAY + timedelta(days=1), reason="Tomorrow", by=ops, at=NOW
    )  # fmt: skip
    assert page_of(rf, leader, card="smb").shown.version.number == 1


def test_cards_add_up_to_the_accounts_that_the_reader_sees(rf, scored, make_account, csm, other_csm, leader):
    make_account("Plain", owner=csm, segment=None)
    make_account("Elsewhere", owner=other_csm, segment=Segment.objects.get(slug="smb"))
    for user, total in ((csm, 2), (leader, 3)):
        page = page_of(rf, user)
        assert sum(line.accounts for line in page.lines) == page.accounts == total


def test_files_have_what_the_page_has(client, rf, scored, csm):
    assert len(table(client, csm, "measures", card="smb")) == 1 + len(page_of(rf, csm, card="smb").measures)
    assert table(client, csm, "example", card="smb")[-1] == ["Score of Acme", "", "", "", "55.35"]
    assert [line[0] for line in table(client, csm, "rules", card="smb")[1:4]] == ["Band"] * 3
    assert table(client, csm, "sources")[1][0] == "files"
    assert len(table(client, csm, "cards")) == 1 + len(page_of(rf, csm).lines)
    client.force_login(csm)
    assert client.get(reverse("how-we-score-csv"), {"block": "odd"}).status_code == 404


def test_sources_say_how_fresh_they_are(client, scored, csm, ops, source):
    text = text_of(client, csm)
    assert "never heard" in text
    assert reverse("source", args=[source.pk]) not in text
    assert reverse("source", args=[source.pk]) in text_of(client, ops)


def test_a_card_that_is_not_there_is_not_found(client, scored, csm):
    client.force_login(csm)
    assert client.get(reverse("how-we-score"), {"card": "nonsense"}).status_code == 404


def test_before_the_first_card_it_says_so(client, organization, csm):
    assert "No scorecard is in force yet" in text_of(client, csm)
    assert len(table(client, csm, "measures")) == 1


def test_the_page_takes_as_many_queries_however_many_accounts(client, scored, leader, django_assert_max_num_queries):
    client.force_login(leader)
    client.get(reverse("how-we-score"))
    with django_assert_max_num_queries(30):
        client.get(reverse("how-we-score"))
