"""What beat rings, and when (in the organisation's time zone)."""

from celery.schedules import crontab

BEAT_SCHEDULE = {
    "nightly scores": {"task": "scoring.tasks.score_last_night", "schedule": crontab(hour="2", minute="0")},
    # A ring that nobody heard within its minute is worth nothing: without an end they pile up while no worker runs.
    "take up what was left": {
        "task": "scoring.tasks.take_up_what_was_left",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
}
