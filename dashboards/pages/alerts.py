"""What one was told: the notices, those that are tasks, and the bell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import User
from accounts.operations.preferences import set_unread_alerts
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import streamed_csv
from scoring.alerts.operations import read_notices, set_done
from scoring.alerts.queries import notices_of, open_tasks, unread_count
from scoring.models import Alert, AlertKind, AlertNotice

PER_PAGE = 50
ALL, UNREAD, TASKS = "", "unread", "tasks"
HEAD = ("at", "rule", "account", "alert", "due", "read_at", "done_at", "started_playbook")


@dataclass(frozen=True)
class NoticeRow:
    pk: int
    account_pk: int | None
    account: str
    band: int | None
    text: str
    rule: str
    at: datetime
    due_on: date | None
    is_late: bool
    is_done: bool
    is_read: bool
    started: str  # the playbook whose plan it started
    about: str  # what an alert of no account is about


@dataclass(frozen=True)
class AlertsPage:
    rows: list[NoticeRow]
    page: Page
    show: str
    unread: int
    tasks: int
    late: int
    today: date
    now: datetime


def build_alerts_page(user: User, *, show: str, number: str | None, now: datetime) -> AlertsPage:
    today = timezone.localdate(now)
    page = Paginator(shown(user, show), PER_PAGE).get_page(number)
    tasks, late = open_tasks(user, today=today)
    unread = unread_count(user)
    set_unread_alerts(user=user, unread=unread)
    return AlertsPage(
        rows=[notice_row(notice, today=today) for notice in page],
        page=page,
        show=show,
        unread=unread,
        tasks=tasks,
        late=late,
        today=today,
        now=now,
    )


def shown(user: User, show: str) -> QuerySet[AlertNotice]:
    notices = notices_of(user)
    if show == TASKS:
        return notices.filter(due_on__isnull=False, done_at=None).order_by("due_on", "pk")
    return notices.filter(read_at=None) if show == UNREAD else notices


def notice_row(notice: AlertNotice, *, today: date) -> NoticeRow:
    alert = notice.alert
    health = getattr(alert.account, "health", None)
    return NoticeRow(
        pk=notice.pk,
        account_pk=alert.account_id,
        account=alert.account.name if alert.account else "",
        band=health.band if health else None,
        text=alert.text,
        rule=rule_name(alert),
        at=alert.at,
        due_on=notice.due_on,
        is_late=notice.due_on is not None and notice.done_at is None and notice.due_on < today,
        is_done=notice.done_at is not None,
        is_read=notice.read_at is not None,
        started=started_by(alert),
        about="Sources" if alert.rule and alert.rule.kind == AlertKind.SILENCE else "The rule",
    )


def rule_name(alert: Alert) -> str:
    return alert.rule.name if alert.rule else "Weekly review"


def started_by(alert: Alert) -> str:
    return alert.plan.playbook.name if alert.plan and alert.plan.playbook else ""


def what_of(request: UserRequest) -> str:
    show = request.GET.get("show", ALL)
    return show if show in (UNREAD, TASKS) else ALL


@requires(Action.HAVE_ALERTS)
def alerts(request: UserRequest) -> HttpResponse:
    page = build_alerts_page(request.user, show=what_of(request), number=request.GET.get("page"), now=timezone.now())
    return render(request, "alerts.html", {"page": page})


@requires(Action.HAVE_ALERTS)
def alerts_csv(request: UserRequest) -> HttpResponseBase:
    return streamed_csv("alerts", lines(shown(request.user, what_of(request))))


def lines(notices: QuerySet[AlertNotice]) -> Iterator[tuple[Any, ...]]:
    yield HEAD
    for notice in notices.iterator(chunk_size=2_000):
        alert = notice.alert
        name = alert.account.name if alert.account else None
        moments = (moment.isoformat() if moment else None for moment in (notice.read_at, notice.done_at))
        yield (
            alert.at.isoformat(),
            rule_name(alert),
            name,
            alert.text,
            notice.due_on,
            *moments,
            started_by(alert) or None,
        )


@requires(Action.HAVE_ALERTS)
def open_notice(request: UserRequest, pk: int) -> HttpResponse:
    """To what the notice is about; it is read then."""
    notice = get_object_or_404(notices_of(request.user), pk=pk)
    read_notices(notices=AlertNotice.objects.filter(pk=notice.pk), user=request.user, at=timezone.now())
    alert = notice.alert
    if alert.review_id:
        return redirect("account-plan", alert.account_id)
    if alert.account_id:
        return redirect("account", alert.account_id)
    is_silence = alert.rule is None or alert.rule.kind == AlertKind.SILENCE
    return redirect("alerts") if is_silence else redirect("alert-rule", alert.rule_id)


@require_POST
@requires(Action.HAVE_ALERTS)
def read(request: UserRequest) -> HttpResponse:
    """All of them, or the one that is named."""
    notices = AlertNotice.objects.filter(user=request.user)
    if request.POST.get("notice", "").isdigit():
        notices = notices.filter(pk=int(request.POST["notice"][:18]))
    read_notices(notices=notices, user=request.user, at=timezone.now())
    return redirect("alerts")


@require_POST
@requires(Action.HAVE_ALERTS)
def done(request: UserRequest, pk: int) -> HttpResponse:
    """Ticked off, or with `open` back again: that is also the undo."""
    notice = get_object_or_404(notices_of(request.user), pk=pk, due_on__isnull=False)
    is_done = "open" not in request.GET
    if set_done(notice=notice, is_done=is_done, by=request.user, at=timezone.now()) and is_done:
        messages.success(request, "Done.", extra_tags=f"{reverse('alert-done', args=[pk])}?open=1")
    return redirect(f"{reverse('alerts')}?show={TASKS}")
