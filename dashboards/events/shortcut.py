"""The short way to the event stream: without sessions, logins, messages and scales, none of which an event has."""

import re
from collections.abc import Callable
from typing import ClassVar

from django.http import HttpRequest, HttpResponseBase

from dashboards.events import stream

Answer = Callable[..., HttpResponseBase]


class StreamMiddleware:
    """Answers calls of the stream at once. What stands before it guards them; what stands behind it costs each a third
    of a millisecond and finds nothing to do.
    """

    routes: ClassVar[dict[str, Answer]] = {stream.ROUTE: stream.receive}

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.patterns = [(re.compile(route), view) for route, view in self.routes.items()]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info.removeprefix("/")
        for pattern, view in self.patterns:
            if found := pattern.match(path):
                # A host that is not ours is refused, as everywhere.
                request.get_host()
                return view(request, **found.groupdict())
        return self.get_response(request)
