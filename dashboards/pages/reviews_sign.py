"""An account is signed off, and the sign-off taken back."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, MitigationPlan, PlanReview
from accounts.operations.reviews import ReviewedMeanwhile, outcome_words, sign_off, take_back_review
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.home import back_to
from dashboards.pages.reviews import shown_page
from dashboards.pages.reviews_form import ReviewForm
from scoring.alerts.reviews import tell_of_review, told_of_review
from scoring.alerts.tell import count_unread
from scoring.models import AccountHealth
from scoring.queries.reviews import rules_of


@require_POST
@requires(Action.REVIEW_PLAN)
def sign(request: UserRequest, pk: int) -> HttpResponse:
    """Sign an account off and go on to the next; what is refused comes back with the reason."""
    account = get_object_or_404(visible_accounts(request.user).select_related("owner"), pk=pk)
    has_plan = MitigationPlan.objects.filter(account=account, closed_at=None).exists()
    form = ReviewForm(request.POST, has_plan=has_plan)
    if not form.is_valid():
        return shown_page(request, form=form, chosen=pk, status=422)
    try:
        review = signed(request, account, form)
    except ReviewedMeanwhile as told:
        form.add_error(None, told_words(told.review))
        return shown_page(request, form=form, chosen=pk, status=409)
    except ValidationError as refused:
        form.add_error(None, refused.messages[0])
        return shown_page(request, form=form, chosen=pk, status=422)
    words = outcome_words(review.outcome, has_plan=has_plan)
    undo = reverse("review-undo", args=[review.pk])
    messages.success(request, f"{account.name} is signed off: {words}.", extra_tags=undo)
    return redirect(next_url(request, form.cleaned_data["next_account"]))


def signed(request: UserRequest, account: Account, form: ReviewForm) -> PlanReview:
    score = AccountHealth.objects.filter(pk=account.pk).values_list("score", flat=True).first()
    said = form.signed(rules=rules_of(request.user, account, today=localdate()), score_hundredths=score)
    seen = form.cleaned_data["seen"]
    with transaction.atomic():
        review = sign_off(account=account, said=said, seen=seen, by=request.user, at=timezone.now())
        tell_of_review(review, today=localdate())
    return review


def told_words(review: PlanReview) -> str:
    words = outcome_words(review.outcome, has_plan=review.plan_id is not None)
    when = formats.day(timezone.localtime(review.at).date())
    return f"{review.by.name} signed it off meanwhile, on {when}: {words}, “{review.note}”. Send yours again to add it."


def next_url(request: UserRequest, account: int | None) -> str:
    query = request.GET.copy()
    query.pop("account", None)
    if account:
        query["account"] = str(account)
    return f"{reverse('reviews')}?{query.urlencode()}" if query else reverse("reviews")


@require_POST
@requires(Action.REVIEW_PLAN)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    """Whoever signed it off takes it back: it is in the queue again."""
    reviews = PlanReview.objects.filter(account__in=visible_accounts(request.user)).select_related("account", "plan")
    found = get_object_or_404(reviews, pk=pk)
    try:
        with transaction.atomic():
            told = told_of_review(found)
            take_back_review(review=found, by=request.user, at=timezone.now())
            count_unread(told)
        messages.success(request, f"{found.account.name} is back in the queue.")
    except ValidationError as refused:
        messages.error(request, f"Not undone: {refused.messages[0]}")
    return redirect(back_to(request))
