"""Which scores depend on a silent source: by what the card's measures read and what the source brought."""

from datetime import timedelta

import pytest

from accounts import deliveries
from accounts.models import (
    Account,
    AccountDay,
    BusinessEvent,
    ChurnEvent,
    RollUp,
    Source,
    SourceFeed,
    StreamAccount,
    Ticket,
)
from accounts.operations import silences
from accounts.queries.facts import STORED
from scoring.cards import cards_on
from scoring.catalog import measure
from scoring.measures import Stated, define_measure
from scoring.models import MeasureKind
from scoring.operations import publish_shipped
from scoring.queries.staleness import kinds_asked, kinds_read, stale_scores
from scoring.rules import FACTS, READS
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=9)


@pytest.fixture
def version(smb) -> int:
    """The default card: use, tickets, invoices and more."""
    publish_shipped(by=None, at=NOW - timedelta(days=100))
    return cards_on(TODAY).default.version_id


@pytest.fixture
def silent():
    """Makes a source that brought kinds of facts and is silent since."""

    def make(name: str, *kinds: str) -> Source:
        source = Source.objects.create(name=name, rhythm_days=1)
        for kind in kinds:
            deliveries.note(source_id=source.pk, kind=kind, brought=1, at=NOW)
        silences.watch(at=LATER)
        return source

    return make


def ticket(account: Account, source: Source) -> None:
    Ticket.objects.create(
        source=source, external_id=f"t{account.pk}", account=account, severity=2, opened_at=NOW, recorded_at=NOW
    )


def keys_of(source_kind: str) -> set[str]:
    return {item.measure.key for item in cards_on(TODAY).default.items if source_kind in kinds_read(item.measure)}


def test_no_silence_marks_nothing_with_one_query(acme, version, source, django_assert_num_queries):
    ticket(acme, source)
    with django_assert_num_queries(1):
        assert stale_scores({acme.pk: version}) == {}


def test_a_score_depends_on_a_silent_stream_by_its_measures_of_use(acme, make_account, version, silent):
    other, web = make_account("Other"), silent("Web app", "events")
    StreamAccount.objects.create(source=web, account=acme)
    found = stale_scores({acme.pk: version, other.pk: version})
    assert set(found) == {acme.pk}
    assert found[acme.pk].sources == ("Web app",)
    assert set(found[acme.pk].by_measure) == keys_of("usage") != set()


def test_a_silent_source_of_tickets_marks_the_accounts_with_its_tickets_alone(
    acme, make_account, version, silent, source
):
    other, desk = make_account("Other"), silent("Desk", "tickets")
    ticket(acme, desk)
    ticket(other, source)
    found = stale_scores({acme.pk: version, other.pk: version})
    assert set(found) == {acme.pk}
    assert set(found[acme.pk].by_measure) == keys_of("tickets") != set()


def test_a_kind_that_nothing_on_the_card_reads_marks_nothing(acme, version, silent):
    source = silent("Files", "churn")
    ChurnEvent.objects.create(source=source, external_id="x", account=acme, churned_on=TODAY, recorded_at=NOW)
    assert stale_scores({acme.pk: version}) == {}


def test_a_score_depends_on_what_its_rules_and_flags_ask_about(acme, version, silent):
    source = silent("News", "business_events")
    BusinessEvent.objects.create(
        source=source, external_id="n", account=acme, kind="legal", occurred_on=TODAY, recorded_at=NOW
    )
    found = stale_scores({acme.pk: version})[acme.pk]
    asked = {name for name in cards_on(TODAY).default.fact_names if "business_events" in kinds_asked(name)}
    assert (found.sources, found.by_measure) == (("News",), {})
    assert set(found.by_fact) == asked != set()


def test_every_fact_of_rules_and_flags_says_what_it_reads():
    assert set(READS) == set(FACTS)
    assert {kind for kinds in READS.values() for kind in kinds} <= {*STORED, "accounts"}


def test_use_of_a_file_depends_on_the_accounts_own_source(acme, version, source):
    Source.objects.filter(pk=source.pk).update(rhythm_days=1)
    for kind in ("accounts", "usage"):
        deliveries.note(source_id=source.pk, kind=kind, brought=1, at=NOW)
    silences.watch(at=LATER)
    before = stale_scores({acme.pk: version})
    AccountDay.objects.create(account=acme, day=TODAY, users=1, events=1)
    after = stale_scores({acme.pk: version})[acme.pk]
    assert set(after.by_measure) == keys_of("usage") | keys_of("accounts")
    assert set(before[acme.pk].by_measure if before else ()) == keys_of("accounts")


def test_several_silent_sources_are_named_in_their_order(acme, version, silent):
    for name in ("Zebra", "Desk"):
        ticket(acme, silent(name, "tickets"))
    assert stale_scores({acme.pk: version})[acme.pk].sources == ("Desk", "Zebra")


def test_a_score_made_of_others_depends_on_what_these_depend_on(acme, make_account, version, silent):
    parent = make_account("Group", roll_up=RollUp.MEAN)
    Account.objects.filter(pk=acme.pk).update(parent=parent)
    web = silent("Web app", "events")
    StreamAccount.objects.create(source=web, account=acme)
    assert stale_scores({parent.pk: version}) == {}  # nobody scored the account below
    found = stale_scores({parent.pk: version, acme.pk: version})
    assert {pk: stale.sources for pk, stale in found.items()} == {acme.pk: ("Web app",), parent.pk: ("Web app",)}
    Account.objects.filter(pk=parent.pk).update(roll_up=RollUp.OWN)
    assert set(stale_scores({parent.pk: version, acme.pk: version})) == {acme.pk}


def test_it_takes_as_many_queries_for_many_accounts_as_for_one(
    acme, make_account, version, silent, django_assert_max_num_queries
):
    desk, web = silent("Desk", "tickets", "invoices", "surveys", "rapports"), silent("Web app", "events", "usage")
    accounts = [acme, *(make_account(f"Account {n}") for n in range(20))]
    for account in accounts:
        ticket(account, desk)
        StreamAccount.objects.create(source=web, account=account)
    with django_assert_max_num_queries(6):
        assert len(stale_scores({account.pk: version for account in accounts})) == 21
    assert SourceFeed.objects.count() == 6


def test_a_formula_reads_what_its_measures_read(acme, ops):
    stated = Stated(label="Fit", question="Does it fit?", formula="nps + active_users")
    define_measure(slug="fit", kind=MeasureKind.FORMULA, stated=stated, by=ops, at=NOW)
    assert kinds_read(measure("custom:fit")) == {"surveys", "usage"}
    assert kinds_read(measure("rapport")) == {"contacts", "rapports"}
    assert kinds_read(measure("csat")) == {"surveys", "tickets"}
    assert kinds_read(measure("reading:anything")) == {"readings"}
