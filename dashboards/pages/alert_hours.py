"""When one wants mails about alerts, and of which rules none."""

from dataclasses import dataclass
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from dashboards.gate import UserRequest, requires
from dashboards.pages.sources import take_errors
from scoring.alerts.operations import Wishes, set_wishes, unmute
from scoring.alerts.queries import mutes_of, preference_of
from scoring.models import AlertMute, AlertPreference

ZONES = [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class HoursForm(forms.Form):
    time_zone = forms.ChoiceField(label="Time zone", choices=ZONES, help_text="Digests come at 8 in the morning there.")
    quiet_from = forms.TimeField(label="Quiet from", required=False, widget=CLOCK)
    quiet_until = forms.TimeField(
        label="until", required=False, widget=CLOCK, help_text="Mails wait meanwhile. Both empty: no quiet hours."
    )


@dataclass(frozen=True)
class HoursPage:
    form: HoursForm
    mutes: list[AlertMute]


def stated(kept: AlertPreference | None) -> dict[str, object]:
    if kept is None:
        return {"time_zone": settings.TIME_ZONE}
    return {name: getattr(kept, name) for name in Wishes.__dataclass_fields__}


@requires(Action.HAVE_ALERTS)
def hours(request: UserRequest) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = HoursForm(data, initial=stated(preference_of(request.user)))
    if data is not None and form.is_valid():
        try:
            set_wishes(user=request.user, wishes=Wishes(**form.cleaned_data), at=timezone.now())
        except ValidationError as refused:
            take_errors(form, refused)
        else:
            messages.success(request, "Your hours are saved.")
            return redirect("alert-hours")
    page = HoursPage(form, list(mutes_of(request.user)))
    return render(request, "alert_hours.html", {"page": page}, status=422 if form.errors else 200)


@require_POST
@requires(Action.HAVE_ALERTS)
def wanted_again(request: UserRequest, pk: int) -> HttpResponse:
    muted = get_object_or_404(mutes_of(request.user), pk=pk)
    unmute(user=request.user, rule=muted.rule, at=timezone.now())
    messages.success(request, f"“{muted.rule.name}” sends you mails again.")
    return redirect("alert-hours")
