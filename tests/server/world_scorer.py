"""`python -m tests.server.world_scorer`: makes random worlds in the configured database, scores them and prints them.

Reads a seed a line, answers with a line of JSON. A process, because one that has chosen a database keeps it.
"""

import json
import os
import sys
import tomllib
from datetime import date, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthapp.settings")
django.setup()

# ruff: noqa: E402 - models can be imported only after setup
from django.core.management import call_command
from django.db import transaction

from accounts.models import Override, Pulse
from scoring import catalog
from scoring.breakdown import unpack
from scoring.content import card_from
from scoring.files import SHARED, SHIPPED
from scoring.models import AccountHealth, DailySummary, Snapshot, SupersededSnapshot
from scoring.operations import BEGINNING, publish
from scoring.peers import pools_of_run
from scoring.pipeline import score_days
from tests.conftest import NOW
from tests.scoring.extract import worlds

AS_OF = date(2026, 6, 30)
DAYS = (AS_OF - timedelta(days=35), AS_OF - timedelta(days=1), AS_OF)


SUMS = (
    "as_of", "owner__email", "segment__slug", "phase", "band", "accounts", "score_sum", "arr_reporting",
)  # fmt: skip


class TakeBack(Exception):
    """Ends a world's transaction, so that the next one finds an empty database."""


def main() -> None:
    call_command("migrate", verbosity=0)
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(scored_world(int(line))), flush=True)


def scored_world(seed: int) -> dict[str, Any]:
    """All that is kept of three days of a world, with a fact that is amended between two computations of a day."""
    found: dict[str, Any] = {}
    pools_of_run.cache_clear()  # SQLite gives the ids of runs that were taken back again
    try:
        with transaction.atomic():
            world = worlds.build(seed=seed, as_of=AS_OF, zone=ZoneInfo("UTC"))
            publish_everything(world)
            score_days(DAYS, clock=lambda: NOW)
            later_facts(world)
            score_days(DAYS[1:], clock=lambda: NOW)
            found = kept()
            raise TakeBack
    except TakeBack:
        return found


def publish_everything(world: worlds.World) -> None:
    """A default card and one of a segment, drawn from all measures and three kinds of curves; pulses and overrides."""
    draw = world.chance
    shared = tomllib.loads((SHIPPED / SHARED).read_text())
    for slug, segment in (("default", None), ("first", "s14")):
        keys = draw.sample(sorted(catalog.MEASURES), 7)
        stated = {
            "slug": slug,
            "name": slug,
            "measures": [measure(draw, key, 16 - n // 6) for n, key in enumerate(keys)],
        }
        stated["measures"][0]["weight"] += 100 - sum(item["weight"] for item in stated["measures"])
        card = card_from({**shared, "min_coverage": draw.choice([0.1, 0.5]), **stated, "segment": segment})
        publish(card=card, effective_from=BEGINNING, reason="test", by=None, at=NOW)
    for account in draw.sample(world.accounts, 4):
        judgement = {"account": account, "author": world.users[0], "reason": "test", "category": "other"}
        dates = {"starts_on": draw.choice(DAYS), "ends_on": AS_OF, "recorded_at": NOW}
        Pulse.objects.create(percent=draw.choice([-15, -33.33, 10]), **judgement, **dates)
        if draw.random() < 0.3:
            Override.objects.create(score_hundredths=draw.randrange(10_001), **judgement, **dates)


def measure(draw: Random, key: str, weight: int) -> dict[str, Any]:
    kind = draw.choice(["linear", "thresholds", "percentile"])
    low, high = draw.choice([(0, 1), (0, 10), (90, 0), (5, 1)])
    params = {
        "linear": {"zero": low, "full": high},
        "thresholds": {"at_risk": low, "healthy": high},
        "percentile": {"is_higher_better": low < high},
    }[kind]
    return {
        "key": key,
        "weight": weight,
        "curve": kind,
        "missing": draw.choice(["leave_out", "zero", "neutral"]),
        **params,
    }


def later_facts(world: worlds.World) -> None:
    """Some facts come late, so that a second computation replaces what the first one kept."""
    for account in world.accounts[1:4]:
        worlds.tell(world, account, world.day)
    world.write()


def kept() -> dict[str, Any]:
    """Everything that runs wrote, by names instead of ids."""
    names = {"account__external_id": "account", "version__scorecard__slug": "card"}
    columns = [*names, "as_of", "score", "band", "coverage", "breakdown"]
    return {
        "snapshots": [told(row) for row in Snapshot.objects.order_by("account", "as_of").values_list(*columns)],
        "superseded": [
            told(row) for row in SupersededSnapshot.objects.order_by("account", "as_of", "run").values_list(*columns)
        ],
        "health": [
            [str(value) for value in row]
            for row in AccountHealth.objects.order_by("account").values_list(
                "account__external_id", "as_of", "score", "customer_score", "low", "high", "flags", "score_month_ago",
                "band_month_ago", "arr_reporting", "active_users", "last_ebr_on", "last_touchpoint_on", "nps",
            )
        ],
        # Sorted here: the databases do not agree where nothing stands in an order.
        "sums": sorted([str(value) for value in row] for row in DailySummary.objects.values_list(*SUMS)),
    }  # fmt: skip


def told(row: tuple[Any, ...]) -> list[str]:
    """A snapshot in words; floats to the last bit, pulses and overrides without their id."""
    *plain, coverage, breakdown = row
    found = unpack(breakdown)
    changes = [(change.key.split(":")[0], change.line) for change in found.changes]
    measures = [(None if m.value is None else m.value.hex(), m.points, m.line) for m in found.measures]
    return [*map(str, plain), coverage.hex(), str((measures, changes, found.low, found.high, found.flags))]


if __name__ == "__main__":
    main()
