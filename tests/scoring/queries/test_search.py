"""Forgiving search: what counts as one letter away, and that the database's net loses none of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.queries.search import alike_parts, begins_alike, is_meant, is_one_edit

LETTERS = "abcdeé"
WORDS = st.text(alphabet=LETTERS, min_size=4, max_size=9)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """A word, and the same word with one letter more, less, another, or two in each other's place."""
    word, kind = draw(WORDS), draw(st.sampled_from(("more", "less", "other", "swapped")))
    place, letter = draw(st.integers(0, len(word) - 2)), draw(st.sampled_from(LETTERS))
    if kind == "swapped":
        return word, word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word, word[:place] + {"more": letter + word[place], "less": "", "other": letter}[kind] + word[place + 1 :]


@given(edits())
def test_every_single_edit_is_one_edit_in_both_directions(pair):
    word, typed = pair
    assert is_one_edit(word, typed)
    assert is_one_edit(typed, word)


@pytest.mark.parametrize(("one", "other"), [("halden", "hladne"), ("abcd", "badc"), ("abc", "abcde"), ("ab", "cd")])
def test_two_edits_are_too_many(one, other):
    assert not is_one_edit(one, other)
    assert not is_one_edit(other, one)


@given(edits(), st.text(alphabet=LETTERS, max_size=4))
def test_what_the_database_is_asked_for_is_in_every_text_that_is_meant(pair, more):
    word, typed = pair
    # A word of four letters is not forgiven everything: its second half alone would be in nearly every text.
    if len(typed) > 4 and begins_alike(typed, word + more):
        text = f" {word}{more} freight"
        assert any(part in text for part in (typed, *alike_parts(typed)))


@pytest.mark.parametrize("typed", ["haldne", "hlden", "haldden", "helden", "hald", "fregiht halden"])
def test_a_mistyped_word_is_meant(typed):
    assert is_meant(typed.split(), text=" halden freight halden.example")


@pytest.mark.parametrize("typed", ["hla", "frigth", "halden dairy", "xyz"])
def test_short_words_and_worse_ones_are_not(typed):
    assert not is_meant(typed.split(), text=" halden freight halden.example")
