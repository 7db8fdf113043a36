"""The buttons of the editor for bands: whatever is pressed, the bands stay contiguous from 100 down to 0."""

from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from dashboards.pages.scorecards_bands import preset, split, with_ends, without
from scoring.checks import problems
from scoring.content import card_of_version
from scoring.core.bands import MOST_BANDS, bands_from_json, colors_of
from scoring.files import read_card, to_toml
from scoring.models import Scorecard, ScorecardDraft
from scoring.operations import publish_draft, publish_shipped, start_draft
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.drafts import fields
from tests.scoring.conftest import a_card

NPS = {"key": "nps", "weight": 100, "curve": "linear", "zero": -50, "full": 50}


def three():
    return preset("usual")


def test_a_split_gives_the_lower_half_to_a_band_without_a_name():
    after = split(three(), 1)
    assert [(band["label"], band["low"], band["high"]) for band in after] == [
        ("Strong", 70, 100), ("Moderate", 60, 69), ("", 50, 59), ("Weak", 0, 49),
    ]  # fmt: skip
    assert [problem.text for problem in problems(a_card(NPS, bands=after))] == [
        "Band 3 needs a name of at most 14 characters."
    ]
    assert [band["color"] for band in after] == ["above", "strong", "moderate", "weak"]
    assert len({band["key"] for band in after}) == 4


@pytest.mark.parametrize(
    ("place", "left"), [(0, [("Moderate", 50, 100), ("Weak", 0, 49)]), (1, [("Strong", 70, 100), ("Weak", 0, 69)]),
                        (2, [("Strong", 70, 100), ("Moderate", 0, 69)])],
)  # fmt: skip
def test_a_band_that_is_taken_out_leaves_its_range_to_a_neighbor(place, left):
    after = without(three(), place)
    assert [(band["label"], band["low"], band["high"]) for band in after] == left
    assert [band["color"] for band in after] == ["strong", "weak"]
    assert problems(a_card(NPS, bands=after)) == []


def test_two_bands_stay_and_five_are_not_split():
    assert without(preset("two"), 0) == preset("two")
    assert split(preset("five"), 0) == preset("five")


def test_colors_of_ones_own_stay_and_a_new_band_takes_a_free_one():
    after = split(preset("lights"), 0)
    assert [band["color"] for band in after] == ["green", "above", "moderate", "weak"]


@given(st.sampled_from(["two", "usual", "four", "five"]), st.lists(st.integers(0, 2 * MOST_BANDS - 1), max_size=8))
def test_no_button_leaves_a_gap(start, pressed):
    listed = preset(start)
    for number in pressed:
        button, place = divmod(number, MOST_BANDS)
        listed = (split, without)[button](listed, place % len(listed))
        bands = bands_from_json(listed)
        assert 2 <= len(bands.bands) <= 5
        assert with_ends([dict(band) for band in listed]) == listed
        assert len({band["color"] for band in listed}) == len(colors_of(len(listed)))


# The same through the editor.


@pytest.fixture
def draft(organization, smb, ops) -> ScorecardDraft:
    publish_shipped(by=None, at=NOW)
    return start_draft(scorecard=Scorecard.objects.get(slug="default"), by=ops, at=NOW)


@pytest.fixture
def press(client, ops, on_the_day):
    """Sends the draft's form by one of its buttons and answers with the page that follows."""
    client.force_login(ops)

    def press_it(draft: ScorecardDraft, button: str):
        draft.refresh_from_db()
        sent = {**fields(draft), "do": button}
        page = client.post(reverse("scorecard-draft", args=[draft.scorecard.slug]), sent, follow=True)
        draft.refresh_from_db()
        return page

    return press_it


def kept(draft: ScorecardDraft) -> list[tuple[str, int, int]]:
    return [(band["label"], band["low"], band["high"]) for band in draft.content["bands"]]


def test_buttons_split_a_band_and_take_one_out(draft, press):
    html = press(draft, "split:2").content.decode()
    assert kept(draft) == [("Strong", 70, 100), ("Moderate", 50, 69), ("Weak", 25, 49), ("", 0, 24)]
    assert "Band 4 needs a name of at most 14 characters." in html
    assert "publishing gives the others these bands, too" in html
    press(draft, "without:3")
    assert kept(draft) == [("Strong", 70, 100), ("Moderate", 50, 69), ("Weak", 0, 49)]
    press(draft, "without:9")
    press(draft, "split:x")
    assert len(kept(draft)) == 3


def test_a_cap_at_a_band_that_is_taken_out_is_named_and_stays_to_be_chosen(draft, press):
    html = press(draft, "preset:two").content.decode()
    assert "it caps at a band that there is not; given is &#x27;moderate&#x27;, the bands are strong, weak." in html
    assert '<option value="moderate" selected>moderate, which is gone</option>' in html


def test_publishing_says_that_the_others_follow_and_when_accounts_are_banded_anew(draft, press, client):
    press(draft, "preset:five")
    sent = {"reason": "Two more", "effective_from": str(TODAY), "edition": str(draft.edition)}
    html = client.post(reverse("scorecard-publish", args=["default"]), sent, follow=True).content.decode()
    assert "Default scorecard v2 applies from 30 Jun 2026." in html
    assert "The other cards took its bands over" in html
    assert "All accounts are banded anew with the next scores from that day on" in html
    assert "Bands: Strong from 70, Moderate from 50, Weak from 0 → Excellent from 85" in html
    assert "Bands as Default scorecard v2: Two more" in client.get("/scorecards/smb").content.decode()


def test_another_card_takes_the_bands_of_the_default_card_by_a_button(draft, press, ops):
    other = start_draft(scorecard=Scorecard.objects.get(slug="smb"), by=ops, at=NOW)
    press(draft, "preset:four")
    publish_draft(draft=draft, edition=draft.edition, effective_from=TODAY, reason="Four", by=ops, at=NOW)
    html = press(other, "save").content.decode()
    assert "Default scorecard v2 has 4, this card 3." in html
    html = press(other, "bands:default").content.decode()
    assert [label for label, *_ in kept(other)] == ["Excellent", "Strong", "Moderate", "Weak"]
    assert "All cards have as many bands" not in html


@pytest.mark.parametrize("name", ["two", "usual", "four", "five"])
def test_a_file_carries_any_number_of_bands(name, tmp_path):
    card = a_card(NPS, bands=preset(name))
    path = tmp_path / "card.toml"
    path.write_text(to_toml(card))
    assert read_card(path) == card
    assert [band["key"] for band in read_card(path).bands] == [band["key"] for band in preset(name)]


def test_the_command_checks_and_compares_a_file_with_five_bands(draft, tmp_path, capsys):
    path = tmp_path / "smb.toml"
    version = Scorecard.objects.get(slug="smb").versions.get()
    path.write_text(to_toml(replace(card_of_version(version), bands=preset("five"))))
    with pytest.raises(CommandError, match="Default scorecard v1 has 3, this card 5"):
        call_command("scorecard", "check", str(path))
    call_command("scorecard", "diff", str(path))
    call_command("scorecard", "import", str(path))
    said = capsys.readouterr().out
    assert "Weak from 0 → Excellent from 85, Strong from 70, Moderate from 50, Weak from 30, Critical from 0" in said
    assert "Opened as the draft of SMB scorecard: 1 problem to mend." in said
