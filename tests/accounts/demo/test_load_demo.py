"""manage.py load_demo: the demo company comes in by the real doors and is scored by the real engine."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.demo.dates import DAY
from accounts.models import (
    Account,
    AuditEntry,
    ManualReading,
    MitigationPlan,
    Pulse,
    UsageRow,
    User,
)
from accounts.operations import demo
from dashboards.management.commands import load_demo
from scoring.models import CustomMeasure, Snapshot

TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)


def load(**options: object) -> str:
    out = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("load_demo", stdout=out, **options)
    return out.getvalue()


def contents() -> list[object]:
    """Everything that a load leaves, without ids and times of recording."""
    return [
        sorted(Account.objects.values_list("external_id", "name", "arr", "status", "owner__email")),
        sorted(UsageRow.objects.values_list("external_id", "events")),
        sorted(Snapshot.objects.values_list("account__external_id", "as_of", "score", "band")),
        sorted(Pulse.objects.values_list("account__external_id", "percent", "starts_on")),
        sorted(CustomMeasure.objects.values_list("slug", "kind", "owner__email")),
        sorted(ManualReading.objects.values_list("account__external_id", "measure", "value", "read_on", "expires_on")),
        sorted(MitigationPlan.objects.values_list("account__external_id", "opened_at", "score_at_opening_hundredths")),
        sorted(AuditEntry.objects.values_list("verb", "at").exclude(verb=demo.FINISHED)),
    ]


@pytest.fixture
def few_days(monkeypatch):
    """Month ends of a quarter and three days: enough to see that each is scored."""
    monkeypatch.setattr(load_demo, "DAILY_DAYS", 3)
    monkeypatch.setattr(
        load_demo, "days_to_score", lambda today: [date(2026, 4, 30), *(today - n * DAY for n in (3, 2, 1))]
    )


@pytest.mark.django_db
def test_the_demo_password_opens_all_doors_and_a_second_load_changes_nothing(few_days):
    load(accounts=14)
    assert all(user.check_password("kestrel-demo") for user in User.objects.all())
    before = contents()
    assert load(accounts=14) == "The demo company is already loaded, as of 2026-06-30.\n"
    assert contents() == before


class Killed(Exception):
    """Stands for a kill: nothing after it is done."""


@pytest.mark.django_db
def test_a_load_that_was_killed_is_completed_by_the_next(few_days, monkeypatch):
    """Killed in the middle of usage, of scores and before plans: the same in the end as a load in one piece."""
    savepoint = transaction.savepoint()
    load(accounts=14)
    whole = contents()
    transaction.savepoint_rollback(savepoint)
    assert not Account.objects.exists()

    for place, after in (("bring", 20), ("enter_fits", 0), ("score_on", 0), ("publish_shipped", 0)):
        with monkeypatch.context() as patch:
            patch.setattr(load_demo, place, killed_after(getattr(load_demo, place), calls=after))
            with pytest.raises(Killed):
                load(accounts=14)
    load(accounts=14)
    assert contents() == whole


def killed_after(function, *, calls: int):
    left = [calls]

    def killed(*args: object, **kwargs: object) -> object:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return function(*args, **kwargs)

    return killed


@pytest.mark.django_db
def test_production_refuses_the_demo(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="public passwords"):
        load()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_database_with_another_company_refuses_the_demo(organization):
    with pytest.raises(CommandError, match="There is a company in this database already"):
        load()


@pytest.mark.django_db
def test_too_few_accounts_are_refused():
    with pytest.raises(CommandError, match="--accounts 3 is too few"):
        load(accounts=3)
