"""The entry of web servers."""

import gc
import os
from typing import Any

from django.core.signals import request_finished
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthapp.settings")
application = get_wsgi_application()


def settle(**about: Any) -> None:
    """Once all pages are imported, what stays for good is left out of garbage collections: with it each of the rare
    full ones takes a tenth of a second, in the middle of somebody's page.

    The first page imports them all; whoever sends events after a start does not wait for that.
    """
    if "url_patterns" in vars(get_resolver()):
        request_finished.disconnect(settle)
        gc.collect()
        gc.freeze()


request_finished.connect(settle)
