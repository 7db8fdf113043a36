"""Targets outside: made, their secret shown once and exchanged, switched and dropped."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.integrations.webhooks.post import Answer
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from dashboards.pages.sources import take_errors
from scoring.alerts.deliver import send_test
from scoring.alerts.queries import targets_in_order
from scoring.alerts.targets import (
    drop_target,
    exchange_secret,
    make_target,
    queue_test,
    secret_text,
    switch_target,
    take_target_back,
)
from scoring.models import AlertTarget, TargetKind

SAID = 160
HEAD = ("target", "kind", "host", "is_on", "failures", "rests_until", "waiting")


class TargetForm(forms.Form):
    kind = forms.ChoiceField(choices=TargetKind.choices)
    name = forms.CharField(max_length=80, error_messages={"required": "Give the target a name."})
    url = forms.CharField(
        label="Address", max_length=500, help_text="It begins with https://. Nobody is shown all of it again.",
        error_messages={"required": "Write the address."},
    )  # fmt: skip


@dataclass(frozen=True)
class TargetRow:
    pk: int
    name: str
    kind: str
    host: str
    is_webhook: bool
    is_on: bool
    failures: int
    rests_until: datetime | None
    waiting: int


@dataclass(frozen=True)
class TargetsPage:
    rows: list[TargetRow]
    form: TargetForm
    now: datetime


@dataclass(frozen=True)
class SecretPage:
    """The one page that shows a secret."""

    target: AlertTarget
    text: str
    is_exchanged: bool


def target_row(target: AlertTarget, *, now: datetime) -> TargetRow:
    resting = target.rests_until if target.rests_until and target.rests_until > now else None
    return TargetRow(
        pk=target.pk,
        name=target.name,
        kind=target.get_kind_display(),
        host=urlsplit(target.url).hostname or "",
        is_webhook=target.kind == TargetKind.WEBHOOK,
        is_on=target.is_on,
        failures=target.failures,
        rests_until=resting,
        waiting=getattr(target, "waiting", 0),
    )


def shown(request: UserRequest, form: TargetForm) -> HttpResponse:
    now = timezone.now()
    page = TargetsPage([target_row(target, now=now) for target in targets_in_order()], form, now)
    return render(request, "alert_targets.html", {"page": page}, status=422 if form.errors else 200)


@requires(Action.MANAGE_TARGETS)
def targets(request: UserRequest) -> HttpResponse:
    """All of them; POST makes one."""
    if request.method != "POST":
        return shown(request, TargetForm())
    form = TargetForm(request.POST)
    if not form.is_valid():
        return shown(request, form)
    try:
        made = make_target(**form.cleaned_data, by=request.user, at=timezone.now())
    except ValidationError as refused:
        take_errors(form, refused)
        return shown(request, form)
    if made.kind == TargetKind.WEBHOOK:
        return with_secret(request, made, is_exchanged=False)
    messages.success(request, f"Made {made.name}. Rules can send to it now.")
    return redirect("alert-targets")


def with_secret(request: UserRequest, target: AlertTarget, *, is_exchanged: bool) -> HttpResponse:
    """Not a redirect: the secret would have to be kept somewhere on the way."""
    page = SecretPage(target, secret_text(target), is_exchanged)
    response = render(request, "alert_secret.html", {"page": page})
    response["Cache-Control"] = "no-store"
    return response


@requires(Action.MANAGE_TARGETS)
def targets_csv(request: UserRequest) -> HttpResponse:
    rows = (target_row(target, now=timezone.now()) for target in targets_in_order())
    lines = (
        (row.name, row.kind, row.host, row.is_on, row.failures,
         row.rests_until.isoformat() if row.rests_until else None, row.waiting)
        for row in rows
    )  # fmt: skip
    return csv_file("alert-targets", [HEAD, *lines])


def found(pk: int) -> AlertTarget:
    return get_object_or_404(AlertTarget, pk=pk, dropped_at=None)


@require_POST
@requires(Action.MANAGE_TARGETS)
def secret(request: UserRequest, pk: int) -> HttpResponse:
    target = get_object_or_404(AlertTarget, pk=pk, dropped_at=None, kind=TargetKind.WEBHOOK)
    return with_secret(request, exchange_secret(target=target, by=request.user, at=timezone.now()), is_exchanged=True)


@require_POST
@requires(Action.MANAGE_TARGETS)
def switch(request: UserRequest, pk: int) -> HttpResponse:
    target, is_on = found(pk), request.GET.get("on") == "1"
    if switch_target(target=target, is_on=is_on, by=request.user, at=timezone.now()):
        undo = f"{reverse('alert-target-switch', args=[pk])}?on={0 if is_on else 1}"
        messages.success(
            request, f"{target.name} is {'on' if is_on else 'off: what waits, waits on'}.", extra_tags=undo
        )
    return redirect("alert-targets")


@require_POST
@requires(Action.MANAGE_TARGETS)
def test(request: UserRequest, pk: int) -> HttpResponse:
    """One message now; what came back is said in words, and stands in the log."""
    target = found(pk)
    try:
        sent = queue_test(target=target, by=request.user, at=timezone.now())
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
        return redirect("alert-targets")
    answer = send_test(sent, clock=timezone.now)
    if answer is None:
        messages.warning(request, "The test is on its way; the log says what comes of it.")
    elif answer.is_taken:
        messages.success(request, f"{target.name} took the test: it answered {answer.status}.")
    else:
        messages.error(request, f"{target.name} did not take the test: {outcome(answer)}")
    return redirect("alert-targets")


def outcome(answer: Answer) -> str:
    """In words, with what the other side said, cut short."""
    said = answer.said.strip()[:SAID]
    if answer.status is None:
        return f"no answer ({said})." if said else "no answer."
    return f"it answered {answer.status}, “{said}”." if said else f"it answered {answer.status}."


@require_POST
@requires(Action.MANAGE_TARGETS)
def drop(request: UserRequest, pk: int) -> HttpResponse:
    target = found(pk)
    drop_target(target=target, by=request.user, at=timezone.now())
    undo = reverse("alert-target-back", args=[pk])
    messages.success(request, f"{target.name} is deleted. Nothing more is sent there.", extra_tags=undo)
    return redirect("alert-targets")


@require_POST
@requires(Action.MANAGE_TARGETS)
def back(request: UserRequest, pk: int) -> HttpResponse:
    target = get_object_or_404(AlertTarget, pk=pk, dropped_at__isnull=False)
    take_target_back(target=target, by=request.user, at=timezone.now())
    messages.success(request, f"{target.name} is back.")
    return redirect("alert-targets")
