"""What people say of scores, for CS operations: disagreement by scorecard and by measure, and every check."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from accounts.access import Action
from dashboards.gate import UserRequest, requires
from dashboards.pages.adjust import Shown
from dashboards.pages.files import csv_file
from scoring import catalog
from scoring.custom import read_once
from scoring.models import SpotCheck, Verdict
from scoring.queries.spotchecks import Disagreement, Tally, checks_in_full, disagreement
from scoring.queries.words import Words, words_of_scorecards

PER_PAGE = 25
PERIODS = {"90": "90 days", "365": "A year", "all": "All time"}
TALLIED = ("Checks", "Agree", "Too high", "Too low", "Disagreement")
HEADS = {
    "cards": ("Scorecard", "Version", *TALLIED),
    "measures": ("Measure", "Key", "Scorecards", *TALLIED),
    "checks": ("Account", "Verdict", "Measure", "Reason", "By", "Said at", "Score", "As of", "Scorecard", "Version"),
}


@dataclass(frozen=True)
class CheckRow:
    account: str
    account_pk: int
    score: Shown
    as_of: date
    card: str
    verdict: str
    is_agreed: bool
    measure: str
    reason: str
    author: str
    said_on: date


@dataclass(frozen=True)
class SpotChecksPage:
    found: Disagreement
    rows: list[CheckRow]
    page: Page
    period: str
    periods: list[tuple[str, str, bool]]
    today: date

    def csv_url(self, block: str) -> str:
        return f"{reverse('spot-checks-csv')}?block={block}&period={self.period}"

    @property
    def cards_csv(self) -> str:
        return self.csv_url("cards")

    @property
    def measures_csv(self) -> str:
        return self.csv_url("measures")

    @property
    def checks_csv(self) -> str:
        return self.csv_url("checks")


def period_of(query: QueryDict) -> str:
    return query.get("period", "90") if query.get("period", "90") in PERIODS else "90"


def since(period: str, *, at: datetime) -> datetime | None:
    return None if period == "all" else at - timedelta(days=int(period))


@read_once()
def build_spot_checks_page(*, period: str, number: str, at: datetime) -> SpotChecksPage:
    """As many queries however many checks there are."""
    begin, words = since(period, at=at), words_of_scorecards()
    page = Paginator(checks_in_full(since=begin), PER_PAGE).get_page(number)
    return SpotChecksPage(
        found=disagreement(since=begin),
        rows=[check_row(check, words=words) for check in page],
        page=page,
        period=period,
        periods=[(f"?period={key}", label, key == period) for key, label in PERIODS.items()],
        today=timezone.localtime(at).date(),
    )


def check_row(check: SpotCheck, *, words: Words) -> CheckRow:
    return CheckRow(
        account=check.account.name,
        account_pk=check.account_id,
        score=Shown(Decimal(check.score) / 100, check.band, words.band(check.band)),
        as_of=check.as_of,
        card=f"{check.version.scorecard.name} v{check.version.number}",
        verdict=check.get_verdict_display(),
        is_agreed=check.verdict == Verdict.AGREE,
        measure=catalog.measure(check.measure).label if check.measure else "",
        reason=check.reason,
        author=check.author.name,
        said_on=timezone.localtime(check.recorded_at).date(),
    )


@requires(Action.EDIT_SCORECARDS)
def spot_checks(request: UserRequest) -> HttpResponse:
    number = request.GET.get("page", "1")
    page = build_spot_checks_page(period=period_of(request.GET), number=number, at=timezone.now())
    return render(request, "spot_checks.html", {"page": page})


@requires(Action.EDIT_SCORECARDS)
@read_once()
def spot_checks_csv(request: UserRequest) -> HttpResponse:
    """One block of the page, whole: `block` is cards, measures or checks."""
    block = request.GET.get("block", "")
    if block not in HEADS:
        raise Http404("There is no such block.")
    begin = since(period_of(request.GET), at=timezone.now())
    lines = check_lines(begin) if block == "checks" else tally_lines(block, disagreement(since=begin))
    return csv_file(f"spot-checks-{block}-{localdate().isoformat()}", lines)


def tally_lines(block: str, found: Disagreement) -> Iterator[tuple[object, ...]]:
    yield HEADS[block]
    if block == "cards":
        for card in found.cards:
            yield (card.name, card.number, *told(card.tally))
        return
    for measure in found.measures:
        yield (measure.label, measure.key, ", ".join(measure.cards), *told(measure.tally))


def told(tally: Tally) -> tuple[object, ...]:
    return (tally.checks, tally.agree, tally.too_high, tally.too_low, round(tally.share, 4))


def check_lines(begin: datetime | None) -> Iterator[tuple[object, ...]]:
    yield HEADS["checks"]
    for check in checks_in_full(since=begin).iterator(chunk_size=2_000):
        card = (check.version.scorecard.name, check.version.number)
        yield (
            check.account.name, check.get_verdict_display(), check.measure, check.reason, check.author.name,
            check.recorded_at, check.score / 100, check.as_of, *card,
        )  # fmt: skip
