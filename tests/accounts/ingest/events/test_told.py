"""identify and group: contacts, users and accounts' traits, through the ingest and its dated history."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import (
    Account,
    AccountHistory,
    AuditEntry,
    Contact,
    EventQuarantine,
    Feature,
    FeatureDay,
    Segment,
    Source,
    UserDay,
)
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 30)


def identify(user: str, *, group: str | None = "acme", **traits: object) -> dict[str, object]:
    return {"type": "identify", "name": None, "user_id": user, "group_id": group, "traits": traits}


def group(key: str, *, user: str | None = None, **traits: object) -> dict[str, object]:
    return {"type": "group", "name": None, "group_id": key, "user_id": user, "traits": traits}


def contacts() -> list[tuple[object, ...]]:
    return sorted(Contact.objects.values_list("external_id", "name", "email", "title", "known_from"))


def test_identify_makes_a_contact_of_the_users_account(fold, acme):
    fold(identify("kim", name="Kim Poe", email="kim@acme.example", title="CFO", createdAt="2026-03-01T09:00:00Z"))
    assert contacts() == [("kim", "Kim Poe", "kim@acme.example", "CFO", date(2026, 3, 1))]
    assert Contact.objects.get().account == acme


def test_what_an_identify_leaves_unsaid_stays(fold, acme):
    fold(identify("kim", firstName="Kim", lastName="Poe", email="kim@acme.example"))
    Contact.objects.update(left_on=TODAY)
    fold(identify("kim", title="CFO"), identify("kim", title="CEO"))
    assert contacts() == [("kim", "Kim Poe", "kim@acme.example", "CEO", TODAY)]
    assert Contact.objects.get().left_on == TODAY


def test_a_contact_that_another_way_brought_is_found_by_its_address(fold, acme, source):
    Contact.objects.create(
        source=source, external_id="c-1", account=acme, name="Kim Poe", email="Kim@acme.example", known_from=TODAY,
        recorded_at=NOW,
    )  # fmt: skip
    fold(identify("kim", email="kim@acme.example", title="CFO"))
    assert contacts() == [("c-1", "Kim Poe", "kim@acme.example", "CFO", TODAY)]


def test_an_identify_with_neither_name_nor_address_makes_no_contact(fold, acme):
    fold(identify("kim", plan="pro"), {"user_id": "kim"})
    assert contacts() == []
    assert UserDay.objects.get().user_key == "kim"


def test_a_persona_is_taken_by_the_mapping_and_else_by_its_own_word(fold, acme, source):
    source.mapping = {"personas": {"VP Finance": "economic_buyer"}}
    source.save()
    fold(identify("kim", name="Kim", persona="vp finance"), identify("lee", name="Lee", persona="Champion"))
    fold(identify("max", name="Max", persona="astronaut"))
    assert sorted(Contact.objects.values_list("name", "persona")) == [
        ("Kim", "economic_buyer"), ("Lee", "champion"), ("Max", ""),
    ]  # fmt: skip


def test_what_the_ingest_refuses_waits_with_its_reason(fold, acme):
    fold(identify("kim", name="K" * 130), identify("lee", name="Lee", createdAt="the day before"))
    assert sorted(EventQuarantine.objects.values_list("code", "reason")) == [
        ("refused", "known_from: 'the day before' does not read as YYYY-MM-DD"),
        ("refused", "name: longer than 120 characters"),
    ]


def test_group_says_traits_that_hold_from_the_events_day_on(fold, acme):
    Segment.objects.create(slug="enterprise", name="Enterprise")
    fold(group("acme", name="Acme Inc", plan="Enterprise", employees=250, industry="Logistics", seats="40"))
    account = Account.objects.get(pk=acme.pk)
    assert (account.name, account.size_tier, account.industry, account.seats) == ("Acme Inc", "250", "Logistics", 40)
    assert account.segment is not None
    assert account.segment.slug == "enterprise"
    rows = AccountHistory.objects.filter(account=acme).order_by("valid_from")
    assert list(rows.values_list("valid_from", "seats")) == [(date(2024, 1, 1), 10), (TODAY, 40)]


def test_the_same_traits_again_are_no_news(fold, acme):
    fold(group("acme", industry="Logistics", seats=10, arr="12000.00"))
    before = AuditEntry.objects.count()
    fold(group("acme", industry="Logistics", seats=10), at=NOW + timedelta(days=1))
    assert AuditEntry.objects.count() == before
    assert AccountHistory.objects.filter(account=acme).count() == 2


def test_a_group_of_an_unknown_account_waits_unless_the_mapping_lets_it_make_one(fold, source, organization):
    fold(group("new", name="New Co"))
    assert EventQuarantine.objects.get().code == "unknown_account"
    source.mapping = {"makes_accounts": True}
    source.save()
    fold(
        {"user_id": "kim", "group_id": "new"},
        group("new", user="kim", name="New Co", createdAt=1_767_225_600, arr=5000),
        group("new", industry="Mining"),
    )
    account = Account.objects.get(external_id="new")
    assert (account.name, account.started_on, account.arr, account.industry) == (
        "New Co", date(2026, 1, 1), Decimal(5000), "Mining",
    )  # fmt: skip
    assert UserDay.objects.get().account == account


def test_new_accounts_are_of_the_source_that_the_mapping_names(fold, source, organization):
    crm = Source.objects.create(name="crm")
    source.mapping = {"makes_accounts": True, "accounts_of": "crm"}
    source.save()
    fold(group("new"), identify("kim", group="new", name="Kim"))
    assert Account.objects.get().source == crm
    assert Contact.objects.get().source == crm


def test_features_are_named_by_property_by_the_mapping_and_by_their_own_name(fold, acme, source):
    source.mapping = {"features": {"Clicked": "Boards", "Noise": ""}}
    source.save()
    Feature.objects.create(slug="weekly-reports", name="Weekly reports")
    use = {"user_id": "kim", "group_id": "acme"}
    fold(
        {**use, "name": "Clicked"}, {**use, "name": "Noise"}, {**use, "name": "Weekly Reports"},
        {**use, "name": "Anything", "properties": {"feature": "Search"}}, {**use, "name": "Unheard of"},
    )  # fmt: skip
    assert sorted(FeatureDay.objects.values_list("feature__slug", "events")) == [
        ("boards", 1), ("search", 1), ("weekly-reports", 1),
    ]  # fmt: skip
    assert UserDay.objects.get().events == 5


def test_unknown_event_names_make_features_where_the_mapping_says_so(fold, acme, source):
    source.mapping = {"unknown_events": "make_feature", "error_events": ["Crashed"]}
    source.save()
    fold(
        {"user_id": "kim", "group_id": "acme", "name": "Exported"},
        {"user_id": "kim", "name": "Crashed", "group_id": "acme"},
    )
    assert sorted(Feature.objects.values_list("slug", flat=True)) == ["crashed", "exported"]
    assert acme.days.get().errors == 1
