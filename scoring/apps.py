"""Judgement: what we make of the facts."""

from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "scoring"
