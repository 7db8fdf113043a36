"""Settings and wiring of the project."""

from healthapp.celery import app as celery_app

__all__ = ["celery_app"]
