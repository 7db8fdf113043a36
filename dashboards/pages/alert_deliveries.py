"""The log of messages to targets: every try with its answer, the next one, and sending again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import streamed_csv
from scoring.alerts.deliver import ON_ITS_WAY
from scoring.alerts.queries import deliveries
from scoring.alerts.targets import send_again
from scoring.models import AlertDelivery, DeliveryState, DeliveryTry

PER_PAGE = 25
HEAD = ("queued_at", "rule", "target", "state", "tries", "next_try_at", "last_status", "last_answer", "message_id")
TONES = {DeliveryState.DELIVERED: "tag--good", DeliveryState.FAILED: "tag--bad"}


@dataclass(frozen=True)
class DeliveryRow:
    pk: int
    rule: str
    target: str
    state: str
    tone: str
    attempts: int
    queued_at: datetime
    next_try_at: datetime | None
    tries: list[DeliveryTry]
    is_over: bool
    message_id: str

    @property
    def last(self) -> DeliveryTry | None:
        return self.tries[0] if self.tries else None


@dataclass(frozen=True)
class DeliveriesPage:
    rows: list[DeliveryRow]
    page: Page
    state: str
    states: list[tuple[str, str]]
    now: datetime


def delivery_row(found: AlertDelivery) -> DeliveryRow:
    is_over = found.state not in ON_ITS_WAY
    return DeliveryRow(
        pk=found.pk,
        rule=found.firing.rule.name if found.firing else "Test",
        target=found.target.name,
        state=found.get_state_display(),
        tone=TONES.get(DeliveryState(found.state), ""),
        attempts=found.attempts,
        queued_at=found.queued_at,
        next_try_at=None if is_over else found.next_try_at,
        tries=sorted(found.tries.all(), key=lambda tried: tried.pk, reverse=True),
        is_over=is_over,
        message_id=f"msg_{found.uid.hex}",
    )


def state_asked(request: UserRequest) -> str:
    asked = request.GET.get("state", "")
    return asked if asked in DeliveryState.values else ""


@requires(Action.MANAGE_TARGETS)
def log(request: UserRequest) -> HttpResponse:
    state = state_asked(request)
    page = Paginator(deliveries(state=state), PER_PAGE).get_page(request.GET.get("page"))
    shown = DeliveriesPage([delivery_row(each) for each in page], page, state, DeliveryState.choices, timezone.now())
    return render(request, "alert_deliveries.html", {"page": shown})


@requires(Action.MANAGE_TARGETS)
def log_csv(request: UserRequest) -> HttpResponseBase:
    return streamed_csv("alert-deliveries", lines(state_asked(request)))


def lines(state: str) -> Iterator[tuple[Any, ...]]:
    yield HEAD
    for row in map(delivery_row, deliveries(state=state).iterator(chunk_size=2_000)):
        last = row.last
        yield (
            row.queued_at.isoformat(), row.rule, row.target, row.state, row.attempts,
            row.next_try_at.isoformat() if row.next_try_at else None, last.status if last else None,
            last.said if last else None, row.message_id,
        )  # fmt: skip


@require_POST
@requires(Action.MANAGE_TARGETS)
def replay(request: UserRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(AlertDelivery, pk=pk, target__dropped_at=None)
    if send_again(delivery=delivery, by=request.user, at=timezone.now()):
        messages.success(request, "It goes again, under the same id, within ten seconds.")
    else:
        messages.warning(request, "It is on its way already.")
    return redirect("alert-deliveries")
