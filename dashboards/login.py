"""Who may become a user: nobody by themselves. CS operations makes users in the back office."""

from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):
    # The same words whether the address is unknown or the password wrong: nobody learns who has an account.
    error_messages: ClassVar[dict[str, str]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "E-mail or password is not right.",
        "too_many_login_attempts": "That was wrong five times. Wait 300 seconds, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
