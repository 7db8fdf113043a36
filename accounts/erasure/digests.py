"""Keyed hashes of what was erased: they can be compared with what comes in, and tell nothing by themselves.

The key is the installation's SECRET_KEY: with another one, what was erased is not known again.
"""

from django.utils.crypto import salted_hmac

SALT = "healthapp.erasure"


def digest(*parts: object) -> str:
    """Of ids as they are; of words without regard to case and spaces."""
    said = "\x1f".join(" ".join(str(part).split()).casefold() for part in parts)
    return salted_hmac(SALT, said, algorithm="sha256").hexdigest()
