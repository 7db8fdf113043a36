"""Reads for the customer's page: which link a token opens, what was said about steps, who opened it."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import Account, Branding, CustomerWord, ShareLink, ShareOpening

MOST_OPENINGS = 200


def working_share_link(*, token_hash: str, at: datetime) -> ShareLink | None:
    """The link of a token's hash with its account, if it was neither stopped nor has it run out."""
    links = ShareLink.objects.filter(revoked_at=None, expires_at__gt=at)
    joined = links.select_related("account__owner__contact_card", "account__segment")
    # Two look-ups of a unique column, and not an OR over both, which would read them all.
    return joined.filter(token_hash=token_hash).first() or joined.filter(keys__token_hash=token_hash).first()


def links_of(account: Account) -> QuerySet[ShareLink]:
    """All links of the account ever made, the newest first."""
    return account.share_links.select_related("created_by").order_by("-created_at", "-pk")


def words_about(steps: Collection[int]) -> QuerySet[CustomerWord]:
    """What customers said about these steps and did not take back, the oldest first."""
    words = CustomerWord.objects.filter(step__in=steps, taken_back_at=None)
    return words.select_related("link").order_by("at", "pk")


def words_of_account(account: Account) -> QuerySet[CustomerWord]:
    """What the account's people said on its page, the newest first, with what was taken back."""
    said = CustomerWord.objects.filter(link__account=account)
    return said.select_related("link", "step").order_by("-at", "-pk")


def openings_of(link: ShareLink) -> QuerySet[ShareOpening]:
    return ShareOpening.objects.filter(link=link).order_by("-at", "-pk")[:MOST_OPENINGS]


def links_to_mail(*, at: datetime) -> QuerySet[ShareLink]:
    """Links whose recipient wants a mail every month."""
    wanted = Q(is_mailed=True, mail_stopped_at=None, revoked_at=None, expires_at__gt=at)
    return ShareLink.objects.filter(wanted).select_related("account__owner__contact_card").order_by("pk")


def the_branding() -> Branding:
    """How the customer's page looks; before it is set up, a row that is not stored."""
    return Branding.objects.first() or Branding(pk=1)
