"""Judgement: what we make of the facts."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string


class ScoringConfig(AppConfig):
    name = "scoring"

    def ready(self) -> None:
        """By its name, since models can be imported only now."""
        post_migrate.connect(import_string("scoring.search_index.make_search_indexes"), sender=self)
