"""What came, unpacked: whatever the Content-Type says, since client libraries label JSON as a form or as text."""

import zlib
from typing import Any

from django.http import HttpRequest
from django.http.request import UnreadablePostError

from accounts.ingest.events.verdicts import BadBody, TooLarge

LARGEST_BYTES = 4 * 1024 * 1024
GZIP_BEGINS = b"\x1f\x8b"
# How many times a body may be packed: once is usual, twice happens behind proxies.
MOST_CODINGS = 2
# And of how many parts a packed body may be made: clients that write as they go make a few.
MOST_PARTS = 100
AUTO, RAW = zlib.MAX_WBITS | 32, -zlib.MAX_WBITS
PACKED = {"gzip", "x-gzip", "deflate"}
TOO_LARGE = TooLarge("too_large", f"The body has more than {LARGEST_BYTES:,} bytes. Send it in parts.")


def body_of(request: HttpRequest) -> bytes:
    """The body as JSON text. Raises BadBody when it cannot be unpacked, TooLarge beyond 4 MB, packed or not."""
    body = received(request)
    for coding in reversed(codings_of(request)):
        if coding not in PACKED:
            raise BadBody("unknown_encoding", f"Content-Encoding {coding[:40]!r} is unknown. Send gzip or deflate.")
        body = unpacked(body)
    # Some clients pack and do not say so; JSON never begins like that.
    return unpacked(body) if body.startswith(GZIP_BEGINS) else body


def received(request: HttpRequest) -> bytes:
    """What came over the wire, with or without a length told before."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BYTES:
        raise TOO_LARGE
    try:
        body = stream_of(request).read(LARGEST_BYTES + 1)
    except (UnreadablePostError, OSError):
        raise BadBody("cut_off", "The connection ended within the body.") from None
    if len(body) > LARGEST_BYTES:
        raise TOO_LARGE
    return body


def stream_of(request: HttpRequest) -> Any:
    """Django reads as many bytes as were announced; of a body in chunks none were, and the server knows its end."""
    is_chunked = not request.META.get("CONTENT_LENGTH") and request.META.get("wsgi.input_terminated")
    return request.META["wsgi.input"] if is_chunked else request


def codings_of(request: HttpRequest) -> list[str]:
    stated = request.META.get("HTTP_CONTENT_ENCODING", "").lower().split(",")
    codings = [coding for word in stated if (coding := word.strip()) not in {"", "identity"}]
    if len(codings) > MOST_CODINGS:
        raise BadBody("unknown_encoding", f"The body was packed {len(codings)} times. Pack it once.")
    return codings


def unpacked(packed: bytes) -> bytes:
    """gzip of any number of parts, or deflate with or without its header; never more than the limit in memory."""
    try:
        return inflated(packed, AUTO)
    except zlib.error as problem:
        if packed.startswith(GZIP_BEGINS):
            raise BadBody("unreadable", f"The packed body cannot be unpacked: {problem}.") from None
    try:
        return inflated(packed, RAW)
    except zlib.error as problem:
        raise BadBody("unreadable", f"The packed body cannot be unpacked: {problem}.") from None


def inflated(packed: bytes, how: int) -> bytes:
    parts: list[bytes] = []
    room = LARGEST_BYTES
    while packed:
        if len(parts) == MOST_PARTS:
            raise BadBody("unreadable", f"The packed body has more than {MOST_PARTS} parts.")
        unpacker = zlib.decompressobj(how)
        # One byte more than there is room for shows that it is too much.
        part = unpacker.decompress(packed, room + 1)
        if len(part) > room:
            raise TOO_LARGE
        if not unpacker.eof:
            raise zlib.error("it ends too early")
        parts.append(part)
        room -= len(part)
        packed = unpacker.unused_data
    return b"".join(parts)
