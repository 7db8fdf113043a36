"""The company that measuring stands on: whole, the same for the same seed, and as ingest would have left it."""

import io
from dataclasses import replace

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from accounts.demo.synthetic.company import Company
from accounts.demo.synthetic.usage import Habits, use_on
from accounts.models import (
    Account,
    AccountDay,
    AccountHistory,
    ChurnEvent,
    Contact,
    FeatureDay,
    KnownDay,
    Override,
    Pulse,
    Touchpoint,
    UsageMonth,
    UserDay,
)
from accounts.models.ingest import Fact
from accounts.operations.synthetic import facts_of, python_values
from accounts.rollups import rebuild_days

DAYS = 30
COMPANY = Company(accounts=400, days=DAYS, seed=1)
ROLLUPS = {
    UserDay: ("account_id", "day", "user_key", "events", "seconds"),
    FeatureDay: ("account_id", "day", "feature_id", "events"),
    AccountDay: ("account_id", "day", "users", "events", "seconds", "errors", "loads", "failed_loads", "load_ms"),
    UsageMonth: ("account_id", "month", "days", "users", "times", "features", "loads"),
}


def load(**options: object) -> str:
    said = io.StringIO()
    call_command("load_synthetic", accounts=400, days=DAYS, stdout=said, **options)
    return said.getvalue()


def told(company: Company) -> list[tuple[str, str, list[object]]]:
    """Everything that is told about a company's first batch."""
    return [
        (table, name, column if isinstance(column, list) else column.tolist())
        for table, columns in facts_of(next(company.batches()))
        for name, column in columns.items()
    ]


def everything() -> dict[type, list[tuple[object, ...]]]:
    return {model: sorted(map(as_bytes, model.objects.values_list(*fields))) for model, fields in ROLLUPS.items()}


def as_bytes(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)


@pytest.mark.django_db
def test_every_table_of_facts_is_filled():
    assert "Loaded 400 accounts with 30 days of usage" in load()
    facts = [model for model in apps.get_app_config("accounts").get_models() if issubclass(model, Fact)]
    others = [AccountHistory, KnownDay, Pulse, Override, Touchpoint.contacts.through, *ROLLUPS]
    assert [model.__name__ for model in (*facts, *others) if not model.objects.exists()] == []
    assert Account.objects.filter(status="active").count() == 400
    assert ChurnEvent.objects.filter(is_reactivation=True).exists()


@pytest.mark.django_db
def test_the_days_are_what_ingest_would_have_made_of_the_rows():
    load(raw_days=DAYS)
    loaded = everything()
    rebuild_days(days=COMPANY.known_days, at=None)
    assert everything() == loaded


@pytest.mark.django_db
def test_an_account_is_what_the_last_row_of_its_history_says():
    load()
    state = ("segment_id", "phase", "status", "owner_id", "arr", "currency", "seats", "renewal_date")
    newest = {
        row[0]: row[1:] for row in AccountHistory.objects.order_by("valid_from").values_list("account_id", *state)
    }
    assert newest == {row[0]: row[1:] for row in Account.objects.values_list("pk", *state)}


@pytest.mark.django_db
def test_the_next_account_and_contact_get_keys_of_their_own():
    load()
    last = Account.objects.order_by("pk").last()
    following = Account.objects.create(
        source=last.source, external_id="next", recorded_at=last.recorded_at, name="Next", started_on=last.started_on
    )
    assert following.pk == last.pk + 1
    known = {"source": last.source, "recorded_at": last.recorded_at, "known_from": last.started_on}
    assert Contact.objects.create(account=following, external_id="next", name="Next", **known).pk == 1601


@pytest.mark.django_db
def test_it_is_not_mixed_with_other_accounts():
    load()
    with pytest.raises(CommandError, match="needs an empty one"):
        load()


@pytest.mark.django_db
def test_it_is_not_for_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="PRODUCTION=yes"):
        load()


def test_a_company_needs_an_account():
    with pytest.raises(CommandError, match="at least 1 day"):
        call_command("load_synthetic", accounts=0)


def test_the_same_seed_tells_the_same():
    assert told(COMPANY) == told(replace(COMPANY))
    assert told(COMPANY) != told(replace(COMPANY, seed=2))
    day = COMPANY.known_days[-1]
    one, two = (use_on(Habits(company), day).raw_rows() for company in (COMPANY, replace(COMPANY)))
    assert [list(column) for column in one.values()] == [list(column) for column in two.values()]


def test_some_days_are_unknown():
    assert len(Company(accounts=1).known_days) == 87
    assert len(COMPANY.known_days) == 29
    assert COMPANY.known_days[-1] == COMPANY.as_of


def test_a_column_is_written_as_pythons_values():
    day = use_on(Habits(COMPANY), COMPANY.known_days[-1])
    keys = python_values(day.user_days()["user_key"], UserDay._meta.get_field("user_key"))
    assert all(isinstance(key, str) and len(key) == 10 for key in keys)
