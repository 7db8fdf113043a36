"""The address that starts a plan with its reason already written, wherever the risk is seen."""

from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import PlanOrigin

LONGEST_REASON = 200


def start_url(account_id: int, *, reason: str, origin: PlanOrigin) -> str:
    """`reason` is what the reader sees about the risk, in the words in which they see it."""
    asked = {"reason": reason.strip()[:LONGEST_REASON], "origin": origin.value}
    return f"{reverse('plan-start', args=[account_id])}?{urlencode(asked)}"
