"""Open plans and steps whose owner is gone: listed by person, handed over after a look, taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, colleagues_of
from accounts.models import AuditEntry, User
from accounts.operations.handover import Handed, hand_over, take_back
from accounts.queries.handover import Work, work_left_behind
from dashboards.gate import UserRequest, requires
from dashboards.pages.deeds import undo_of
from dashboards.pages.files import csv_file
from dashboards.pages.home import back_to
from dashboards.pages.sheets import is_sheet, saved

CSM = "csm"
SHOWN = 200


@dataclass(frozen=True)
class PersonRow:
    """Somebody who is gone, with what they left behind in the reader's sight."""

    person: User
    accounts: int
    plans: int
    steps: int
    overdue: int

    @property
    def why(self) -> str:
        return "No CSM of the account any more" if self.person.is_active else "Has left"


@dataclass(frozen=True)
class HandoverPage:
    rows: list[PersonRow]
    csv_url: str


def person_rows(found: Sequence[Work], *, today: date) -> list[PersonRow]:
    groups = [list(group) for _, group in groupby(found, key=lambda one: one.person.pk)]
    return [
        PersonRow(
            person=works[0].person,
            accounts=len({work.account_id for work in works}),
            plans=sum(work.is_plan for work in works),
            steps=sum(not work.is_plan for work in works),
            overdue=sum(work.due_date is not None and work.due_date < today for work in works),
        )
        for works in groups
    ]


class ToForm(forms.Form):
    to = forms.ChoiceField(label="New owner")
    # The plans and steps that were looked at: what came since waits for another look.
    seen = forms.CharField(widget=forms.HiddenInput, max_length=200_000)

    def __init__(self, data: Any = None, *, user: User, person: User, seen: str) -> None:
        super().__init__(data, initial={"to": CSM, "seen": seen})
        people = colleagues_of(user).exclude(pk=person.pk).order_by("name", "pk")
        names = [(str(one.pk), one.name) for one in people]
        self.fields["to"].choices = [(CSM, "Each account's CSM"), *names]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class MoveRow:
    """`to` is empty where the account has no other CSM at work."""

    work: Work
    to: User | None


@dataclass(frozen=True)
class LookPage:
    person: User
    form: ToForm
    moves: list[MoveRow]
    left_out: list[MoveRow]
    today: date
    problem: str = ""

    @property
    def shown(self) -> list[MoveRow]:
        return self.moves[:SHOWN]

    @property
    def hidden(self) -> int:
        return len(self.moves) - len(self.shown)


def moves_of(found: Iterable[Work], *, to: User | None) -> list[MoveRow]:
    """Each with its new owner: the one who is named, else the CSM of its account."""
    return [MoveRow(work, to or work.csm) for work in found]


@requires(Action.EDIT_ACCOUNT)
def handover(request: UserRequest) -> HttpResponse:
    today = localdate()
    rows = person_rows(work_left_behind(request.user, today=today), today=today)
    return render(request, "handover.html", {"page": HandoverPage(rows, reverse("handover-csv"))})


@requires(Action.EDIT_ACCOUNT)
def handover_csv(request: UserRequest) -> HttpResponse:
    head = ["Person", "Why", "Account", "What", "Text", "Due", "The account's CSM"]
    rows = [
        [
            work.person.name, "has left" if work.has_left else "no CSM of the account any more", work.account,
            "plan" if work.is_plan else "step", work.what, work.due_date, work.csm.name if work.csm else "",
        ]
        for work in work_left_behind(request.user, today=localdate())
    ]  # fmt: skip
    return csv_file("handover", [head, *rows])


@requires(Action.EDIT_ACCOUNT)
def person(request: UserRequest, pk: int) -> HttpResponse:
    """What goes to whom, to be looked at; POST does it, or looks again where another owner was chosen."""
    found = get_object_or_404(User, pk=pk)
    work = work_left_behind(request.user, today=localdate(), person=pk)
    if not work:
        messages.info(request, f"{found.name} has no open plan or step that waits for an owner.")
        return saved(request, otherwise=reverse("handover"))
    is_deed = request.method == "POST" and "look" not in request.POST
    keys = ",".join(one.key for one in work)
    data = request.POST if request.method == "POST" else None
    form = ToForm(data, user=request.user, person=found, seen=keys)
    if data is not None and not is_deed:
        form.data = request.POST.copy()
        form.data["seen"] = keys
    to = chosen(form) if data is not None and form.is_valid() else None
    page = look_of(found, form, work if not is_deed else looked_at(work, form), to=to)
    if is_deed and form.is_valid():
        return handed_over(request, page)
    return shown(request, page, status=422 if form.errors else 200)


def chosen(form: ToForm) -> User | None:
    to = form.cleaned_data["to"]
    return None if to == CSM else User.objects.get(pk=int(to))


def looked_at(work: list[Work], form: ToForm) -> list[Work]:
    """What stood in the look; all of it where the form is not one of ours."""
    if not form.is_valid():
        return work
    seen = set(form.cleaned_data["seen"].split(","))
    return [one for one in work if one.key in seen]


def look_of(person: User, form: ToForm, work: list[Work], *, to: User | None) -> LookPage:
    rows = moves_of(work, to=to)
    return LookPage(person, form, [row for row in rows if row.to], [row for row in rows if not row.to], localdate())


def handed_over(request: UserRequest, page: LookPage) -> HttpResponse:
    plans = {row.work.pk: row.to.pk for row in page.moves if row.to and row.work.is_plan}
    steps = {row.work.pk: row.to.pk for row in page.moves if row.to and not row.work.is_plan}
    try:
        done = hand_over(person=page.person, plans=plans, steps=steps, by=request.user, at=timezone.now())
    except ValidationError as refused:
        page = LookPage(page.person, page.form, page.moves, page.left_out, page.today, problem=refused.messages[0])
        return shown(request, page, status=422)
    left = f" {len(page.left_out)} left out: no CSM at work." if page.left_out else ""
    undo = undo_of(page.person, by=request.user, name="handover-undo")
    messages.success(request, f"Handed over {counted(done)} of {page.person.name}.{left}", extra_tags=undo)
    return saved(request, otherwise=reverse("handover"))


@require_POST
@requires(Action.EDIT_ACCOUNT)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(AuditEntry, pk=pk, by=request.user)
    try:
        done = take_back(entry=entry, by=request.user, at=timezone.now())
    except ValidationError as refused:
        messages.error(request, f"Not undone: {refused.messages[0]}")
    else:
        messages.success(request, f"Taken back: {counted(done)}.")
        if done.kept:
            messages.error(request, f"{done.kept} stay as they are, since somebody changed them meanwhile.")
    return redirect(back_to(request))


def counted(done: Handed) -> str:
    """2 plans and 5 steps."""
    plans = f"{done.plans} plan{'' if done.plans == 1 else 's'}"
    steps = f"{done.steps} step{'' if done.steps == 1 else 's'}"
    return f"{plans} and {steps}" if done.plans and done.steps else plans if done.plans else steps


def shown(request: UserRequest, page: LookPage, *, status: int = 200) -> HttpResponse:
    template = "_handover_person.html" if is_sheet(request) else "handover_person.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)
