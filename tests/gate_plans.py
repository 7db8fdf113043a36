"""The rows of the table of all addresses that are about plans, playbooks and working days."""

from typing import Any

from accounts.models import Holiday, Playbook, User
from accounts.operations.playbooks import PlaybookWords, StepWords, make_playbook
from tests.conftest import NOW, TODAY
from tests.gate_world import Row, World, of_account, of_missing, of_plan, of_step

WEEKDAYS = (("weekdays", "1"), ("before", "12345"))
HOLIDAYS = (("holidays", "2026-12-25 Christmas Day"),)


def plant_playbook(*, by: User) -> None:
    """The one playbook and the one holiday that the rows ask for."""
    Holiday.objects.create(day=TODAY, name="A day off")
    steps = (StepWords("Call", due_days=1),)
    make_playbook(words=PlaybookWords(name="Logins", reason="Logins fell", steps=steps), by=by, at=NOW)


def of_playbook(world: World) -> dict[str, Any]:
    return {"pk": Playbook.objects.get().pk}


def of_holiday(world: World) -> dict[str, Any]:
    return {"pk": Holiday.objects.get().pk}


#                       csm other manager leader viewer ops guest
PLANS = {
    "plan-start":      Row("302 404  302     403    403  302  302", "get", of_account),
    "plan-edit":       Row("200 404  200     403    403  200  302", "get", of_plan),
    "plan-step-new":   Row("200 404  200     403    403  200  302", "get", of_plan),
    "plan-step":       Row("200 404  200     403    403  200  302", "get", of_step),
    "plan-step-remove": Row("302 404 302     403    403  302  302", "post", of_step),
    "plan-close":      Row("200 404  200     403    403  200  302", "get", of_plan),
    "plan-undo":       Row("404 404  404     403    403  404  302", "post", of_missing),
    "plans":           Row("200 200  200     200    200  200  302"),
    "plans-csv":       Row("200 200  200     200    200  200  302"),
    "handover":        Row("200 200  200     403    403  200  302"),
    "handover-csv":    Row("200 200  200     403    403  200  302"),
    # Nobody is gone here; tests/dashboards/pages/test_handover.py has who is.
    "handover-person": Row("404 404  404     403    403  404  302", "get", of_missing),
    "handover-undo":   Row("404 404  404     403    403  404  302", "post", of_missing),
    "playbooks":       Row("200 200  200     200    200  200  302"),
    "playbooks-csv":   Row("200 200  200     200    200  200  302"),
    "playbook":        Row("200 200  200     200    200  200  302", "get", of_playbook),
    "playbook-new":    Row("403 403  200     403    403  200  302"),
    "playbook-edit":   Row("403 403  200     403    403  200  302", "get", of_playbook),
    "playbook-copy":   Row("403 403  302     403    403  302  302", "post", of_playbook),
    "playbook-archive": Row("403 403 302     403    403  302  302", "post", of_playbook),
    "playbook-back":   Row("403 403  302     403    403  302  302", "post", of_playbook),
    "playbook-undo":   Row("403 403  404     403    403  404  302", "post", of_missing),
    "working-days":    Row("200 200  200     200    200  200  302"),
    "holidays-csv":    Row("200 200  200     200    200  200  302"),
    "working-days-set": Row("403 403 403     403    403  302  302", "post", data=WEEKDAYS),
    "holidays-add":    Row("403 403  403     403    403  302  302", "post", data=HOLIDAYS),
    "holiday-remove":  Row("403 403  403     403    403  302  302", "post", of_holiday),
    "working-days-undo": Row("403 403 403    403    403  404  302", "post", of_missing),
}  # fmt: skip
