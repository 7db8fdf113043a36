"""The entry of web servers."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthapp.settings")
application = get_wsgi_application()
# All pages are imported, and what stays for good is left out of garbage collections: with it each of the rare full
# ones takes a tenth of a second, in the middle of somebody's page.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
