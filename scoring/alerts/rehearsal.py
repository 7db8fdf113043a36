"""What a rule would have told in the last 90 days, found in what is stored: nothing is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import F, Window
from django.db.models.functions import Lead

from accounts.models import AccountHistory, SourceSilence
from scoring.alerts.conditions import RenewalNear, SourceSilent, condition_of
from scoring.alerts.contacts import would_write
from scoring.alerts.edges import Days, Edge, edges, in_scope, renewal_edge, told_silences
from scoring.alerts.starts import would_start
from scoring.models import AlertRule, DailySummary

DAYS = 90
# A page is answered in time: what could not be looked at by then is said.
SECONDS = 8.0


@dataclass
class Rehearsal:
    """The edges, newest first, and how many of the scored days were looked at."""

    first: date
    found: list[Edge] = field(default_factory=list)
    scored: int = 0
    looked: int = 0
    # The causes that would have started the rule's playbook.
    starts: set[str] = field(default_factory=set)
    # How many mails to contacts each cause would have sent.
    mails: dict[str, int] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return self.looked == self.scored

    @property
    def accounts(self) -> int:
        return len({edge.account_id for edge in self.found})


def rehearse(rule: AlertRule, *, today: date, at: datetime, timer: Callable[[], float]) -> Rehearsal:
    """The rule need not be stored. Newest days first, since those are what a reader wants."""
    first = today - timedelta(days=DAYS)
    done = Rehearsal(first)
    asked = condition_of(rule.kind, rule.params)
    if isinstance(asked, RenewalNear):
        done.found = sorted(past_renewals(asked, rule, first=first, today=today), key=by_day, reverse=True)
    elif isinstance(asked, SourceSilent):
        past = SourceSilence.objects.filter(noticed_at__date__gte=first)
        done.found = sorted(told_silences(rule, past), key=by_day, reverse=True)
    else:
        look_back(rule, done, today=today, timer=timer)
    if rule.playbook is not None:
        done.starts = would_start(done.found)
    if rule.writes_contacts:
        done.mails = would_write(done.found, at=at)
    return done


def look_back(rule: AlertRule, done: Rehearsal, *, today: date, timer: Callable[[], float]) -> None:
    pairs = list(pairwise(scored_days(done.first, today)))
    done.scored, ends_at = len(pairs), timer() + SECONDS
    for before, day in reversed(pairs):
        if timer() > ends_at:
            return
        done.found.extend(edges(rule, Days(day, before)))
        done.looked += 1


def scored_days(first: date, last: date) -> list[date]:
    days = DailySummary.objects.filter(as_of__range=(first, last)).order_by("as_of")
    return list(days.values_list("as_of", flat=True).distinct())


def past_renewals(asked: RenewalNear, rule: AlertRule, *, first: date, today: date) -> Iterator[Edge]:
    """By what was known of each account on each day: a date that moved away before it was near tells nothing."""
    span = timedelta(days=asked.days)
    rows = AccountHistory.objects.filter(account__in=in_scope(rule)).annotate(
        until=Window(Lead("valid_from"), partition_by=F("account_id"), order_by="valid_from")
    )
    told = set()
    columns = rows.order_by("account", "valid_from").values_list(
        "account_id", "renewal_date", "valid_from", "until", "status"
    )
    for pk, renews, since, until, status in columns.iterator():
        if renews is None or status != "active" or (pk, renews) in told:
            continue
        near = max(renews - span, since)
        if first <= near <= min(today, renews) and (until is None or near < until):
            told.add((pk, renews))
            yield renewal_edge(pk, renews, today=near)


def by_day(edge: Edge) -> tuple[date, str]:
    return edge.as_of, edge.cause
