"""The settings of the product with two more addresses, to compare with; nothing else differs."""

from healthapp.settings import *  # noqa: F403 - all of them

MIDDLEWARE = [  # noqa: F405
    "bench.stream.shortcut.StreamMiddleware" if name.endswith(".StreamMiddleware") else name
    for name in MIDDLEWARE  # noqa: F405
]
ROOT_URLCONF = "bench.stream.urls"
# Counted like everywhere, and never reached.
EVENTS_PER_MINUTE = 1_000_000_000
