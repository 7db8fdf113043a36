"""Drafts and versions: what may change, what never does, and who is told."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from accounts.models import AuditEntry, Segment
from scoring.cards import card_of, card_of_draft, cards_on
from scoring.checks import BadScorecard
from scoring.content import card_of_draft as stated_by
from scoring.content import card_of_version
from scoring.models import Scorecard, ScorecardDraft, ScorecardVersion
from scoring.operations import (
    BEGINNING,
    ChangedMeanwhile,
    discard_draft,
    edit_draft,
    import_draft,
    publish,
    publish_draft,
    start_card,
    start_draft,
)
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import a_card

NPS = {"key": "nps", "weight": 100, "curve": "linear", "zero": -50, "full": 50}


@pytest.fixture
def live(organization) -> ScorecardVersion:
    return publish(card=a_card(NPS), effective_from=BEGINNING, reason="start", by=None, at=NOW)


@pytest.fixture
def draft(live, ops) -> ScorecardDraft:
    return start_draft(scorecard=live.scorecard, by=ops, at=NOW)


def with_full(draft: ScorecardDraft, full: object) -> dict[str, object]:
    """The draft's content with another end of the straight line."""
    return {**draft.content, "measures": [{**draft.content["measures"][0], "full": full}]}


def edit(draft: ScorecardDraft, full: object, by) -> None:
    edit_draft(draft=draft, content=with_full(draft, full), edition=draft.edition, by=by, at=NOW)


def test_a_draft_starts_as_the_newest_version_and_scores_nobody(draft, live):
    assert stated_by(draft) == card_of_version(live)
    assert (draft.based_on, draft.author.name) == (live, "Olu Example")
    assert cards_on(TODAY).default.version_id == live.pk


def test_a_card_has_one_open_draft(draft, live, ops):
    with pytest.raises(BadScorecard, match="open draft already"):
        start_draft(scorecard=live.scorecard, by=ops, at=NOW)
    with pytest.raises(IntegrityError):
        ScorecardDraft.objects.create(scorecard=live.scorecard, content={}, started_at=NOW, changed_at=NOW)


def test_a_draft_may_be_incomplete_but_not_published(draft, ops):
    edit(draft, "soon", ops)
    with pytest.raises(BadScorecard, match="NPS: full is a number; given is 'soon'."):
        publish_draft(draft=draft, edition=draft.edition, effective_from=TODAY, reason="why", by=ops, at=NOW)
    with pytest.raises(BadScorecard):
        card_of_draft(draft)
    assert ScorecardDraft.objects.count() == ScorecardVersion.objects.count() == 1


def test_an_edit_of_what_somebody_else_changed_is_refused(draft, ops, manager):
    edit(draft, 60, manager)
    with pytest.raises(ChangedMeanwhile):
        edit_draft(draft=draft, content={}, edition=1, by=ops, at=NOW)
    with pytest.raises(ChangedMeanwhile):
        publish_draft(draft=draft, edition=1, effective_from=TODAY, reason="why", by=ops, at=NOW)
    draft.refresh_from_db()
    assert (draft.edition, draft.changed_by, draft.content["measures"][0]["full"]) == (2, manager, 60)


def test_publishing_a_draft_makes_a_version_and_leaves_the_one_before(draft, live, ops):
    edit(draft, 60, ops)
    version = publish_draft(draft=draft, edition=2, effective_from=TODAY, reason=" Raised ", by=ops, at=NOW)
    assert (version.number, version.reason, version.author, version.effective_from) == (2, "Raised", ops, TODAY)
    assert not ScorecardDraft.objects.exists()
    assert cards_on(TODAY).default.version_id == version.pk
    assert cards_on(TODAY - timedelta(days=1)).default.version_id == live.pk
    assert card_of(live).items[0].curve.full == 50
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", "by__name"))[-2:] == [
        ("started draft", "Olu Example"), ("published scorecard", "Olu Example"),
    ]  # fmt: skip


def test_all_that_stands_in_the_way_of_publishing_is_said(draft, live, ops):
    early = BEGINNING - timedelta(days=1)
    with pytest.raises(BadScorecard) as refusal:
        publish_draft(draft=draft, edition=1, effective_from=early, reason=" ", by=ops, at=NOW)
    assert str(refusal.value) == (
        "Say why: a version needs a reason. v1 applies from 2000-01-01; the next version cannot apply from "
        "1999-12-31, before it."
    )
    with pytest.raises(BadScorecard, match="301 characters; 300 fit"):
        publish_draft(draft=draft, edition=1, effective_from=TODAY, reason="x" * 301, by=ops, at=NOW)


def test_a_draft_scores_in_the_place_of_its_card(draft, ops):
    edit(draft, 60, ops)
    card = card_of_draft(draft)
    assert (card.version_id, card.number, card.items[0].curve.full) == (-draft.pk, 2, 60)
    assert cards_on(TODAY, draft=card).default is card


def test_an_old_version_can_be_the_start_of_a_draft(draft, live, ops):
    edit(draft, 60, ops)
    publish_draft(draft=draft, edition=2, effective_from=TODAY, reason="why", by=ops, at=NOW)
    restored = start_draft(scorecard=live.scorecard, by=ops, at=NOW, based_on=live)
    assert restored.content["measures"][0]["full"] == 50


def test_discarding_leaves_the_published_versions(draft, live, ops):
    discard_draft(draft=draft, by=ops, at=NOW)
    assert list(ScorecardVersion.objects.all()) == [live]
    assert not ScorecardDraft.objects.exists()
    assert AuditEntry.objects.latest("pk").detail["content"]["measures"][0]["key"] == "nps"


def test_a_card_of_its_own_for_a_segment_starts_like_another_and_applies_once_published(live, smb, ops):
    draft = start_card(name="SMB card", segment=smb, phase="", like=live, by=ops, at=NOW)
    assert (draft.scorecard.slug, draft.based_on) == ("smb-card", None)
    assert cards_on(TODAY).card(smb.pk, -1).name == "Default"
    publish_draft(draft=draft, edition=1, effective_from=TODAY, reason="why", by=ops, at=NOW)
    assert cards_on(TODAY).card(smb.pk, -1).name == "SMB card"


def test_a_card_that_was_never_published_goes_with_its_draft(live, ops):
    draft = start_card(name="Start", segment=None, phase="onboarding", like=live, by=ops, at=NOW)
    discard_draft(draft=draft, by=ops, at=NOW)
    assert list(Scorecard.objects.values_list("slug", flat=True)) == ["default"]


def test_a_segment_has_one_card_and_two_names_alike_get_two_slugs(live, smb, ops):
    start_card(name="Small", segment=smb, phase="", like=live, by=ops, at=NOW)
    with pytest.raises(BadScorecard, match="Small is there for it already"):
        start_card(name="Smaller", segment=smb, phase="", like=live, by=ops, at=NOW)
    draft = start_card(name="Small", segment=None, phase="value", like=live, by=ops, at=NOW)
    assert draft.scorecard.slug == "small-2"
    for refused in ({"segment": None, "phase": ""}, {"segment": smb, "phase": "value"}):
        with pytest.raises(BadScorecard, match="one segment or for one phase"):
            start_card(name="Odd", like=live, by=ops, at=NOW, **refused)


def test_a_file_opens_as_a_draft(live):
    draft = import_draft(card=a_card(NPS | {"full": 70}), by=None, at=NOW)
    assert (draft.based_on, draft.content["measures"][0]["full"]) == (live, 70)
    with pytest.raises(BadScorecard, match="Publish or discard it first"):
        import_draft(card=a_card(NPS), by=None, at=NOW)


def test_a_file_cannot_take_over_the_accounts_of_another_card(live, smb):
    with pytest.raises(BadScorecard, match="applies to the same accounts already"):
        publish(card=a_card(NPS, slug="other"), effective_from=TODAY, reason="why", by=None, at=NOW)
    with pytest.raises(BadScorecard, match="applies to other accounts than the file says"):
        publish(card=a_card(NPS, segment="smb"), effective_from=TODAY, reason="why", by=None, at=NOW)
    with pytest.raises(BadScorecard, match="There is no segment 'moon'"):
        publish(card=a_card(NPS, slug="moon", segment="moon"), effective_from=TODAY, reason="why", by=None, at=NOW)


def test_versions_may_begin_on_the_same_day_and_the_newest_counts(live):
    second = publish(card=a_card(NPS), effective_from=BEGINNING, reason="again", by=None, at=NOW)
    assert cards_on(date(2026, 1, 1)).default.version_id == second.pk


def test_the_database_refuses_to_change_what_is_published(live):
    with pytest.raises(IntegrityError, match="published"):
        ScorecardVersion.objects.filter(pk=live.pk).update(reason="other")


def test_the_database_refuses_to_change_a_published_measure(live):
    with pytest.raises(IntegrityError, match="published"):
        live.items.update(weight=50)


def test_a_new_segment_needs_no_card(live):
    segment = Segment.objects.create(slug="new", name="New")
    assert (
        cards_on(TODAY)
        .reason(segment.pk, -1)
        .endswith("neither the account's segment nor its phase has a card of its own")
    )
