"""A mapping that makes no sense is refused, with a sentence for each problem."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.ingest.events.mapping import USUAL, MappingInvalid, as_stored, found, found_text, parsed_mapping

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_nothing_stored_means_the_usual_names():
    assert parsed_mapping({}) == USUAL


def test_what_is_stated_takes_the_place_of_the_usual_and_the_rest_stays():
    mapping = parsed_mapping({"contact": {"title": "role", "persona": []}, "personas": {"CFO": "economic_buyer"}})
    assert mapping.contact["title"] == ("role",)
    assert mapping.contact["persona"] == ()
    assert mapping.contact["email"] == ("email",)
    assert mapping.personas == {"cfo": "economic_buyer"}


def test_a_whole_mapping_can_be_stored_and_read_again():
    assert parsed_mapping(as_stored(USUAL)) == USUAL


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        ([], "A mapping is an object with names and values in it."),
        ({"acounts_of": "crm"}, 'There is no "acounts_of" in a mapping. Did you mean "accounts_of"?'),
        ({"makes_accounts": "yes"}, '"makes_accounts" is true or false, not "yes".'),
        ({"anonymous": "burn"}, '"anonymous" is keep or drop, not "burn".'),
        ({"contact": {"titel": "role"}}, '"contact" has no field "titel". Did you mean "title"?'),
        ({"contact": {"title": 7}}, '"contact.title" is a list of texts, not "7".'),
        (
            {"account": ["company..id"]},
            '"account": "company..id" names nothing. Write a name, or "company.id" for one in another.',
        ),
        ({"features": ["a"]}, '"features" is an object: for each word of theirs one of ours.'),
        ({"features": {"a": 1}}, '"features.a" is a text of at most 200 characters.'),
    ],
)
def test_each_problem_is_told_in_a_sentence(stored, problem):
    with pytest.raises(MappingInvalid) as refused:
        parsed_mapping(stored)
    assert refused.value.problems == [problem]


def test_all_problems_are_told_at_once():
    with pytest.raises(MappingInvalid) as refused:
        parsed_mapping({"makes_accounts": 1, "feature": {}})
    assert len(refused.value.problems) == 2


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*as_stored(USUAL), "other"]), JSON))
def test_whatever_is_stored_is_read_or_refused_with_a_reason(stored):
    problems = ["read"]
    try:
        parsed_mapping(stored)
    except MappingInvalid as refused:
        problems = refused.problems
    assert problems


def test_values_are_found_by_their_paths_in_order():
    values = {"a": {"b": {"c": 7}}, "d": "", "e": "x", "f": 2.0, "g": True}
    assert found(values, ("d", "a.b.c", "e")) == 7
    assert found(values, ("a.x.c", "e.b", "nothing")) is None
    assert (found_text(values, ("f",)), found_text(values, ("g",)), found_text(values, ("a",))) == ("2", None, None)
