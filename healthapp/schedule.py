"""What beat rings, and when (in the organization's time zone)."""

from typing import Any

from celery.schedules import crontab


def beat_schedule(*, reaper_seconds: int) -> dict[str, dict[str, Any]]:
    """The nightly run at two, and the reaper that often."""
    return {
        "nightly scores": {"task": "scoring.tasks.score_last_night", "schedule": crontab(hour="2", minute="0")},
        # A ring that nobody heard by the next one is worth nothing: without an end they pile up while no worker runs.
        "take up what was left": {
            "task": "scoring.tasks.take_up_what_was_left",
            "schedule": float(reaper_seconds),
            "options": {"expires": reaper_seconds},
        },
    }
