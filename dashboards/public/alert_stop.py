"""No more mails about a rule: a mail program says it with one POST (RFC 8058), a person with a button."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from dashboards.gate import public
from scoring.alerts.mails import read_stop_token
from scoring.alerts.operations import mute


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Says neither whose mails these are nor about what: whoever has the link may only stop them."""
    said = read_stop_token(token)
    user = User.objects.filter(pk=said[0]).first() if said else None
    if said is None or user is None:
        return answered(render(request, "alert_stop.html", {"is_known": False}, status=404))
    if request.method == "POST":
        mute(user=user, rules=said[1], at=timezone.now())
    return answered(render(request, "alert_stop.html", {"is_known": True, "is_stopped": request.method == "POST"}))


def answered(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
