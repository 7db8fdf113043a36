"""kill -9 of the worker in the middle of sending: no alert is lost and none is shown twice."""

import json
import sys
import time
from pathlib import Path

import pytest

from tests.server.installation import ROOT, free_port, status, wait_until
from tests.server.test_killed_worker import worker

QUEUE = """
from datetime import date
from django.utils import timezone
from accounts.models import Account, Source, Role, User
from scoring.alerts.edges import Edge
from scoring.alerts.operations import Said, make_rule
from scoring.alerts.targets import make_target
from scoring.alerts.watch import fire
from scoring import tasks
now = timezone.now()
by = User.objects.create_user(email="o@x.example", name="Olu", role=Role.OPS)
source = Source.objects.create(name="files")
account = Account.objects.create(
    source=source, external_id="a", name="Acme", started_on=date(2024, 1, 1), recorded_at=now)
target = make_target(kind="webhook", name="Hook", url="{url}", by=by, at=now)
said = Said(name="Falls", kind="band", params={{"move": "worse"}}, scope="all", targets=(target,))
rule = make_rule(said=said, by=by, at=now)
for n in range(3):
    for again in range(2):
        fire(rule, [Edge(account.pk, f"band:{{n}}", "Moved from Strong to Weak", now.date())], at=now)
tasks.deliver_alerts.delay()
"""
AGAIN = "from scoring import tasks; tasks.deliver_alerts.delay()"
STATES = (
    "from scoring.models import AlertDelivery, AlertNotice;"
    "print(sorted(AlertDelivery.objects.values_list('state', flat=True)), AlertNotice.objects.count())"
)


@pytest.fixture
def hook(tmp_path, embedded):
    """A target in a process of its own, which keeps silent while `slow` is there."""
    folder, port = tmp_path / "hook", free_port()
    folder.mkdir()
    embedded.variables |= {"ALERT_INNER_HOSTS": "127.0.0.1", "ALERT_LEASE_SECONDS": "2", "PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-m", "tests.scoring.alerts.receiver", str(port), str(folder))
    with embedded.process(*command, name="hook"):
        wait_until(lambda: status(f"http://127.0.0.1:{port}/") == 501, what="the target answers")
        yield folder, f"http://127.0.0.1:{port}/hangs"


def ids(folder: Path) -> list[str]:
    taken = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return [each["headers"]["webhook-id"] for each in taken]


def test_what_a_killed_worker_held_is_sent_by_the_next_under_the_same_id(hook, embedded):
    folder, url = hook
    (folder / "slow").touch()
    with worker(embedded, "first") as running:
        embedded.shell(QUEUE.format(url=url))
        wait_until((folder / "asked").exists, what="the target is asked to take a message")
        running.kill()
    (folder / "slow").unlink()
    # The lease of two seconds, and the first pause, are over by then.
    time.sleep(2.5)
    with worker(embedded, "second"):
        embedded.shell(AGAIN)
        wait_until(lambda: len(set(ids(folder))) == 3, what="all messages are taken")
        wait_until(lambda: embedded.shell(STATES).startswith("['delivered', 'delivered', 'delivered']"), what="noted")
    assert embedded.shell(STATES).endswith(" 3")
    # The first may have been taken a second time, under its id; none was lost, and each alert is one notice.
    assert len(ids(folder)) <= 4
