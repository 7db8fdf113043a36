"""Slow pages are kept for a minute for the one who asked, and made anew by what they do."""

import pytest
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import AccountTouch
from accounts.touches import touch
from dashboards import remembered
from dashboards.remembered import KEPT_SECONDS
from scoring.models import ScoringRun
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organization")]


@pytest.fixture
def made() -> list[int]:
    return []


@pytest.fixture
def ask(made, monkeypatch):
    """Asks for a page that takes long; says how many were made so far."""
    monkeypatch.setattr(remembered, "WORTH_SECONDS", -1.0)

    def asked(user, address="/portfolio"):
        remembered.remembered(
            "page", user, address=address, today=timezone.localdate(), make=lambda: made.append(1) or "page"
        )
        return len(made)

    return asked


def test_a_slow_page_is_made_once(ask, csm):
    assert [ask(csm), ask(csm), ask(csm)] == [1, 1, 1]


def test_a_quick_page_is_made_each_time(ask, csm, monkeypatch):
    monkeypatch.setattr(remembered, "WORTH_SECONDS", 60.0)
    assert [ask(csm), ask(csm)] == [1, 2]


def test_it_is_nobody_elses_and_of_no_other_address(ask, csm, other_csm):
    assert [ask(csm), ask(other_csm), ask(csm, "/portfolio?segment=smb"), ask(csm)] == [1, 2, 3, 3]


def test_what_the_user_does_makes_it_anew_and_what_others_do_within_the_minute(ask, csm, other_csm):
    ask(csm)
    audit.record(verb="noted", subject=csm, by=other_csm, at=NOW)
    assert ask(csm) == 1
    audit.record(verb="noted", subject=csm, by=csm, at=NOW)
    assert ask(csm) == 2


def test_the_score_that_follows_from_what_the_user_did_makes_it_anew(ask, csm, acme):
    touch([acme.pk], at=NOW)
    for subject, detail in ((acme, {}), (csm, {"account": acme.pk})):
        audit.record(verb="noted", subject=subject, by=csm, at=NOW, **detail)
        before = ask(csm)
        assert ask(csm) == before
        AccountTouch.objects.filter(pk=acme.pk).update(settled=F("settled") + 1)
        assert ask(csm) == before + 1


def test_a_finished_run_makes_it_anew(ask, csm):
    ask(csm)
    ScoringRun.objects.create(as_of=NOW.date(), started_at=NOW, state=ScoringRun.State.DONE)
    assert ask(csm) == 2


def test_another_role_or_team_sees_nothing_that_was_kept(ask, csm, other_csm):
    ask(csm)
    csm.role, csm.team = "leader", None
    assert ask(csm) == 2


def test_it_is_forgotten_after_a_minute_and_at_midnight(ask, csm, time_machine):
    time_machine.move_to(NOW, tick=False)
    assert [ask(csm), ask(csm)] == [1, 1]
    time_machine.shift(KEPT_SECONDS + 1)
    assert ask(csm) == 2
