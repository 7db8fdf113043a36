"""Rules made, changed, switched and dropped; notices read and done; when a person wants mail."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.access import Action, can
from accounts.models import Playbook, Segment, Team, User
from scoring.alerts.conditions import BadCondition, condition_of
from scoring.alerts.tell import count_unread
from scoring.models import (
    AlertKind,
    AlertMute,
    AlertNotice,
    AlertPreference,
    AlertRule,
    AlertScope,
    AlertTarget,
    MailPace,
)

LONGEST_DUE_DAYS = 90
MOST_RULES = 50


@dataclass(frozen=True)
class Said:
    """What somebody says about a rule."""

    name: str
    kind: str
    params: dict[str, Any]
    scope: str = AlertScope.MINE
    segment: Segment | None = None
    team: Team | None = None
    tells_me: bool = True
    tells_owners: bool = False
    tells_managers: bool = False
    mail: str = MailPace.NONE
    due_days: int | None = None
    playbook: Playbook | None = None
    writes_contacts: bool = False
    targets: tuple[AlertTarget, ...] = ()

    def rule(self, author: User, *, at: datetime) -> AlertRule:
        """A rule that is not stored: to be tried, or to be made."""
        return AlertRule(author=author, created_at=at, **self.columns)

    @property
    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "targets"}


@transaction.atomic
def make_rule(*, said: Said, by: User, at: datetime) -> AlertRule:
    """Off, until it is switched on."""
    check(said, by=by)
    User.objects.select_for_update().get(pk=by.pk)
    if AlertRule.objects.filter(author=by, dropped_at=None).count() >= MOST_RULES:
        raise ValidationError(f"You have {MOST_RULES} rules already. Drop one first.")
    rule = said.rule(by, at=at)
    rule.save()
    rule.targets.set(said.targets)
    audit.record(verb="alert rule made", subject=rule, by=by, at=at, **told(rule))
    return rule


@transaction.atomic
def change_rule(*, rule: AlertRule, said: Said, edition: int, by: User, at: datetime) -> AlertRule:
    """Raises ValidationError where somebody changed it meanwhile."""
    check(said, by=rule.author)
    rule = AlertRule.objects.select_for_update().get(pk=rule.pk)
    if rule.edition != edition:
        raise ValidationError(f"“{rule.name}” was changed meanwhile, in another window. Look at it first.")
    before = told(rule)
    for name, value in said.columns.items():
        setattr(rule, name, value)
    rule.edition += 1
    rule.save()
    rule.targets.set(said.targets)
    audit.record(verb="alert rule changed", subject=rule, by=by, at=at, before=before, now=told(rule))
    return rule


def check(said: Said, *, by: User) -> None:
    """Refuses what makes no rule, with the field that is wrong."""
    try:
        condition_of(said.kind, said.params)
    except (BadCondition, TypeError, ValueError) as error:
        raise ValidationError(str(error)) from error
    if not (said.tells_me or said.tells_owners or said.tells_managers or said.targets):
        raise ValidationError({"tells_me": "Choose at least one who is told."})
    if (said.tells_owners or said.tells_managers or said.targets) and not can(by, Action.ALERT_OTHERS):
        raise PermissionDenied("Your role does not allow you to alert others.")
    if said.scope == AlertScope.SEGMENT and said.segment is None:
        raise ValidationError({"segment": "Choose the segment."})
    if said.scope == AlertScope.TEAM and said.team is None:
        raise ValidationError({"team": "Choose the team."})
    if said.due_days is not None and not 0 <= said.due_days <= LONGEST_DUE_DAYS:
        raise ValidationError({"due_days": f"A task is due within 0 to {LONGEST_DUE_DAYS} days."})
    if said.playbook is not None:
        check_playbook(said.playbook, said.kind, by=by)
    if said.writes_contacts:
        check_writing(said.kind, by=by)


def check_writing(kind: str, *, by: User) -> None:
    if not can(by, Action.SEND_SURVEYS):
        raise PermissionDenied("Your role does not allow you to write to contacts.")
    if kind == AlertKind.SILENCE:
        raise ValidationError("A source that falls silent is of no one account: nobody is written to.")


def check_playbook(playbook: Playbook, kind: str, *, by: User) -> None:
    if not can(by, Action.EDIT_ACCOUNT):
        raise PermissionDenied("Your role does not allow you to open plans.")
    if kind == AlertKind.SILENCE:
        raise ValidationError("A source that falls silent is of no one account: it starts no playbook.")
    if playbook.archived_at is not None:
        raise ValidationError({"playbook": f"{playbook.name} is archived. Choose another, or none."})


@transaction.atomic
def switch_rule(*, rule: AlertRule, is_on: bool, by: User, today: date, at: datetime) -> bool:
    """Says whether it was the other way before."""
    rule = AlertRule.objects.select_for_update().get(pk=rule.pk)
    if rule.is_on == is_on:
        return False
    rule.is_on, rule.on_since = is_on, today if is_on else rule.on_since
    rule.error = ""
    rule.save(update_fields=["is_on", "on_since", "error"])
    verb = "alert rule switched on" if is_on else "alert rule switched off"
    audit.record(verb=verb, subject=rule, by=by, at=at, name=rule.name)
    return True


@transaction.atomic
def drop_rule(*, rule: AlertRule, by: User, at: datetime) -> None:
    """Off and out of the list. What it told stays."""
    AlertRule.objects.filter(pk=rule.pk).update(is_on=False, dropped_at=at)
    audit.record(verb="alert rule dropped", subject=rule, by=by, at=at, **told(rule))


@transaction.atomic
def take_rule_back(*, rule: AlertRule, by: User, at: datetime) -> None:
    """As it was, and off."""
    AlertRule.objects.filter(pk=rule.pk).update(dropped_at=None)
    audit.record(verb="alert rule taken back", subject=rule, by=by, at=at, name=rule.name)


def told(rule: AlertRule) -> dict[str, Any]:
    return {
        "name": rule.name, "kind": str(rule.kind), "params": rule.params, "scope": str(rule.scope),
        "segment": rule.segment_id, "team": rule.team_id, "tells_me": rule.tells_me,
        "tells_owners": rule.tells_owners, "tells_managers": rule.tells_managers, "mail": str(rule.mail),
        "due_days": rule.due_days, "playbook": rule.playbook_id,
        "writes_contacts": rule.writes_contacts, "targets": sorted(target.pk for target in rule.targets.all()),
    }  # fmt: skip


@transaction.atomic
def read_notices(*, notices: QuerySet[AlertNotice], user: User, at: datetime) -> int:
    """Marks them read; says how many were not. What one reads is one's own, and no deed."""
    count = notices.filter(user=user, read_at=None).update(read_at=at)
    if count:
        count_unread([user.pk])
    return count


@transaction.atomic
def set_done(*, notice: AlertNotice, is_done: bool, by: User, at: datetime) -> bool:
    """Ticks a task off, or takes that back; says whether it was the other way before."""
    tasks = AlertNotice.objects.filter(pk=notice.pk, due_on__isnull=False, done_at__isnull=is_done)
    if not tasks.update(done_at=at if is_done else None, read_at=at):
        return False
    count_unread([notice.user_id])
    verb = "alert task done" if is_done else "alert task opened again"
    audit.record(verb=verb, subject=notice, by=by, at=at, alert=notice.alert_id)
    return True


@dataclass(frozen=True)
class Wishes:
    """When a person wants mail."""

    time_zone: str
    quiet_from: time | None = None
    quiet_until: time | None = None


@transaction.atomic
def set_wishes(*, user: User, wishes: Wishes, at: datetime) -> None:
    if (wishes.quiet_from is None) != (wishes.quiet_until is None):
        raise ValidationError("Quiet hours need both a beginning and an end, or neither.")
    ZoneInfo(wishes.time_zone)
    kept, _ = AlertPreference.objects.update_or_create(user=user, defaults=asdict(wishes))
    spoken = {name: str(value) for name, value in asdict(wishes).items() if value is not None}
    audit.record(verb="alert hours set", subject=kept, by=user, at=at, **spoken)


@transaction.atomic
def mute(*, user: User, rules: Sequence[int], at: datetime) -> int:
    """No more mails of these rules, nor those that wait; says how many rules were not muted before."""
    known = AlertRule.objects.filter(pk__in=rules).exclude(mutes__user=user)
    new = [AlertMute(user=user, rule=rule, muted_at=at) for rule in known]
    AlertMute.objects.bulk_create(new, ignore_conflicts=True)
    waiting = AlertNotice.objects.filter(user=user, alert__rule__in=rules, mailed_at=None)
    waiting.update(mail_due_at=None)
    for each in new:
        audit.record(verb="alert mails stopped", subject=each.rule, by=user, at=at)
    return len(new)


@transaction.atomic
def unmute(*, user: User, rule: AlertRule, at: datetime) -> bool:
    gone, _ = AlertMute.objects.filter(user=user, rule=rule).delete()
    if gone:
        audit.record(verb="alert mails wanted again", subject=rule, by=user, at=at)
    return bool(gone)
