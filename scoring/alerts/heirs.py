"""Rules of people who left pass to CS operations, so that none falls silent unseen."""

from datetime import date, datetime
from typing import Any

import structlog
from django.db import transaction

from accounts import audit
from accounts.access import operations_people, sight_of
from accounts.models import User
from scoring.alerts.tell import count_unread, hours_of, notice_of
from scoring.models import Alert, AlertFiring, AlertNotice, AlertRule, AlertScope

log = structlog.get_logger(__name__)
ALONE = "Its author left, and CS operations has nobody to take it: it tells nothing."


def pass_on(*, at: datetime, today: date) -> int:
    """Rules that are on and whose author left go to operations, who are told; says how many."""
    left = AlertRule.objects.filter(is_on=True, dropped_at=None, author__is_active=False).order_by("pk")
    orphans = list(left.select_related("author", "playbook"))
    if not orphans:
        return 0
    heirs = list(operations_people())
    if not heirs:
        left.update(error=ALONE)
        return 0
    for rule in orphans:
        inherit(rule, heirs, at=at, today=today)
    return len(orphans)


@transaction.atomic
def inherit(rule: AlertRule, heirs: list[User], *, at: datetime, today: date) -> None:
    """The first of operations becomes its author; all of them are told, at the bell and as the rule mails."""
    former, before = rule.author, reach(rule)
    is_wider = widen(rule)
    words = said_of(rule, is_wider=is_wider)
    if is_wider:
        # What was meant for one person's accounts opens no plans on everybody's, and writes to nobody's contacts.
        rule.playbook, rule.writes_contacts = None, False
    rule.author, rule.error, rule.edition = heirs[0], "", rule.edition + 1
    rule.save()
    audit.record(
        verb="alert rule passed on", subject=rule, by=None, at=at, former=former.pk, author=rule.author_id,
        before=before, now=reach(rule),
    )  # fmt: skip
    tell_heirs(rule, heirs, cause=f"passed on:{former.pk}:{rule.edition}", text=words, at=at, today=today)
    log.info("alert rule passed on", rule=rule.pk, author=rule.author_id)


def reach(rule: AlertRule) -> dict[str, Any]:
    return {
        "scope": str(rule.scope), "team": rule.team_id, "segment": rule.segment_id, "playbook": rule.playbook_id,
        "writes_contacts": rule.writes_contacts,
    }  # fmt: skip


def widen(rule: AlertRule) -> bool:
    """Operations sees everything: what the former author saw is said by scope, as nearly as can be. Whether it is more
    than before."""
    sight, team = sight_of(rule.author), rule.author.team_id
    if sight == "all" and rule.scope != AlertScope.MINE:
        return False
    if rule.scope == AlertScope.SEGMENT:
        return True
    was_team = sight.startswith("team:") and rule.scope != AlertScope.MINE
    if rule.scope != AlertScope.TEAM:
        rule.scope, rule.team_id = (AlertScope.TEAM, team) if team else (AlertScope.ALL, None)
    return not (was_team and rule.team_id == team)


def said_of(rule: AlertRule, *, is_wider: bool) -> str:
    if not is_wider:
        return "Its author left: the rule is CS operations' now, about the same accounts"
    reaches = {AlertScope.TEAM: "their whole team", AlertScope.SEGMENT: "the whole segment"}
    wider = f"; it was about accounts that they saw, and is about {reaches.get(AlertScope(rule.scope), 'all')} now"
    ended = [f"starts the playbook {rule.playbook.name}"] if rule.playbook else []
    ended += ["writes to contacts"] if rule.writes_contacts else []
    last = f", so it no longer {' or '.join(ended)}" if ended else ""
    return f"Its author left: the rule is CS operations' now{wider}{last}"


def tell_heirs(rule: AlertRule, heirs: list[User], *, cause: str, text: str, at: datetime, today: date) -> None:
    firing = AlertFiring.objects.create(rule=rule, at=at)
    alert = Alert.objects.create(rule=rule, firing=firing, cause=cause, text=text[:300], as_of=today, at=at)
    users = {heir.pk for heir in heirs}
    hours = hours_of(users)
    AlertNotice.objects.bulk_create(
        notice_of(rule, alert, user, at=at, hours=hours[user], is_muted=False) for user in sorted(users)
    )
    count_unread(users)
