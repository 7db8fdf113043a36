"""What is answered about a body, or about one event of it, that cannot be taken."""

import msgspec

LONGEST_SHOWN_ID = 200


class Verdict(msgspec.Struct, frozen=True, rename="camel"):
    """Why one event was refused. The others of its batch are not concerned."""

    index: int
    message_id: str | None
    code: str
    message: str


class BadEvent(Exception):
    """One event cannot be taken."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class BadBody(Exception):
    """Nothing can be taken, since the body as a whole cannot be read."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class TooLarge(BadBody):
    """Nothing is taken, since the body is beyond a limit: send it in parts."""
