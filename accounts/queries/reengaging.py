"""Who may be written to, and why somebody is not; what a mail's link opens; what the mails brought."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.access import visible_accounts
from accounts.models import (
    AccountDay,
    Contact,
    MailPermission,
    Reengagement,
    ReengagementMail,
    ReengagementText,
    Return,
    Status,
    SurveyOptOut,
    User,
)
from accounts.queries.asking import hash_of

COMES_BACK_DAYS = 28
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Recipient:
    """A contact who is written to, or the reason why not."""

    contact: Contact
    reason: str = ""


def the_terms() -> Reengagement | None:
    """As operations set them; None before anybody did, which is off."""
    return Reengagement.objects.filter(pk=1).first()


def texts_by_language() -> dict[str, ReengagementText]:
    return {text.language: text for text in ReengagementText.objects.order_by("pk")}


def permitted(account_ids: Iterable[int]) -> QuerySet[Contact]:
    """The contacts at these accounts of whom somebody noted that they allow it."""
    return (
        Contact.objects.filter(account__in=list(account_ids), mail_permission__isnull=False)
        .select_related("account__owner", "mail_permission")
        .order_by("account_id", "name", "pk")
    )


def recipients(contacts: Iterable[Contact], *, terms: Reengagement, at: datetime) -> list[Recipient]:
    """Each contact once, with why not. Two queries. An address is a person, also as a contact of two accounts."""
    people = list({contact.pk: contact for contact in contacts}.values())
    emails = {form for contact in people for form in (contact.email, contact.email.lower())} - {""}
    out = SurveyOptOut.objects.filter(contact__email__in=emails).values_list("contact__email", flat=True)
    refused = {email.lower() for email in out} | withdrawn(emails)
    sent = sent_since(emails, since=at - timedelta(days=terms.window_days))
    today, found, taken = timezone.localtime(at).date(), list[Recipient](), set[str]()
    for contact in people:
        address = contact.email.lower()
        reason = why_not(contact, refused=refused, count=sent.get(address, 0), terms=terms, today=today)
        if not reason and address in taken:
            reason = "has the same address as somebody before"
        taken |= set() if reason else {address}
        found.append(Recipient(contact, reason))
    return found


def withdrawn(emails: Iterable[str]) -> set[str]:
    """Of these addresses those that said no."""
    found = MailPermission.objects.filter(contact__email__in=list(emails), withdrawn_at__isnull=False)
    return {email.lower() for email in found.values_list("contact__email", flat=True)}


def sent_since(emails: Iterable[str], *, since: datetime) -> dict[str, int]:
    """How many mails each address got since then."""
    mails = ReengagementMail.objects.filter(contact__email__in=list(emails), sent_at__gt=since).order_by()
    counts: dict[str, int] = {}
    for email, count in mails.values_list("contact__email").annotate(count=Count("pk")):
        counts[email.lower()] = counts.get(email.lower(), 0) + count
    return counts


def why_not(contact: Contact, *, refused: set[str], count: int, terms: Reengagement, today: date) -> str:
    if contact.left_on is not None and contact.left_on <= today:
        return "left the company"
    if contact.account.status == Status.CHURNED:
        return "is no longer with a customer"
    if not contact.email:
        return "has no e-mail address"
    if contact.email.lower() in refused:
        return "unsubscribed"
    if count >= terms.most_mails:
        return f"got {count} of {terms.most_mails} mails in {terms.window_days} days"
    return ""


def mail_of(token: str) -> ReengagementMail | None:
    """Who was erased, or has no address any more, has no link either."""
    found = ReengagementMail.objects.select_related("contact__account")
    return found.filter(token_hash=hash_of(token), contact__email__gt="").first()


@dataclass(frozen=True)
class Results:
    """What mails brought. Whether somebody came back is known 28 days after the mail."""

    sent: int
    contacts: int
    opted_out: int
    came_back: int
    stayed_away: int
    unknown: int
    waiting: int

    @property
    def known(self) -> int:
        return self.came_back + self.stayed_away

    @property
    def rate(self) -> float | None:
        """The share of came back among those of whom it is known."""
        return self.came_back / self.known if self.known else None


def mails_in_sight(user: User) -> QuerySet[ReengagementMail]:
    """Those to contacts of accounts that the user sees, the newest first."""
    seen = ReengagementMail.objects.filter(contact__account__in=visible_accounts(user))
    return seen.select_related("contact__account", "by").order_by("-sent_at", "-pk")


def results_of(mails: QuerySet[ReengagementMail]) -> Results:
    """One query."""
    found = mails.order_by().aggregate(
        sent=Count("pk"),
        contacts=Count("contact", distinct=True),
        opted_out=Count("pk", filter=Q(opted_out_at__isnull=False)),
        came_back=Count("pk", filter=Q(outcome=Return.BACK)),
        stayed_away=Count("pk", filter=Q(outcome=Return.AWAY)),
        unknown=Count("pk", filter=Q(outcome=Return.UNKNOWN)),
        waiting=Count("pk", filter=Q(outcome=Return.WAITING)),
    )
    return Results(**found)


def use_around(account_ids: Iterable[int], day: date) -> dict[int, tuple[int, int]]:
    """Of each account with known use: its days of use, counted per person, in the 28 days up to the day, and after."""
    span = timedelta(days=COMES_BACK_DAYS)
    days = AccountDay.objects.filter(account__in=list(account_ids), day__range=(day - span + DAY, day + span))
    people = Coalesce("users", 1)
    rows = (
        days.order_by()
        .values_list("account")
        .annotate(
            before=Coalesce(Sum(people, filter=Q(day__lte=day)), 0),
            after=Coalesce(Sum(people, filter=Q(day__gt=day)), 0),
        )
    )
    return {pk: (before, after) for pk, before, after in rows}
