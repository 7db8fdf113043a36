"""What beat rings, and when (in the organization's time zone)."""

from typing import Any

from celery.schedules import crontab

# A fact whose ring was lost waits no longer than this.
TOUCHED_SECONDS = 10


def beat_schedule(*, reaper_seconds: int) -> dict[str, dict[str, Any]]:
    """The nightly run at two, retention once a month, the reaper that often, and who waits for a score."""
    return {
        "nightly scores": {"task": "scoring.tasks.score_last_night", "schedule": crontab(hour="2", minute="0")},
        # A ring that nobody heard by the next one is worth nothing: without an end they pile up while no worker runs.
        "take up what was left": {
            "task": "scoring.tasks.take_up_what_was_left",
            "schedule": float(reaper_seconds),
            "options": {"expires": reaper_seconds},
        },
        "score accounts with a new fact": {
            "task": "scoring.tasks.rescore_touched",
            "schedule": float(TOUCHED_SECONDS),
            "options": {"expires": TOUCHED_SECONDS},
        },
        "thin old snapshots": {
            "task": "scoring.tasks.thin_old_snapshots",
            "schedule": crontab(day_of_month="1", hour="4", minute="0"),
        },
    }
