"""Does the score fit? What somebody who knows the account says of it, once a month, changeable and undone."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account
from dashboards.gate import UserRequest, requires
from dashboards.pages.adjust import Shown
from dashboards.pages.home import back_to
from dashboards.pages.sheets import is_sheet, saved
from scoring.cards import Card
from scoring.models import AccountHealth, SpotCheck, Verdict
from scoring.queries.spotchecks import card_in_force, own_check
from scoring.spotchecks import Said, ScoredMeanwhile, check_score, edition, take_back

LONGEST_REASON = 2_000


@dataclass(frozen=True)
class SpotCheckPage:
    """`former` is what the reader said this month already; without a score there is nothing to say."""

    account: Account
    score: Shown | None
    as_of: date | None
    card: str
    measures: list[tuple[str, str]]
    verdicts: list[tuple[str, str]]
    said: Said
    former: SpotCheck | None
    seen: str
    errors: dict[str, str]
    was_scored: bool
    today: date


def build_spot_check_page(
    account: Account, *, former: SpotCheck | None, today: date, said: Said | None = None,
    errors: dict[str, str] | None = None, was_scored: bool = False,
) -> SpotCheckPage:  # fmt: skip
    """The newest score with the measures of its card, and what was said of it."""
    health = AccountHealth.objects.filter(account=account, score__isnull=False).first()
    card = card_in_force(health.version_id) if health else None
    return SpotCheckPage(
        account=account,
        score=shown_score(health, card) if health and card else None,
        as_of=health.as_of if health else None,
        card=f"{card.name} v{card.number}" if card else "",
        measures=[(item.measure.key, item.measure.label) for item in card.items] if card else [],
        verdicts=[(str(value), str(label)) for value, label in Verdict.choices],
        said=said or (Said(former.verdict, former.measure, former.reason) if former else Said("")),
        former=former,
        seen=edition(health) if health else "",
        errors=errors or {},
        was_scored=was_scored,
        today=today,
    )


def shown_score(health: AccountHealth, card: Card) -> Shown:
    return Shown(Decimal(health.score or 0) / 100, health.band, card.bands.by_code[health.band].label)


@requires(Action.EDIT_ACCOUNT)
def spot_check(request: UserRequest, pk: int) -> HttpResponse:
    """The form; sent, it is kept, unless the account has got another score meanwhile."""
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    at = timezone.now()
    today = timezone.localtime(at).date()
    former = own_check(request.user, account_id=account.pk, today=today)
    if request.method != "POST":
        return shown(request, build_spot_check_page(account, former=former, today=today))
    sent = request.POST
    said = Said(sent.get("verdict", ""), sent.get("measure", ""), sent.get("reason", "")[:LONGEST_REASON])
    try:
        made = check_score(account=account, said=said, seen=sent.get("seen", ""), by=request.user, at=at)
    except ScoredMeanwhile:
        page = build_spot_check_page(account, former=former, today=today, said=said, was_scored=True)
        return shown(request, page, status=409)
    except ValidationError as refused:
        found = refused.message_dict if hasattr(refused, "error_dict") else {"verdict": refused.messages}
        errors = {field: sentences[0] for field, sentences in found.items()}
        page = build_spot_check_page(account, former=former, today=today, said=said, errors=errors)
        return shown(request, page, status=422)
    sentence = f"Noted for {account.name}: {made.get_verdict_display().lower()}."
    messages.success(request, sentence, extra_tags=reverse("spot-check-undo", args=[made.pk]))
    return saved(request, otherwise=reverse("account", args=[account.pk]))


def shown(request: UserRequest, page: SpotCheckPage, *, status: int = 200) -> HttpResponse:
    template = "_spot_check.html" if is_sheet(request) else "spot_check.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)


@require_POST
@requires(Action.EDIT_ACCOUNT)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    """As it was before: what was said earlier in the month, or nothing."""
    seen = SpotCheck.objects.filter(account__in=visible_accounts(request.user)).select_related("account")
    found = get_object_or_404(seen, pk=pk)
    try:
        take_back(check=found, by=request.user, at=timezone.now())
        messages.success(request, f"Taken back: what you said of {found.account.name}.")
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    return redirect(back_to(request))
