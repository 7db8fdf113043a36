"""Messages to targets that are due: each claimed first, each target in a thread of its own, so that none waits for
another. Whoever is killed leaves a lease that ends; the message goes again under the same id.

A target that failed several times in a row rests, longer each time; then one message asks whether it is back.
"""

import random
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.integrations.webhooks.post import Answer, post
from scoring.alerts.messages import body_of, headers_of
from scoring.models import AlertDelivery, AlertTarget, DeliveryState, DeliveryTry

log = structlog.get_logger(__name__)
ON_ITS_WAY = (DeliveryState.WAITING, DeliveryState.SENDING)
AT_ONCE = 8
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
LONGEST_ASKED = timedelta(hours=24)
GIVE_UP_AFTER = timedelta(days=3)
RESTS_AFTER = 3
GONE = 410
NOTHING_LEFT = "The accounts that it was about are gone."
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Sent:
    """A message on its way."""

    delivery: AlertDelivery
    at: datetime


def deliver_due(*, clock: Clock) -> int:
    """Sends until nothing is due; says how many were taken."""
    count, busy = 0, dict[Future[Answer], Sent]()
    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        while True:
            for sent in claimed(clock, busy=busy.values()):
                if (asked := asked_of(sent)) is None:
                    conclude(sent, Answer(None, NOTHING_LEFT, is_refused_here=True), at=clock())
                    continue
                busy[threads.submit(asked)] = sent
            if not busy:
                return count
            for answered in wait(busy, return_when=FIRST_COMPLETED).done:
                sent, answer = busy.pop(answered), answered.result()
                conclude(sent, answer, at=clock())
                count += answer.is_taken


def send_test(delivery: AlertDelivery, *, clock: Clock) -> Answer | None:
    """Sends this one now, by the same way; None where somebody else has it already. A test is tried once."""
    at = clock()
    if not claim(delivery, at=at):
        return None
    sent = Sent(delivery, at)
    asked = asked_of(sent)
    answer = asked() if asked else Answer(None, NOTHING_LEFT, is_refused_here=True)
    conclude(sent, answer, at=clock())
    return answer


def claimed(clock: Clock, *, busy: Collection[Sent]) -> Iterator[Sent]:
    """As many as there are free threads, each for another target."""
    targets = {sent.delivery.target_id for sent in busy}
    while len(targets) < AT_ONCE and (delivery := claim_next(at=clock(), but=targets)):
        targets.add(delivery.target_id)
        yield Sent(delivery, clock())


def claim_next(*, at: datetime, but: Collection[int]) -> AlertDelivery | None:
    """What is due for longest, ours until the lease ends."""
    while found := due(at).exclude(target__in=but).select_related("target", "firing__rule").first():
        if claim(found, at=at):
            return found
    return None


def due(at: datetime) -> QuerySet[AlertDelivery]:
    awake = Q(target__rests_until=None) | Q(target__rests_until__lte=at)
    waiting = AlertDelivery.objects.filter(awake, state__in=ON_ITS_WAY, next_try_at__lte=at)
    return waiting.filter(target__is_on=True, target__dropped_at=None).order_by("next_try_at", "pk")


@transaction.atomic
def claim(found: AlertDelivery, *, at: datetime) -> bool:
    """Whether it is ours: whoever raises `attempts` from what was seen has it. Of a target in doubt one at a time."""
    lease = at + timedelta(seconds=settings.ALERT_LEASE_SECONDS)
    seen = AlertDelivery.objects.filter(pk=found.pk, attempts=found.attempts, state=found.state)
    if not seen.update(state=DeliveryState.SENDING, attempts=found.attempts + 1, next_try_at=lease):
        return False
    if found.target.failures >= RESTS_AFTER:
        AlertTarget.objects.filter(pk=found.target_id).update(rests_until=lease)
    found.attempts += 1
    return True


def asked_of(sent: Sent) -> Callable[[], Answer] | None:
    """What the thread does, which speaks to no database; None where nothing is left to tell."""
    delivery = sent.delivery
    body = body_of(delivery)
    if body is None:
        return None
    headers = headers_of(delivery, body, at=sent.at)
    return partial(post, delivery.target.url, body, headers, seconds=settings.ALERT_SECONDS)


@transaction.atomic
def conclude(sent: Sent, answer: Answer, *, at: datetime) -> None:
    """Notes the try and what became of it; whoever took over after our lease has the say instead."""
    delivery = sent.delivery
    DeliveryTry.objects.create(
        delivery=delivery, at=sent.at, milliseconds=int((at - sent.at).total_seconds() * 1000), status=answer.status,
        said=answer.said[:500],
    )  # fmt: skip
    ours = AlertDelivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, state=DeliveryState.SENDING)
    if answer.is_taken:
        ours.update(state=DeliveryState.DELIVERED, delivered_at=at)
        AlertTarget.objects.filter(pk=delivery.target_id).update(failures=0, rests_until=None)
        return
    # Nobody waits for a test that comes an hour later, and a target does not rest because of one.
    is_test = delivery.firing_id is None
    is_over = is_test or answer.is_refused_here or answer.status == GONE or at - delivery.queued_at > GIVE_UP_AFTER
    pause = pause_after(delivery.attempts, asked=answer.retry_after_seconds)
    ours.update(state=DeliveryState.FAILED if is_over else DeliveryState.WAITING, next_try_at=at + pause)
    if not is_test:
        rest(delivery.target_id, answer, at=at)
    log.warning("alert not delivered", delivery=delivery.pk, target=delivery.target_id, status=answer.status)


def rest(target_id: int, answer: Answer, *, at: datetime) -> None:
    """Who asks for a pause gets it; who failed several times in a row rests, longer each time."""
    target = AlertTarget.objects.select_for_update().get(pk=target_id)
    target.failures += 1
    if answer.retry_after_seconds is not None:
        target.rests_until = at + pause_after(1, asked=answer.retry_after_seconds)
    elif target.failures >= RESTS_AFTER:
        target.rests_until = at + pause_after(target.failures - RESTS_AFTER + 1)
    target.save(update_fields=["failures", "rests_until"])


def pause_after(attempts: int, *, asked: int | None = None) -> timedelta:
    """Ten seconds, twenty, forty … an hour, each a quarter more or less; never less than was asked for."""
    usual = min(FIRST_WAIT * 2 ** min(attempts - 1, 12), LONGEST_WAIT)
    jittered = usual * random.uniform(0.75, 1.25)  # noqa: S311 - spreads tries, hides nothing
    return jittered if asked is None else max(jittered, min(timedelta(seconds=asked), LONGEST_ASKED))
