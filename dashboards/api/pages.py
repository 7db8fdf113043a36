"""How the API pages through lists."""

from rest_framework.pagination import CursorPagination


class ByKey(CursorPagination):
    """Pages by key, so that a page stays right while rows arrive."""

    ordering = "pk"
    page_size_query_param = "page_size"
    max_page_size = 1000
