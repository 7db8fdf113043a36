"""Views that users keep: made, changed, dropped and taken back, with a record of each."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.access import visible_views
from accounts.models import AuditEntry, SavedView, ViewedPage
from accounts.operations.views import MOST_VIEWS, change_view, drop_view, keep_view, take_view_back
from tests.conftest import NOW

LATER = NOW + timedelta(minutes=5)


def keep(user, name="Renewals", **more) -> SavedView:
    return keep_view(
        **{
            "page": ViewedPage.ACCOUNTS,
            "name": name,
            "query": "renewal=180d",
            "is_shared": False,
            "by": user,
            "at": NOW,
        }
        | more
    )


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def test_a_view_is_kept_changed_dropped_and_taken_back_with_a_record_of_each(csm):
    view = keep(csm, "  My   renewals ")
    assert view.name == "My renewals"
    change_view(view=view, name="Soon", query="renewal=30d", is_shared=True, seen=NOW, by=csm, at=LATER)
    drop_view(view=view, by=csm, at=LATER)
    assert not visible_views(csm).exists()
    take_view_back(view=SavedView.objects.get(), by=csm, at=LATER)
    assert visible_views(csm).values_list("name", "query", "is_shared").get() == ("Soon", "renewal=30d", True)
    assert verbs() == ["view kept", "view changed", "view dropped", "view taken back"]


def test_who_looked_before_a_change_is_refused(csm):
    view = keep(csm)
    change_view(view=view, name="Soon", query="", is_shared=False, seen=NOW, by=csm, at=LATER)
    with pytest.raises(ValidationError, match="changed meanwhile"):
        change_view(view=view, name="Mine", query="", is_shared=False, seen=NOW, by=csm, at=LATER)
    assert SavedView.objects.get().name == "Soon"
    assert verbs() == ["view kept", "view changed"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "renewals", "\x00"])
def test_a_name_is_said_short_and_ones_own(csm, name):
    keep(csm)
    with pytest.raises(ValidationError):
        keep(csm, name)


def test_a_name_is_free_for_others_and_once_it_was_dropped(csm, other_csm):
    drop_view(view=keep(csm), by=csm, at=NOW)
    keep(csm)
    keep(other_csm)
    take_view_back(view=SavedView.objects.get(dropped_at__isnull=False), by=csm, at=NOW)
    assert sorted(visible_views(csm).values_list("name", flat=True)) == ["Renewals", "Renewals 2"]


def test_there_is_an_end_to_tabs(csm):
    for n in range(MOST_VIEWS):
        keep(csm, f"View {n}")
    with pytest.raises(ValidationError, match="Delete one first"):
        keep(csm)


def test_a_shared_view_is_seen_by_the_team_and_of_who_has_none_by_everybody(csm, other_csm, manager, leader, ops):
    keep(csm, "Private")
    keep(csm, "North", is_shared=True)
    keep(ops, "All", is_shared=True)
    seen = {
        user.name.split()[0]: set(visible_views(user).values_list("name", flat=True))
        for user in (csm, other_csm, manager, leader)
    }
    assert seen == {"Maya": {"Private", "North", "All"}, "Ben": {"All"}, "Elena": {"North", "All"}, "Marcus": {"All"}}
