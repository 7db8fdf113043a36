"""The product's addresses, and beside them the floor (only decoding) and the naive way (a serializer per event)."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.ingest.events.decode import decode
from accounts.ingest.events.split import split_batch
from bench.stream.naive import NaiveBatch
from dashboards.events import answers
from dashboards.events.bodies import body_of
from dashboards.gate import public


@csrf_exempt
@public
def only_decode(request: HttpRequest) -> HttpResponse:
    """Unpacks, decodes and judges as the product does, answers, and forgets."""
    decoded = decode(split_batch(body_of(request)), kind=None, received_at=timezone.now())
    return answers.receipt(accepted=len(decoded.events), duplicates=0, rejected=decoded.rejected)


urlpatterns = [
    path("bench/decode", only_decode),
    path("bench/naive", csrf_exempt(public(NaiveBatch.as_view()))),
    path("", include("healthapp.urls")),
]
