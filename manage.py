#!/usr/bin/env python
"""The entry to all commands: `python manage.py help`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from accounts.origin import coming_from, of_command

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthapp.settings")
    try:
        with coming_from(of_command(sys.argv)):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        sys.exit(f"The settings are not right: {problem}")
