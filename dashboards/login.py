"""Who may become a user: nobody by themselves. CS operations makes users in the back office."""

import uuid
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest
from django.utils import timezone

from accounts.operations.mail import queue_mail


class ClosedAdapter(DefaultAccountAdapter):
    # The same words whether the address is unknown or the password wrong: nobody learns who has an account.
    error_messages: ClassVar[dict[str, str]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "E-mail or password is not right.",
        "too_many_login_attempts": "That was wrong five times. Wait 300 seconds, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Into the outbox, as the library writes it: no page waits for a mail server."""
        request = allauth_context.request
        site = {"request": request, "email": email, "current_site": get_current_site(request)}
        message = self.render_mail(template_prefix, email, {**site, **context})
        queue_mail(
            to=email,
            cause=f"{template_prefix.rpartition('/')[2]}:{uuid.uuid4()}",
            subject=str(message.subject),
            text=str(message.body),
            is_secret=True,
            at=timezone.now(),
        )
