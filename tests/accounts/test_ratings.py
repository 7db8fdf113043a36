"""Pulses and overrides through their operations."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, Override, Pulse, PulseCategory
from accounts.operations import ratings
from tests.conftest import NOW

START, END = date(2026, 6, 30), date(2026, 9, 28)


@pytest.fixture
def pulse(acme, csm):
    def pulse(**fields: object) -> Pulse:
        values = {
            "percent": Decimal(-10),
            "category": PulseCategory.ACQUIRED,
            "reason": "Acquired; the new owners review all vendors.",
            "starts_on": START,
            "ends_on": END,
            **fields,
        }
        return ratings.add_pulse(account=acme, by=csm, at=NOW, **values)

    return pulse


@pytest.fixture
def override(acme, manager):
    def override(**fields: object) -> Override:
        values = {
            "score_hundredths": 3_000,
            "category": PulseCategory.OTHER,
            "reason": "Known to leave.",
            "starts_on": START,
            "ends_on": END,
            **fields,
        }
        return ratings.set_override(account=acme, by=manager, at=NOW, **values)

    return override


def test_a_pulse_keeps_its_author_its_reason_and_its_days(pulse, csm, acme):
    given = pulse(reason="  Acquired.  ")
    assert (given.author, given.reason, given.starts_on, given.ends_on) == (csm, "Acquired.", START, END)
    assert given.recorded_at == NOW
    entry = AuditEntry.objects.get(verb="pulse added")
    assert entry.detail == {"account": acme.pk, "percent": "-10", "reason": "Acquired."}


def test_a_pulse_is_of_one_of_five_categories():
    assert PulseCategory.values == ["acquired", "sponsor_left", "business_event", "product_fit", "other"]


def test_a_pulse_may_end_on_the_day_on_which_it_starts(pulse):
    assert pulse(ends_on=START).ends_on == START


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": " \n"}, "Say why."),
        ({"ends_on": date(2026, 6, 29)}, "The end cannot be before the start."),
        ({"percent": Decimal(0)}, "1 to 100 percent"),
        ({"percent": Decimal(-101)}, "1 to 100 percent"),
        ({"percent": Decimal(5)}, "A pulse cannot raise a score."),
        ({"category": "mood"}, "not 'mood'"),
    ],
)
def test_a_pulse_that_makes_no_sense_is_refused(pulse, fields, sentence):
    with pytest.raises(ValidationError, match=sentence):
        pulse(**fields)
    assert not Pulse.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_pulse_may_raise_where_the_scorecard_lets_it(pulse):
    assert pulse(percent=Decimal(5), may_raise=True).percent == 5


def test_an_override_keeps_its_author_and_its_end(override, manager):
    given = override()
    assert (given.author, given.score_hundredths, given.ends_on) == (manager, 3_000, END)
    assert AuditEntry.objects.get(verb="override set").detail["score"] == 3_000


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"score_hundredths": 10_001}, "A score is 0 to 100."),
        ({"score_hundredths": -1}, "A score is 0 to 100."),
        ({"reason": ""}, "Say why."),
        ({"ends_on": date(2026, 6, 1)}, "The end cannot be before the start."),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(override, fields, sentence):
    with pytest.raises(ValidationError, match=sentence):
        override(**fields)
    assert not Override.objects.exists()
