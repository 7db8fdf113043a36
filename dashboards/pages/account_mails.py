"""Who at an account allows re-engagement mails, and what they got."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import Account, Contact, MailPermission, ReengagementMail
from accounts.operations.reengaging import set_permission
from accounts.queries.relations import visible_contacts
from dashboards.gate import UserRequest, requires


@dataclass(frozen=True)
class MailPerson:
    """A contact who is there. `allowed_on` is the day on which it was noted, `refused_on` that of their no."""

    pk: int
    name: str
    email: str
    allowed_on: date | None
    refused_on: date | None
    mails: int
    last_on: date | None

    @property
    def is_allowed(self) -> bool:
        return self.allowed_on is not None and self.refused_on is None


def mail_people(account: Account, *, today: date) -> Sequence[MailPerson]:
    """Three queries."""
    there = [c for c in account.contacts.order_by("name", "pk") if c.left_on is None or c.left_on > today]
    given = {kept.pk: kept for kept in MailPermission.objects.filter(contact__account=account)}
    mails = ReengagementMail.objects.filter(contact__account=account).order_by()
    counts = {pk: (n, last) for pk, n, last in mails.values_list("contact").annotate(Count("pk"), Max("sent_on"))}
    return [mail_person(contact, given.get(contact.pk), counts.get(contact.pk, (0, None))) for contact in there]


def mail_person(contact: Contact, kept: MailPermission | None, mails: tuple[int, date | None]) -> MailPerson:
    no = kept.withdrawn_at if kept else None
    return MailPerson(
        pk=contact.pk,
        name=contact.name,
        email=contact.email,
        allowed_on=timezone.localdate(kept.given_at) if kept else None,
        refused_on=timezone.localdate(no) if no else None,
        mails=mails[0],
        last_on=mails[1],
    )


@require_POST
@requires(Action.EDIT_ACCOUNT)
def permission(request: UserRequest, pk: int, contact: int) -> HttpResponse:
    """Noted that they allow it, or with `allow=0` that they no longer do; each undoes the other."""
    found = get_object_or_404(visible_contacts(request.user), pk=contact, account=pk)
    is_allowed = request.GET.get("allow", "1") == "1"
    try:
        is_new = set_permission(contact=found, is_allowed=is_allowed, by=request.user, at=timezone.now())
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    else:
        if is_new:
            undo = f"{reverse('contact-mails', args=[pk, contact])}?allow={0 if is_allowed else 1}"
            said = "allows re-engagement mails" if is_allowed else "gets no re-engagement mails any more"
            messages.success(request, f"{found.name} {said}.", extra_tags=undo)
    return redirect("account-surveys", pk)
