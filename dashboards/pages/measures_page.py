"""One measure of our own: what it is, how its definition changed, who uses it, and how it is retired."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, can
from accounts.models import User
from dashboards.gate import UserRequest, requires
from dashboards.pages.measures import MeasureRow, measure_rows
from scoring.measures import retire_measure
from scoring.models import CustomMeasure, MeasureDefinition


@dataclass(frozen=True)
class MeasurePage:
    row: MeasureRow
    measure: CustomMeasure
    definitions: list[MeasureDefinition]  # the newest first
    may_define: bool

    @property
    def may_retire(self) -> bool:
        return self.may_define and self.measure.retired_on is None


def build_measure_page(user: User, *, slug: str, today: date) -> MeasurePage:
    """The page of a custom measure. Raises Http404 for any other."""
    row = next((row for row in measure_rows(user, today=today) if row.slug == slug and row.url), None)
    if row is None:
        raise Http404(f"There is no custom measure {slug}.")
    measure = CustomMeasure.objects.select_related("owner").get(slug=slug)
    return MeasurePage(
        row=row,
        measure=measure,
        definitions=list(measure.definitions.select_related("author").order_by("-number")),
        may_define=can(user, Action.DEFINE_MEASURES),
    )


@requires(Action.VIEW_MEASURES)
def measure(request: UserRequest, slug: str) -> HttpResponse:
    page = build_measure_page(request.user, slug=slug, today=localdate())
    return render(request, "measure.html", {"page": page})


@require_POST
@requires(Action.DEFINE_MEASURES)
def retire(request: UserRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(CustomMeasure, slug=slug)
    try:
        retire_measure(measure=found, by=request.user, at=timezone.now())
    except ValidationError as error:
        messages.error(request, f"{found.label} was not retired. {error.messages[0]}")
    else:
        messages.success(request, f"{found.label} is retired. Its history stays.")
    return redirect("measure", slug=slug)
