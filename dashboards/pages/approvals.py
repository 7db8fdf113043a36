"""What waits for an approval: the list, one proposal with its effect, the decision, and the limits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, can
from accounts.models import Proposal, ProposalState, User
from accounts.operations.approvals import (
    DecidedMeanwhile,
    approve,
    decline,
    make,
    reopen,
    set_limits,
    withdraw,
)
from accounts.queries.judgments import visible_proposals, waiting_for
from accounts.queries.organization import the_organization
from dashboards.gate import UserRequest, requires
from dashboards.pages.adjust import Shown, shown_standing
from dashboards.pages.approval_words import decided_words, title
from dashboards.pages.files import csv_file
from dashboards.pages.home import back_to
from dashboards.pages.sheets import is_sheet, saved
from scoring.foresight import Foreseen, foresee
from scoring.queries.staleness import stale_accounts

PER_PAGE = 25
DECISIONS: dict[str, Callable[..., object]] = {"approve": approve, "decline": decline}
LONGEST_WORDS = 2_000
HEADS = (
    "Account", "What", "Reason", "In words", "Author", "Starts", "Ends", "Proposed", "State", "Decided by", "Decided",
    "Words",
)  # fmt: skip


class LimitsForm(forms.Form):
    pulse_percent = forms.IntegerField(
        required=False, min_value=0, max_value=100, label="Pulses beyond, in percent",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}), help_text="Empty: no pulse waits.",
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "Give a limit from 0 to 100, or none."),
    )  # fmt: skip
    do_overrides_wait = forms.BooleanField(required=False, label="Every override waits")


@dataclass(frozen=True)
class ProposalRow:
    pk: int
    account: str
    account_pk: int
    title: str
    category: str
    reason: str
    author: str
    starts_on: date
    ends_on: date
    proposed_on: date
    decided: str
    words: str
    is_own: bool
    is_over: bool


@dataclass(frozen=True)
class ApprovalsPage:
    rows: list[ProposalRow]
    page: Page
    is_decided: bool
    waiting: int
    limits: LimitsForm | None
    has_limits: bool
    today: date


@dataclass(frozen=True)
class DecisionPage:
    row: ProposalRow
    now: Shown | None
    then: Shown | None
    silent_sources: tuple[str, ...]
    words: str
    error: str
    decided_meanwhile: str
    today: date


def build_approvals_page(
    user: User, *, is_decided: bool, number: str, today: date, limits: LimitsForm | None = None
) -> ApprovalsPage:
    """What waits for the user, the oldest first; or what was decided, the newest first."""
    found = decided(user) if is_decided else waiting_for(user).order_by("proposed_at", "pk")
    page = Paginator(found.select_related("account", "author", "decided_by"), PER_PAGE).get_page(number)
    ours = the_organization()
    if limits is None and can(user, Action.SET_LIMITS):
        limits = LimitsForm(
            initial={"pulse_percent": ours.pulse_limit_percent, "do_overrides_wait": ours.do_overrides_wait}
        )
    return ApprovalsPage(
        rows=[proposal_row(proposal, user=user, today=today) for proposal in page],
        page=page,
        is_decided=is_decided,
        waiting=waiting_for(user).count() if is_decided else page.paginator.count,
        limits=limits,
        has_limits=ours.has_limits,
        today=today,
    )


def first_waiting(user: User, *, limit: int, today: date) -> list[ProposalRow]:
    """What waits the longest. One query."""
    found = waiting_for(user).select_related("account").order_by("proposed_at", "pk")[:limit]
    return [proposal_row(proposal, user=user, today=today) for proposal in found]


def decided(user: User) -> QuerySet[Proposal]:
    return visible_proposals(user).exclude(state=ProposalState.WAITING).order_by("-decided_at", "-pk")


def proposal_row(proposal: Proposal, *, user: User, today: date) -> ProposalRow:
    return ProposalRow(
        pk=proposal.pk,
        account=proposal.account.name,
        account_pk=proposal.account_id,
        title=title(proposal),
        category=proposal.get_category_display(),
        reason=proposal.reason,
        author=proposal.author.name,
        starts_on=proposal.starts_on,
        ends_on=proposal.ends_on,
        proposed_on=timezone.localtime(proposal.proposed_at).date(),
        decided="" if proposal.state == ProposalState.WAITING else decided_words(proposal),
        words=proposal.words,
        is_own=proposal.author_id == user.pk,
        is_over=proposal.ends_on < today,
    )


def effect_of(proposal: Proposal, *, by: User, today: date, at: datetime) -> Foreseen | None:
    """The score without it and with it, as if it acted today."""
    if proposal.state != ProposalState.WAITING or proposal.ends_on < today:
        return None

    def write() -> object:
        return make(proposal, starts_on=today, by=by, at=at)

    return foresee(account_id=proposal.account_id, write=write, as_of=today, at=at)


@requires(Action.APPROVE_JUDGMENTS)
def approvals(request: UserRequest) -> HttpResponse:
    is_decided = request.GET.get("state") == "decided"
    page = build_approvals_page(
        request.user, is_decided=is_decided, number=request.GET.get("page", "1"), today=localdate()
    )
    return render(request, "approvals.html", {"page": page})


@requires(Action.APPROVE_JUDGMENTS)
def approvals_csv(request: UserRequest) -> HttpResponse:
    """All that was ever proposed for the accounts in sight."""
    found = visible_proposals(request.user).select_related("account", "author", "decided_by").order_by("-proposed_at")
    return csv_file(f"approvals-{localdate().isoformat()}", lines_of(found))


def lines_of(found: QuerySet[Proposal]) -> Iterator[tuple[object, ...]]:
    yield HEADS
    for one in found.iterator(chunk_size=500):
        yield (
            one.account.name, title(one), one.get_category_display(), one.reason, one.author.name, one.starts_on,
            one.ends_on, one.proposed_at, one.get_state_display(), one.decided_by.name if one.decided_by else "",
            one.decided_at or "", one.words,
        )  # fmt: skip


@requires(Action.APPROVE_JUDGMENTS)
def approval(request: UserRequest, pk: int) -> HttpResponse:
    """One proposal with its effect; sent, it is approved or declined."""
    found = get_object_or_404(
        visible_proposals(request.user).select_related("account__owner", "author", "decided_by"), pk=pk
    )
    if request.method != "POST":
        return shown(request, found)
    words, does_approve = request.POST.get("words", "")[:LONGEST_WORDS], request.POST.get("decision") == "approve"
    try:
        decide = DECISIONS[request.POST.get("decision", "")]
        decide(proposal=found, words=words, by=request.user, at=timezone.now())
    except KeyError:
        return shown(request, found, words=words, error="Say whether you approve or decline.", status=422)
    except DecidedMeanwhile as told:
        return shown(request, found, words=words, meanwhile=decided_words(told.proposal), status=409)
    except ValidationError as refused:
        return shown(request, found, words=words, error=refused.messages[0], status=422)
    what = f"{title(found)} for {found.account.name}"
    sentence = f"{what} counts from now on." if does_approve else f"{what} is declined."
    messages.success(request, sentence, extra_tags=reverse("approval-undo", args=[found.pk]))
    return saved(request, otherwise=reverse("approvals"))


def shown(
    request: UserRequest, found: Proposal, *, words: str = "", error: str = "", meanwhile: str = "", status: int = 200
) -> HttpResponse:
    at = timezone.now()
    today = timezone.localtime(at).date()
    foreseen = None if meanwhile else effect_of(found, by=request.user, today=today, at=at)
    stale = stale_accounts([found.account_id]).get(found.account_id) if foreseen else None
    page = DecisionPage(
        row=proposal_row(found, user=request.user, today=today),
        now=shown_standing(foreseen.now if foreseen else None),
        then=shown_standing(foreseen.then if foreseen else None),
        silent_sources=stale.sources if stale else (),
        words=words,
        error=error,
        decided_meanwhile=meanwhile,
        today=today,
    )
    template = "_approval.html" if is_sheet(request) else "approval.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)


@require_POST
@requires(Action.APPROVE_JUDGMENTS)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    """Whoever decided takes it back: it waits again."""
    found = get_object_or_404(visible_proposals(request.user).select_related("account"), pk=pk)
    try:
        reopen(proposal=found, by=request.user, at=timezone.now())
        messages.success(request, f"{title(found)} for {found.account.name} waits again.")
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    return redirect(back_to(request))


@require_POST
@requires(Action.EDIT_ACCOUNT)
def take_back(request: UserRequest, pk: int) -> HttpResponse:
    """The author no longer wants it."""
    found = get_object_or_404(visible_proposals(request.user).select_related("account"), pk=pk)
    try:
        withdraw(proposal=found, by=request.user, at=timezone.now())
        messages.success(request, f"{title(found)} for {found.account.name} is withdrawn.")
    except DecidedMeanwhile as told:
        messages.error(request, f"{decided_words(told.proposal)}. It can no longer be withdrawn.")
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    return saved(request, otherwise=back_to(request))


@require_POST
@requires(Action.SET_LIMITS)
def limits(request: UserRequest) -> HttpResponse:
    """From where on pulses and overrides wait. The toast sets again what held before."""
    form = LimitsForm(request.GET if "undo" in request.GET else request.POST)
    if not form.is_valid():
        page = build_approvals_page(request.user, is_decided=False, number="1", today=localdate(), limits=form)
        return render(request, "approvals.html", {"page": page}, status=422)
    said, ours = form.cleaned_data, the_organization()
    before = (ours.pulse_limit_percent, ours.do_overrides_wait)
    try:
        set_limits(by=request.user, at=timezone.now(), **said)
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
        return redirect("approvals")
    told = f"{limits_told(**said)} Before: {limits_told(*before)}"
    messages.success(request, told, extra_tags="" if "undo" in request.GET else limits_url(*before))
    return redirect("approvals")


def limits_url(percent: int | None, do_overrides_wait: bool) -> str:
    """Sets these limits again."""
    said = {"undo": 1, "pulse_percent": "" if percent is None else percent}
    return f"{reverse('approval-limits')}?{urlencode(said | ({'do_overrides_wait': 1} if do_overrides_wait else {}))}"


def limits_told(pulse_percent: int | None, do_overrides_wait: bool) -> str:
    pulses = "No pulse waits" if pulse_percent is None else f"Pulses beyond {pulse_percent}% wait"
    return f"{pulses}; overrides {'wait' if do_overrides_wait else 'count at once'}."
