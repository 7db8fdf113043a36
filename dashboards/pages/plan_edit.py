"""A plan gets steps, which are changed and removed, another goal or owner, and is closed; each with undo."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, AuditEntry, MitigationPlan, PlanOutcome, PlanStep
from accounts.operations import plan_undo
from accounts.operations.plan_words import PlanChanged, edit_plan
from accounts.operations.plan_words import words_in as plan_words
from accounts.operations.plans import add_step, close_plan, remove_step
from accounts.operations.steps import StepChanged, edit_step, words_in
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.home import back_to
from dashboards.pages.plan_forms import (
    CloseForm,
    SaidForm,
    StepEditForm,
    StepForm,
    edit_form,
    step_form,
)
from dashboards.pages.plan_start_forms import plan_edit_form
from dashboards.pages.sheets import is_sheet, saved
from scoring.queries.words import Words, words_of_scorecards


@dataclass(frozen=True)
class PlanPage:
    """A dialog about a plan. `action` takes the form; `theirs` is what somebody else wrote meanwhile."""

    account: Account
    form: SaidForm
    title: str
    action: str
    button: str
    step: PlanStep | None = None
    theirs: str = ""


@requires(Action.EDIT_ACCOUNT)
def plan(request: UserRequest, pk: int) -> HttpResponse:
    """What the plan is about: its reason, goal, owner and target."""
    found = visible_plan(request, pk)
    words = words_of_scorecards()
    form, theirs = plan_edit_form(request.POST or None, plan=found, user=request.user, words=words), ""
    if request.method == "POST" and form.is_valid():
        try:
            edit_plan(plan=found, words=form.words(), before=form.read(), by=request.user, at=timezone.now())
        except PlanChanged as told:
            theirs = their_plan(told.plan, words=words)
            form.data = request.POST.copy()
            form.data["before"] = form.fields["before"].prepare_value(plan_words(told.plan).as_json())
        except ValidationError as refused:
            form.refuse(refused)
        else:
            sentence = f"The plan of {found.account.name} is saved."
            return done(request, found.account_id, subject=found, sentence=sentence)
    action = reverse("plan-edit", args=[pk])
    page = PlanPage(found.account, form, f"Change the plan of {found.account.name}", action, "Save", theirs=theirs)
    return shown(request, page, status=409 if theirs else 422 if form.errors else 200)


def their_plan(plan: MitigationPlan, *, words: Words) -> str:
    """What the plan says now that somebody else changed it."""
    band = f", target {words.band(plan.target_band)}" if plan.target_band is not None else ""
    day = f" by {formats.day(plan.target_date)}" if plan.target_date else ""
    return f"Somebody else changed this plan: “{plan.reason}”, owner {plan.owner.name}{band}{day}."


@requires(Action.EDIT_ACCOUNT)
def new_step(request: UserRequest, pk: int) -> HttpResponse:
    plan = visible_plan(request, pk)
    if request.method != "POST":
        return shown(request, step_page(plan, step_form(user=request.user, owner_id=plan.owner_id, today=localdate())))
    form = StepForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            step = add_step(plan=plan, **form.cleaned_data, by=request.user, at=timezone.now())
        except ValidationError as refused:
            form.refuse(refused)
        else:
            return done(request, plan.account_id, subject=step, sentence=f"Step added: {step.text}.")
    return shown(request, step_page(plan, form), status=422)


def step_page(plan: MitigationPlan, form: StepForm) -> PlanPage:
    action = reverse("plan-step-new", args=[plan.pk])
    return PlanPage(plan.account, form, f"Add a step for {plan.account.name}", action, "Add step")


@requires(Action.EDIT_ACCOUNT)
def step(request: UserRequest, pk: int) -> HttpResponse:
    """One step, to be changed: done, due on another day, somebody else's."""
    found = visible_step(request, pk)
    if request.method != "POST":
        return shown(request, edit_page(found, edit_form(found, words_in(found), user=request.user)))
    form, theirs = StepEditForm(request.POST, user=request.user), ""
    if form.is_valid():
        try:
            edit_step(
                step=found, words=form.words(), before=form.read(), by=request.user, at=timezone.now(),
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
        except StepChanged as told:
            theirs = their_words(told.step, today=localdate())
            form.data = request.POST.copy()
            form.data["before"] = form.fields["before"].prepare_value(words_in(told.step).as_json())
        except ValidationError as refused:
            form.refuse(refused)
        else:
            return done(request, found.plan.account_id, subject=found, sentence=f"Step saved: {found.text}.")
    return shown(request, edit_page(found, form, theirs=theirs), status=409 if theirs else 422)


def edit_page(step: PlanStep, form: StepEditForm, *, theirs: str = "") -> PlanPage:
    action = reverse("plan-step", args=[step.pk])
    return PlanPage(
        step.plan.account, form, f"Step {step.position} for {step.plan.account.name}", action, "Save", step, theirs
    )


def their_words(step: PlanStep, *, today: date) -> str:
    """What the step says now that somebody else changed it."""
    due = formats.near_day(step.due_date, today=today)
    state = step.get_state_display().lower()
    return f"Somebody else changed this step: {state}, due {due}, {step.owner.name}, “{step.text}”."


@require_POST
@requires(Action.EDIT_ACCOUNT)
def remove(request: UserRequest, pk: int) -> HttpResponse:
    found = visible_step(request, pk)
    key = found.pk
    try:
        remove_step(step=found, by=request.user, at=timezone.now())
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
        return saved(request, otherwise=reverse("account-plan", args=[found.plan.account_id]))
    found.pk = key
    return done(request, found.plan.account_id, subject=found, sentence=f"Step removed: {found.text}.")


@requires(Action.EDIT_ACCOUNT)
def close(request: UserRequest, pk: int) -> HttpResponse:
    plan = visible_plan(request, pk)
    form = CloseForm(request.POST if request.method == "POST" else None, auto_id="plan_%s")
    if request.method == "POST" and form.is_valid():
        try:
            outcome = PlanOutcome(form.cleaned_data["outcome"])
            note = form.cleaned_data["note"]
            close_plan(plan=plan, outcome=outcome, by=request.user, at=timezone.now(), note=note)
        except ValidationError as refused:
            form.refuse(refused)
        else:
            return done(request, plan.account_id, subject=plan, sentence=f"The plan of {plan.account.name} is closed.")
    action = reverse("plan-close", args=[pk])
    page = PlanPage(plan.account, form, f"Close the plan of {plan.account.name}", action, "Close plan")
    return shown(request, page, status=422 if form.errors else 200)


@require_POST
@requires(Action.EDIT_ACCOUNT)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    """Takes back what the user did last, named by its entry of the audit record."""
    entry = get_object_or_404(AuditEntry, pk=pk, by=request.user)
    try:
        messages.success(request, plan_undo.take_back(entry=entry, by=request.user, at=timezone.now()))
    except ValidationError as refused:
        messages.error(request, f"Not undone: {refused.messages[0]}")
    return redirect(back_to(request))


def visible_plan(request: UserRequest, pk: int) -> MitigationPlan:
    plans = MitigationPlan.objects.filter(account__in=visible_accounts(request.user)).select_related("account")
    return get_object_or_404(plans, pk=pk)


def visible_step(request: UserRequest, pk: int) -> PlanStep:
    steps = PlanStep.objects.filter(plan__account__in=visible_accounts(request.user))
    return get_object_or_404(steps.select_related("plan__account", "owner"), pk=pk)


def shown(request: UserRequest, page: PlanPage, *, status: int = 200) -> HttpResponse:
    template = "_plan_form.html" if is_sheet(request) else "plan_form.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)


def done(request: UserRequest, account_id: int, *, subject: MitigationPlan | PlanStep, sentence: str) -> HttpResponse:
    """Says what was done, with the undo of the deed that was just recorded."""
    entries = AuditEntry.objects.filter(subject=subject._meta.model_name, subject_id=str(subject.pk), by=request.user)
    entry = entries.order_by("-pk").first()
    messages.success(request, sentence, extra_tags=reverse("plan-undo", args=[entry.pk]) if entry else "")
    return saved(request, otherwise=reverse("account-plan", args=[account_id]))
