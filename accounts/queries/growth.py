"""That an account was asked for a reference: a reading, exported and taken back like all others."""

from datetime import timedelta

ASKED = "reference_asked"
# For how long nobody asks again.
REST = timedelta(days=180)
