"""A plan is started: by hand, from a flag or a drop with the reason written, or as a playbook fills it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from accounts.access import Action, visible_accounts
from accounts.models import Account, MitigationPlan, PlanOrigin, Playbook, User
from accounts.operations.plan_opening import PlanDraft, open_plans
from accounts.queries.playbooks import cast_of, drafts_of, playbooks_in_use, steps_of
from accounts.queries.workdays import working_days
from dashboards.gate import UserRequest, requires
from dashboards.pages.plan_edit import done
from dashboards.pages.plan_start_forms import StartForm
from dashboards.pages.sheets import is_sheet, saved
from scoring.models import AccountHealth
from scoring.queries.words import words_of_scorecards

USUAL_DAYS = 5


@dataclass(frozen=True)
class StartPage:
    """`stand_ins` say which step goes to somebody else than the playbook says, and why."""

    account: Account
    form: StartForm
    action: str
    today: date
    stand_ins: tuple[str, ...] = ()


@requires(Action.EDIT_ACCOUNT)
def start(request: UserRequest, pk: int) -> HttpResponse:
    """Opens a plan; where one is open, its page shows it."""
    account = get_object_or_404(visible_accounts(request.user).select_related("owner"), pk=pk)
    if has_open_plan(account):
        messages.info(request, f"{account.name} has an open plan already.")
        return saved(request, otherwise=reverse("account-plan", args=[pk]))
    if request.method != "POST":
        return shown(request, filled(request, account, request.GET))
    if "fill" in request.POST:
        return shown(request, filled(request, account, request.POST))
    form = form_for(
        request.user, account, data=request.POST, head=plain_head(request.user, account, {}),
        also=owners_in(request.user, account, request.POST.get("playbook", "")),
    )  # fmt: skip
    if form.is_valid():
        try:
            [plan] = open_plans(
                drafts=[form.draft(account, score=score_of(account))], by=request.user, at=timezone.now()
            )
        except ValidationError as refused:
            form.head.refuse(refused)
        else:
            return done(request, account.pk, subject=plan, sentence=f"A plan is open for {account.name}.")
    return shown(request, page_of(account, form), status=422)


def has_open_plan(account: Account) -> bool:
    return MitigationPlan.objects.filter(account=account, closed_at=None).exists()


def score_of(account: Account) -> int | None:
    return AccountHealth.objects.filter(account=account).values_list("score", flat=True).first()


def owners_in(user: User, account: Account, chosen: str) -> set[int]:
    """Whom the account or the playbook names: they may own steps, also where the user would not meet them."""
    playbook = next((one for one in playbooks_in_use() if str(one.pk) == chosen), None)
    if playbook is None:
        return owners_of(account, [])
    return owners_of(account, drafts_of(playbook, [account], starter=user, today=localdate(), scores={}))


def owners_of(account: Account, drafts: Sequence[PlanDraft]) -> set[int]:
    found = {step.owner_id for draft in drafts for step in draft.steps} | {draft.owner_id for draft in drafts}
    return found | ({account.owner.pk} if account.owner and account.owner.is_active else set())


def form_for(user: User, account: Account, *, head: Mapping[str, Any], data: Any = None, **more: Any) -> StartForm:
    today = localdate()
    return StartForm(
        data, user=user, words=words_of_scorecards(), today=today, head=head,
        first_due=working_days().after(today, days=USUAL_DAYS), **more,
    )  # fmt: skip


def page_of(account: Account, form: StartForm, *, stand_ins: tuple[str, ...] = ()) -> StartPage:
    return StartPage(account, form, reverse("plan-start", args=[account.pk]), localdate(), stand_ins)


def filled(request: UserRequest, account: Account, said: Mapping[str, str]) -> StartPage:
    """The form as the chosen playbook fills it in. What was written stays, unless another playbook wrote it."""
    chosen = said.get("playbook", "")
    known = {str(playbook.pk): playbook for playbook in playbooks_in_use()}
    playbook = known.get(chosen)
    own = own_words(said, known=list(known.values()))
    if playbook is None:
        head = plain_head(request.user, account, own)
        return page_of(account, form_for(request.user, account, head=head, also=owners_of(account, [])))
    [draft] = drafts_of(playbook, [account], starter=request.user, today=localdate(), scores={})
    head = {
        "playbook": playbook.pk,
        "reason": own.get("reason") or draft.reason,
        "goal": own.get("goal") or draft.goal,
        "owner": draft.owner_id,
        "target_band": draft.target_band,
        "target_date": draft.target_date,
        "origin": own["origin"],
    }
    form = form_for(request.user, account, head=head, steps=draft.steps, also=owners_of(account, [draft]))
    return page_of(account, form, stand_ins=stand_ins_of(playbook, account, starter=request.user))


def own_words(said: Mapping[str, str], *, known: list[Playbook]) -> dict[str, str]:
    """The reason and goal that a person or a page wrote, not a playbook that was chosen before."""
    reason, goal = (said.get(name, "").replace("\x00", "").strip()[:200] for name in ("reason", "goal"))
    origin = said.get("origin", "")
    return {
        "reason": "" if reason in {playbook.reason for playbook in known} else reason,
        "goal": "" if goal in {playbook.goal for playbook in known} else goal,
        "origin": origin if origin in PlanOrigin.values else PlanOrigin.HAND.value,
    }


def plain_head(user: User, account: Account, own: Mapping[str, str]) -> dict[str, Any]:
    owner = account.owner if account.owner and account.owner.is_active else user
    return {"owner": owner.pk, "origin": PlanOrigin.HAND.value} | dict(own)


def stand_ins_of(playbook: Playbook, account: Account, *, starter: User) -> tuple[str, ...]:
    cast = cast_of([account], starter=starter)
    told = ((step, cast.stands_in(step, account)) for step in steps_of(playbook))
    return tuple(
        f"Step {step.position}: {why}; {cast.owner(step, account).name} stands in." for step, why in told if why
    )


def shown(request: UserRequest, page: StartPage, *, status: int = 200) -> HttpResponse:
    template = "_plan_start.html" if is_sheet(request) else "plan_start.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)
