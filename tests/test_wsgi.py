"""What a web server does once."""

import subprocess
import sys

COUNTED = """
import gc
import healthapp.wsgi
from django.core.signals import request_finished
from django.urls import get_resolver

counts = []
for load in (lambda: None, lambda: get_resolver().url_patterns, lambda: gc.unfreeze()):
    load()
    request_finished.send(None)
    counts.append(gc.get_freeze_count())
print(*counts)
"""


def test_once_the_pages_are_loaded_what_stays_is_left_out_of_garbage_collections():
    told = subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True, timeout=60)
    after_an_event, after_a_page, after_the_next = map(int, told.stdout.split()[-3:])
    assert after_an_event == 0
    assert after_a_page > 100_000
    assert after_the_next == 0
