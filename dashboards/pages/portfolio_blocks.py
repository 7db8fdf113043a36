"""The blocks of the portfolio page: what each shows, built from the same standing so that all sums agree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from accounts.models import Phase
from dashboards.charts.portfolio import BandAmount, PortfolioPoint, donut, portfolio_trend
from dashboards.charts.theme import BandScale, Chart, View
from dashboards.comparison import Compared
from dashboards.filters import accounts_url
from dashboards.formats import shown_change, signed
from dashboards.pages.accounts_rows import AccountRow, row_of
from dashboards.pages.portfolio_choice import BY_ARR
from scoring.core.bands import AT_RISK, UNDEFINED, Bands
from scoring.queries.history import weekly_lines
from scoring.queries.listing import earlier_scores, plan_steps
from scoring.queries.portfolio import PlanCount, Portfolio, Standing
from scoring.queries.selection import Selection
from scoring.queries.staleness import stale_among
from scoring.queries.summaries import Health
from scoring.queries.words import Words


@dataclass(frozen=True)
class Change:
    """What differs from the scored day that is compared with; `span` says in words since when."""

    since: date
    span: str
    accounts: int
    arr: Decimal
    arr_then: Decimal
    score: Decimal | None
    joined: int
    left: int

    @property
    def moved(self) -> int:
        """Accounts that came from or went to another owner, segment or phase, on balance."""
        return self.accounts - self.joined + self.left

    @property
    def moved_out(self) -> int:
        return -self.moved


def change_of(portfolio: Portfolio, *, against: Compared) -> Change | None:
    """None where nothing was scored then."""
    health, then = portfolio.now.health, portfolio.then
    if portfolio.since is None or then is None:
        return None
    return Change(
        since=portfolio.since,
        span=against.span,
        accounts=health.accounts - then.accounts,
        arr=health.arr - then.arr,
        arr_then=then.arr,
        score=shown_change(health.mean_score, then.mean_score),
        joined=portfolio.now.joined,
        left=portfolio.left,
    )


@dataclass(frozen=True)
class Tiles:
    """The key figures, each with the address of the accounts behind it."""

    health: Health
    band: int
    band_name: str
    weighted_score: Decimal | None
    renewing_accounts: int
    renewing_arr: Decimal
    at_risk_renewing_accounts: int
    at_risk_renewing_arr: Decimal
    at_risk_name: str
    at_risk_band: int
    plans: PlanCount
    stale: int
    accounts_url: str
    arr_url: str
    score_url: str
    renewing_url: str


def tiles_of(portfolio: Portfolio, *, selection: Selection, words: Words) -> Tiles:
    now = portfolio.now
    band = band_of(now.health.mean_score, words=words)
    return Tiles(
        health=now.health,
        band=band,
        band_name=words.band(band),
        weighted_score=now.weighted_score,
        renewing_accounts=now.renewing.accounts,
        renewing_arr=now.renewing.arr,
        at_risk_renewing_accounts=now.renewing_at_risk.accounts,
        at_risk_renewing_arr=now.renewing_at_risk.arr,
        at_risk_name=words.at_risk,
        at_risk_band=words.bands.at_risk[0],
        plans=portfolio.plans,
        stale=portfolio.stale,
        accounts_url=accounts_url(selection),
        arr_url=accounts_url(selection, sort="-arr"),
        score_url=accounts_url(selection, sort="score"),
        renewing_url=accounts_url(selection, sort="renewal", renewal="90d"),
    )


def band_of(score: Decimal | None, *, words: Words) -> int:
    """The band in which a mean score lies, decided on the score as it is shown."""
    if score is None:
        return UNDEFINED
    shown = int((score + Decimal("0.5")) // 1)
    return next(code for code, band in words.bands.by_code.items() if shown >= band.low)


@dataclass(frozen=True)
class BandRow:
    """A band of the portfolio beside its change; `good` says which direction is good news."""

    code: int
    name: str
    url: str
    accounts: int
    arr: Decimal
    accounts_change: int | None
    arr_change: Decimal | None
    good: str


def band_rows(portfolio: Portfolio, *, selection: Selection, words: Words) -> Iterator[BandRow]:
    now, then = portfolio.now.health, portfolio.then
    for code in words.codes(among=(*now.by_band, *(then.by_band if then else ()))):
        amount, before = now.of(code), then.of(code) if then else None
        yield BandRow(
            code=code,
            name=words.band(code),
            url=accounts_url(selection, bands=(code,)),
            accounts=amount.accounts,
            arr=amount.arr,
            accounts_change=None if before is None else amount.accounts - before.accounts,
            arr_change=None if before is None else amount.arr - before.arr,
            good=good_direction(code, bands=words.bands),
        )


def good_direction(code: int, *, bands: Bands) -> str:
    """More accounts are good news in the best band and bad in those at risk; between, neither."""
    return "up" if code == bands.codes[0] else "down" if code in AT_RISK else "none"


def donuts(rows: Sequence[BandRow], *, change: Change | None, currency: str, scale: BandScale) -> tuple[View, View]:
    """The ring by accounts and by ARR; a slice opens its accounts."""
    bands = [BandAmount(row.code, row.accounts, float(row.arr), row.url) for row in rows]
    total = sum(row.accounts for row in rows)
    noun = "customer account" if total == 1 else "customer accounts"
    note = f"{signed(change.joined)} new {change.span}" if change and change.joined else ""
    by_accounts = donut(bands, noun=noun, note=note, currency=currency, scale=scale)
    by_arr = donut(bands, id="health-arr", by="arr", noun="ARR", currency=currency, scale=scale)
    return View("Accounts", by_accounts), View("ARR", by_arr, word=BY_ARR)


@dataclass(frozen=True)
class RankRow:
    place: int
    account: AccountRow

    @property
    def plan_url(self) -> str:
        """Where the open plan is, or where one is started."""
        return reverse("account-plan" if self.has_plan else "plan-start", args=[self.account.pk])

    @property
    def plan_word(self) -> str:
        return "Open the plan" if self.has_plan else "Start a plan"

    @property
    def has_plan(self) -> bool:
        return self.account.plan is not None


@dataclass(frozen=True)
class Rank:
    """A list of accounts by score."""

    id: str
    title: str
    caption: str
    rows: tuple[RankRow, ...]
    url: str
    link: str


def ranks(
    portfolio: Portfolio, *, selection: Selection, words: Words, today: date, against: Compared
) -> Iterator[Rank]:
    """High and Low, or one list where the portfolio is small."""
    health = portfolio.now.health
    ids = [account.pk for account in (*portfolio.high, *portfolio.low)]
    shared: dict[str, Any] = {
        "words": words,
        "today": today,
        "lines": weekly_lines(ids, as_of=portfolio.as_of),
        "stale": stale_among((*portfolio.high, *portfolio.low)),
        "plans": plan_steps(ids, today=today),
        "earlier": earlier_scores(ids, day=against.on) if against.on else None,
    }
    high = [row_of(account, **shared) for account in portfolio.high]
    low = [row_of(account, **shared) for account in portfolio.low]
    best = tuple(RankRow(place, row) for place, row in enumerate(high, start=1))
    if not low:
        url = accounts_url(selection, sort="-score")
        yield Rank("all", "Accounts by health", "highest scores first", best, url, "View all")
        return
    worst = tuple(RankRow(health.scored - place, row) for place, row in enumerate(low))
    link = band_link((words.bands.codes[0],), health=health, selection=selection, sort="-score")
    yield Rank("high", "High health", "highest scores", best, *link)
    link = band_link(words.bands.at_risk, health=health, selection=selection, sort="score")
    yield Rank("low", "Low health", "lowest scores", worst, *link)


def band_link(bands: tuple[int, ...], *, health: Health, selection: Selection, sort: str) -> tuple[str, str]:
    accounts = sum(health.of(code).accounts for code in bands)
    url = accounts_url(selection, sort=sort, bands=bands) if accounts else accounts_url(selection, sort=sort)
    return url, f"View all {accounts}" if accounts else "View all"


def trend(healths: Mapping[date, Health], *, scale: BandScale) -> Chart:
    """The mean score and the accounts by band at each month's end, today's as the last."""
    points = [
        PortfolioPoint(
            day,
            None if health.mean_score is None else float(health.mean_score),
            tuple(health.of(code).accounts for code in scale.codes),
        )
        for day, health in sorted(healths.items())
    ]
    return portfolio_trend(points, scale=scale)


@dataclass(frozen=True)
class PhasePart:
    code: int
    count: int
    name: str
    url: str


@dataclass(frozen=True)
class PhaseRow:
    label: str
    url: str
    accounts: int
    arr: Decimal
    parts: tuple[PhasePart, ...]


def phase_rows(now: Standing, *, selection: Selection, words: Words) -> Iterator[PhaseRow]:
    """Every phase of the journey, also an empty one, in order."""
    for phase, label in Phase.choices:
        health = now.of_phase(phase)
        yield PhaseRow(
            label=str(label),
            url=accounts_url(selection, phases=(phase,)),
            accounts=health.accounts,
            arr=health.arr,
            parts=tuple(
                PhasePart(
                    code,
                    health.of(code).accounts,
                    words.band(code),
                    accounts_url(selection, phases=(phase,), bands=(code,)),
                )
                for code in words.codes(among=health.by_band)
            ),
        )
