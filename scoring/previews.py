"""Previews of drafts as work for a worker: asked for, computed once, kept until the draft or the day is another.

The row is the order; the task is only the doorbell. A ring that nobody heard, or a worker that died, is found by who
asks again: the page does so every second or two.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.db import transaction

from scoring.cards import NoScorecard
from scoring.checks import BadScorecard
from scoring.models import DraftPreview, ScorecardDraft
from scoring.preview import BandChange, Moved, Preview, preview

log = structlog.get_logger(__name__)
State = DraftPreview.State
Clock = Callable[[], datetime]

DOORBELL = "scoring.tasks.compute_preview"
# Who waits longer than that is rung for again.
UNHEARD = timedelta(seconds=15)
# A worker that needs longer has died; 100,000 accounts take a minute or two.
LOST = timedelta(minutes=10)
# The page lists some of the accounts that change their band, those with the most ARR.
KEPT = 50
OUR_FAULT = (
    "The preview could not be computed: something went wrong on our side, and the log says what. Compute it again, or"
    " tell whoever runs healthapp."
)


@transaction.atomic
def ask(draft: ScorecardDraft, *, day: date, at: datetime, again: bool = False) -> DraftPreview:
    """The preview of the draft as it is saved, on the day: as it is kept, or ordered. `again` orders it anew."""
    kept = DraftPreview.objects.select_for_update().filter(draft=draft).first()
    if kept is None:
        kept, _ = DraftPreview.objects.get_or_create(
            draft=draft, defaults={"edition": draft.edition, "day": day, "asked_at": at, "rung_at": at}
        )
        ring(kept)
    elif is_other(kept, draft=draft, day=day) or is_lost(kept, at=at) or (again and is_over(kept)):
        order(kept, edition=draft.edition, day=day, at=at)
    elif kept.state == State.WAITING and at - kept.rung_at >= UNHEARD:
        DraftPreview.objects.filter(pk=kept.pk).update(rung_at=at)
        ring(kept)
    return kept


def is_other(kept: DraftPreview, *, draft: ScorecardDraft, day: date) -> bool:
    return (kept.edition, kept.day) != (draft.edition, day)


def is_lost(kept: DraftPreview, *, at: datetime) -> bool:
    return kept.state == State.WORKING and kept.started_at is not None and at - kept.started_at >= LOST


def is_over(kept: DraftPreview) -> bool:
    return kept.state in (State.DONE, State.REFUSED)


def order(kept: DraftPreview, *, edition: int, day: date, at: datetime) -> None:
    """What was known is forgotten; whoever still works on it finds that nobody waits for it."""
    kept.edition, kept.day, kept.state = edition, day, State.WAITING
    kept.asked_at, kept.rung_at, kept.started_at, kept.finished_at = at, at, None, None
    kept.result, kept.refusal = {}, ""
    kept.save()
    ring(kept)


def ring(kept: DraftPreview) -> None:
    """Call a worker. Robust: a broker that is away is logged, and who waits rings again."""
    transaction.on_commit(partial(send, preview_id=kept.pk), robust=True)


def send(*, preview_id: int) -> None:
    expires = int(UNHEARD.total_seconds())
    current_app.send_task(DOORBELL, kwargs={"preview_id": preview_id}, expires=expires, retry=False, ignore_result=True)


def work(preview_id: int, *, clock: Clock) -> bool:
    """Compute what was ordered, if nobody does; says whether it did. What is found of another order is dropped."""
    started = clock()
    waiting = DraftPreview.objects.filter(pk=preview_id, state=State.WAITING)
    if not waiting.update(state=State.WORKING, started_at=started):
        return False
    kept = DraftPreview.objects.select_related("draft__scorecard__segment", "draft__based_on").get(pk=preview_id)
    found = outcome(kept)
    mine = DraftPreview.objects.filter(pk=preview_id, state=State.WORKING, started_at=started, edition=kept.edition)
    return bool(mine.update(finished_at=clock(), **found))


def outcome(kept: DraftPreview) -> dict[str, Any]:
    """The columns of a preview that is over: what it says, or why it says nothing."""
    try:
        return {"state": State.DONE, "result": to_json(preview(kept.draft, day=kept.day))}
    except (BadScorecard, NoScorecard) as error:
        return {"state": State.REFUSED, "refusal": str(error)}
    except Exception:
        # Who waits at the page must learn of it; the log has the traceback.
        log.exception("preview failed", preview=kept.pk, draft=kept.draft_id)
        return {"state": State.REFUSED, "refusal": OUR_FAULT}


def to_json(found: Preview) -> dict[str, Any]:
    stated = asdict(found)
    return stated | {"day": found.day.isoformat(), "moved": stated["moved"][:KEPT]}


def from_json(stated: dict[str, Any]) -> Preview:
    """What `to_json` kept."""
    return Preview(
        **stated
        | {
            "day": date.fromisoformat(stated["day"]),
            "bands": tuple(BandChange(**band) for band in stated["bands"]),
            "bins_now": tuple(stated["bins_now"]),
            "bins_then": tuple(stated["bins_then"]),
            "moved": tuple(Moved(**one) for one in stated["moved"]),
        }
    )
