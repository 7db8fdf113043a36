"""The rows of the table of all addresses that are about churn, growth and the audit log."""

from datetime import timedelta
from typing import Any

from accounts.models import Account, ChurnEvent
from tests.conftest import NOW, TODAY
from tests.gate_world import Row, World, of_account


def plant_churn(account: Account) -> None:
    """The account left once, and came back."""
    told = {"source": account.source, "account": account, "recorded_at": NOW, "reason_code": "budget"}
    day = TODAY - timedelta(days=300)
    ChurnEvent.objects.create(external_id="left", churned_on=day, **told)
    ChurnEvent.objects.create(external_id="back", churned_on=day + timedelta(days=30), is_reactivation=True, **told)


def of_churn(world: World) -> dict[str, Any]:
    return {"pk": ChurnEvent.objects.get(is_reactivation=False).pk}


PUT_OFF = (("until", "week"), ("cause", "seats:10"))

#                       csm other manager leader viewer ops guest
CHURN = {
    "audit":           Row("403 403  403     403    403  200  302"),
    "audit-csv":       Row("403 403  403     403    403  200  302"),
    "growth":          Row("200 200  200     200    200  200  302"),
    "growth-csv":      Row("200 200  200     200    200  200  302"),
    "growth-snooze":   Row("302 404  302     403    403  302  302", "post", of_account, PUT_OFF),
    "growth-unsnooze": Row("302 404  302     403    403  302  302", "post", of_account),
    "growth-asked":    Row("302 404  302     403    403  302  302", "post", of_account),
    "growth-asked-undo": Row("302 302 302    403    403  302  302", "post"),
    "churn":           Row("200 200  200     200    200  200  302"),
    "churn-csv":       Row("200 200  200     200    200  200  302"),
    "churn-story":     Row("200 404  200     200    200  200  302", "get", of_churn),
    "churn-edit":      Row("200 404  200     403    403  200  302", "get", of_churn),
    "churn-undo":      Row("302 404  302     403    403  302  302", "post", of_churn),
    "churn-new":       Row("200 404  200     403    403  200  302", "get", of_account),
    "churn-reasons":   Row("403 403  403     403    403  200  302"),
    "churn-reasons-undo": Row("403 403 403   403    403  302  302", "post"),
}  # fmt: skip
