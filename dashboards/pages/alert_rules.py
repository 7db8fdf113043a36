"""The rules of alerts: the list, and a rule switched, dropped and taken back."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import User
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from scoring.alerts.conditions import words_of
from scoring.alerts.operations import drop_rule, switch_rule, take_rule_back
from scoring.alerts.queries import own_or_seen, rules_of
from scoring.alerts.starts import why_starts_none
from scoring.models import AlertKind, AlertRule, AlertScope

HEAD = ("rule", "condition", "accounts", "tells", "mail", "due_days", "starts", "is_on", "alerts", "plans_started",
        "mails_sent", "last_at", "author", "error")  # fmt: skip


@dataclass(frozen=True)
class RuleRow:
    pk: int
    name: str
    condition: str
    accounts: str
    tells: str
    mail: str
    due_days: int | None
    playbook: str
    started: int
    writes: bool
    mails: int
    is_on: bool
    on_since: date | None
    told: int
    last_at: datetime | None
    author: str
    is_mine: bool
    error: str


@dataclass(frozen=True)
class RulesPage:
    rows: list[RuleRow]
    kinds: list[tuple[str, str]]
    now: datetime

    @property
    def on(self) -> int:
        return sum(row.is_on for row in self.rows)


def build_rules_page(user: User, *, now: datetime) -> RulesPage:
    return RulesPage([rule_row(rule, user) for rule in rules_of(user)], AlertKind.choices, now)


def rule_row(rule: AlertRule, user: User) -> RuleRow:
    return RuleRow(
        pk=rule.pk,
        name=rule.name,
        condition=words_of(rule.kind, rule.params),
        accounts=accounts_words(rule),
        tells=tells_words(rule),
        mail=rule.get_mail_display(),
        due_days=rule.due_days,
        playbook=rule.playbook.name if rule.playbook else "",
        started=getattr(rule, "started", 0),
        writes=rule.writes_contacts,
        mails=getattr(rule, "mails", 0) or 0,
        is_on=rule.is_on,
        on_since=rule.on_since,
        told=getattr(rule, "told", 0),
        last_at=getattr(rule, "last_at", None),
        author=rule.author.name,
        is_mine=rule.author_id == user.pk,
        error=rule.error or why_starts_none(rule),
    )


def accounts_words(rule: AlertRule) -> str:
    if rule.scope == AlertScope.SEGMENT and rule.segment:
        return f"Segment {rule.segment.name}"
    if rule.scope == AlertScope.TEAM and rule.team:
        return f"Team {rule.team.name}"
    return "The author's own" if rule.scope == AlertScope.MINE else "All that the author sees"


def tells_words(rule: AlertRule) -> str:
    told = ((rule.tells_me, rule.author.name), (rule.tells_owners, "owners"), (rule.tells_managers, "their managers"))
    names = [name for is_told, name in told if is_told]
    return ", ".join([*names, *(target.name for target in rule.targets.all())])


@requires(Action.HAVE_ALERTS)
def rules(request: UserRequest) -> HttpResponse:
    return render(request, "alert_rules.html", {"page": build_rules_page(request.user, now=timezone.now())})


@requires(Action.HAVE_ALERTS)
def rules_csv(request: UserRequest) -> HttpResponse:
    rows = build_rules_page(request.user, now=timezone.now()).rows
    return csv_file("alert-rules", [HEAD, *map(csv_line, rows)])


def csv_line(row: RuleRow) -> tuple[object, ...]:
    return (
        row.name, row.condition, row.accounts, row.tells, row.mail, row.due_days, row.playbook, row.is_on,
        row.told, row.started, row.mails, row.last_at.isoformat() if row.last_at else None, row.author, row.error,
    )  # fmt: skip


def seen_rule(request: UserRequest, pk: int) -> AlertRule:
    return get_object_or_404(rules_of(request.user), pk=pk)


@require_POST
@requires(Action.HAVE_ALERTS)
def switch(request: UserRequest, pk: int) -> HttpResponse:
    """On or off, as the button says; the undo is the other."""
    rule, is_on = seen_rule(request, pk), request.GET.get("on") == "1"
    now = timezone.now()
    if switch_rule(rule=rule, is_on=is_on, by=request.user, today=timezone.localdate(now), at=now):
        undo = f"{reverse('alert-rule-switch', args=[pk])}?on={0 if is_on else 1}"
        said = "is on: it tells what changes from now on" if is_on else "is off"
        messages.success(request, f"“{rule.name}” {said}.", extra_tags=undo)
    return redirect("alert-rules")


@require_POST
@requires(Action.HAVE_ALERTS)
def drop(request: UserRequest, pk: int) -> HttpResponse:
    rule = seen_rule(request, pk)
    drop_rule(rule=rule, by=request.user, at=timezone.now())
    back = reverse("alert-rule-back", args=[pk])
    messages.success(request, f"“{rule.name}” is deleted. What it told stays.", extra_tags=back)
    return redirect("alert-rules")


@require_POST
@requires(Action.HAVE_ALERTS)
def back(request: UserRequest, pk: int) -> HttpResponse:
    dropped = AlertRule.objects.filter(own_or_seen(request.user), dropped_at__isnull=False)
    rule = get_object_or_404(dropped, pk=pk)
    take_rule_back(rule=rule, by=request.user, at=timezone.now())
    messages.success(request, f"“{rule.name}” is back, and off.")
    return redirect("alert-rules")
