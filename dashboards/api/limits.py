"""How often a token, or a person in a browser, may ask: so many requests in each minute of the clock."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiToken

if TYPE_CHECKING:
    # As in permissions.py: the settings name this module.
    from rest_framework.views import APIView

WINDOW_SECONDS = 60


@dataclass(frozen=True)
class Rate:
    """What the headers say."""

    limit: int
    remaining: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.seconds),
        }


class PerMinute(BaseThrottle):
    """Counts in the cache, so that all web processes count together where it is Redis."""

    seconds = WINDOW_SECONDS

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return True
        now, limit = timezone.now().timestamp(), settings.API_REQUESTS_PER_MINUTE
        self.seconds = max(1, math.ceil(WINDOW_SECONDS - now % WINDOW_SECONDS))
        used = count(f"api-rate:{asker(request)}:{int(now // WINDOW_SECONDS)}")
        request.rate = Rate(limit, max(0, limit - used), self.seconds)
        return used <= limit

    def wait(self) -> float:
        return self.seconds


def asker(request: Request) -> str:
    return f"token-{request.auth.pk}" if isinstance(request.auth, ApiToken) else f"user-{request.user.pk}"


def count(key: str) -> int:
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    try:
        return cache.incr(key)
    except ValueError:
        # The cache dropped it between our two looks.
        return 1
