"""The health page that a customer opens by its link: what we measured, without what is ours alone.

Never on it: ARR, flags, pulses, overrides, notes, other accounts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Account, Organization, ShareLink
from accounts.operations.sharing import hash_of, note_opening
from accounts.queries.account import open_plan, working_share_link
from accounts.queries.organization import the_organization
from dashboards import formats
from dashboards.charts.history import ScorePoint, score_history
from dashboards.charts.theme import DEFAULT_SCALE, BandScale, Chart
from dashboards.gate import public
from dashboards.pages.company import scale_of
from dashboards.pages.plan_rows import StepRow, in_points, step_row
from dashboards.public.answers import ICONS, answer
from dashboards.public.brand import readable
from scoring.cards import Card
from scoring.catalog import is_judgment
from scoring.core.bands import UNDEFINED
from scoring.queries.explanation import Explanation, band_of, explanation_on
from scoring.queries.freshness import counting_day
from scoring.queries.history import ScoredDay, newest_until, scored_days
from scoring.queries.lines import MeasureLine, months_in_contract
from scoring.queries.staleness import stale_scores
from scoring.store import months_before

TREND_MONTHS = 12
HEADERS = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
# Rules that change the total, as a customer reads them. Others are told without their name, which may be ours alone.
RULES = {"ebr_overdue": "Our regular business review is overdue"}
OTHER_RULE = "A rule of the scorecard"
CLAMP_WORDS = "A score cannot leave 0 to 100"


@dataclass(frozen=True)
class Question:
    icon: str
    title: str
    answer: str
    points: Decimal | None
    counts: Decimal | None


@dataclass(frozen=True)
class TotalChange:
    label: str
    line: Decimal


@dataclass(frozen=True)
class BandPart:
    code: int
    label: str
    width: int


@dataclass(frozen=True)
class SharedStep:
    step: StepRow
    turn: str
    is_ours: bool


@dataclass(frozen=True)
class Contact:
    name: str
    title: str
    email: str
    phone: str


@dataclass(frozen=True)
class SharePage:
    workspace: str
    account: str
    as_of: date | None
    score: Decimal | None
    band: int
    band_name: str
    change: Decimal | None
    since: date | None
    sentence: str
    questions: tuple[Question, ...]
    judged_percent: Decimal | None
    changes: tuple[TotalChange, ...]
    bands: tuple[BandPart, ...]
    band_colors: Mapping[int, str]
    trend: Chart
    steps: tuple[SharedStep, ...]
    contact: Contact | None
    expires_on: date
    is_stale: bool

    @property
    def heading(self) -> str:
        if self.score is None:
            return "We are still collecting data"
        return f"Your health with {self.workspace} is {self.band_name.lower()}"


def build_share_page(link: ShareLink, *, organization: Organization, today: date) -> SharePage:
    """The page of the link's account as of today."""
    account = link.account
    days = scored_days(account.pk, last=today)
    explained = explanation_on(account, day=days[-1].day) if days else None
    score = explained.snapshot.customer_score if explained else None
    since = newest_until(days, day=last_quarters_end(today)) if days else None
    change = change_since(days, since)
    card = explained.card if explained else None
    questions = build_questions(explained, account=account)
    return SharePage(
        workspace=organization.name,
        account=account.name,
        as_of=days[-1].day if days else None,
        score=in_points(score),
        band=explained.customer_band if explained else UNDEFINED,
        band_name=card.bands.by_code[band_of(score, card=card)].label if card and score is not None else "Undefined",
        change=change,
        since=since,
        sentence=sentence_of(questions, score=score, change=change, since=since),
        questions=questions,
        judged_percent=judged_percent(explained),
        changes=total_changes(explained) if explained and score is not None else (),
        bands=band_parts(card) if card else (),
        band_colors=card.bands.colors if card else {},
        trend=build_trend(days, card=card, today=counting_day(days[-1].day if days else None, today=today)),
        steps=shared_steps(account, workspace=organization.name, today=today),
        contact=contact_of(account),
        expires_on=timezone.localtime(link.expires_at).date(),
        is_stale=bool(card and stale_scores({account.pk: card.version_id})),
    )


def last_quarters_end(today: date) -> date:
    return date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)


def change_since(days: Sequence[ScoredDay], since: date | None) -> Decimal | None:
    """The score less that of an earlier day, both as people see them."""
    then = next((day.customer_score for day in days if day.day == since), None)
    now = days[-1].customer_score if days else None
    return formats.shown_change(in_points(now), in_points(then))


def build_questions(explained: Explanation | None, *, account: Account) -> tuple[Question, ...]:
    if explained is None:
        return ()
    month = months_in_contract(started_on=account.started_on, day=explained.snapshot.as_of)
    shown = (line for line in explained.measures if not is_judgment(line.item.measure))
    return tuple(question_of(line, month=month) for line in shown)


def judged_percent(explained: Explanation | None) -> Decimal | None:
    """The percent of the score that our own people judge, which is not shown; None where they judge nothing."""
    lines = explained.measures if explained else ()
    judged = [x for x in lines if is_judgment(x.item.measure) and not x.is_left_out]
    return Decimal(sum(line.weight_hundredths for line in judged)) / 100 if judged else None


def question_of(line: MeasureLine, *, month: int) -> Question:
    measure = line.item.measure
    return Question(
        icon=ICONS[measure.element],
        title=measure.question,
        answer=answer(line, month=month),
        points=None if line.points is None else formats.rounded(line.points),
        counts=None if line.is_left_out else Decimal(line.weight_hundredths) / 100,
    )


def sentence_of(questions: Sequence[Question], *, score: int | None, change: Decimal | None, since: date | None) -> str:
    """What stands out, made of the figures alone: the change, the best answer and the one to work on."""
    if score is None:
        return "As soon as enough of the questions below can be answered, your score appears here."
    known = [question for question in questions if question.points is not None]
    if not known:
        return "Nothing that you could answer yourself counts yet."
    best = max(known, key=lambda question: question.points or 0)
    lowest = min(known, key=lambda question: question.points or 0)
    parts = [change_words(change, since)] if change is not None and since else []
    parts.append(f"You do best on “{best.title}”.")
    if lowest.points != best.points:
        parts.append(f"The one to work on together is “{lowest.title}”.")
    return " ".join(parts)


def change_words(change: Decimal, since: date) -> str:
    when = formats.day(since)
    if change == 0:
        return f"Your score is where it was on {when}."
    verb, size = "rose" if change > 0 else "fell", formats.score_change(change)
    noun = f" {formats.score_noun(change)}" if formats.score_noun(change) else ""
    return f"Your score {verb} by {size}{noun} since {when}." if size else f"Your score {verb} since {when}."


def total_changes(explained: Explanation) -> tuple[TotalChange, ...]:
    """What rules took from the total, pulses and overrides left out; the lines and the questions sum to the score."""
    rules = [change for change in explained.changes if change.kind == "rule"]
    rows = [TotalChange(RULES.get(rule.key, OTHER_RULE), Decimal(rule.line) / 100) for rule in rules]
    rest = (explained.snapshot.customer_score or 0) - explained.base - sum(rule.line for rule in rules)
    return (*rows, TotalChange(CLAMP_WORDS, Decimal(rest) / 100)) if rest else tuple(rows)


def band_parts(card: Card) -> tuple[BandPart, ...]:
    """The bands from the worst to the best, with their share of 0 to 100 and where they begin."""
    bands = card.bands.by_code
    best, worst = card.bands.codes[0], card.bands.codes[-1]
    words = {best: f" from {bands[best].low}", worst: f" under {bands[worst].high + 1}"}
    return tuple(
        BandPart(code, band.label + words.get(code, ""), band.high - band.low + 1)
        for code, band in reversed(bands.items())
    )


def build_trend(days: Sequence[ScoredDay], *, card: Card | None, today: date) -> Chart:
    """The newest score of each of the last twelve months and of this one; a month without one is a gap."""
    scale: BandScale = scale_of(card.bands) if card else DEFAULT_SCALE
    newest = {(day.day.year, day.day.month): day for day in days}
    months = [months_before(today.replace(day=1), months=back) for back in range(TREND_MONTHS, -1, -1)]
    points = []
    for month in months:
        found = newest.get((month.year, month.month))
        if found is not None:
            score = found.customer_score
            band = band_of(score, card=card) if card else UNDEFINED
            points.append(ScorePoint(found.day, None if score is None else score / 100, band))
        elif points:
            points.append(ScorePoint(months_before(month, months=-1) - timedelta(days=1), None, UNDEFINED))
    return score_history(
        points,
        id="customer-trend",
        title="How it has changed",
        caption="your score at the end of each month",
        scale=scale,
        line="var(--brand)",
    )


def shared_steps(account: Account, *, workspace: str, today: date) -> tuple[SharedStep, ...]:
    """The steps of the open plan that are marked as shared, and whose turn each is."""
    plan = open_plan(account)
    steps = [step for step in plan.steps.all() if step.is_shared] if plan else []
    return tuple(
        SharedStep(
            step=step_row(step, is_open=True, today=today),
            turn=account.name if step.is_customers_turn else workspace,
            is_ours=not step.is_customers_turn,
        )
        for step in steps
    )


def contact_of(account: Account) -> Contact | None:
    owner = account.owner
    return Contact(owner.name, owner.title, owner.email, owner.phone) if owner else None


@public
@require_safe
def share(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    link = working_share_link(token_hash=hash_of(token), at=now)
    organization = the_organization()
    context: dict[str, Any] = {"workspace": organization.name, "brand_color": readable(organization.brand_color)}
    if link is None:
        return answered(render(request, "share_gone.html", context, status=404))
    context["page"] = build_share_page(link, organization=organization, today=timezone.localdate(now))
    if request.method == "GET":
        note_opening(link=link, at=now)
    return answered(render(request, "share.html", context))


def answered(response: HttpResponse) -> HttpResponse:
    """Not to be found, kept or passed on."""
    for header, value in HEADERS.items():
        response[header] = value
    return response
