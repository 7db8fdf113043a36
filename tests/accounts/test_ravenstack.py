"""Files that nobody in this project wrote. RavenStack, River @ Rivalytics."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db.models import Sum

from accounts.models import (
    Account,
    AccountDay,
    AccountHistory,
    ChurnEvent,
    Contract,
    IngestRun,
    KnownDay,
    Quarantine,
    Ticket,
    UsageRow,
    UserDay,
)

EXTRACT = Path(__file__).parent.parent / "data" / "ravenstack"
WHOLE = django_settings.BASE_DIR.parent / "shared" / "data" / "ravenstack"
FILES = {
    "accounts": "ravenstack_accounts.csv",
    "contracts": "ravenstack_subscriptions.csv",
    "usage": "ravenstack_feature_usage.csv",
    "tickets": "ravenstack_support_tickets.csv",
    "churn": "ravenstack_churn_events.csv",
}
VARIANT = {
    "accounts": "ravenstack_accounts.csv",
    "tickets": "ravenstack_supports_ticket.csv",
    "churn": "ravenstack_churn_events.csv",
}
MODELS = (Account, AccountHistory, Contract, UsageRow, Ticket, ChurnEvent, AccountDay, UserDay, KnownDay)


@pytest.fixture
def refused_here(settings, tmp_path):
    settings.INGEST_DIR = tmp_path


def ingest(folder: Path, files: dict[str, str]) -> dict[str, tuple[int, int, int, int]]:
    counts = {}
    for kind, name in files.items():
        call_command(
            "ingest", kind, str(folder / name), mapping=f"ravenstack/{kind}", source="ravenstack", stdout=StringIO()
        )
        run = IngestRun.objects.latest("pk")
        counts[kind] = (run.created_rows, run.changed_rows, run.unchanged_rows, run.refused_rows)
    return counts


def everything() -> list[list[tuple[object, ...]]]:
    """All rows without their keys: a day that is rebuilt gets new ones."""
    return [sorted(str([*row.items()][1:]) for row in model.objects.values()) for model in MODELS]


def test_the_extract_goes_in_and_the_spreadsheet_variant_is_the_same(db, refused_here):
    assert ingest(EXTRACT, FILES) == {
        "accounts": (4, 0, 0, 0),
        "contracts": (46, 0, 0, 0),
        "usage": (215, 0, 0, 2),
        "tickets": (22, 0, 0, 0),
        "churn": (7, 0, 0, 0),
    }
    once = everything()
    assert ingest(EXTRACT / "variant_excel_export", VARIANT) == {
        "accounts": (0, 0, 4, 0),
        "tickets": (0, 0, 22, 0),
        "churn": (0, 0, 7, 0),
    }
    assert ingest(EXTRACT, FILES)["usage"] == (0, 0, 215, 2)
    assert everything() == once


def test_the_variant_alone_gives_the_same_facts(db, refused_here):
    ingest(EXTRACT, FILES)
    names = ("external_id", "account__external_id")
    tickets = sorted(Ticket.objects.values_list(*names, "opened_at", "closed_at", "satisfaction"))
    churns = sorted(ChurnEvent.objects.values_list(*names, "churned_on", "note"))
    Ticket.objects.all().delete()
    ChurnEvent.objects.all().delete()
    ingest(EXTRACT / "variant_excel_export", VARIANT)
    assert sorted(Ticket.objects.values_list(*names, "opened_at", "closed_at", "satisfaction")) == tickets
    assert sorted(ChurnEvent.objects.values_list(*names, "churned_on", "note")) == churns


@pytest.mark.skipif(
    not WHOLE.is_dir(), reason="the whole data set is not beside this checkout (shared/data/ravenstack)"
)
def test_the_whole_data_set_goes_in_and_nothing_is_lost(db, refused_here):
    assert ingest(WHOLE, FILES) == {
        "accounts": (500, 0, 0, 0),
        "contracts": (5_000, 0, 0, 0),
        "usage": (24_979, 0, 0, 21),
        "tickets": (2_000, 0, 0, 0),
        "churn": (600, 0, 0, 0),
    }
    reasons = Quarantine.objects.values_list("column", "reason").distinct()
    assert list(reasons) == [("usage_id", "the same id again with other content")]
    open_arr = Contract.objects.filter(ends_on=None).aggregate(total=Sum("arr"))["total"]
    assert Account.objects.aggregate(total=Sum("arr"))["total"] == open_arr
    assert not Account.objects.filter(status="churned").exists()
    assert not UserDay.objects.exists()
    usage = UsageRow.objects.aggregate(total=Sum("events"))["total"]
    assert AccountDay.objects.aggregate(total=Sum("events"))["total"] == usage
    assert set(KnownDay.objects.values_list("day", flat=True)) == set(UsageRow.objects.values_list("day", flat=True))
    warned = IngestRun.objects.get(kind="usage").summary["warnings"]
    assert warned == {"before its contract's start": 19_128, "after its contract's end": 291}

    once = everything()
    assert ingest(WHOLE / "variant_excel_export", VARIANT) == {
        "accounts": (0, 0, 500, 0),
        "tickets": (0, 0, 2_000, 0),
        "churn": (0, 0, 600, 0),
    }
    assert everything() == once
