"""A rule starts its playbook: for accounts without an open plan, once per cause, on behalf of the rule's author."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time

from django.db.models import QuerySet
from django.utils import timezone

from accounts.access import Action, can
from accounts.models import Account, MitigationPlan, PlanOrigin, Status
from accounts.operations.plan_opening import open_plans
from accounts.queries.playbooks import drafts_of
from scoring.alerts.edges import Edge
from scoring.models import AccountHealth, Alert, AlertRule

# A night that moves thousands of accounts tells of all of them, but opens no thousands of plans.
MOST_A_DAY = 50


def why_starts_none(rule: AlertRule) -> str:
    """Why a rule with a playbook starts no plan, in words; empty where it does."""
    if rule.playbook is None:
        return ""
    if rule.playbook.archived_at is not None:
        return f"It starts no plan: the playbook {rule.playbook.name} is archived."
    return "" if can(rule.author, Action.EDIT_ACCOUNT) else "It starts no plan: its author may not open plans."


def hold_accounts(rule: AlertRule, accounts: Collection[int | None]) -> None:
    """Whoever opens a plan for one of these accounts waits for us. Ask before anything is written about them."""
    if rule.playbook_id is not None:
        held = Account.objects.select_for_update().filter(pk__among=[pk for pk in accounts if pk is not None])
        list(held.order_by("pk").values_list("pk"))


def start_plans(rule: AlertRule, alerts: Sequence[Alert], *, at: datetime) -> int:
    """The plans that these alerts start, noted on them; says how many. A dozen queries, however many there are."""
    if rule.playbook is None or why_starts_none(rule):
        return 0
    starting = to_start(alerts)[: max(0, MOST_A_DAY - started_on(rule, at=at))]
    if not starting:
        return 0
    accounts = [alert.account for alert in starting if alert.account]
    drafts = drafts_of(
        rule.playbook,
        accounts,
        starter=rule.author,
        today=timezone.localtime(at).date(),
        scores=scores_of(accounts),
        origin=PlanOrigin.RULE,
    )
    told = [
        replace(draft, cause=f"Alert rule {rule.pk}: {alert.text}")
        for draft, alert in zip(drafts, starting, strict=True)
    ]
    for alert, plan in zip(starting, open_plans(drafts=told, by=rule.author, at=at), strict=True):
        alert.plan = plan
    Alert.objects.bulk_update(starting, ["plan"])
    return len(starting)


def to_start(alerts: Sequence[Alert]) -> list[Alert]:
    """The first alert of each account that has no open plan and has not left."""
    ids = [alert.account_id for alert in alerts if alert.account_id]
    planned = set(MitigationPlan.objects.filter(account__in=ids, closed_at=None).values_list("account", flat=True))
    first: dict[int, Alert] = {}
    for alert in alerts:
        if alert.account and alert.account.status == Status.ACTIVE and alert.account_id not in planned:
            first.setdefault(alert.account.pk, alert)
    return list(first.values())


def started_on(rule: AlertRule, *, at: datetime) -> int:
    """How many plans the rule started since midnight."""
    midnight = timezone.make_aware(datetime.combine(timezone.localtime(at).date(), time()))
    return started_by(rule).filter(at__gte=midnight).count()


def started_by(rule: AlertRule) -> QuerySet[Alert]:
    return Alert.objects.filter(rule=rule, plan__isnull=False)


def scores_of(accounts: Iterable[Account]) -> dict[int, int | None]:
    ids = [account.pk for account in accounts]
    return dict(AccountHealth.objects.filter(account__in=ids).values_list("account", "score"))


def would_start(found: Sequence[Edge]) -> set[str]:
    """The causes that would have started a plan: where none was open that day, and none of this rule's since.

    What a plan that was never opened would have become is not known: it counts as still open.
    """
    spans = plans_of({edge.account_id for edge in found if edge.account_id})
    starts, taken, days = set[str](), set[int](), Counter[date]()
    for edge in sorted(found, key=lambda edge: (edge.as_of, edge.cause)):
        pk = edge.account_id
        if pk is None or pk in taken or days[edge.as_of] >= MOST_A_DAY:
            continue
        if any(first <= edge.as_of and (last is None or edge.as_of < last) for first, last in spans[pk]):
            continue
        starts.add(edge.cause)
        taken.add(pk)
        days[edge.as_of] += 1
    return starts


def plans_of(accounts: Collection[int]) -> dict[int, list[tuple[date, date | None]]]:
    """From which day to which each account had a plan; one without an end is open."""
    found: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    plans = MitigationPlan.objects.filter(account__among=list(accounts))
    for pk, opened, closed in plans.values_list("account", "opened_at", "closed_at"):
        last = timezone.localtime(closed).date() if closed else None
        found[pk].append((timezone.localtime(opened).date(), last))
    return found
