"""Tokens of the API: one's own, or for CS operations everybody's; make one, which is shown once, and revoke one."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action, can
from accounts.models import ApiToken, User
from accounts.operations.tokens import create_token, revoke_token
from accounts.queries.tokens import is_working, visible_tokens
from dashboards.gate import UserRequest, requires
from dashboards.pages.tokens_form import TokenForm, state_of

PER_PAGE = 25


@dataclass(frozen=True)
class TokenRow:
    pk: int
    name: str
    prefix: str
    user: str
    scopes: str
    source: str
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None
    is_working: bool
    state: str
    tone: str


@dataclass(frozen=True)
class TokensPage:
    rows: list[TokenRow]
    page: Page
    is_of_everybody: bool
    form: TokenForm
    now: datetime


@dataclass(frozen=True)
class CreatedPage:
    """The one page that shows a token: what it holds is stored nowhere."""

    token: ApiToken
    text: str


def build_tokens_page(user: User, *, number: str | None, form: TokenForm | None, now: datetime) -> TokensPage:
    """The newest first; `form` is one that was sent with errors."""
    page = Paginator(visible_tokens(user), PER_PAGE).get_page(number)
    return TokensPage(
        rows=[token_row(token, now=now) for token in page],
        page=page,
        is_of_everybody=can(user, Action.MANAGE_TOKENS),
        form=form or TokenForm(by=user),
        now=now,
    )


def token_row(token: ApiToken, *, now: datetime) -> TokenRow:
    works = is_working(token, at=now)
    state, tone = state_of(is_working=works, revoked_at=token.revoked_at)
    return TokenRow(
        pk=token.pk,
        name=token.name,
        prefix=token.prefix,
        user=token.user.name,
        scopes=", ".join(token.scopes),
        source=token.source.name if token.source else "",
        created_by=token.created_by.name if token.created_by else "the command line",
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        is_working=works,
        state=state,
        tone=tone,
    )


@requires(Action.HAVE_TOKENS)
def tokens(request: UserRequest) -> HttpResponse:
    return shown(request, form=None)


def shown(request: UserRequest, *, form: TokenForm | None) -> HttpResponse:
    page = build_tokens_page(request.user, number=request.GET.get("page"), form=form, now=timezone.now())
    return render(request, "tokens.html", {"page": page}, status=422 if form else 200)


@require_POST
@requires(Action.HAVE_TOKENS)
def create(request: UserRequest) -> HttpResponse:
    form = TokenForm(request.POST, by=request.user)
    if not form.is_valid():
        return shown(request, form=form)
    token, text = create_token(**form.stated(by=request.user), by=request.user, at=timezone.now())
    # Not a redirect: the token would have to be kept somewhere on the way.
    response = render(request, "token_created.html", {"page": CreatedPage(token, text)})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@requires(Action.HAVE_TOKENS)
def revoke(request: UserRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(visible_tokens(request.user), pk=pk)
    revoke_token(token=token, by=request.user, at=timezone.now())
    messages.success(request, f"Revoked {token.name}. It no longer works.")
    return redirect("tokens")
