"""The parts of the customer's page: measures, bands, trend, comparison, steps and the person to ask."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import Account, Branding, ContactCard, CustomerWord, MitigationPlan, ShareLink, Shown, WordKind
from accounts.queries.sharing import words_about
from dashboards import formats
from dashboards.charts.history import ScorePoint, TrendWords, score_history
from dashboards.charts.theme import DEFAULT_SCALE, USUAL_NAMES, BandScale, Chart
from dashboards.pages.company import scale_of
from dashboards.pages.plan_rows import StepRow, step_row
from dashboards.public.answers import ICONS, answer, is_of_peers, raise_to
from dashboards.public.brand import data_address
from dashboards.public.share_words import Words
from scoring.cards import Card
from scoring.catalog import CUSTOM_PREFIX, Measure, is_judgment
from scoring.core.bands import UNDEFINED
from scoring.custom import READING_PREFIX
from scoring.queries.benchmarks import benchmark_of
from scoring.queries.explanation import Explanation, band_of
from scoring.queries.history import ScoredDay
from scoring.queries.lines import MeasureLine, months_in_contract
from scoring.store import months_before

TREND_MONTHS = 12


@dataclass(frozen=True)
class Question:
    """One measure. `rank` is its points whether or not they are shown, for the sentence on top."""

    key: str
    icon: str
    title: str
    answer: str
    raises: str
    points: Decimal | None
    counts: Decimal | None
    counts_words: str
    rank: Decimal | None


@dataclass(frozen=True)
class TotalChange:
    label: str
    line: Decimal
    text: str


@dataclass(frozen=True)
class BandPart:
    code: int
    label: str
    width: int


@dataclass(frozen=True)
class TrendRow:
    """A month's last day where the band alone is shown."""

    day: date
    band: int
    band_name: str


@dataclass(frozen=True)
class Benchmark:
    """The group's middle half from 0 to 100, and where the customer stands. In words alone the figures are None."""

    lead: str
    place: str
    scale: str
    when: str
    low: int | None
    middle: int | None
    high: int | None
    at: Decimal | None
    middle_words: str
    you: str

    @property
    def width(self) -> int:
        return (self.high or 0) - (self.low or 0)


@dataclass(frozen=True)
class SaidWord:
    """What the customer said about a step."""

    pk: int
    who: str
    text: str
    on: date
    is_tick: bool
    is_own: bool


@dataclass(frozen=True)
class SharedStep:
    step: StepRow
    turn: str
    is_ours: bool
    comments: tuple[SaidWord, ...]
    tick: SaidWord | None


@dataclass(frozen=True)
class Contact:
    name: str
    title: str
    email: str
    phone: str
    picture: str
    booking_url: str


def is_shown(measure: Measure, *, branding: Branding) -> bool:
    """Whether operations let customers see it: a built-in measure unless they said no, an own one if they said yes.

    What our own people judge is never shown, whatever anybody says.
    """
    if is_judgment(measure):
        return False
    is_own = measure.key.startswith((CUSTOM_PREFIX, READING_PREFIX))
    return bool(branding.measures.get(measure.key, not is_own))


def shown_lines(explained: Explanation, *, link: ShareLink, branding: Branding) -> list[MeasureLine]:
    """The measures that operations and the CSM let the customer see. A rank among others would tell about them."""
    return [
        line
        for line in explained.measures
        if is_shown(line.item.measure, branding=branding)
        and line.item.measure.key not in link.hidden_measures
        and not is_of_peers(line)
    ]


def build_questions(
    explained: Explanation | None, *, link: ShareLink, branding: Branding, words: Words
) -> tuple[Question, ...]:
    if explained is None:
        return ()
    month = months_in_contract(started_on=link.account.started_on, day=explained.snapshot.as_of)
    has_points = link.shows == Shown.SCORE
    lines = shown_lines(explained, link=link, branding=branding)
    return tuple(question_of(line, month=month, has_points=has_points, words=words) for line in lines)


def question_of(line: MeasureLine, *, month: int, has_points: bool, words: Words) -> Question:
    measure = line.item.measure
    points = None if line.points is None else formats.rounded(line.points)
    counts = None if line.is_left_out else Decimal(line.weight_hundredths) / 100
    return Question(
        key=measure.key,
        icon=ICONS[measure.element],
        title=words.questions.get(measure.key, measure.question),
        answer=answer(line, month=month, words=words),
        raises=raise_to(line, words=words, has_points=has_points),
        points=points if has_points else None,
        counts=counts,
        counts_words=words.not_counted if counts is None else words.counts.format(formats.percent(counts / 100)),
        rank=points,
    )


def hidden_percent(explained: Explanation | None, questions: Sequence[Question]) -> Decimal | None:
    """The percent of the score that is not shown: what our own people judge, and what was chosen. None without any."""
    shown = {question.key for question in questions}
    lines = explained.measures if explained else ()
    hidden = [line for line in lines if line.item.measure.key not in shown and not line.is_left_out]
    return Decimal(sum(line.weight_hundredths for line in hidden)) / 100 if hidden else None


def total_changes(explained: Explanation, *, words: Words) -> tuple[TotalChange, ...]:
    """What rules took from the total, pulses and overrides left out; the lines and the questions sum to the score."""
    rules = [change for change in explained.changes if change.kind == "rule"]
    rows = [(words.rules.get(rule.key, words.other_rule), rule.line) for rule in rules]
    rest = (explained.snapshot.customer_score or 0) - explained.base - sum(rule.line for rule in rules)
    rows += [(words.clamp, rest)] if rest else []
    return tuple(
        TotalChange(
            label, Decimal(line) / 100, words.changes_total.format(formats.signed(Decimal(line) / 100, places=1))
        )
        for label, line in rows
    )


def band_name(code: int, *, card: Card | None, words: Words) -> str:
    """What the workspace calls the band; where it is the usual word, in the reader's language."""
    if card is None or code == UNDEFINED:
        return words.undefined
    own = card.bands.by_code[code].label
    return words.bands.get(own, own) if own == USUAL_NAMES.get(code) else own


def band_parts(card: Card, *, words: Words) -> tuple[BandPart, ...]:
    """The bands from the worst to the best, with their share of 0 to 100 and where they begin."""
    bands = card.bands.by_code
    best, worst = card.bands.codes[0], card.bands.codes[-1]
    names = {code: band_name(code, card=card, words=words) for code in bands}
    said = {
        best: words.band_from.format(names[best], bands[best].low),
        worst: words.band_under.format(names[worst], bands[worst].high + 1),
    }
    return tuple(
        BandPart(code, said.get(code, names[code]), band.high - band.low + 1) for code, band in reversed(bands.items())
    )


def month_ends(days: Sequence[ScoredDay]) -> list[ScoredDay]:
    """The newest scored day of each month, the oldest first."""
    return list({(day.day.year, day.day.month): day for day in days}.values())


def trend_rows(days: Sequence[ScoredDay], *, card: Card | None, words: Words) -> tuple[TrendRow, ...]:
    """The band at the end of each month, the newest first."""
    if card is None:
        return ()
    bands = [(day.day, band_of(day.customer_score, card=card)) for day in month_ends(days)[-TREND_MONTHS - 1 :]]
    return tuple(TrendRow(day, band, band_name(band, card=card, words=words)) for day, band in reversed(bands))


def build_trend(days: Sequence[ScoredDay], *, card: Card | None, today: date, words: Words) -> Chart:
    """The newest score of each of the last twelve months and of this one; a month without one is a gap."""
    newest = {(day.day.year, day.day.month): day for day in month_ends(days)}
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
        title=words.trend_title,
        caption=words.trend_lead,
        scale=named_scale(card, words=words),
        line="var(--brand)",
        words=TrendWords(
            none_yet=words.no_score,
            heads=(words.day, words.score, words.band, words.event),
            no_score=words.no_score,
            summary=words.trend_summary,
            limits=(words.band_from, words.band_under),
        ),
    )


def named_scale(card: Card | None, *, words: Words) -> BandScale:
    """The bands in the reader's language."""
    scale = scale_of(card.bands) if card else DEFAULT_SCALE
    names = tuple(
        words.bands.get(name, name) if name == USUAL_NAMES.get(code) else name
        for code, name in zip(scale.codes, scale.names, strict=True)
    )
    return BandScale(scale.codes, names, scale.lows, scale.at_risk, scale.note)


def benchmark_block(account: Account, *, score: int | None, has_score: bool, words: Words) -> Benchmark | None:
    """Where the customer stands in its group, in published figures; None for a small group or without a score."""
    found = benchmark_of(account) if score is not None else None
    if found is None or score is None:
        return None
    at = formats.rounded(Decimal(score) / 100)
    place = words.bench_above if at > found.high else words.bench_below if at < found.low else words.bench_within
    figures = has_score and formats.score_scale().is_number
    low, middle, high = (formats.score(points) for points in (found.low, found.middle, found.high))
    return Benchmark(
        lead=words.bench_lead.format(found.accounts, account.industry, account.size_tier),
        place=place,
        scale=words.bench_scale.format(low, high, middle) if figures else "",
        when=words.bench_when.format(formats.day(found.as_of)),
        low=found.low if figures else None,
        middle=found.middle if figures else None,
        high=found.high if figures else None,
        at=at if figures else None,
        middle_words=words.bench_middle.format(middle),
        you=words.you.format(formats.score(at)),
    )


def shared_steps(
    plan: MitigationPlan | None, *, link: ShareLink, workspace: str, today: date
) -> tuple[SharedStep, ...]:
    """The steps of the open plan that are marked as shared, whose turn each is, and what was said about it."""
    steps = [step for step in plan.steps.all() if step.is_shared] if plan else []
    said: dict[int, list[CustomerWord]] = defaultdict(list)
    for word in words_about([step.pk for step in steps]) if steps else ():
        said[word.step_id].append(word)
    return tuple(
        SharedStep(
            step=step_row(step, is_open=True, today=today),
            turn=link.account.name if step.is_customers_turn else workspace,
            is_ours=not step.is_customers_turn,
            comments=tuple(said_word(word, link=link) for word in said[step.pk] if word.kind == WordKind.COMMENT),
            tick=next(
                (said_word(word, link=link) for word in reversed(said[step.pk]) if word.kind == WordKind.DONE), None
            )
            if step.done_at
            else None,
        )
        for step in steps
    )


def said_word(word: CustomerWord, *, link: ShareLink) -> SaidWord:
    """Whoever said it may take it back; others with a link of the same account read it."""
    on = timezone.localtime(word.at).date()
    return SaidWord(word.pk, word.link.recipient, word.text, on, word.kind == WordKind.DONE, word.link_id == link.pk)


def contact_of(account: Account) -> Contact | None:
    owner = account.owner
    if owner is None or not owner.is_active:
        return None
    card = getattr(owner, "contact_card", None)
    picture = data_address(bytes(card.picture), card.picture_kind) if card and card.picture else ""
    return Contact(owner.name, owner.title, owner.email, owner.phone, picture, booking_of(card))


def booking_of(card: ContactCard | None) -> str:
    return card.booking_url if card else ""
