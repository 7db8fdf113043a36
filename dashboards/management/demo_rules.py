"""The demo company's rules of alerts with what they told last week, and the mails that went when interest waned."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.demo.people import CSMS, MANAGERS
from accounts.models import Account, Contact, OutboxMail, Playbook, Status, User
from accounts.operations.reengaging import Terms, change_terms, opt_out, ready, set_permission, settle, write_to
from scoring.alerts.edges import Days, edges
from scoring.alerts.operations import Said, make_rule, switch_rule
from scoring.alerts.rehearsal import scored_days
from scoring.alerts.watch import fire
from scoring.models import AlertRule

TOLD_DAYS = 10
# Waves of mails, so many days ago, each to a few accounts whose score had fallen.
WAVES, ACCOUNTS_A_WAVE = (75, 40, 12), 6
WAVE_CAUSE = "Use has fallen: ask what would help"


@transaction.atomic
def make_rules(*, today: date, at: datetime) -> None:
    """Two of a manager and one of a CSM, on, with what they found lately; nothing where there are some."""
    if AlertRule.objects.exists():
        return
    manager, csm = (User.objects.get(email=person.email) for person in (MANAGERS[0], CSMS[0]))
    playbook = Playbook.objects.order_by("name").first()
    rules = [
        (manager, Said("Into a worse band: start the plan", "band", {"move": "worse"}, scope="all", tells_owners=True,
                       due_days=5, playbook=playbook)),
        (manager, Said(WAVE_CAUSE, "score", {"direction": "fell", "points": 8, "days": 30}, scope="all",
                       mail="daily", writes_contacts=True)),
        (csm, Said("My accounts: fell by 5 in 30 days", "score", {"direction": "fell", "points": 5, "days": 30})),
    ]  # fmt: skip
    since = today - timedelta(days=TOLD_DAYS)
    for author, said in rules:
        rule = make_rule(said=said, by=author, at=at)
        switch_rule(rule=rule, is_on=True, by=author, today=since, at=at)
    for day, before in told_days(since, today):
        tell_day(day, before)


def told_days(since: date, today: date) -> Iterator[tuple[date, date]]:
    return ((day, before) for before, day in pairwise(scored_days(since, today)))


def tell_day(day: date, before: date) -> None:
    """As the night after the day would have: but no plan and no mail today for what happened then."""
    for rule in AlertRule.objects.filter(is_on=True).select_related("author"):
        found = list(edges(rule, Days(day, before)))
        rule.playbook, rule.writes_contacts = None, False
        fire(rule, found, at=timezone.make_aware(datetime.combine(day + timedelta(days=1), time(5))))


def write_mails(*, today: date, by: User, at: datetime) -> None:
    """Some contacts allow these mails; three waves went to those of accounts that are weaker than a month ago."""
    kept = ready(by=by, at=at)
    if kept.is_on:
        return
    terms = Terms(is_on=True, most_mails=2, window_days=90)
    change_terms(terms=terms, texts={}, seen=kept.changed_at, by=by, at=at)
    accounts = waning()
    for contact in Contact.objects.filter(account__in=accounts, left_on=None).order_by("pk").exclude(email=""):
        if contact.pk % 3:
            set_permission(contact=contact, is_allowed=True, by=by, at=at)
    for wave, days in enumerate(WAVES):
        chosen = accounts[wave * ACCOUNTS_A_WAVE :][:ACCOUNTS_A_WAVE]
        went = timezone.make_aware(datetime.combine(today - timedelta(days=days), time(10)))
        mails = write_to(causes={account.pk: f"Rule: {WAVE_CAUSE}" for account in chosen}, by=by, at=went)
        if wave == 1 and mails:
            opt_out(mail=mails[0], at=went + timedelta(hours=3))
    # They went long ago: nothing of them waits here, and nobody at these made-up addresses gets one.
    OutboxMail.objects.filter(cause__startswith="reengagement:").delete()
    settle(today=today)


def waning() -> list[Account]:
    fell = Account.objects.filter(status=Status.ACTIVE, health__score__lt=F("health__score_month_ago"))
    return list(fell.select_related("owner").order_by(F("health__score") - F("health__score_month_ago"), "pk"))
