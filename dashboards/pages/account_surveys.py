"""What an account's contacts answered, who was asked and is silent, and what is open."""

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate

from accounts.access import Action
from accounts.models import Account, User
from accounts.queries.account import accounts_in_full
from accounts.queries.answers import Totals, in_full, summed, totals
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_head import Head, build_head, standing_of
from dashboards.pages.account_mails import MailPerson, mail_people
from dashboards.pages.surveys import KEYS, PER_PAGE, AnswerRow, SumRow, answer_row, sum_row


@dataclass(frozen=True)
class AccountSurveysPage(Head):
    totals: Totals
    people: tuple[SumRow, ...]
    answers: tuple[AnswerRow, ...]
    page: Page
    mail_people: tuple[MailPerson, ...]


def build_account_surveys_page(account: Account, *, user: User, today: date, number: str | None) -> AccountSurveysPage:
    standing, mine = standing_of(account, today=today), account.responses.all()
    paged = Paginator(in_full(mine), PER_PAGE).get_page(number)
    return AccountSurveysPage(
        **vars(build_head(account, user=user, standing=standing, today=today, tab="surveys")),
        totals=totals(mine, today=today),
        people=tuple(sum_row("contacts", row, today=today) for row in summed(mine, *KEYS["contacts"], today=today)),
        answers=tuple(answer_row(one, today=today) for one in paged),
        page=paged,
        mail_people=tuple(mail_people(account, today=today)),
    )


@requires(Action.VIEW_ACCOUNT)
def account_surveys(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    page = build_account_surveys_page(found, user=request.user, today=localdate(), number=request.GET.get("page"))
    return render(request, "account_surveys.html", {"page": page})
