"""Defining and changing a measure of our own; a formula is checked and tried while it is typed."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import User
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_values import value_text
from dashboards.pages.measures_form import MeasureForm
from scoring import catalog
from scoring.core.formulas import BadFormula
from scoring.custom import CUSTOM_PREFIX
from scoring.measures import UNITS
from scoring.models import CustomMeasure, MeasureKind
from scoring.queries.preview import Preview, preview

KINDS = {
    MeasureKind.ENTERED: "People enter it, with a rhythm, a shelf life and somebody who sees to it.",
    MeasureKind.PUSHED: "A file or another system brings it.",
    MeasureKind.FORMULA: "It is computed from other measures.",
}


@dataclass(frozen=True)
class Check:
    """What is wrong with a formula, or what it says of a few accounts. Nothing yet where nothing is written."""

    error: BadFormula | None = None
    preview: Preview | None = None
    unit: catalog.Unit = catalog.Unit.COUNT

    @property
    def place(self) -> int:
        """The character at which the error stands, as people count."""
        return self.error.position + 1 if self.error else 0

    @property
    def pointed(self) -> str:
        """The text with a caret below the place."""
        return str(self.error).partition("\n")[2] if self.error else ""

    @property
    def rows(self) -> list[tuple[str, list[str | None], str | None]]:
        """Account, operands and value, as people read them."""
        if self.preview is None:
            return []
        units = [operand.unit for operand in self.preview.operands]
        return [
            (
                row.account,
                [told(value, unit) for value, unit in zip(row.operands, units, strict=True)],
                told(row.value, self.unit),
            )
            for row in self.preview.rows
        ]


@dataclass(frozen=True)
class FormPage:
    form: MeasureForm
    measure: CustomMeasure | None
    kinds: list[tuple[str, str, bool]]  # name, address, whether it is this one
    about_kind: str
    names: list[tuple[str, str, str]]  # as formulas name a measure, its label, its unit
    check: Check

    @property
    def is_formula(self) -> bool:
        return self.form.kind == MeasureKind.FORMULA


def told(value: float | None, unit: catalog.Unit) -> str | None:
    return None if value is None else value_text(value, unit)


def build_form_page(form: MeasureForm) -> FormPage:
    """The form, and for a formula the names that it can use."""
    is_formula = form.kind == MeasureKind.FORMULA
    return FormPage(
        form=form,
        measure=form.measure,
        kinds=[(kind.label, f"{reverse('measure-new')}?kind={kind}", kind == form.kind) for kind in MeasureKind],
        about_kind=KINDS[form.kind],
        names=[name_of(measure) for measure in catalog.offered()] if is_formula else [],
        check=Check(error=form.bad_formula),
    )


def name_of(measure: catalog.Measure) -> tuple[str, str, str]:
    return measure.key.removeprefix(CUSTOM_PREFIX), measure.label, str(measure.unit)


def check(text: str, *, slug: str, unit: str, user: User) -> Check:
    """The formula, read and tried on accounts that the user sees, as of the day before today: a whole day."""
    if not text.strip():
        return Check()
    yesterday = localdate() - timedelta(days=1)
    try:
        found = preview(text, slug=slug, accounts=visible_accounts(user), as_of=yesterday)
    except BadFormula as error:
        return Check(error=error)
    return Check(preview=found, unit=catalog.Unit(unit) if unit in UNITS else catalog.Unit.COUNT)


@requires(Action.DEFINE_MEASURES)
def new_measure(request: UserRequest) -> HttpResponse:
    kind = kind_of(request.GET.get("kind"))
    form = MeasureForm(request.POST or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        measure = form.save(by=request.user, at=timezone.now())
        if measure:
            messages.success(request, f"{measure.label} is defined. Scorecards and formulas can use it.")
            return redirect("measure", slug=measure.slug)
    return shown(request, form)


@requires(Action.DEFINE_MEASURES)
def edit_measure(request: UserRequest, slug: str) -> HttpResponse:
    measure = get_object_or_404(CustomMeasure, slug=slug, retired_on=None)
    form = MeasureForm(request.POST or None, kind=MeasureKind(measure.kind), measure=measure)
    if request.method == "POST" and form.is_valid() and form.save(by=request.user, at=timezone.now()):
        messages.success(request, f"{form.cleaned_data['label']} is saved.")
        return redirect("measure", slug=slug)
    return shown(request, form)


def shown(request: UserRequest, form: MeasureForm) -> HttpResponse:
    return render(request, "measure_form.html", {"page": build_form_page(form)}, status=422 if form.errors else 200)


@require_POST
@requires(Action.DEFINE_MEASURES)
def check_formula(request: UserRequest) -> HttpResponse:
    """The part of the form below the formula, while it is typed."""
    said = request.POST
    found = check(
        said.get("formula", "").strip(), slug=said.get("measure", ""), unit=said.get("unit", ""), user=request.user
    )
    return render(request, "_measure_check.html", {"check": found})


def kind_of(text: str | None) -> MeasureKind:
    return MeasureKind(text) if text in MeasureKind.values else MeasureKind.ENTERED
