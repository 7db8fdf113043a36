"""A playbook is written, or changed by whoever read it last."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action
from accounts.models import Playbook
from accounts.operations.playbooks import PlaybookChanged, edit_playbook, make_playbook, words_in
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.playbook import told
from dashboards.pages.playbook_forms import PlaybookForm
from scoring.queries.words import words_of_scorecards


@dataclass(frozen=True)
class EditPage:
    """`theirs` is who wrote meanwhile."""

    form: PlaybookForm
    title: str
    cancel_url: str
    playbook: Playbook | None = None
    theirs: str = ""


@requires(Action.EDIT_PLAYBOOKS)
def new_playbook(request: UserRequest) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = PlaybookForm(data, user=request.user, words=words_of_scorecards(), stated=None, seen=0)
    if data is not None and form.is_valid():
        try:
            made = make_playbook(words=form.words(), by=request.user, at=timezone.now())
        except ValidationError as refused:
            form.refuse(refused)
        else:
            told(request, made, f"Made {made.name}. Plans can be started from it.")
            return redirect("playbook", pk=made.pk)
    return shown(request, EditPage(form, "New playbook", reverse("playbooks")))


@requires(Action.EDIT_PLAYBOOKS)
def edit(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Playbook.objects.select_related("changed_by"), pk=pk)
    if found.archived_at is not None:
        messages.info(request, f"{found.name} is archived. Bring it back to change it.")
        return redirect("playbook", pk=pk)
    data, theirs = request.POST if request.method == "POST" else None, ""
    form = PlaybookForm(
        data, user=request.user, words=words_of_scorecards(), stated=words_in(found), seen=found.edition
    )
    if data is not None and form.is_valid():
        try:
            now = edit_playbook(
                playbook=found, words=form.words(), seen=form.head.cleaned_data["seen"] or 0, by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except PlaybookChanged as changed:
            theirs = who_wrote(changed.playbook)
            form.head.data = request.POST.copy()
            form.head.data["seen"] = str(changed.playbook.edition)
        except ValidationError as refused:
            form.refuse(refused)
        else:
            if now.edition != found.edition:
                told(request, now, f"{now.name} is changed. Plans that were started stay as they are.")
            return redirect("playbook", pk=pk)
    return shown(request, EditPage(form, f"Change {found.name}", reverse("playbook", args=[pk]), found, theirs))


def who_wrote(playbook: Playbook) -> str:
    at = formats.clock(timezone.localtime(playbook.changed_at))
    return f"{playbook.changed_by.name} changed this playbook at {at}."


def shown(request: UserRequest, page: EditPage) -> HttpResponse:
    status = 409 if page.theirs else 422 if page.form.is_wrong else 200
    return render(request, "playbook_edit.html", {"page": page}, status=status)
