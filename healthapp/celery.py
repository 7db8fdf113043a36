"""The Celery application: settings come from Django, tasks from each app's tasks.py."""

import os
from contextlib import AbstractContextManager
from typing import Any

from celery import Celery
from celery.signals import task_postrun, task_prerun

from accounts.origin import coming_from, of_task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthapp.settings")

app = Celery("healthapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# What runs now, by its id: a task may be run within another one.
running: dict[str, AbstractContextManager[None]] = {}


@task_prerun.connect
def come_from_task(task_id: str, task: Any, **about: Any) -> None:
    """The audit says which task did something."""
    running[task_id] = coming_from(of_task(task.name))
    running[task_id].__enter__()


@task_postrun.connect
def leave_task(task_id: str, **about: Any) -> None:
    if task_id in running:
        running.pop(task_id).__exit__(None, None, None)
