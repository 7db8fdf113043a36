"""The monthly mail to those who have a customer's page: once for a recipient, account and month, with a way out.

It says what the page says on top and no more, and opens the page by a key of its own, since the link's own token is
kept nowhere. One POST stops it (RFC 8058), or a button.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Contact, OutboxMail, ShareLink
from accounts.operations.asking import first_name
from accounts.operations.mail import queue_mail
from accounts.operations.sharing import another_key, set_mailing
from accounts.queries.organization import the_organization
from accounts.queries.sharing import links_to_mail, the_branding
from dashboards import formats
from dashboards.gate import public
from dashboards.public.brand import brand_of, readable
from dashboards.public.share import answered, language_of, speaking
from dashboards.public.share_page import SharePage, build_share_page
from dashboards.public.share_words import WORDS

SALT = "customers.monthly.stop"
SATURDAY = 5
PAGE = (
    '<!doctype html><html lang="{}"><body style="font-family:sans-serif;font-size:16px;line-height:26px;color:#1a1b20">'
    '<p>{}</p><h1 style="font-size:22px;line-height:30px">{}</h1><p style="font-size:20px;font-weight:600">{}</p>'
    "<p>{}</p>"
    '<p><a href="{}" style="display:inline-block;padding:10px 18px;border-radius:8px;background:{};color:#ffffff;'
    'text-decoration:none;font-weight:600">{}</a></p>'
    '<p style="font-size:13px;line-height:20px;color:#666873">{}<br><a href="{}" style="color:#54565f">{}</a></p>'
    "</body></html>"
)


def mail_customers(*, at: datetime) -> int:
    """Queues the month's mails that are not yet queued, on working days; says how many.

    Who got the link in this month has seen it, and hears for the first time in the next one.
    """
    today = timezone.localtime(at).date()
    if today.weekday() >= SATURDAY:
        return 0
    links = links_to_mail(at=at).filter(
        created_at__lt=timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0)
    )
    done = queued_already(links, today=today)
    return sum(mail_link(link, today=today, at=at) for link in links if (link.email, cause_of(link, today)) not in done)


def cause_of(link: ShareLink, today: date) -> str:
    return f"customer-month:{link.account_id}:{today:%Y-%m}"


def queued_already(links: Iterable[ShareLink], *, today: date) -> set[tuple[str, str]]:
    causes = {cause_of(link, today) for link in links}
    return set(OutboxMail.objects.filter(cause__in=causes).values_list("recipient", "cause"))


@transaction.atomic
def mail_link(link: ShareLink, *, today: date, at: datetime) -> bool:
    """One mail, its key and its place in the outbox, in one transaction; False where there is nothing to say yet."""
    with speaking(link.language):
        page = build_share_page(link, organization=the_organization(), today=today)
        if page.score is None:
            return False
        stop = f"{settings.PUBLIC_URL}/share/stop/{stop_token(link)}"
        address = f"{settings.PUBLIC_URL}/share/{another_key(link=link, at=at)}"
        is_new = queue_mail(
            to=link.email,
            cause=cause_of(link, today),
            subject=page.words.mail_subject.format(page.workspace, result_of(page)),
            text=text_of(link, page, address=address, stop=stop),
            html=html_of(link, page, address=address, stop=stop),
            headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
            contact=Contact.objects.filter(account=link.account_id, email__iexact=link.email).first(),
            is_secret=True,
            at=at,
        )
        transaction.set_rollback(not is_new)
        return is_new


def result_of(page: SharePage) -> str:
    """The score and its band, or the band alone, as the page shows it."""
    number = formats.score_number(page.score or 0) if page.has_score else ""
    return f"{number}, {page.band_name}" if number else page.band_name


def foot_of(page: SharePage) -> str:
    said = page.words.shared_by.format(page.workspace, page.account, formats.day(page.expires_on))
    return f"{said} {page.foot}".strip()


def hello_of(link: ShareLink, page: SharePage) -> str:
    hello = page.words.mail_hello.format(first_name(link.recipient))
    return f"{hello} {page.words.mail_intro.format(page.account, page.workspace)}"


def text_of(link: ShareLink, page: SharePage, *, address: str, stop: str) -> str:
    words = page.words
    return "\n".join(
        [
            hello_of(link, page), "", page.heading, result_of(page), "", page.sentence, "",
            f"{words.mail_open}: {address}", "", foot_of(page), f"{words.mail_stop}: {stop}", "",
        ]
    )  # fmt: skip


def html_of(link: ShareLink, page: SharePage, *, address: str, stop: str) -> str:
    words, color = page.words, readable(the_organization().brand_color)
    return format_html(
        PAGE, page.language, hello_of(link, page), page.heading, result_of(page), page.sentence, address, color,
        words.mail_open, foot_of(page), stop, words.mail_stop,
    )  # fmt: skip


def stop_token(link: ShareLink) -> str:
    """Opens no page, and can do one thing alone."""
    return signing.dumps({"link": link.pk}, salt=SALT)


def link_of_stop(token: str) -> ShareLink | None:
    try:
        said = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return ShareLink.objects.filter(pk=said["link"]).first()


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Says neither whose mails these are nor of which account: whoever has the link may only stop them."""
    link, organization = link_of_stop(token), the_organization()
    language = language_of(request, link)
    words = WORDS[language]
    context: dict[str, Any] = {
        **brand_of(organization, the_branding()), "words": words, "language": language, "said": "", "is_stopped": False,
    }  # fmt: skip
    if link is None:
        return answered(render(request, "share_gone.html", context, status=404))
    if request.method == "POST":
        is_wanted = "again" in request.POST
        set_mailing(link=link, is_wanted=is_wanted, at=timezone.now())
        context |= {"said": words.resumed if is_wanted else words.stopped, "is_stopped": not is_wanted}
    context["text"] = words.stop_text.format(organization.name)
    return answered(render(request, "share_stop.html", context))
