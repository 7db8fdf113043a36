"""One thing done to many accounts: a look at which, and which not, before; an undo after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts, visible_csms
from accounts.models import Account, BulkChange, BulkKind, Phase, Playbook, Segment, Status, TouchpointKind, User
from accounts.operations.bulk_changes import (
    MOST_AT_ONCE,
    MOST_MADE,
    log_for_many,
    set_for_many,
    start_plans,
    undo_for_many,
)
from accounts.queries.bulk_changes import FIELDS, Sorted, sorted_for
from accounts.queries.handover import count_left_behind
from accounts.queries.playbooks import playbooks_in_use
from dashboards.filters import is_id, read_selection
from dashboards.gate import UserRequest, requires
from dashboards.pages.accounts_rows import health_of
from dashboards.pages.home import back_to
from dashboards.pages.plan_start_forms import ARCHIVED, PlaybookField
from dashboards.pages.sheets import is_sheet, saved
from scoring.queries.facets import facets_key
from scoring.queries.selection import selected_accounts

SHOWN = 200


class BulkForm(forms.Form):
    """What is to be set: a value, or the words of a plan or of a touchpoint."""

    value = forms.ChoiceField(choices=[])
    playbook = PlaybookField(
        queryset=Playbook.objects.none(), required=False, empty_label="None: steps are added later",
        error_messages={"invalid_choice": ARCHIVED}, widget=forms.Select(attrs={"class": "select"}),
    )  # fmt: skip
    reason = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"class": "input", "maxlength": 200}))
    day = forms.DateField(widget=forms.DateInput(attrs={"class": "input", "type": "date"}))
    note = forms.CharField(required=False, max_length=2_000, widget=forms.Textarea(attrs={"class": "input", "rows": 3}))

    def __init__(self, *args: Any, kind: BulkKind, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in set(self.fields) - fields_of(kind):
            del self.fields[name]
        if "playbook" in self.fields:
            self.fields["playbook"].queryset = playbooks_in_use()  # type: ignore[attr-defined]
            self.fields["reason"].required = False
            self.fields["reason"].help_text = "Empty: the playbook's."
        if "value" in self.fields:
            field = self.fields["value"]
            field.choices = [("", "Choose"), *values_for(kind, user)]  # type: ignore[attr-defined]
            field.label = {"owner": "New owner", "segment": "New segment", "phase": "New phase"}.get(kind, "Kind")
            field.widget.attrs["class"] = "select"

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if "playbook" in self.fields and not (said.get("playbook") or said.get("reason", "").strip() or self.errors):
            self.add_error("reason", "Say why the plans are opened, or choose a playbook.")
        return said


def fields_of(kind: BulkKind) -> set[str]:
    return {BulkKind.PLAN: {"playbook", "reason"}, BulkKind.TOUCHPOINT: {"value", "day", "note"}}.get(kind, {"value"})


def values_for(kind: BulkKind, user: User) -> list[tuple[str, str]]:
    if kind == BulkKind.OWNER:
        return [(str(csm.pk), str(csm)) for csm in visible_csms(user).order_by("name", "pk")]
    if kind == BulkKind.SEGMENT:
        return [(str(segment.pk), segment.name) for segment in Segment.objects.order_by("position", "pk")]
    found = Phase.choices if kind == BulkKind.PHASE else TouchpointKind.choices
    return [(str(value), str(label)) for value, label in found]


@dataclass(frozen=True)
class BulkPage:
    """`ids` are all that were chosen; `hidden` how many of those to be changed the list leaves out."""

    kind: BulkKind
    form: BulkForm
    sorted: Sorted
    ids: str
    seen: datetime
    problem: str = ""

    @property
    def ready(self) -> Sequence[Account]:
        return self.sorted.ready[:SHOWN]

    @property
    def skipped(self) -> Sequence[tuple[Account, str]]:
        return self.sorted.skipped[:SHOWN]

    @property
    def hidden(self) -> int:
        return len(self.sorted.ready) - len(self.ready)


def chosen_accounts(request: UserRequest) -> QuerySet[Account]:
    """Those that are ticked, or all that the table's filters choose; active ones in the user's sight."""
    seen = visible_accounts(request.user).filter(status=Status.ACTIVE).select_related("owner", "health")
    if "all" in request.POST:
        params = QueryDict(request.POST.get("query", ""))
        found = selected_accounts(request.user, selection=read_selection(params), today=timezone.localdate())
        return seen.filter(pk__in=found.values("pk")).order_by("name", "pk")
    words = [word for part in request.POST.getlist("id") for word in part.split(",")]
    return seen.filter(pk__among=[int(word) for word in words if is_id(word)]).order_by("name", "pk")


def kind_named(name: str) -> BulkKind:
    if name not in BulkKind.values:
        raise Http404
    return BulkKind(name)


@require_POST
@requires(Action.EDIT_ACCOUNT)
def preview(request: UserRequest, kind: str) -> HttpResponse:
    """Which accounts are going to be changed, and which not and why. Nothing is written."""
    named, accounts = kind_named(kind), chosen_accounts(request)
    most = MOST_AT_ONCE if named in FIELDS else MOST_MADE
    count = accounts.count()
    problem = f"{count:,} accounts are chosen; at most {most:,} are changed at once." if count > most else ""
    typed = request.POST if "seen" in request.POST else None
    form = BulkForm(typed, kind=named, user=request.user, initial={"day": timezone.localdate()})
    value = asked_value(named, request.POST.get("value", ""))
    found = sorted_for(named, accounts[:most], value=value)
    page = BulkPage(named, form, found, ids=ids_of(found), seen=timezone.now(), problem=problem)
    return shown(request, page)


def ids_of(found: Sorted) -> str:
    return ",".join(str(pk) for pk in sorted([a.pk for a in found.ready] + [a.pk for a, _ in found.skipped]))


def asked_value(kind: BulkKind, word: str) -> Any:
    """What stands in the column; None where it is not said yet."""
    if kind in FIELDS and word:
        return word if kind == BulkKind.PHASE else int(word) if is_id(word) else None
    return None


@require_POST
@requires(Action.EDIT_ACCOUNT)
def apply(request: UserRequest, kind: str) -> HttpResponse:
    """Does it to those that nothing stands in the way of, and says how many were left out."""
    named, seen = kind_named(kind), moment_of(request.POST.get("seen", "")) or timezone.now()
    form = BulkForm(request.POST, kind=named, user=request.user)
    value = asked_value(named, request.POST.get("value", ""))
    found = sorted_for(named, chosen_accounts(request), value=value, seen=seen)
    page = BulkPage(named, form, found, ids=ids_of(found), seen=seen)
    if not form.is_valid():
        return shown(request, page, status=422)
    try:
        change = done(named, form.cleaned_data, found, by=request.user)
    except ValidationError as refused:
        return shown(request, BulkPage(named, form, found, page.ids, seen, problem=refused.messages[0]), status=422)
    cache.delete(facets_key(request.user))
    left = f" {counted(len(found.skipped))} left out." if found.skipped else ""
    undo = reverse("accounts-bulk-undo", args=[change.pk])
    messages.success(request, f"{named.label}: {counted(len(change.changes))}.{left}", extra_tags=undo)
    if named == BulkKind.OWNER:
        tell_what_stays(request, [pk for pk, _ in change.changes])
    return saved(request, otherwise=reverse("accounts"))


def tell_what_stays(request: UserRequest, account_ids: list[int]) -> None:
    """Plans and steps of those accounts keep their owners until somebody hands them over."""
    plans, steps = count_left_behind(account_ids, today=timezone.localdate())
    if plans or steps:
        words = f"{plans:,} open plan{'' if plans == 1 else 's'} and {steps:,} step{'' if steps == 1 else 's'}"
        messages.warning(request, f"{words} stay with who had the accounts. Plans, Handover gives them to the new CSM.")


def done(kind: BulkKind, said: dict[str, Any], found: Sorted, *, by: User) -> BulkChange:
    ids, at = [account.pk for account in found.ready], timezone.now()
    if kind == BulkKind.PLAN:
        scores = {account.pk: health.score if (health := health_of(account)) else None for account in found.ready}
        reason, playbook = said["reason"], said["playbook"]
        return start_plans(reason=reason, account_ids=ids, scores=scores, by=by, at=at, playbook=playbook)
    if kind == BulkKind.TOUCHPOINT:
        return log_for_many(kind=said["value"], day=said["day"], note=said["note"], account_ids=ids, by=by, at=at)
    return set_for_many(kind=kind, value=asked_value(kind, said["value"]), account_ids=ids, by=by, at=at)


@require_POST
@requires(Action.EDIT_ACCOUNT)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    """Takes back the user's own change; what others changed since stays, and is named."""
    change = get_object_or_404(BulkChange, pk=pk, by=request.user)
    try:
        undone = undo_for_many(change=change, by=request.user, at=timezone.now())
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
        return redirect(back_to(request))
    cache.delete(facets_key(request.user))
    messages.success(request, f"Taken back: {counted(len(undone.restored))}.")
    if undone.kept:
        names = list(
            Account.objects.filter(pk__among=list(undone.kept)).order_by("name").values_list("name", flat=True)[:3]
        )
        more = f" and {len(undone.kept) - len(names):,} more" if len(undone.kept) > len(names) else ""
        messages.error(request, f"Not taken back, since somebody changed it meanwhile: {', '.join(names)}{more}.")
    return redirect(back_to(request))


def counted(number: int) -> str:
    return f"{number:,} account{'' if number == 1 else 's'}"


def moment_of(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def shown(request: UserRequest, page: BulkPage, *, status: int = 200) -> HttpResponse:
    template = "_accounts_bulk.html" if is_sheet(request) else "accounts_bulk.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)
