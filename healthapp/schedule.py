"""What beat rings, and when (in the organization's time zone)."""

from typing import Any

from celery.schedules import crontab

# A fact whose ring was lost waits no longer than this.
TOUCHED_SECONDS = 10
# An export whose ring was lost, and a file whose time is over.
EXPORTS_SECONDS = 60
# An event whose ring was lost waits no longer than this.
EVENTS_SECONDS = 5
# A mail whose ring was lost, and one that is to be tried again.
MAIL_SECONDS = 30
# A survey after a touchpoint goes an hour after it was noted, and within this.
SURVEYS_SECONDS = 600
# Alerts whose ring was lost, renewals that come near, and mails that were put off wait no longer than this.
ALERTS_SECONDS = 30
# A message to a target that is to be tried again.
DELIVER_SECONDS = 10
# A silent source is noticed within this.
WATCH_SECONDS = 60


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
        "take up imports that were left": {
            "task": "accounts.tasks.take_up_imports",
            "schedule": float(reaper_seconds),
            "options": {"expires": reaper_seconds},
        },
        "fold events": {
            "task": "accounts.tasks.fold_events",
            "schedule": float(EVENTS_SECONDS),
            "options": {"expires": EVENTS_SECONDS},
        },
        "watch sources": {
            "task": "accounts.tasks.watch_sources",
            "schedule": float(WATCH_SECONDS),
            "options": {"expires": WATCH_SECONDS},
        },
        "send mails": {
            "task": "accounts.tasks.send_mails",
            "schedule": float(MAIL_SECONDS),
            "options": {"expires": MAIL_SECONDS},
        },
        "watch alerts": {
            "task": "scoring.tasks.watch_alerts",
            "schedule": float(ALERTS_SECONDS),
            "options": {"expires": ALERTS_SECONDS},
        },
        "deliver alerts": {
            "task": "scoring.tasks.deliver_alerts",
            "schedule": float(DELIVER_SECONDS),
            "options": {"expires": DELIVER_SECONDS},
        },
        "thin alerts": {"task": "scoring.tasks.thin_alerts", "schedule": crontab(hour="3", minute="55")},
        "send surveys": {
            "task": "accounts.tasks.send_surveys",
            "schedule": float(SURVEYS_SECONDS),
            "options": {"expires": SURVEYS_SECONDS},
        },
        "settle re-engagement": {
            "task": "accounts.tasks.settle_reengagement",
            "schedule": crontab(hour="4", minute="10"),
        },
        "thin mails": {"task": "accounts.tasks.thin_mails", "schedule": crontab(hour="3", minute="50")},
        "remind of ratings": {"task": "scoring.tasks.remind_of_ratings", "schedule": crontab(hour="6", minute="0")},
        "mail customers": {
            "task": "dashboards.tasks.mail_customers_monthly",
            "schedule": crontab(hour="9", minute="0"),
        },
        # After the night's scores; where they take longer, the next night has them.
        "work out studies": {"task": "scoring.tasks.work_out_studies", "schedule": crontab(hour="5", minute="0")},
        "tidy events": {"task": "accounts.tasks.tidy_events", "schedule": crontab(hour="3", minute="30")},
        "tidy imports": {"task": "accounts.tasks.tidy_imports", "schedule": crontab(hour="3", minute="45")},
        "score accounts with a new fact": {
            "task": "scoring.tasks.rescore_touched",
            "schedule": float(TOUCHED_SECONDS),
            "options": {"expires": TOUCHED_SECONDS},
        },
        "tend exports": {
            "task": "scoring.tasks.tend_exports",
            "schedule": float(EXPORTS_SECONDS),
            "options": {"expires": EXPORTS_SECONDS},
        },
        "thin old snapshots": {
            "task": "scoring.tasks.thin_old_snapshots",
            "schedule": crontab(day_of_month="1", hour="4", minute="0"),
        },
    }
