"""What a draft would do, before it is published."""

import pytest

from accounts.models import Account, Segment
from scoring.checks import BadScorecard
from scoring.models import ScorecardVersion, Snapshot
from scoring.operations import BEGINNING, edit_draft, publish, start_card, start_draft
from scoring.pipeline import score_days
from scoring.preview import last_scored_day, preview
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, a_card, clock

LOGIN = {"key": "days_since_login", "weight": 100, "curve": "linear", "zero": 100, "full": 0}


@pytest.fixture
def live(organization) -> ScorecardVersion:
    return publish(card=a_card(LOGIN), effective_from=BEGINNING, reason="test", by=None, at=NOW)


@pytest.fixture
def three(live, csm, make_account, use) -> list[Account]:
    """Logged in today, 40 and 60 days ago: 100, 60 and 40 points. A fourth never did, for years: 0."""
    made = [make_account(name, owner=csm, arr=arr) for name, arr in [("A", 100), ("B", 900), ("C", 500), ("D", 10)]]
    for account, back in zip(made, (0, 40, 60), strict=False):
        use(account, days=range(back, back + 1))
    return made


def with_zero(draft, zero: int, ops):
    """The draft with another number of days that gives no points."""
    measure = {**draft.content["measures"][0], "zero": zero}
    edit_draft(draft=draft, content={**draft.content, "measures": [measure]}, edition=1, by=ops, at=NOW)
    return draft


def test_bands_and_the_accounts_that_change_them_with_their_arr(three, live, ops):
    draft = with_zero(start_draft(scorecard=live.scorecard, by=ops, at=NOW), 80, ops)
    found = preview(draft, day=AS_OF)
    # Of 80 days, 40 are half and 60 a quarter: B stays Moderate at 50, C falls from 40 to 25 and stays Weak, as D.
    assert found.moved == ()
    assert (found.bins_now[8], found.bins_now[12], found.bins_then[5], found.bins_then[10]) == (1, 1, 1, 1)
    edit_draft(draft=draft, content={**draft.content, "bands": [
        {"key": "strong", "label": "Strong", "low": 50, "high": 100},
        {"key": "moderate", "label": "Moderate", "low": 25, "high": 49},
        {"key": "weak", "label": "Weak", "low": 0, "high": 24},
    ]}, edition=2, by=ops, at=NOW)  # fmt: skip
    found = preview(draft, day=AS_OF)
    assert [(one.account_id, one.band_now, one.band_then, one.is_down) for one in found.moved] == [
        (three[1].pk, 1, 0, False), (three[2].pk, 2, 1, False),
    ]  # fmt: skip
    assert (found.moved_arr_cents, found.down, found.accounts) == (140_000, 0, 4)
    assert [(band.label, band.accounts_now, band.accounts_then) for band in found.bands] == [
        ("Strong", 1, 2), ("Moderate", 1, 1), ("Weak", 2, 1), ("Undefined", 0, 0),
    ]  # fmt: skip


def test_only_accounts_to_which_the_draft_would_apply_are_counted(three, live, ops):
    key = Segment.objects.create(slug="key", name="Key")
    draft = start_card(name="Key card", segment=key, phase="", like=live, by=ops, at=NOW)
    assert preview(draft, day=AS_OF).accounts == 0
    phased = start_card(name="Start", segment=None, phase="onboarding", like=live, by=ops, at=NOW)
    assert preview(phased, day=AS_OF).accounts == 4


def test_a_preview_writes_nothing_and_says_what_publishing_then_does(three, live, ops):
    score_days([AS_OF], clock=clock)
    assert last_scored_day() == AS_OF
    draft = with_zero(start_draft(scorecard=live.scorecard, by=ops, at=NOW), 50, ops)
    found = preview(draft, day=AS_OF)
    assert [one.score_then for one in found.moved] == [2000]
    assert set(Snapshot.objects.values_list("version_id", flat=True)) == {live.pk}


def test_a_draft_that_is_not_sound_has_no_preview(three, live, ops):
    draft = start_draft(scorecard=live.scorecard, by=ops, at=NOW)
    edit_draft(draft=draft, content={**draft.content, "measures": []}, edition=1, by=ops, at=NOW)
    with pytest.raises(BadScorecard, match="at least one measure"):
        preview(draft, day=AS_OF)
