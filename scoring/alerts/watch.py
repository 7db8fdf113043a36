"""Looking at the scores whenever they changed: which days, of which accounts, and every rule that is on.

What was found twice is told once (the table of alerts refuses the second), so whoever is killed in the midst leaves
the rest to the next look. Only a lease keeps two from doing the same work.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

import structlog
from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet

from accounts.models.touches import AccountTouch
from scoring.alerts.conditions import RenewalNear, SourceSilent, condition_of
from scoring.alerts.contacts import write_contacts
from scoring.alerts.edges import Days, Edge, edges, renewals_near, sources_silent
from scoring.alerts.heirs import pass_on
from scoring.alerts.starts import hold_accounts, start_plans
from scoring.alerts.tell import tell
from scoring.models import Alert, AlertFiring, AlertRule, AlertWatch, DailySummary, ScoringRun

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)
# Runs that ended longer ago are no news.
NEWS = timedelta(days=7)
# A transaction that was open at the last look is seen by the next.
OVERLAP = timedelta(minutes=2)
DATES_EVERY = timedelta(hours=1)
# So many alerts are told together; of causes so many are looked up at once.
TOLD_TOGETHER = 50
MOST_NAMED = 1_000


@dataclass(frozen=True)
class Look:
    """Two scored days; `among` are the accounts with a new score, None where it may be any."""

    days: Days
    among: tuple[int, ...] | None = None


def look(*, at: datetime, today: date) -> int:
    """Everything new since the last look, under every rule that is on; says how many alerts there are."""
    watch = the_watch(at=at)
    if not hold(watch, at=at):
        return 0
    runs = new_runs(watch, at=at)
    looks = [*looks_of(runs), *look_at_touched(watch, today=today)]
    with_dates = watch.dates_looked_at is None or at - watch.dates_looked_at >= DATES_EVERY
    pass_on(at=at, today=today)
    count = sum(look_under(rule, looks, with_dates=with_dates, today=today, at=at) for rule in rules_on())
    watch.runs = kept_runs(watch, runs, at=at)
    watch.dates_looked_at = at if with_dates else watch.dates_looked_at
    AlertWatch.objects.filter(pk=1).update(
        runs=watch.runs, looked_at=at, dates_looked_at=watch.dates_looked_at, held_until=None
    )
    return count


def the_watch(*, at: datetime) -> AlertWatch:
    """At the first look ever, what was scored before is no news."""
    before = list(runs_over(since=at - NEWS).values_list("pk", flat=True))
    return AlertWatch.objects.get_or_create(pk=1, defaults={"runs": before, "looked_at": at})[0]


def hold(watch: AlertWatch, *, at: datetime) -> bool:
    free = AlertWatch.objects.filter(Q(held_until=None) | Q(held_until__lt=at), pk=1)
    return bool(free.update(held_until=at + LEASE))


def runs_over(*, since: datetime) -> QuerySet[ScoringRun]:
    done = ScoringRun.objects.filter(state=ScoringRun.State.DONE, refreshes_health=True, finished_at__gte=since)
    return done.exclude(kind=ScoringRun.Kind.TOUCHED).defer("peers").order_by("as_of", "pk")


def new_runs(watch: AlertWatch, *, at: datetime) -> list[ScoringRun]:
    """Those that brought the newest scores; a look back at former days is no news."""
    runs = list(runs_over(since=at - NEWS))
    newest = max((run.as_of for run in runs if run.pk in set(watch.runs)), default=date.min)
    return [run for run in runs if run.pk not in set(watch.runs) and run.as_of >= newest]


def kept_runs(watch: AlertWatch, looked_at: Sequence[ScoringRun], *, at: datetime) -> list[int]:
    still = set(runs_over(since=at - NEWS).values_list("pk", flat=True))
    return sorted(still & {*watch.runs, *(run.pk for run in looked_at)})


def looks_of(runs: Sequence[ScoringRun]) -> Iterator[Look]:
    for day in sorted({run.as_of for run in runs}):
        if before := last_scored_before(day):
            yield Look(Days(day, before))


def look_at_touched(watch: AlertWatch, *, today: date) -> Iterator[Look]:
    """The accounts that were scored at once since the last look, as of today."""
    before = last_scored_before(today)
    if watch.looked_at is None or before is None:
        return
    since = watch.looked_at - OVERLAP
    settled = AccountTouch.objects.filter(settled_for=today, settled_at__gte=since).values_list("pk", flat=True)
    found = tuple(settled[: MOST_NAMED + 1])
    if found:
        yield Look(Days(today, before), found if len(found) <= MOST_NAMED else None)


def last_scored_before(day: date) -> date | None:
    days = DailySummary.objects.filter(as_of__lt=day).order_by("-as_of")
    return days.values_list("as_of", flat=True).first()


def rules_on() -> QuerySet[AlertRule]:
    """Of people who still work here."""
    on = AlertRule.objects.filter(is_on=True, dropped_at=None, author__is_active=True)
    return on.select_related("author", "playbook").order_by("pk")


def look_under(rule: AlertRule, looks: Collection[Look], *, with_dates: bool, today: date, at: datetime) -> int:
    """One rule that fails is noted on it, and keeps no other from its alerts."""
    try:
        count = sum(fire(rule, some, at=at) for some in batches(found_by(rule, looks, with_dates, today)))
    except OperationalError:
        raise  # the database's trouble, not the rule's: all of them are looked at again
    except Exception as error:
        log.exception("alert rule failed", rule=rule.pk)
        AlertRule.objects.filter(pk=rule.pk).update(error=f"{type(error).__name__}: {error}"[:300])
        return 0
    if rule.error:
        AlertRule.objects.filter(pk=rule.pk).update(error="")
    return count


def found_by(rule: AlertRule, looks: Collection[Look], with_dates: bool, today: date) -> Iterator[Edge]:
    match condition_of(rule.kind, rule.params):
        case RenewalNear() as asked:
            yield from renewals_near(asked, rule, today=today) if with_dates else ()
        case SourceSilent():
            yield from sources_silent(rule, today=today)
        case _:
            for each in looks:
                yield from edges(rule, each.days, among=each.among)


def batches(found: Iterator[Edge]) -> Iterator[list[Edge]]:
    while some := list(islice(found, TOLD_TOGETHER)):
        yield some


@transaction.atomic
def fire(rule: AlertRule, found: Sequence[Edge], *, at: datetime) -> int:
    """The alerts whose cause is new, and who is told of them, in one transaction; says how many."""
    causes = [edge.cause for edge in found]
    known = set(Alert.objects.filter(rule=rule, cause__in=causes).values_list("cause", flat=True))
    new = [edge for edge in found if edge.cause not in known]
    if not new:
        return 0
    hold_accounts(rule, [edge.account_id for edge in new])
    firing = AlertFiring.objects.create(rule=rule, at=at)
    Alert.objects.bulk_create([alert_of(rule, firing, edge, at=at) for edge in new], ignore_conflicts=True)
    # Another may have been first with some of them.
    ours = list(firing.alerts.select_related("account__owner").order_by("pk"))
    if not ours:
        firing.delete()
        return 0
    start_plans(rule, ours, at=at)
    write_contacts(rule, ours, at=at)
    tell(rule, firing, ours, at=at)
    return len(ours)


def alert_of(rule: AlertRule, firing: AlertFiring, edge: Edge, *, at: datetime) -> Alert:
    return Alert(
        rule=rule, firing=firing, account_id=edge.account_id, cause=edge.cause, text=edge.text[:300], as_of=edge.as_of,
        at=at,
    )  # fmt: skip
