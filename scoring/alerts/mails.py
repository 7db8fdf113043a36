"""Mails about alerts: what is due for a person goes as one mail for each rule, or as one digest of all."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import connection, transaction

from accounts.access import visible_accounts
from accounts.models import User
from accounts.operations.mail import queue_mail
from scoring.models import AlertNotice, MailPace

SALT = "alerts.stop"
MOST_NAMED = 50
TITLES = {MailPace.DAILY: "today", MailPace.WEEKLY: "this week"}


def mail_due(*, at: datetime) -> int:
    """Queues what is due for everybody; says how many mails that were."""
    due = AlertNotice.objects.filter(mailed_at=None, mail_due_at__lte=at, user__is_active=True)
    users = due.order_by("user").values_list("user", flat=True).distinct()
    return sum(mail_to(pk, at=at) for pk in list(users))


@transaction.atomic
def mail_to(user_id: int, *, at: datetime) -> int:
    """One person's mails, and that they were written, in one transaction."""
    due = AlertNotice.objects.filter(user=user_id, mailed_at=None, mail_due_at__lte=at).order_by("pk")
    notices = list(locked(due).select_related("alert__account", "alert__rule", "alert__plan__playbook"))
    user = User.objects.get(pk=user_id)
    AlertNotice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=at)
    seen = still_seen(user, notices)
    return sum(send(user, part, at=at) for part in parts_of(seen))


def locked(due: Any) -> Any:
    """Nobody else mails them meanwhile. SQLite has one writer at a time."""
    if connection.features.has_select_for_update_skip_locked:
        return due.select_for_update(skip_locked=True, of=("self",))
    return due


def still_seen(user: User, notices: Sequence[AlertNotice]) -> list[AlertNotice]:
    """Without accounts that went to somebody else meanwhile."""
    named = {notice.alert.account_id for notice in notices if notice.alert.account_id}
    seen = set(visible_accounts(user).filter(pk__in=named).values_list("pk", flat=True))
    return [notice for notice in notices if notice.alert.account_id is None or notice.alert.account_id in seen]


def parts_of(notices: Sequence[AlertNotice]) -> Iterator[list[AlertNotice]]:
    """What goes as one mail: at once by rule, else by pace."""

    def key(notice: AlertNotice) -> tuple[str, int]:
        return notice.mail, (notice.alert.rule_id or 0) if notice.mail == MailPace.NOW else 0

    for _, part in groupby(sorted(notices, key=key), key=key):
        yield list(part)


def send(user: User, part: Sequence[AlertNotice], *, at: datetime) -> int:
    stop = stop_link(user.pk, [rule for notice in part if (rule := notice.alert.rule_id)])
    return queue_mail(
        to=user.email,
        cause=f"alerts:{user.pk}:{part[0].pk}",
        subject=subject_of(part),
        text=text_of(user, part, stop=stop),
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        at=at,
    )


def subject_of(part: Sequence[AlertNotice]) -> str:
    first, pace = part[0].alert, MailPace(part[0].mail)
    if pace != MailPace.NOW:
        return f"{len(part)} {'alert' if len(part) == 1 else 'alerts'} {TITLES[pace]}"
    if len(part) > 1:
        return f"{first.rule.name if first.rule else 'Weekly review'}: {len(part)} alerts"
    return f"{first.account.name}: {first.text}" if first.account else first.text


def text_of(user: User, part: Sequence[AlertNotice], *, stop: str) -> str:
    lines = [f"Hello {user.get_short_name()},", ""]
    for rule, told in groupby(sorted(part, key=by_rule), key=lambda notice: notice.alert.rule):
        lines += [f"{rule.name if rule else 'Weekly review'}:", *map(line_of, list(told)[:MOST_NAMED]), ""]
    if len(part) > MOST_NAMED:
        lines += ["Longer lists are cut here; all alerts are on the page.", ""]
    lines += [f"All alerts: {settings.PUBLIC_URL}/alerts", f"No more mails about this: {stop}"]
    return "\n".join(lines)


def by_rule(notice: AlertNotice) -> tuple[int, int]:
    return notice.alert.rule_id or 0, notice.pk


def line_of(notice: AlertNotice) -> str:
    alert = notice.alert
    due = f" (due {notice.due_on.day} {notice.due_on:%b %Y})" if notice.due_on else ""
    if alert.account is None:
        return f"- {alert.text}{due}"
    begun = f"\n  Started the plan “{alert.plan.playbook}”." if alert.plan and alert.plan.playbook else ""
    return f"- {alert.account.name}: {alert.text}{due}{begun}\n  {settings.PUBLIC_URL}/accounts/{alert.account_id}"


def stop_link(user_id: int, rules: Sequence[int]) -> str:
    """Opens without a login, says nothing, and can do one thing alone."""
    return f"{settings.PUBLIC_URL}/alerts/stop/{stop_token(user_id, rules)}"


def stop_token(user_id: int, rules: Sequence[int]) -> str:
    return signing.dumps({"user": user_id, "rules": sorted(set(rules))}, salt=SALT)


def read_stop_token(token: str) -> tuple[int, list[int]] | None:
    """Whose mails about which rules; None of a link that nobody made here."""
    try:
        said = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return said["user"], said["rules"]
