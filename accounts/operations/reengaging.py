"""Writing to contacts again: by rules, to those who allow it, within the cap, in office hours; and their no."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from accounts import audit
from accounts.models import (
    Contact,
    MailPermission,
    MailState,
    OutboxMail,
    Reengagement,
    ReengagementMail,
    ReengagementText,
    Return,
    User,
)
from accounts.operations.asking import OFFICE_HOURS, TOKEN_BYTES, first_name
from accounts.operations.mail import queue_mail
from accounts.queries.asking import hash_of
from accounts.queries.organization import the_organization
from accounts.queries.reengaging import COMES_BACK_DAYS, permitted, recipients, texts_by_language, the_terms, use_around
from accounts.queries.workdays import WorkingDays, working_days
from accounts.reengagement_texts import STOP_WORDS, TEXTS, said
from accounts.survey_texts import language_of_country

WORDS = ("subject", "greeting", "body", "closing")
# What sources bring late counts too.
LATE_DAYS = 2
PAGE = (
    '<!doctype html><html lang="{}"><body style="font-family:sans-serif;font-size:16px;line-height:26px;color:#1a1b20">'
    '<p>{}</p>{}<p>{}</p><p style="font-size:13px;line-height:20px;color:#666873">{}</p></body></html>'
)
PARAGRAPH = '<p style="white-space:pre-line">{}</p>'
ANCHOR = '<a href="{}" style="color:#3447c4">{}</a>'


@dataclass(frozen=True)
class Terms:
    """Whether rules may write, and how many mails a contact gets within so many days."""

    is_on: bool
    most_mails: int
    window_days: int


class TermsChanged(Exception):
    """Somebody changed them since they were looked at."""


@transaction.atomic
def ready(*, by: User | None, at: datetime) -> Reengagement:
    """The terms and words; made, and off, where there are none yet."""
    kept, is_new = Reengagement.objects.get_or_create(pk=1, defaults={"changed_at": at})
    if is_new:
        texts = (ReengagementText(language=language, **words) for language, words in TEXTS.items())
        ReengagementText.objects.bulk_create(texts, ignore_conflicts=True)
        audit.record(verb="re-engagement begun", subject=kept, by=by, at=at)
    return kept


@transaction.atomic
def change_terms(
    *, terms: Terms, texts: Mapping[str, Mapping[str, str]], seen: datetime, by: User, at: datetime
) -> Reengagement:
    """As stated, with the words by language. Raises TermsChanged, or ValidationError by field."""
    kept = Reengagement.objects.select_for_update().get(pk=1)
    if kept.changed_at != seen:
        raise TermsChanged
    before = {name: getattr(kept, name) for name in asdict(terms)}
    for name, value in asdict(terms).items():
        setattr(kept, name, value)
    kept.changed_at = at
    kept.full_clean()
    kept.save()
    changed = write_texts(texts)
    audit.record(
        verb="re-engagement changed", subject=kept, by=by, at=at, before=before, now=asdict(terms), words=changed
    )
    return kept


def write_texts(texts: Mapping[str, Mapping[str, str]]) -> list[str]:
    """In which languages something is said otherwise now."""
    changed = []
    for text in ReengagementText.objects.select_for_update():
        words = {name: texts[text.language][name].strip() for name in WORDS} if text.language in texts else {}
        if any(getattr(text, name) != value for name, value in words.items()):
            for name, value in words.items():
                setattr(text, name, value)
            text.full_clean()
            text.save()
            changed.append(str(text.language))
    return changed


@transaction.atomic
def set_permission(*, contact: Contact, is_allowed: bool, by: User, at: datetime) -> bool:
    """Notes that a contact allows re-engagement mails, or no longer; says whether that is new.

    Raises ValidationError where they said no themselves: only they take that back.
    """
    Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    kept = MailPermission.objects.filter(contact=contact).first()
    if kept is not None and kept.withdrawn_at is not None:
        raise ValidationError(f"{contact.name} unsubscribed. Only they can take that back, by the link in the mail.")
    if is_allowed == (kept is not None):
        return False
    if kept is None:
        MailPermission.objects.create(contact=contact, given_at=at, noted_by=by)
    else:
        kept.delete()
    verb = "re-engagement mails allowed" if is_allowed else "re-engagement mails no longer allowed"
    audit.record(verb=verb, subject=contact, by=by, at=at, account=contact.account_id)
    return True


@transaction.atomic
def write_to(*, causes: Mapping[int, str], by: User | None, at: datetime) -> list[ReengagementMail]:
    """A mail to each contact of these accounts who allows it and has had fewer than the cap.

    `causes` says of each account what made us write. Nobody is written to while it is off.
    """
    terms = the_terms()
    if terms is None or not terms.is_on or not causes:
        return []
    # Whoever writes to the same people at the same moment waits, and then counts these mails too.
    held = permitted(causes).select_for_update(of=("self",))
    chosen = [one.contact for one in recipients(list(held), terms=terms, at=at) if not one.reason]
    texts, goes_at = texts_by_language(), in_office_hours(at, days=working_days())
    return [write(who, texts, cause=causes[who.account_id], by=by, at=at, goes_at=goes_at) for who in chosen]


def in_office_hours(at: datetime, *, days: WorkingDays) -> datetime:
    """The moment itself, or the next eight o'clock of a working day: nobody gets such a mail at night."""
    local = timezone.localtime(at)
    if local.hour in OFFICE_HOURS and days.is_one(local.date()):
        return at
    day = local.date() if local.hour < OFFICE_HOURS.start else local.date() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(days.after(day, days=0), time(OFFICE_HOURS.start)))


def write(
    contact: Contact,
    texts: Mapping[str, ReengagementText],
    *,
    cause: str,
    by: User | None,
    at: datetime,
    goes_at: datetime,
) -> ReengagementMail:
    language = language_of_country(contact.account.country)
    text = texts.get(language) or next(iter(texts.values()))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    mail = ReengagementMail.objects.create(
        contact=contact, language=text.language, cause=cause[:120], token_hash=hash_of(token), sent_at=goes_at,
        sent_on=timezone.localtime(goes_at).date(), by=by,
    )  # fmt: skip
    audit.record(
        verb="re-engagement mail sent", subject=mail, by=by, at=at, account=contact.account_id, contact=contact.pk,
        cause=cause[:120],
    )  # fmt: skip
    stop = f"{settings.PUBLIC_URL}/m/{token}/unsubscribe"
    words = filled(text, name=first_name(contact.name), csm=csm_of(contact))
    queue_mail(
        to=contact.email,
        cause=f"reengagement:{mail.pk}",
        subject=words["subject"],
        text=plain_mail(words, stop=stop, language=text.language),
        html=html_mail(words, stop=stop, language=text.language),
        headers={
            "List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            **({"Reply-To": contact.account.owner.email} if csm_of(contact) and contact.account.owner else {}),
        },
        contact=contact,
        is_secret=True,
        at=goes_at,
    )  # fmt: skip
    return mail


def csm_of(contact: Contact) -> str:
    owner = contact.account.owner
    return owner.name if owner and owner.is_active else ""


def filled(text: ReengagementText | Mapping[str, str], *, name: str, csm: str) -> dict[str, str]:
    """The words of a mail to somebody of that first name."""
    company = the_organization().name
    given = text if isinstance(text, Mapping) else {word: getattr(text, word) for word in WORDS}
    return {word: said(given[word], name=name, company=company, csm=csm) for word in WORDS}


def plain_mail(words: Mapping[str, str], *, stop: str, language: str) -> str:
    foot = STOP_WORDS[language].foot.format(stop)
    return f"{words['greeting']}\n\n{words['body']}\n\n{words['closing']}\n\n--\n{foot}\n"


def html_mail(words: Mapping[str, str], *, stop: str, language: str) -> str:
    parts = format_html_join("", PARAGRAPH, ((part,) for part in words["body"].split("\n\n")))
    foot = format_html(STOP_WORDS[language].foot, format_html(ANCHOR, stop, stop))
    return format_html(PAGE, language, words["greeting"], parts, words["closing"], foot)


@transaction.atomic
def opt_out(*, mail: ReengagementMail, at: datetime) -> None:
    """No more of these mails, nor those that wait. A second time changes nothing."""
    contact = mail.contact
    kept, _ = MailPermission.objects.get_or_create(contact=contact, defaults={"given_at": at})
    if kept.withdrawn_at is not None:
        return
    MailPermission.objects.filter(pk=kept.pk).update(withdrawn_at=at)
    ReengagementMail.objects.filter(pk=mail.pk).update(opted_out_at=at)
    OutboxMail.objects.filter(contact=contact, cause__startswith="reengagement:", state=MailState.WAITING).delete()
    audit.record(
        verb="unsubscribed from re-engagement mails", subject=contact, by=None, at=at, account=contact.account_id
    )


@transaction.atomic
def opt_in_again(*, mail: ReengagementMail, at: datetime) -> None:
    """The contact takes the no back."""
    contact = mail.contact
    if not MailPermission.objects.filter(contact=contact, withdrawn_at__isnull=False).update(withdrawn_at=None):
        return
    ReengagementMail.objects.filter(contact=contact).update(opted_out_at=None)
    audit.record(
        verb="allows re-engagement mails again", subject=contact, by=None, at=at, account=contact.account_id
    )  # fmt: skip


def settle(*, today: date) -> int:
    """Every night: of mails whose 28 days are over, whether the account's people came back; says of how many."""
    over = ReengagementMail.objects.filter(
        outcome=Return.WAITING, sent_on__lt=today - timedelta(days=COMES_BACK_DAYS + LATE_DAYS)
    )
    rows = over.order_by("sent_on", "pk").values_list("sent_on", "pk", "contact__account")
    return sum(settle_day(day, [(pk, account) for _, pk, account in mails]) for day, mails in by_day(rows))


def by_day(rows: Iterable[tuple[date, int, int]]) -> Iterable[tuple[date, list[tuple[date, int, int]]]]:
    return ((day, list(mails)) for day, mails in groupby(rows, key=lambda row: row[0]))


def settle_day(day: date, mails: Collection[tuple[int, int]]) -> int:
    use = use_around({account for _, account in mails}, day)
    for outcome in (Return.BACK, Return.AWAY, Return.UNKNOWN):
        keys = [pk for pk, account in mails if outcome_of(use.get(account)) == outcome]
        ReengagementMail.objects.filter(pk__in=keys).update(outcome=outcome)
    return len(mails)


def outcome_of(use: tuple[int, int] | None) -> Return:
    """From the days of use before and after; without any at all nothing is known."""
    if use is None:
        return Return.UNKNOWN
    return Return.BACK if use[1] > use[0] else Return.AWAY
