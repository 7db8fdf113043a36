"""The list of scorecards, one card with its history, and the editor of a draft."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Segment
from dashboards.pages.scorecards_card import build_card_page
from scoring.models import DraftPreview, Scorecard, ScorecardDraft, ScorecardVersion
from scoring.operations import edit_draft, publish_draft, start_draft
from scoring.pipeline import score_days
from scoring.previews import work
from scoring.queries.scorecards import card_history
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.drafts import fields
from tests.scoring.conftest import shipped  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("shipped")
SLUG = "smb"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def draft(shipped, ops) -> ScorecardDraft:  # noqa: F811
    return start_draft(scorecard=Scorecard.objects.get(slug=SLUG), by=ops, at=NOW)


@pytest.fixture
def editor(client, ops):
    client.force_login(ops)
    return client


def address(name: str = "scorecard-draft") -> str:
    return reverse(name, args=[SLUG])


def test_the_list_says_for_whom_each_card_is(client, csm, acme, make_account, other_csm):
    make_account("Birch", owner=csm, segment=None)
    make_account("Elsewhere", owner=other_csm)
    client.force_login(csm)
    page = client.get(reverse("scorecards")).context["page"]
    assert [(row.name, row.applies_to, row.accounts, row.measures, row.lagging_percent) for row in page.rows] == [
        ("Default scorecard", "All other accounts", 1, 7, 0), ("SMB scorecard", "Segment SMB", 1, 7, 15),
    ]  # fmt: skip
    assert (page.accounts, page.may_edit, page.new) == (2, False, None)


def test_the_list_says_which_version_is_in_force_and_which_comes_next(editor, draft, ops):
    publish_draft(draft=draft, edition=1, effective_from=TODAY + timedelta(days=9), reason="Later", by=ops, at=NOW)
    row = editor.get(reverse("scorecards")).context["page"].rows[1]
    assert (row.live.version.number, row.live.last_day) == (1, TODAY + timedelta(days=8))
    assert (row.scheduled.version.number, row.draft) == (2, None)


def test_a_new_card_starts_as_a_draft_like_another(editor):
    Segment.objects.create(slug="key", name="Key")
    page = editor.get(reverse("scorecards")).context["page"]
    assert "Segment Key" in [label for _, label in page.new.fields["scope"].choices]
    answer = editor.post(reverse("scorecard-new"), {"name": "Start", "scope": "phase:onboarding", "like": "default"})
    assert answer.headers["Location"] == "/scorecards/start/draft"
    assert editor.get("/scorecards/start/draft").status_code == 200
    assert "Nothing is published yet" in editor.get("/scorecards/start").content.decode()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"name": "", "scope": "phase:value", "like": "default"}, "Give the scorecard a name."),
        ({"name": "A", "scope": "", "like": "default"}, "Choose for which accounts it is."),
        ({"name": "A", "scope": "segment:0", "like": "default"}, "Select a valid choice."),
    ],
)
def test_a_new_card_that_makes_no_sense_is_refused_in_place(editor, data, complaint):
    answer = editor.post(reverse("scorecard-new"), data)
    assert answer.status_code == 422
    assert complaint in answer.content.decode()
    assert Scorecard.objects.count() == 2


def test_a_card_shows_the_version_in_force(client, viewer):
    client.force_login(viewer)
    html = client.get(address("scorecard")).content.decode()
    for words in (
        "v1, in force",
        "Adoption against target",
        "EBR overdue",
        "No login in 14 days",
        "Only down, at most 30%",
    ):
        assert words in html
    assert "Start a draft" not in html


def test_the_history_tells_what_each_version_changed_and_on_which_days_it_applied(draft, ops):
    content = {**draft.content, "min_coverage": 0.6}
    edit_draft(draft=draft, content=content, edition=1, by=ops, at=NOW)
    publish_draft(draft=draft, edition=2, effective_from=TODAY, reason="Stricter", by=ops, at=NOW)
    second, first = card_history(SLUG).published
    assert (second.changes, second.last_day, second.is_live(TODAY)) == (["Minimum of coverage 50% → 60%"], None, True)
    assert (first.changes, first.last_day, first.is_live(TODAY)) == ([], date(2026, 6, 29), False)
    page = build_card_page(ops, card_history(SLUG), number=1, today=TODAY)
    assert (page.shown.version.number, page.is_live, [row.is_live for row in page.versions]) == (
        1,
        False,
        [True, False],
    )


def test_a_version_that_is_changed_within_four_weeks_is_marked(draft, ops):
    for number, day in [(2, TODAY), (3, TODAY + timedelta(days=27)), (4, TODAY + timedelta(days=55))]:
        held = ScorecardDraft.objects.first() or start_draft(scorecard=draft.scorecard, by=ops, at=NOW)
        version = publish_draft(draft=held, edition=1, effective_from=day, reason="why", by=ops, at=NOW)
        assert version.number == number
    assert [(one.version.number, one.is_soon) for one in card_history(SLUG).published] == [
        (4, False), (3, True), (2, False), (1, False),
    ]  # fmt: skip


def test_there_is_no_card_and_no_version_of_that_name(editor):
    for url in (
        "/scorecards/gold",
        "/scorecards/smb?version=2",
        "/scorecards/smb?version=x",
        "/scorecards/smb.toml?version=9",
    ):
        assert editor.get(url).status_code == 404


def test_a_version_comes_as_a_file(client, viewer, tmp_path):
    client.force_login(viewer)
    answer = client.get(address("scorecard-file"))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="smb-v1.toml"'
    assert 'segment = "smb"' in answer.content.decode()


def test_a_draft_begins_as_the_version_in_force_or_another_and_only_once(editor):
    assert editor.post(address("scorecard-begin-draft"), {"version": "1"}).headers["Location"] == address()
    assert ScorecardDraft.objects.get().based_on.number == 1
    editor.post(address("scorecard-begin-draft"))
    assert "has an open draft already" in editor.get(address()).content.decode()


def test_without_a_draft_the_editor_leads_to_the_card(editor):
    assert editor.get(address()).headers["Location"] == address("scorecard")
    assert editor.post(address("scorecard-publish")).status_code == 404
    assert editor.post(address("scorecard-discard")).status_code == 404


def test_the_form_as_it_is_changes_nothing(editor, draft):
    before = ScorecardDraft.objects.get().content
    assert editor.post(address(), fields(draft)).status_code == 302
    kept = ScorecardDraft.objects.get()
    assert (kept.content, kept.edition) == (before, 1)


def test_a_weight_that_is_none_is_kept_and_named(editor, draft):
    editor.post(address(), fields(draft, **{"measures-0-weight": "3O"}))
    html = editor.get(address()).content.decode()
    assert "Adoption against target: the weight is a whole number from 0 to 100; given is &#x27;3O&#x27;." in html
    assert 'value="3O"' in html
    assert 'aria-invalid="true"' in html


def test_a_draft_saves_itself_and_answers_with_what_stands_beside_the_fields(editor, draft):
    sent = fields(draft, **{"measures-0-weight": "35"})
    answer = editor.post(f"{address()}?autosave=1", sent, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert answer.status_code == 200
    for words in (
        "5 too many",
        "was 30",
        "Adoption against target: weight 30 → 35",
        "The weights sum to 105, not to 100.",
    ):
        assert words in html
    assert 'name="edition" value="2"' in html
    assert "<form" not in html


@pytest.mark.parametrize(
    ("button", "count", "first"),
    [
        ("down:measures:0", 7, "usage_trend"),
        ("remove:measures:0", 6, "usage_trend"),
        ("up:measures:1", 7, "usage_trend"),
    ],
)
def test_buttons_move_and_remove_measures(editor, draft, button, count, first):
    editor.post(address(), fields(draft, do=button), headers={"HX-Request": "true"})
    measures = ScorecardDraft.objects.get().content["measures"]
    assert (len(measures), measures[0]["key"]) == (count, first)


def test_a_measure_is_added_once_with_its_ends_still_to_be_given(editor, draft):
    sent = fields(draft, do="add:measures", **{"add-measure": "csat"})
    html = editor.post(address(), sent, headers={"HX-Request": "true"}).content.decode()
    assert "Event CSAT: zero is a number; nothing is given." in html
    assert "8 measures: a card of 3 to 7 is easier to explain and to act on." in html
    kept = ScorecardDraft.objects.get()
    editor.post(address(), fields(kept, do="add:measures", **{"add-measure": "csat"}))
    assert len(ScorecardDraft.objects.get().content["measures"]) == 8


def test_another_curve_asks_for_its_own_parameters(editor, draft):
    html = editor.post(
        address(), fields(draft, **{"measures-1-curve": "thresholds"}), headers={"HX-Request": "true"}
    ).content.decode()
    assert 'name="measures-1-healthy"' in html
    assert 'name="measures-1-zero"' not in html
    assert "Usage trend: healthy is a number; nothing is given." in html


def test_bands_are_named_colored_and_kept_contiguous(editor, draft):
    sent = fields(
        draft, **{"bands-0-low": "75", "bands-0-label": "Green", "bands-0-color": "green", "bands-2-low": "9"}
    )
    editor.post(address(), sent)
    assert [(b["label"], b["low"], b["high"], b["color"]) for b in ScorecardDraft.objects.get().content["bands"]] == [
        ("Green", 75, 100, "green"), ("Moderate", 50, 74, "moderate"), ("Weak", 0, 49, "weak"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("button", "bands"),
    [
        ("preset:lights", [("Green", 70, 100), ("Amber", 50, 69), ("Red", 0, 49)]),
        ("preset:usual", [("Strong", 70, 100), ("Moderate", 50, 69), ("Weak", 0, 49)]),
        ("remove:bands:2", [("Strong", 70, 100), ("Moderate", 50, 69), ("Weak", 0, 49)]),
    ],
)
def test_buttons_change_the_bands(editor, draft, button, bands):
    editor.post(address(), fields(draft, do=button))
    kept = ScorecardDraft.objects.get().content["bands"]
    assert [(band["label"], band["low"], band["high"]) for band in kept] == bands


def test_rules_and_flags_are_added_changed_and_removed(editor, draft):
    editor.post(address(), fields(draft, do="add:adjustments"))
    sent = fields(ScorecardDraft.objects.get(), do="remove:flags:0")
    sent |= {
        "adjustments-1-label": "Acquired",
        "adjustments-1-fact": "days_since_acquired",
        "adjustments-1-amount": "\u221220",
    }
    sent |= {"adjustments-1-comparison": "at_least", "flags-1-band_cap": "weak"}
    editor.post(address(), sent)
    content = ScorecardDraft.objects.get().content
    assert content["adjustments"][1]["amount"] == -20
    assert (content["flags"][0]["key"], content["flags"][0]["band_cap"]) == ("sponsor_left", "weak")
    assert "can be published" not in editor.get(address()).content.decode()
    assert "Ready to publish" in editor.get(address()).content.decode()


def test_weights_are_scaled_to_100_in_their_proportions(editor, draft):
    editor.post(address(), fields(draft, do="scale", **{"measures-0-weight": "80"}))
    weights = [item["weight"] for item in ScorecardDraft.objects.get().content["measures"]]
    assert weights == [54, 13, 10, 10, 7, 3, 3]


def test_what_somebody_else_changed_is_not_overwritten(editor, draft, manager):
    edit_draft(draft=draft, content={**draft.content, "min_coverage": 0.7}, edition=1, by=manager, at=NOW)
    old = fields(draft, edition="1", **{"measures-0-weight": "99"})
    by_itself = editor.post(f"{address()}?autosave=1", old, headers={"HX-Request": "true"})
    assert by_itself.headers["HX-Redirect"] == address()
    assert "Elena Example changed this draft at 12:00." in editor.get(address()).content.decode()
    assert ScorecardDraft.objects.get().content["min_coverage"] == 0.7


def test_publishing_says_all_that_stands_in_the_way(editor, draft):
    editor.post(address(), fields(draft, **{"measures-0-weight": "31"}))
    answer = editor.post(
        address("scorecard-publish"), {"reason": "More", "effective_from": "1999-01-01", "edition": "2"}
    )
    assert answer.status_code == 422
    assert "The weights sum to 101, not to 100." in answer.content.decode()
    for data, words in [
        ({"reason": " "}, "Say what changes, and why."),
        ({"effective_from": "soon"}, "That is no date."),
    ]:
        sent = {"reason": "More", "effective_from": "2026-07-01", "edition": "2", **data}
        answer = editor.post(address("scorecard-publish"), sent)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert ScorecardVersion.objects.filter(scorecard__slug=SLUG).count() == 1


def test_publishing_leads_to_the_card_with_its_new_version(editor, draft, ops):
    sent = {"reason": "All agreed", "effective_from": "2026-06-30", "edition": "1"}
    answer = editor.post(address("scorecard-publish"), sent, follow=True)
    assert "SMB scorecard v2 applies from 30 Jun 2026." in answer.content.decode()
    assert answer.context["page"].shown.version.author == ops
    assert not ScorecardDraft.objects.exists()


def test_a_draft_that_changed_meanwhile_is_not_published_unread(editor, draft, manager):
    edit_draft(draft=draft, content={**draft.content, "min_coverage": 0.7}, edition=1, by=manager, at=NOW)
    sent = {"reason": "All agreed", "effective_from": "2026-06-30", "edition": "1"}
    answer = editor.post(address("scorecard-publish"), sent)
    assert answer.status_code == 409
    assert "Elena Example changed this draft" in answer.content.decode()


def test_a_notice_stands_where_the_version_before_is_young(editor, draft, ops):
    assert "hard to tell" not in editor.get(address()).content.decode()
    publish_draft(draft=draft, edition=1, effective_from=TODAY - timedelta(days=5), reason="why", by=ops, at=NOW)
    start_draft(scorecard=draft.scorecard, by=ops, at=NOW)
    assert "v2 is 5 days old. Changes within 4 weeks make it hard to tell" in editor.get(address()).content.decode()


def test_a_preview_comes_into_the_editor_or_as_a_page(editor, draft, acme):
    page = editor.get(address("scorecard-preview"))
    assert "Nothing is scored yet" in page.content.decode()
    score_days([TODAY], clock=lambda: NOW)
    asked = editor.get(address("scorecard-preview"), headers={"HX-Request": "true"}).content.decode()
    assert "Waits for a worker, 0 s so far" in asked
    assert 'hx-trigger="load delay:1s"' in asked
    work(DraftPreview.objects.get().pk, clock=lambda: NOW)
    part = editor.get(address("scorecard-preview"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "1 account on 30 Jun 2026" in part
    assert "hx-trigger" not in part
    again = editor.get(address("scorecard-preview") + "?again=1").content.decode()
    assert "Waits for a worker" in again
    editor.post(address(), fields(draft, **{"measures-0-weight": "0"}))
    assert "The weights sum to 70, not to 100." in editor.get(address("scorecard-preview")).content.decode()


def test_the_colors_of_the_default_card_are_those_of_all_pages(editor, ops):
    assert 'data-band-0="strong"' in editor.get(reverse("accounts")).content.decode()
    default = start_draft(scorecard=Scorecard.objects.get(slug="default"), by=ops, at=NOW)
    bands = [{**default.content["bands"][0], "color": "green"}, *default.content["bands"][1:]]
    edit_draft(draft=default, content={**default.content, "bands": bands}, edition=1, by=ops, at=NOW)
    publish_draft(draft=default, edition=2, effective_from=TODAY, reason="Green is good", by=ops, at=NOW)
    assert 'data-band-0="green" data-band-1="moderate"' in editor.get(reverse("accounts")).content.decode()


def test_discarding_leads_back_to_the_card(editor, draft):
    answer = editor.post(address("scorecard-discard"), follow=True)
    assert "The draft of SMB scorecard is discarded." in answer.content.decode()
    assert answer.redirect_chain[-1][0] == address("scorecard")


def test_names_and_words_are_escaped(editor, draft):
    editor.post(address(), fields(draft, **{"bands-0-label": "<b>Good</b>", "flags-0-label": "<script>x</script>"}))
    html = editor.get(address()).content.decode()
    assert "<b>Good" not in html
    assert "<script>x" not in html


@pytest.mark.parametrize(("name", "queries"), [("scorecards", 13), ("scorecard", 11), ("scorecard-draft", 11)])
def test_the_pages_take_so_many_queries(editor, draft, ops, name, queries, django_assert_max_num_queries):
    for _ in range(3):
        publish_draft(draft=ScorecardDraft.objects.get(), edition=1, effective_from=TODAY, reason="w", by=ops, at=NOW)
        start_draft(scorecard=draft.scorecard, by=ops, at=NOW)
    with django_assert_max_num_queries(queries):
        assert editor.get(reverse(name, args=[] if name == "scorecards" else [SLUG])).status_code == 200
