"""Pages: who sees it, and how."""

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "dashboards"
