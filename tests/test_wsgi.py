"""What a web server starts with."""

import subprocess
import sys

COUNTED = "import gc, sys, healthapp.wsgi; print(gc.get_freeze_count(), 'dashboards.pages.reviews' in sys.modules)"


def test_all_pages_are_loaded_and_left_out_of_garbage_collections():
    told = subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True, timeout=60)
    frozen, is_loaded = told.stdout.split()[-2:]
    assert int(frozen) > 100_000
    assert is_loaded == "True"
