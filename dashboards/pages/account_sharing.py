"""The share card of the account page: the links that customers have, and the form for another."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django import forms
from django.utils import timezone

from accounts.models import ShareLink
from accounts.operations.sharing import DEFAULT_DAYS, LONGEST_DAYS, SHORTEST_DAYS


class ShareForm(forms.Form):
    """Who gets the link, and for how many days it works."""

    recipient = forms.CharField(max_length=120, error_messages={"required": "Say who gets the link."})
    days = forms.IntegerField(
        min_value=SHORTEST_DAYS,
        max_value=LONGEST_DAYS,
        initial=DEFAULT_DAYS,
        error_messages={
            "required": "Say for how many days it works.",
            "invalid": "Give a whole number of days.",
            "min_value": f"A link works for {SHORTEST_DAYS} to {LONGEST_DAYS} days.",
            "max_value": f"A link works for {SHORTEST_DAYS} to {LONGEST_DAYS} days.",
        },
    )


@dataclass(frozen=True)
class LinkRow:
    pk: int
    recipient: str
    created_by: str
    expires_on: date
    is_expired: bool
    opened_count: int
    last_opened_at: datetime | None


@dataclass(frozen=True)
class Sharing:
    links: tuple[LinkRow, ...]
    form: ShareForm
    now: datetime

    @property
    def working(self) -> int:
        return sum(not link.is_expired for link in self.links)


def build_sharing(links: Iterable[ShareLink], *, form: ShareForm | None, now: datetime) -> Sharing:
    """The links that were not stopped; `form` is one that was sent with errors."""
    rows = tuple(
        LinkRow(
            pk=link.pk,
            recipient=link.recipient,
            created_by=link.created_by.name,
            expires_on=timezone.localtime(link.expires_at).date(),
            is_expired=link.expires_at <= now,
            opened_count=link.opened_count,
            last_opened_at=link.last_opened_at,
        )
        for link in links
    )
    return Sharing(links=rows, form=form or ShareForm(), now=now)
