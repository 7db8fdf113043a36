"""What pages about alerts read."""

from datetime import date

from django.db.models import Count, Max, Q, QuerySet, Sum

from accounts.access import Action, answerable_for, can, visible_accounts
from accounts.models import User
from scoring.models import AlertDelivery, AlertMute, AlertNotice, AlertPreference, AlertRule, AlertTarget


def notices_of(user: User) -> QuerySet[AlertNotice]:
    """What the user was told, the newest first; not about accounts that somebody else has by now."""
    seen = Q(alert__account=None) | Q(alert__account__in=visible_accounts(user))
    told = AlertNotice.objects.filter(seen, user=user)
    return told.select_related("alert__account__health", "alert__rule", "alert__plan__playbook").order_by("-pk")


def unread_count(user: User) -> int:
    return notices_of(user).filter(read_at=None).count()


def open_tasks(user: User, *, today: date) -> tuple[int, int]:
    """How many tasks of alerts are open, and how many of these are overdue."""
    tasks = notices_of(user).filter(due_on__isnull=False, done_at=None).order_by()
    found = tasks.aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)))
    return found["all"], found["late"]


def rules_of(user: User) -> QuerySet[AlertRule]:
    """One's own; who may alert others sees to those of everybody whose accounts they see."""
    rules = AlertRule.objects.filter(own_or_seen(user), dropped_at=None)
    told = rules.annotate(
        told=Count("alerts"), last_at=Max("alerts__at"), started=Count("alerts__plan"), mails=Sum("alerts__mails")
    )
    return (
        told.select_related("author", "segment", "team", "playbook")
        .prefetch_related("targets")
        .order_by("-is_on", "name", "pk")
    )


def own_or_seen(user: User) -> Q:
    if not can(user, Action.ALERT_OTHERS):
        return Q(author=user)
    return Q(author=user) | Q(author__in=answerable_for(user))


def preference_of(user: User) -> AlertPreference | None:
    return AlertPreference.objects.filter(user=user).first()


def mutes_of(user: User) -> QuerySet[AlertMute]:
    return AlertMute.objects.filter(user=user, rule__dropped_at=None).select_related("rule").order_by("rule__name")


def targets_in_order() -> QuerySet[AlertTarget]:
    """All that were not dropped, with how many messages wait for each."""
    waiting = Count("deliveries", filter=Q(deliveries__state__in=["waiting", "sending"]))
    return AlertTarget.objects.filter(dropped_at=None).annotate(waiting=waiting).order_by("name", "pk")


def deliveries(*, state: str = "", target: int | None = None) -> QuerySet[AlertDelivery]:
    """The log, the newest first; each with its tries."""
    found = AlertDelivery.objects.select_related("target", "firing__rule").prefetch_related("tries")
    if state:
        found = found.filter(state=state)
    return (found if target is None else found.filter(target=target)).order_by("-pk")
