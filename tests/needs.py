"""What some tests need beyond Python: a browser, PostgreSQL, Redis. Missing: skipped with the reason, refused in CI."""

import os

import pytest


def need(present: bool, *, what: str) -> None:
    """Skips the test when `what` is missing; where CI=true everything must be there, so it fails."""
    if present:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is needed and CI=true allows no skip", pytrace=False)
    pytest.skip(f"{what} is not here")
