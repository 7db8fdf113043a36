"""A draft's preview as work for a worker: ordered, computed once, told in words when it fails, never lost."""

from datetime import timedelta

import pytest

from scoring import previews
from scoring.models import DraftPreview, ScorecardDraft
from scoring.operations import BEGINNING, edit_draft, publish, start_draft
from scoring.preview import preview
from scoring.previews import ask, from_json, work
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, a_card

LOGIN = {"key": "days_since_login", "weight": 100, "curve": "linear", "zero": 100, "full": 0}
State = DraftPreview.State


@pytest.fixture
def rung(monkeypatch) -> list[int]:
    """The previews for which a worker was called."""
    calls: list[int] = []
    monkeypatch.setattr(previews, "ring", lambda kept: calls.append(kept.pk))
    return calls


@pytest.fixture
def draft(organization, make_account, use, ops, rung) -> ScorecardDraft:
    """Under the draft 40 days without a login are worse: one account of two falls from Moderate to Weak."""
    live = publish(card=a_card(LOGIN), effective_from=BEGINNING, reason="test", by=None, at=NOW)
    use(make_account("A"), days=range(1))
    use(make_account("B", arr=900), days=range(40, 41))
    started = start_draft(scorecard=live.scorecard, by=ops, at=NOW)
    content = {**started.content, "measures": [{**started.content["measures"][0], "zero": 60}]}
    edit_draft(draft=started, content=content, edition=1, by=ops, at=NOW)
    return started


def ordered(draft: ScorecardDraft, *, seconds: float = 0, again: bool = False) -> DraftPreview:
    return ask(draft, day=AS_OF, at=NOW + timedelta(seconds=seconds), again=again)


def test_what_a_worker_computes_is_what_the_preview_says(draft, rung):
    assert ordered(draft).state == State.WAITING
    assert work(rung[0], clock=lambda: NOW)
    kept = ordered(draft)
    assert (kept.state, from_json(kept.result)) == (State.DONE, preview(draft, day=AS_OF))
    found = from_json(kept.result)
    assert (found.moved_count, found.down, found.moved_arr_cents) == (1, 1, 90_000)
    assert len(rung) == 1


def test_of_two_workers_one_computes(draft, rung):
    ordered(draft)
    assert [work(rung[0], clock=lambda: NOW) for _ in range(2)] == [True, False]


def test_of_many_accounts_that_change_their_band_some_are_kept_and_all_are_counted(draft, rung, monkeypatch):
    monkeypatch.setattr(previews, "KEPT", 0)
    ordered(draft)
    work(rung[0], clock=lambda: NOW)
    found = from_json(DraftPreview.objects.get().result)
    assert (found.moved, found.moved_count) == ((), 1)


def test_a_draft_that_was_saved_anew_or_another_day_is_ordered_anew(draft, rung, ops):
    ordered(draft)
    work(rung[0], clock=lambda: NOW)
    edit_draft(draft=draft, content=draft.content, edition=2, by=ops, at=NOW)
    assert ordered(draft).state == State.WAITING
    work(rung[0], clock=lambda: NOW)
    assert ask(draft, day=AS_OF - timedelta(days=1), at=NOW).state == State.WAITING
    work(rung[0], clock=lambda: NOW)
    assert ordered(draft, again=True).state == State.WAITING
    assert len(rung) == 4


def test_what_was_computed_of_an_older_edition_is_dropped(draft, rung, ops, monkeypatch):
    ordered(draft)

    def saved_meanwhile(found):
        edit_draft(draft=draft, content=draft.content, edition=2, by=ops, at=NOW)
        ordered(draft)
        return {}

    monkeypatch.setattr(previews, "to_json", saved_meanwhile)
    assert not work(rung[0], clock=lambda: NOW)
    assert (DraftPreview.objects.get().state, DraftPreview.objects.get().edition) == (State.WAITING, 3)


def test_a_ring_that_nobody_heard_is_rung_again_and_a_dead_workers_order_is_given_anew(draft, rung):
    for seconds, rings in ((0, 1), (14, 1), (15, 2), (16, 2), (30, 3)):
        ordered(draft, seconds=seconds)
        assert len(rung) == rings
    DraftPreview.objects.update(state=State.WORKING, started_at=NOW)
    assert ordered(draft, seconds=599).state == State.WORKING
    assert (ordered(draft, seconds=600).state, len(rung)) == (State.WAITING, 4)


def test_why_there_is_no_preview_is_said_in_words(draft, rung, ops, monkeypatch):
    ordered(draft)
    ScorecardDraft.objects.update(content={**draft.content, "measures": []})
    work(rung[0], clock=lambda: NOW)
    assert DraftPreview.objects.get().refusal == "A scorecard needs at least one measure."

    def fails(draft, *, day):
        raise ZeroDivisionError

    monkeypatch.setattr(previews, "preview", fails)
    ordered(draft, again=True)
    work(rung[0], clock=lambda: NOW)
    kept = DraftPreview.objects.get()
    assert (kept.state, kept.refusal) == (State.REFUSED, previews.OUR_FAULT)
    assert kept.finished_at == NOW
