"""Counts of stale scores are those that one finds account by account."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import (
    Account,
    AccountDay,
    BusinessEvent,
    Contact,
    Rapport,
    RollUp,
    SourceFeed,
    StreamAccount,
)
from scoring.queries.stale_groups import stale_by_owner, stale_condition, stale_count, stale_counts
from scoring.queries.staleness import silent_sources, stale_of_all
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health
from tests.scoring.queries.test_staleness import silent, ticket, version  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def several(make_account, smb, source, silent):  # noqa: F811
    """One account for each way to depend on a silent source, and one that does not."""
    web, desk, crm = silent("Web", "events"), silent("Desk", "tickets"), silent("CRM", "usage", "accounts")
    people, news = silent("People", "contacts", "rapports"), silent("News", "business_events")
    found = {
        name: make_account(name, segment=smb)
        for name in ("stream", "ticket", "met", "known", "news", "parent", "child", "none", "undefined")
    }
    for name in ("used", "listed"):
        found[name] = make_account(name, segment=smb)
        Account.objects.filter(name=name).update(source=crm)
    StreamAccount.objects.create(source=web, account=found["stream"])
    AccountDay.objects.create(account=found["used"], day=TODAY, users=1, events=5)
    for name in ("ticket", "child", "undefined"):
        ticket(found[name], desk)
    told = {"recorded_at": NOW, "external_id": "x"}
    for name, whose in (("known", people), ("met", source)):
        contact = Contact.objects.create(account=found[name], name="Ann", known_from=TODAY, source=whose, **told)
    Rapport.objects.create(contact=contact, rated_on=TODAY, rating=3, source=people, **told)
    BusinessEvent.objects.create(account=found["news"], kind="legal", occurred_on=TODAY, source=news, **told)
    Account.objects.filter(pk=found["parent"].pk).update(roll_up=RollUp.WORST)
    Account.objects.filter(pk=found["child"].pk).update(parent=found["parent"])
    for name, account in found.items():
        give_health(account, score=None if name == "undefined" else 5000)
    return found


def test_the_database_finds_the_same_accounts_as_one_by_one(several):
    expected = set(stale_of_all(Account.objects.all()))
    condition = stale_condition(silent_sources())
    assert set(Account.objects.filter(condition).values_list("pk", flat=True)) == expected
    # No measure of the default card reads how well we know somebody.
    assert {name for name, account in several.items() if account.pk not in expected} == {"none", "met"}


def test_only_scores_count_each_once(several, csm, other_csm):
    assert stale_count(Account.objects.all()) == len(several) - 3
    Account.objects.filter(name__in=["ticket", "none"]).update(owner=other_csm)
    assert stale_by_owner([other_csm.pk]) == {other_csm.pk: 1}
    Account.objects.filter(name="ticket").update(status="churned")
    assert stale_by_owner([other_csm.pk]) == {}


def test_while_no_source_is_silent_one_query_says_so(acme, version, django_assert_num_queries):  # noqa: F811
    give_health(acme, score=5000)
    with django_assert_num_queries(1):
        assert stale_counts(Account.objects.all(), "owner_id") == {}


def test_a_silent_source_of_what_no_card_reads_marks_nothing(acme, silent, version):  # noqa: F811
    give_health(acme, score=5000)
    silent("Files", "churn")
    assert (SourceFeed.objects.count(), stale_count(Account.objects.all())) == (1, 0)


def test_it_takes_as_many_queries_for_many_accounts_as_for_a_few(several, make_account):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            stale_count(Account.objects.all())
        return len(queries)

    few = asked()
    for n in range(20):
        give_health(make_account(f"More {n}"), score=5000)
    assert asked() == few <= 12
