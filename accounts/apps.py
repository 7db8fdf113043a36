"""Facts: what happened."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
