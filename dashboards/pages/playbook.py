"""One playbook: what a plan that starts from it would say today; copied, archived, brought back, each with undo."""

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

from accounts.access import Action, can
from accounts.models import AuditEntry, Playbook, User
from accounts.operations import playbooks as operations
from accounts.queries.plans import visible_plans
from accounts.queries.playbooks import Use, steps_of, uses_of
from accounts.queries.workdays import working_days
from dashboards.gate import UserRequest, requires
from dashboards.pages.deeds import undo_of
from dashboards.pages.home import back_to
from dashboards.pages.playbook_words import TemplateStep, target_of, template_step
from dashboards.pages.playbooks import NEVER
from scoring.queries.words import words_of_scorecards


@dataclass(frozen=True)
class PlaybookPage:
    playbook: Playbook
    steps: list[TemplateStep]
    target: str
    use: Use
    today: date
    may_edit: bool

    @property
    def closed(self) -> int:
        return self.use.plans - self.use.open


def build_playbook(playbook: Playbook, *, user: User, today: date) -> PlaybookPage:
    """The template with the days that it comes to if it is started today."""
    days = working_days()
    return PlaybookPage(
        playbook=playbook,
        steps=[template_step(step, days=days, today=today) for step in steps_of(playbook)],
        target=target_of(playbook, words=words_of_scorecards()),
        use=uses_of(visible_plans(user).filter(playbook=playbook)).get(playbook.pk, NEVER),
        today=today,
        may_edit=can(user, Action.EDIT_PLAYBOOKS),
    )


@requires(Action.VIEW_PLANS)
def playbook(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Playbook.objects.select_related("changed_by"), pk=pk)
    page = build_playbook(found, user=request.user, today=localdate())
    return render(request, "playbook.html", {"page": page})


@require_POST
@requires(Action.EDIT_PLAYBOOKS)
def copy(request: UserRequest, pk: int) -> HttpResponse:
    """A copy under a name of its own, which is opened to be changed."""
    found = get_object_or_404(Playbook, pk=pk)
    made = operations.copy_playbook(playbook=found, by=request.user, at=timezone.now())
    told(request, made, f"Copied {found.name}. Give the copy a name.")
    return redirect("playbook-edit", pk=made.pk)


@require_POST
@requires(Action.EDIT_PLAYBOOKS)
def archive(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Playbook, pk=pk)
    try:
        operations.archive_playbook(playbook=found, by=request.user, at=timezone.now())
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    else:
        told(request, found, f"Archived {found.name}. It is offered no more; plans that came of it stay.")
    return redirect("playbooks")


@require_POST
@requires(Action.EDIT_PLAYBOOKS)
def back(request: UserRequest, pk: int) -> HttpResponse:
    """Out of the archive."""
    found = get_object_or_404(Playbook, pk=pk)
    try:
        operations.bring_back(playbook=found, by=request.user, at=timezone.now())
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    else:
        told(request, found, f"{found.name} is in use again.")
    return redirect("playbook", pk=pk)


@require_POST
@requires(Action.EDIT_PLAYBOOKS)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    """Takes back what the user did last, named by its entry of the audit record."""
    entry = get_object_or_404(AuditEntry, pk=pk, by=request.user)
    try:
        messages.success(request, operations.take_back(entry=entry, by=request.user, at=timezone.now()))
    except ValidationError as refused:
        messages.error(request, f"Not undone: {refused.messages[0]}")
    is_there = Playbook.objects.filter(pk=int(entry.subject_id)).exists() if entry.subject == "playbook" else True
    return redirect(back_to(request) if is_there else reverse("playbooks"))


def told(request: UserRequest, playbook: Playbook, sentence: str) -> None:
    """Says what was done, with its undo."""
    messages.success(request, sentence, extra_tags=undo_of(playbook, by=request.user, name="playbook-undo"))
