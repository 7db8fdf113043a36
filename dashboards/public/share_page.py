"""The health page that a customer opens by its link: what we measured, without what is ours alone.

Never on it: ARR, flags, pulses, overrides, notes, other accounts. The CSM's preview is made here too, by the same code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Block, Branding, Organization, ShareLink, Shown
from accounts.queries.account import open_plan
from accounts.queries.sharing import the_branding
from dashboards import formats
from dashboards.charts.theme import Chart
from dashboards.pages.plan_rows import in_points
from dashboards.public.share_blocks import (
    BandPart,
    Benchmark,
    Contact,
    Question,
    SharedStep,
    TotalChange,
    TrendRow,
    band_name,
    band_parts,
    benchmark_block,
    build_questions,
    build_trend,
    contact_of,
    hidden_percent,
    shared_steps,
    total_changes,
    trend_rows,
)
from dashboards.public.share_words import WORDS, Words
from scoring.core.bands import UNDEFINED
from scoring.queries.explanation import explanation_on
from scoring.queries.freshness import counting_day
from scoring.queries.history import ScoredDay, newest_until, scored_days
from scoring.queries.staleness import stale_scores

# A year of months, and the end of the quarter before.
READ_DAYS = 400


@dataclass(frozen=True)
class SharePage:
    words: Words
    language: str
    workspace: str
    account: str
    as_of: date | None
    has_score: bool
    score: Decimal | None
    band: int
    band_name: str
    change: Decimal | None
    change_words: str
    since: date | None
    heading: str
    sentence: str
    intro: str
    foot: str
    has_measures: bool
    measures_lead: str
    questions: tuple[Question, ...]
    hidden_words: str
    changes: tuple[TotalChange, ...]
    bands: tuple[BandPart, ...]
    band_colors: Mapping[int, str]
    trend: Chart | None
    trend_rows: tuple[TrendRow, ...]
    benchmark: Benchmark | None
    steps: tuple[SharedStep, ...]
    contact: Contact | None
    expires_on: date
    is_stale: bool


def build_share_page(
    link: ShareLink, *, organization: Organization, today: date, language: str = "", branding: Branding | None = None
) -> SharePage:
    """The page of the link's account as of today, in the link's language or another that was asked for."""
    account, language = link.account, language or link.language
    words, branding = WORDS[language], branding or the_branding()
    days = scored_days(account.pk, first=today - timedelta(days=READ_DAYS), last=today)
    explained = explanation_on(account, day=days[-1].day) if days else None
    score = explained.snapshot.customer_score if explained else None
    since = newest_until(days, day=last_quarters_end(today)) if days else None
    has_score = link.shows == Shown.SCORE
    change = change_since(days, since) if has_score else None
    card = explained.card if explained else None
    questions = build_questions(explained, link=link, branding=branding, words=words)
    band = explained.customer_band if explained else UNDEFINED
    shown = set(Block.values) - set(link.hidden_blocks)
    name = band_name(band, card=card, words=words)
    own = branding.words.get(language) or {}
    return SharePage(
        words=words,
        language=language,
        workspace=organization.name,
        account=account.name,
        as_of=days[-1].day if days else None,
        has_score=has_score,
        score=in_points(score),
        band=band,
        band_name=name,
        change=change,
        change_words=since_words(change, since, words=words),
        since=since if has_score else None,
        heading=words.collecting
        if score is None
        else words.heading.format(organization.name, spoken(name, words=words)),
        sentence=link.words or sentence_of(questions, score=score, change=change, since=since, words=words),
        intro=own.get("intro", ""),
        foot=own.get("foot", ""),
        has_measures=Block.MEASURES in shown,
        measures_lead=lead_of(questions, has_score=has_score, words=words),
        questions=questions if Block.MEASURES in shown else (),
        hidden_words=hidden_words(hidden_percent(explained, questions), has_score=has_score, words=words),
        changes=total_changes(explained, words=words) if explained and score is not None else (),
        bands=band_parts(card, words=words) if card and has_score else (),
        band_colors=card.bands.colors if card else {},
        trend=build_trend(days, card=card, today=counting_day(days[-1].day if days else None, today=today), words=words)
        if Block.TREND in shown and has_score
        else None,
        trend_rows=trend_rows(days, card=card, words=words) if Block.TREND in shown and not has_score else (),
        benchmark=benchmark_block(account, score=score, has_score=has_score, words=words)
        if Block.BENCHMARK in shown
        else None,
        steps=shared_steps(open_plan(account), link=link, workspace=organization.name, today=today)
        if Block.STEPS in shown
        else (),
        contact=contact_of(account) if Block.CONTACT in shown else None,
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


def spoken(name: str, *, words: Words) -> str:
    """A band inside the heading: English has it in small letters."""
    return name.lower() if words.locale == "en_US" else name


def lead_of(questions: Sequence[Question], *, has_score: bool, words: Words) -> str:
    forms = words.how_lead if has_score else words.how_lead_band
    return forms[0 if len(questions) == 1 else 1].format(len(questions))


def hidden_words(percent: Decimal | None, *, has_score: bool, words: Words) -> str:
    """What counts besides, where weights are shown at all."""
    return "" if percent is None or not has_score else words.hidden.format(formats.percent(percent / 100))


def sentence_of(
    questions: Sequence[Question], *, score: int | None, change: Decimal | None, since: date | None, words: Words
) -> str:
    """What stands out, made of the figures alone: the change, the best answer and the one to work on."""
    if score is None:
        return words.collecting_text
    known = [question for question in questions if question.rank is not None]
    if not known:
        return words.nothing_counts
    best = max(known, key=lambda question: question.rank or 0)
    lowest = min(known, key=lambda question: question.rank or 0)
    parts = [change_words(change, since, words=words)] if change is not None and since else []
    parts.append(words.best.format(best.title))
    if lowest.rank != best.rank:
        parts.append(words.lowest.format(lowest.title))
    return " ".join(parts)


def change_words(change: Decimal, since: date, *, words: Words) -> str:
    when = formats.day(since)
    if change == 0:
        return words.unchanged.format(when)
    return (words.rose if change > 0 else words.fell).format(size_of(change, words=words), when)


def since_words(change: Decimal | None, since: date | None, *, words: Words) -> str:
    """The change under the score: 6 points since 31 Mar 2026."""
    if change is None or since is None:
        return ""
    when = formats.day(since)
    if change == 0:
        return words.unchanged_since.format(when)
    return words.since.format(size_of(change, words=words), when)


def size_of(change: Decimal, *, words: Words) -> str:
    """The size of a change as the organization counts: in points, or in steps of its own scale."""
    size = formats.score_change(change)
    return words.points[0 if abs(change) == 1 else 1].format(size) if formats.score_noun(change) else size
