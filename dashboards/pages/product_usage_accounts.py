"""The accounts behind one number of the product usage page, as a list and as a file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action
from accounts.models import Account, Feature, User
from dashboards import formats
from dashboards.filters import is_id
from dashboards.gate import UserRequest, requires
from dashboards.pages.accounts import CountedPaginator
from dashboards.pages.accounts_rows import health_of, points
from dashboards.pages.choices import Choices, choices
from dashboards.pages.company import Company, company
from dashboards.pages.files import streamed_csv
from dashboards.pages.product_usage import chosen
from dashboards.remembered import remembered
from scoring.core.bands import UNDEFINED
from scoring.models import Study
from scoring.models.use import GONE, NO_FEATURE, NOT_YET
from scoring.queries.product_use import (
    BAND_SHIFT,
    FEATURE_STATES,
    UNKNOWN,
    Behind,
    accounts_behind,
    last_days,
    newest_study,
    read_in_full,
    study_months,
)

PER_PAGE = 25
STATES = {"in": "in use", "out": "not in use", "unknown": "use not known", "all": "all"}
FEATURE_WORDS = {
    "unused": "pay for {} and did not use it", "used": "pay for {} and used it", "paid": "pay for {}",
    "unknown": "pay for {}; whether they used it is not known", "unpaid": "used {} without paying for it",
    "any": "used {}",
}  # fmt: skip
ON_DAY = {"in": "were in use", "out": "were not in use", "unknown": "had use that is not known"}
OF_NOW = {"in": "used", "out": "did not use", "unknown": "may or may not have used", "all": "could use"}
PLACES = {NO_FEATURE: "none in use", NOT_YET: "not yet a customer", GONE: "left", UNKNOWN: "not known"}


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Row:
    account: Account
    url: str
    band: int
    band_name: str
    score: Any


@dataclass(frozen=True)
class BehindPage:
    company: Company
    sentence: str
    rows: tuple[Row, ...]
    page_obj: Page
    tabs: tuple[Tab, ...]
    back_url: str
    csv_url: str

    @property
    def total(self) -> int:
        return self.page_obj.paginator.count


def read_behind(query: QueryDict, *, study: Study) -> Behind:
    """What the address asks for. Raises Http404 for what no page asks."""
    what, state = query.get("of", ""), query.get("state", "")
    readers: dict[str, Callable[[], Behind]] = {
        "cohort": lambda: read_cohort(query, state, study),
        "age": lambda: Behind("age", one_of(state, STATES), age=age_in(query, months=len(study_months(study)))),
        "day": lambda: Behind("day", one_of(state, STATES), day=date_in(query, "day", among=last_days(study))),
        "feature": lambda: Behind("feature", one_of(state, FEATURE_STATES), feature=number_in(query, "feature")),
        "lazy": lambda: Behind("lazy"),
        "now": lambda: Behind("now", one_of(state, STATES)),
        "main": lambda: Behind("main", before=number_in(query, "before"), now=number_in(query, "now")),
        "band": lambda: Behind("band", before=number_in(query, "before"), now=number_in(query, "now")),
    }
    if what not in readers:
        raise Http404("No page has such a number.")
    return readers[what]()


def read_cohort(query: QueryDict, state: str, study: Study) -> Behind:
    months = study_months(study)
    month = date_in(query, "month", among=months) if query.get("month") else None
    return Behind("cohort", one_of(state, STATES), start=date_in(query, "start", among=months), month=month)


def one_of(word: str, words: Any) -> str:
    if word not in words:
        raise Http404("No page has such a number.")
    return word


def date_in(query: QueryDict, name: str, *, among: list[date]) -> date:
    """A day, or a month as 2026-11, of those that the study knows."""
    text = query.get(name, "")
    found = next((day for day in among if text in {day.isoformat(), f"{day:%Y-%m}"}), None)
    if found is None:
        raise Http404("The study knows no such day.")
    return found


def age_in(query: QueryDict, *, months: int) -> int:
    age = number_in(query, "age")
    if not 0 <= age < months:
        raise Http404("No account is so old in the study.")
    return age


def number_in(query: QueryDict, name: str) -> int:
    text = query.get(name, "")
    if not is_id(text.removeprefix("-")) or len(text) > 9:
        raise Http404("No page has such a number.")
    return int(text)


def sentence_of(behind: Behind, *, study: Study, about: Company) -> str:
    """What is counted, as the end of a sentence that begins with the accounts."""
    until = f"in the 28 days until {formats.day(study.as_of)}"
    match behind.what:
        case "cohort":
            return cohort_sentence(behind, study)
        case "age":
            began = "started in the last 24 months"
            return began if behind.state == "all" else f"{began} and {ON_DAY[behind.state]} {age_words(behind.age)}"
        case "day":
            return f"{ON_DAY.get(behind.state, 'had known use')} on {formats.day(behind.day or study.as_of)}"
        case "feature":
            return f"{FEATURE_WORDS[behind.state].format(feature_of(behind.feature))} {until}"
        case "lazy":
            return f"pay for a feature that they did not use {until}"
        case "now":
            return f"{OF_NOW[behind.state]} the product {until}"
    before, now = place_of(behind, behind.before, about), place_of(behind, behind.now, about)
    return f"went from {before} on {formats.day(study.since)} to {now} on {formats.day(study.as_of)}"


def age_words(age: int) -> str:
    if not age:
        return "in the month of the start"
    return f"{age} {'month' if age == 1 else 'months'} after that of the start"


def cohort_sentence(behind: Behind, study: Study) -> str:
    began = f"started in {formats.month(behind.start or study.as_of)}"
    if behind.month is None or behind.state == "all":
        return began
    return f"{began} and {ON_DAY[behind.state]} in {formats.month(behind.month)}"


def feature_of(pk: int) -> str:
    """Its name. Raises Http404."""
    feature = Feature.objects.filter(pk=pk).first()
    if feature is None:
        raise Http404("There is no such feature.")
    return feature.name


def place_of(behind: Behind, code: int, about: Company) -> str:
    if behind.what == "band":
        return PLACES[code] if code in {NOT_YET, GONE} else about.scale.name(code - BAND_SHIFT)
    if code in PLACES:
        return PLACES[code]
    return f"{feature_of(code)} most"


def tabs_of(behind: Behind, made: Choices) -> tuple[Tab, ...]:
    """The other answers to the same question."""
    words: dict[str, str] = {}
    if behind.what in {"day", "now", "age"} or (behind.what == "cohort" and behind.month is not None):
        words = {"in": "In use", "out": "Not in use", "unknown": "Not known", "all": "All"}
    if behind.what == "feature":
        words = {
            "unused": "Unused",
            "used": "In use",
            "unknown": "Not known",
            "paid": "All that pay",
            "unpaid": "Not paid",
        }
    if behind.what == "feature" and behind.state == "any":
        words = {"any": "All that use it"} | words
    return tuple(Tab(label, made.url(state=key, page=None), key == behind.state) for key, label in words.items())


def build_behind_page(user: User, *, query: QueryDict, study: Study) -> BehindPage:
    made, about = choices(user, path=reverse("product-usage-accounts"), query=query), company()
    behind = read_behind(query, study=study)
    found = found_by(user, behind, study, made)
    paged = CountedPaginator(PER_PAGE, total=found.count()).get_page(query.get("page"))
    begin = (paged.number - 1) * PER_PAGE
    return BehindPage(
        company=about,
        sentence=sentence_of(behind, study=study, about=about),
        rows=tuple(row_of(account, about) for account in read_in_full(found, begin=begin, end=begin + PER_PAGE)),
        page_obj=paged,
        tabs=tabs_of(behind, made),
        back_url=back_url(made),
        csv_url=made.url(path=reverse("product-usage-accounts-csv"), page=None),
    )


def back_url(made: Choices) -> str:
    gone = ("of", "state", "start", "month", "day", "age", "feature", "before", "now", "page")
    return made.url(path=reverse("product-usage"), **dict.fromkeys(gone))


def found_by(user: User, behind: Behind, study: Study, made: Choices) -> QuerySet[Account]:
    return accounts_behind(user, behind=behind, study=study, **chosen(made))


def row_of(account: Account, about: Company) -> Row:
    health = health_of(account)
    band = health.band if health else UNDEFINED
    score = points(health.score) if health else None
    return Row(account, reverse("account-usage", args=[account.pk]), band, about.scale.name(band), score)


def study_or_404() -> Study:
    study = newest_study()
    if study is None:
        raise Http404("Product usage has not been worked out yet.")
    return study


@requires(Action.VIEW_USE)
def product_usage_accounts(request: UserRequest) -> HttpResponse:
    study = study_or_404()
    page = remembered(
        f"use {study.computed_at.isoformat()}",
        request.user,
        address=request.get_full_path(),
        today=timezone.localdate(),
        make=lambda: build_behind_page(request.user, query=request.GET, study=study),
    )
    return render(request, "product_usage_accounts.html", {"page": page})


@requires(Action.VIEW_USE)
def product_usage_accounts_csv(request: UserRequest) -> StreamingHttpResponse:
    study = study_or_404()
    made = choices(request.user, path=reverse("product-usage-accounts"), query=request.GET)
    found = found_by(request.user, read_behind(request.GET, study=study), study, made)
    return streamed_csv("product-usage-accounts", file_lines(found))


def file_lines(found: QuerySet[Account]) -> Iterator[list[Any]]:
    yield ["Account", "Segment", "Owner", "Started", "Left", "ARR", "Currency"]
    names = ("name", "segment__name", "owner__name", "started_on", "use__left_on", "arr", "currency")
    yield from (list(row) for row in found.values_list(*names).iterator(chunk_size=2_000))
