"""A rule writes to contacts: those of the account who allow it, once per cause, each within the cap."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.access import Action, can
from accounts.models import Contact, ReengagementMail
from accounts.operations.reengaging import write_to
from accounts.queries.reengaging import permitted, recipients, the_terms
from scoring.alerts.edges import Edge
from scoring.models import Alert, AlertRule


def write_contacts(rule: AlertRule, alerts: Sequence[Alert], *, at: datetime) -> int:
    """The mails of these alerts, counted on them; says how many. Two alerts of one account write once."""
    if not rule.writes_contacts or not can(rule.author, Action.SEND_SURVEYS):
        return 0
    first: dict[int, Alert] = {}
    for alert in alerts:
        if alert.account_id is not None:
            first.setdefault(alert.account_id, alert)
    sent = write_to(causes=dict.fromkeys(first, f"Rule {rule.pk}: {rule.name}"), by=rule.author, at=at)
    for mail in sent:
        first[mail.contact.account_id].mails += 1
    Alert.objects.bulk_update([alert for alert in first.values() if alert.mails], ["mails"])
    return len(sent)


def is_writing_on() -> bool:
    terms = the_terms()
    return terms is not None and terms.is_on


def would_write(found: Sequence[Edge], *, at: datetime) -> dict[str, int]:
    """How many mails each cause would have sent, by who allows it today and the cap, mails that went counted."""
    terms = the_terms()
    if terms is None:
        return {}
    people = permitted({edge.account_id for edge in found if edge.account_id})
    free = terms.__class__(most_mails=10_000, window_days=terms.window_days)
    able = [one.contact for one in recipients(people, terms=free, at=at) if not one.reason]
    had, by_account = days_of_mails(able), defaultdict[int, list[Contact]](list)
    for contact in able:
        by_account[contact.account_id].append(contact)
    mails: dict[str, int] = {}
    for edge in sorted(found, key=lambda edge: (edge.as_of, edge.cause)):
        for contact in by_account.get(edge.account_id or 0, ()):
            days, since = had[contact.email.lower()], edge.as_of - timedelta(days=terms.window_days)
            if sum(since < day <= edge.as_of for day in days) < terms.most_mails:
                days.append(edge.as_of)
                mails[edge.cause] = mails.get(edge.cause, 0) + 1
    return mails


def days_of_mails(contacts: Sequence[Contact]) -> dict[str, list[date]]:
    """When each address was written to."""
    found: dict[str, list[date]] = defaultdict(list)
    sent = ReengagementMail.objects.filter(contact__email__in={contact.email for contact in contacts})
    for email, at in sent.values_list("contact__email", "sent_at"):
        found[email.lower()].append(timezone.localtime(at).date())
    return found
