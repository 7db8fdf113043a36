"""The share card of the account page: the links that customers have, what they said, and the form for another."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from accounts.models import Account, CustomerWord, ShareLink, WordKind
from accounts.queries.sharing import words_of_account
from dashboards.pages.share_form import ShareForm

LATEST_WORDS = 5


@dataclass(frozen=True)
class LinkRow:
    pk: int
    recipient: str
    created_by: str
    expires_on: date
    is_expired: bool
    is_mailed: bool
    opened_count: int
    last_opened_at: datetime | None


@dataclass(frozen=True)
class WordRow:
    """What a customer said: that a step is done, or in words."""

    who: str
    deed: str
    step: str
    text: str
    at: datetime
    is_taken_back: bool


@dataclass(frozen=True)
class Sharing:
    links: tuple[LinkRow, ...]
    words: tuple[WordRow, ...]
    form: ShareForm
    now: datetime

    @property
    def working(self) -> int:
        return sum(not link.is_expired for link in self.links)


def build_sharing(account: Account, links: Iterable[ShareLink], *, form: ShareForm | None, now: datetime) -> Sharing:
    """The links that were not stopped; `form` is one that was sent with errors."""
    rows = tuple(
        LinkRow(
            pk=link.pk,
            recipient=link.recipient,
            created_by=link.created_by.name,
            expires_on=timezone.localtime(link.expires_at).date(),
            is_expired=link.expires_at <= now,
            is_mailed=link.is_mailed and link.mail_stopped_at is None,
            opened_count=link.opened_count,
            last_opened_at=link.last_opened_at,
        )
        for link in links
    )
    words = tuple(word_row(word) for word in words_of_account(account)[:LATEST_WORDS]) if rows else ()
    return Sharing(links=rows, words=words, form=form or ShareForm(), now=now)


def word_row(word: CustomerWord) -> WordRow:
    deed = "ticked off" if word.kind == WordKind.DONE else "commented on"
    return WordRow(word.link.recipient, deed, word.step.text, word.text, word.at, word.taken_back_at is not None)
