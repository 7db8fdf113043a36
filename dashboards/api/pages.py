"""How the API pages through lists."""

from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

LARGEST_KEY = 2**63 - 1
LONGEST_OFFSET = 1000


class ByKey(CursorPagination):
    """Pages by key, so that a page stays right while rows arrive."""

    ordering = "pk"
    page_size_query_param = "page_size"
    page_size_query_description = "How many at once, 1 to 1000; 100 unless told."
    cursor_query_description = "Where the page begins, as `next` and `previous` of another one say."
    max_page_size = 1000

    def get_page_size(self, request: Request) -> int:
        written = request.query_params.get(self.page_size_query_param)
        if written is None:
            return int(self.page_size or self.max_page_size)
        if not (written.isascii() and written.isdigit() and len(written) <= 4 and 1 <= int(written) <= 1000):
            raise ValidationError({self.page_size_query_param: "Write a whole number from 1 to 1000."})
        return int(written)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The library trusts what a cursor says; a made-up one would be an error of the database."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise ValidationError({self.cursor_query_param: "This is no cursor. Take it from `next`."}) from None
        if cursor is not None and cursor.position is not None and not is_key(cursor.position):
            raise ValidationError({self.cursor_query_param: "This is no cursor. Take it from `next`."})
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """As the library's, with the bounds."""
        found = super().get_schema_operation_parameters(view)
        for parameter in found:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {"minimum": 1, "maximum": self.max_page_size}
        return found


def is_key(position: str) -> bool:
    return position.isascii() and position.isdigit() and len(position) <= 19 and int(position) <= LARGEST_KEY
