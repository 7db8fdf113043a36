"""Who is told of an alert: a notice for each person, and when its mail goes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.access import managers_by_team
from accounts.models import User
from scoring.models import (
    Alert,
    AlertDelivery,
    AlertFiring,
    AlertMute,
    AlertNotice,
    AlertPreference,
    AlertRule,
    MailPace,
)

DIGEST_AT, MONDAY = time(8), 0


@dataclass(frozen=True)
class Hours:
    """When a person wants mail."""

    zone: ZoneInfo
    quiet_from: time | None = None
    quiet_until: time | None = None

    def after_quiet(self, at: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours that it falls into."""
        local = at.astimezone(self.zone)
        if self.quiet_from is None or self.quiet_until is None or not self.is_quiet(local.time()):
            return at
        ends = self.at_time(local, self.quiet_until)
        return ends if ends > at else self.at_time(local + timedelta(days=1), self.quiet_until)

    def is_quiet(self, now: time) -> bool:
        first, last = self.quiet_from, self.quiet_until
        if first is None or last is None:
            return False
        return first <= now < last if first <= last else now >= first or now < last

    def next_digest(self, at: datetime, *, weekly: bool) -> datetime:
        """The next eight o'clock, or that of Monday; then after the quiet hours."""
        local = at.astimezone(self.zone)
        days = (MONDAY - local.weekday()) % 7 if weekly else 0
        found = self.at_time(local + timedelta(days=days), DIGEST_AT)
        if found <= at:
            found = self.at_time(local + timedelta(days=days + (7 if weekly else 1)), DIGEST_AT)
        return self.after_quiet(found)

    def at_time(self, day: datetime, clock: time) -> datetime:
        return datetime.combine(day.date(), clock, tzinfo=self.zone)


def tell(rule: AlertRule, firing: AlertFiring, alerts: Sequence[Alert], *, at: datetime) -> None:
    """Notices of all these alerts, and a message to each target. As many queries however many there are."""
    pairs = list(dict.fromkeys(recipients(rule, alerts)))
    users = {user for _, user in pairs}
    hours, muted = hours_of(users), muted_by(rule)
    AlertNotice.objects.bulk_create(
        [
            notice_of(rule, alert, user, at=at, hours=hours[user], is_muted=user in muted)
            for alert, user in pairs
        ]
    )  # fmt: skip
    count_unread(users)
    targets = rule.targets.filter(is_on=True, dropped_at=None)
    AlertDelivery.objects.bulk_create(
        AlertDelivery(target=target, firing=firing, queued_at=at, next_try_at=at) for target in targets
    )


def count_unread(users: Collection[int]) -> None:
    """What their bells show."""
    unread = AlertNotice.objects.filter(user=OuterRef("pk"), read_at=None).order_by()
    count = unread.values("user").annotate(unread=Count("pk")).values("unread")
    User.objects.filter(pk__in=users).update(unread_alerts=Coalesce(Subquery(count), 0))


def recipients(rule: AlertRule, alerts: Sequence[Alert]) -> Iterator[tuple[Alert, int]]:
    """Each alert with the key of everybody who is told, active people alone."""
    managers = managers_by_team() if rule.tells_managers else {}
    for alert in alerts:
        owner = alert.account.owner if alert.account else None
        if rule.tells_me:
            yield alert, rule.author_id
        if rule.tells_owners and owner is not None and owner.is_active:
            yield alert, owner.pk
        if owner is not None and owner.team_id is not None:
            yield from ((alert, manager) for manager in managers.get(owner.team_id, ()))


def notice_of(rule: AlertRule, alert: Alert, user: int, *, at: datetime, hours: Hours, is_muted: bool) -> AlertNotice:
    pace = MailPace.NONE if is_muted else MailPace(rule.mail)
    due_on = None if rule.due_days is None else at.astimezone(hours.zone).date() + timedelta(days=rule.due_days)
    return AlertNotice(
        alert=alert, user_id=user, due_on=due_on, mail=pace, mail_due_at=mail_due_at(pace, at=at, hours=hours)
    )


def mail_due_at(pace: MailPace, *, at: datetime, hours: Hours) -> datetime | None:
    if pace == MailPace.NONE:
        return None
    return hours.after_quiet(at) if pace == MailPace.NOW else hours.next_digest(at, weekly=pace == MailPace.WEEKLY)


def hours_of(users: set[int]) -> Mapping[int, Hours]:
    """Of each of them; who never said anything is in the organization's zone and has no quiet hours."""
    found = dict.fromkeys(users, Hours(ZoneInfo(settings.TIME_ZONE)))
    for said in AlertPreference.objects.filter(user__in=users):
        found[said.user_id] = Hours(ZoneInfo(said.time_zone), said.quiet_from, said.quiet_until)
    return found


def muted_by(rule: AlertRule) -> set[int]:
    return set(AlertMute.objects.filter(rule=rule).values_list("user", flat=True))
