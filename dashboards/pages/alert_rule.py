"""One rule: its form, tried against the last 90 days before it is switched on."""

from dataclasses import dataclass
from datetime import date
from time import monotonic

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action, visible_accounts
from accounts.models import User
from dashboards.gate import UserRequest, requires
from dashboards.pages.alert_form import RuleForm, stated
from dashboards.pages.alert_rules import seen_rule
from dashboards.pages.sources import take_errors
from scoring.alerts.contacts import is_writing_on
from scoring.alerts.edges import Edge
from scoring.alerts.operations import change_rule, make_rule
from scoring.alerts.rehearsal import DAYS, Rehearsal, rehearse
from scoring.models import AlertKind, AlertRule

MOST_LISTED = 50


@dataclass(frozen=True)
class TriedRow:
    day: date
    account_pk: int | None
    account: str
    text: str
    starts: bool
    mails: int


@dataclass(frozen=True)
class TriedPage:
    """What the rule would have told."""

    rows: list[TriedRow]
    rehearsal: Rehearsal
    playbook: str
    writes: bool
    is_writing_on: bool
    days: int = DAYS

    @property
    def count(self) -> int:
        return len(self.rehearsal.found)

    @property
    def starts(self) -> int:
        return len(self.rehearsal.starts)

    @property
    def mails(self) -> int:
        return sum(self.rehearsal.mails.values())

    @property
    def left_out(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True)
class RulePage:
    form: RuleForm
    rule: AlertRule | None
    kind: AlertKind
    kinds: list[tuple[str, str]]
    tried: TriedPage | None


def try_out(rule: AlertRule, *, today: date) -> TriedPage:
    done = rehearse(rule, today=today, at=timezone.now(), timer=monotonic)
    listed = done.found[:MOST_LISTED]
    named = [edge.account_id for edge in listed if edge.account_id]
    names = dict(visible_accounts(rule.author).filter(pk__in=named).values_list("pk", "name"))
    playbook = rule.playbook.name if rule.playbook else ""
    rows = [tried_row(edge, names, done) for edge in listed]
    return TriedPage(rows, done, playbook, rule.writes_contacts, is_writing_on())


def tried_row(edge: Edge, names: dict[int, str], done: Rehearsal) -> TriedRow:
    name = names.get(edge.account_id or 0, "")
    return TriedRow(
        edge.as_of, edge.account_id, name, edge.text, edge.cause in done.starts, done.mails.get(edge.cause, 0)
    )


def kind_asked(request: UserRequest) -> AlertKind:
    asked = request.GET.get("kind", "")
    return AlertKind(asked) if asked in AlertKind.values else AlertKind.BAND


@requires(Action.HAVE_ALERTS)
def new_rule(request: UserRequest) -> HttpResponse:
    """A form of one kind; POST tries it, or makes it."""
    return answer(request, rule=None, kind=kind_asked(request))


@requires(Action.HAVE_ALERTS)
def rule(request: UserRequest, pk: int) -> HttpResponse:
    found = seen_rule(request, pk)
    return answer(request, rule=found, kind=AlertKind(found.kind))


def answer(request: UserRequest, *, rule: AlertRule | None, kind: AlertKind) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    by = rule.author if rule else request.user
    form = RuleForm(data, kind=kind, by=by, initial=stated(rule) if rule else None)
    if data is None:
        tried = try_out(rule, today=timezone.localdate()) if rule and "tried" in request.GET else None
        return shown(request, form, rule=rule, tried=tried)
    if not form.is_valid():
        return shown(request, form, rule=rule, tried=None)
    if "try" in data:
        tried = try_out(form.said().rule(by, at=timezone.now()), today=timezone.localdate())
        return shown(request, form, rule=rule, tried=tried)
    return saved(request, form, rule=rule)


def saved(request: UserRequest, form: RuleForm, *, rule: AlertRule | None) -> HttpResponse:
    try:
        kept = keep(form, rule=rule, by=request.user)
    except ValidationError as refused:
        take_errors(form, refused)
        return shown(request, form, rule=rule, tried=None)
    word = "is saved" if kept.is_on else "is saved, and off: look at what it would have told, then switch it on"
    messages.success(request, f"“{kept.name}” {word}.")
    return redirect(f"{reverse('alert-rule', args=[kept.pk])}?tried=1")


def keep(form: RuleForm, *, rule: AlertRule | None, by: User) -> AlertRule:
    now = timezone.now()
    if rule is None:
        return make_rule(said=form.said(), by=by, at=now)
    return change_rule(rule=rule, said=form.said(), edition=form.cleaned_data["edition"], by=by, at=now)


def shown(request: UserRequest, form: RuleForm, *, rule: AlertRule | None, tried: TriedPage | None) -> HttpResponse:
    page = RulePage(form=form, rule=rule, kind=form.kind, kinds=AlertKind.choices, tried=tried)
    is_part = bool(request.headers.get("HX-Request")) and tried is not None
    template = "_alert_tried.html" if is_part else "alert_rule.html"
    return render(request, template, {"page": page}, status=422 if form.errors else 200)
