"""What a customer does on its page: ticks off its own steps and comments, takes either back; the CSM hears of it."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import CustomerWord, PlanStep, ShareLink, StepState, WordKind
from accounts.operations.mail import queue_mail
from accounts.operations.plans import lock_open

LONGEST_COMMENT = 500
MOST_WORDS = 100


@transaction.atomic
def tick(*, link: ShareLink, step: PlanStep, at: datetime) -> CustomerWord | None:
    """The customer's own step is done. Doing it again changes nothing; ValidationError where it is not theirs."""
    step = held(link, step)
    if not step.is_customers_turn:
        raise ValidationError("That step is not yours to tick off.")
    if step.state == StepState.DONE:
        return None
    word = say(link, step, kind=WordKind.DONE, text="", before=step.state, at=at)
    step.state, step.done_at = StepState.DONE, at
    step.save(update_fields=["state", "done_at"])
    told(word, verb="step ticked off by the customer", deed="ticked off")
    return word


@transaction.atomic
def comment(*, link: ShareLink, step: PlanStep, text: str, at: datetime) -> CustomerWord:
    """A comment on a step that both see. Raises ValidationError for an empty one, a long one, and too many."""
    step, text = held(link, step), " ".join(text.split())
    if not text:
        raise ValidationError("Write a comment first.", code="empty")
    if len(text) > LONGEST_COMMENT:
        raise ValidationError("The comment is too long.", code="long")
    word = say(link, step, kind=WordKind.COMMENT, text=text, before="", at=at)
    told(word, verb="step commented by the customer", deed="commented on")
    return word


@transaction.atomic
def take_back(*, link: ShareLink, word: CustomerWord, at: datetime) -> None:
    """A tick or a comment of the same link is as if it had not been said; the second time changes nothing."""
    word = CustomerWord.objects.select_for_update(of=("self",)).select_related("step__plan").get(pk=word.pk, link=link)
    if word.taken_back_at is not None:
        return
    step = held(link, word.step)
    word.taken_back_at = at
    word.save(update_fields=["taken_back_at"])
    if word.kind == WordKind.DONE and step.state == StepState.DONE:
        step.state, step.done_at = word.before, None
        step.save(update_fields=["state", "done_at"])
    told(word, verb="customer took back", deed="took back a word about")


def held(link: ShareLink, step: PlanStep) -> PlanStep:
    """The step, shared with the link's account, in an open plan that waits for us."""
    lock_open(step.plan)
    found = PlanStep.objects.select_related("plan__account__owner", "owner").filter(
        pk=step.pk, is_shared=True, plan__account=link.account_id
    )  # fmt: skip
    if (kept := found.first()) is None:
        raise ValidationError("There is no such step.")
    return kept


def say(link: ShareLink, step: PlanStep, *, kind: WordKind, text: str, before: str, at: datetime) -> CustomerWord:
    if link.customer_words.count() >= MOST_WORDS:
        raise ValidationError("That is more than a plan takes.", code="many")
    return CustomerWord.objects.create(link=link, step=step, kind=kind, text=text, before=before, at=at)


def told(word: CustomerWord, *, verb: str, deed: str) -> None:
    """On record, and in a mail to the account's owner."""
    link, step, at = word.link, word.step, word.taken_back_at or word.at
    account = link.account
    audit.record(
        verb=verb, subject=step, by=None, at=at, account=account.pk, link=link.pk, plan=step.plan_id, word=word.pk,
        text=word.text,
    )  # fmt: skip
    who = account.owner or step.owner
    if not who.is_active:
        return
    lines = [f"Hello {who.get_short_name()},", "", f"{link.recipient} {deed} “{step.text}”."]
    lines += ["", f"“{word.text}”"] if word.text else []
    lines += ["", f"The plan: {settings.PUBLIC_URL}/accounts/{account.pk}/plan"]
    queue_mail(
        to=who.email,
        cause=f"customer-word:{word.pk}:{'back' if word.taken_back_at else 'said'}",
        subject=f"{account.name}: {link.recipient} {deed} a step",
        text="\n".join(lines),
        at=at,
    )
