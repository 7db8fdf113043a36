"""Whether an account is still to be scored with what was just said: the account page looks until it is."""

from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts import touches
from accounts.access import Action, visible_accounts
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_trend import PERIODS

# About half a minute; whoever still waits then is told so, and the next visit shows the score.
MOST_LOOKS = 40


@requires(Action.VIEW_ACCOUNT)
def account_waiting(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(visible_accounts(request.user).only("pk"), pk=pk)
    asked = request.GET.get("looks", "")
    looks = int(asked) + 1 if asked.isdecimal() and len(asked) < 4 else 1
    context = {
        "account_pk": found.pk,
        "is_settled": not touches.is_waiting(found.pk),
        "looks": looks if looks <= MOST_LOOKS else None,
        "query": period_in(request),
    }
    return render(request, "_account_waiting.html", context)


def period_in(request: UserRequest) -> str:
    """The period that the trend of the page shows, as the address of that page says it."""
    current = urlsplit(request.htmx.current_url or "")  # type: ignore[attr-defined]
    chosen = parse_qs(current.query).get("trend", [""])[0]
    return urlencode({"trend": chosen}) if chosen in PERIODS else ""
