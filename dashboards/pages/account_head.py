"""What stands above every tab of an account: its name, the figures of today, and the tabs themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.urls import reverse

from accounts import touches
from accounts.access import Action, can
from accounts.models import Account, User
from accounts.queries.account import tab_counts
from dashboards import formats
from dashboards.formats import shown_change
from dashboards.pages.account_score import band_name
from dashboards.pages.account_waterfall import in_points, points
from scoring.core.bands import UNDEFINED
from scoring.models import AccountHealth
from scoring.queries.explanation import Explanation, explanation_on
from scoring.queries.freshness import counting_day, is_stale
from scoring.queries.history import ScoredDay, month_before, scored_days
from scoring.queries.lines import months_in_contract
from scoring.queries.listing import ebr_due_on
from scoring.queries.stale_days import stale_days, with_today
from scoring.queries.staleness import Staleness, stale_scores

RENEWAL_SOON_DAYS, RENEWAL_URGENT_DAYS = 90, 30
EBR_SOON_DAYS = 21
# The word of each tab in its address, the name of its page, and what it is called.
TABS = (
    ("overview", "account", "Overview"),
    ("timeline", "account-timeline", "Timeline"),
    ("contacts", "account-contacts", "Contacts"),
    ("plan", "account-plan", "Plan"),
    ("usage", "account-usage", "Usage"),
    ("surveys", "account-surveys", "Surveys"),
    ("history", "account-history", "Score history"),
)


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: str
    is_current: bool


@dataclass(frozen=True)
class Strip:
    """The figures under the name. Days are negative when past."""

    score: Decimal | None
    band: int
    band_name: str
    change: Decimal | None
    coverage: float | None
    low: Decimal | None
    high: Decimal | None
    arr: Decimal
    currency: str
    seats: int | None
    renewal_date: date | None
    renewal_days: int | None
    renewal_mood: str
    last_ebr_on: date | None
    ebr_due_on: date
    ebr_days: int
    ebr_mood: str
    touch_days: int | None
    cadence_days: int | None

    @property
    def ebr_days_over(self) -> int:
        return -self.ebr_days


@dataclass(frozen=True)
class Standing:
    """What an account scored: every scored day, the newest one explained against a month before, and what is stale."""

    days: list[ScoredDay]
    explained: Explanation | None
    stale: Staleness | None

    @property
    def as_of(self) -> date | None:
        return self.days[-1].day if self.days else None

    @cached_property
    def stale_days(self) -> Mapping[date, tuple[str, ...]]:
        """The silent sources on which the score of a day depends. Asked where a history is shown."""
        if self.explained is None:
            return {}
        found = stale_days(self.explained.snapshot.account_id, self.days)
        return with_today(found, newest=self.as_of, sources=self.stale.sources if self.stale else ())


@dataclass(frozen=True)
class Head:
    """What every tab is given."""

    account: Account
    month: int | None
    as_of: date | None
    today: date
    is_churned: bool
    band_colors: Mapping[int, str]
    strip: Strip
    may_edit: bool
    may_share: bool
    may_ask: bool
    is_waiting: bool
    stale: Staleness | None
    # Of an account that left, the page that says why.
    story_url: str
    tabs: tuple[Tab, ...]

    @property
    def counting_day(self) -> date:
        """From which days are counted: today, or where the data ended."""
        return counting_day(self.as_of, today=self.today)

    @property
    def is_stale(self) -> bool:
        """Of an account that left nobody expects newer scores."""
        return not self.is_churned and is_stale(self.as_of, today=self.today)


def standing_of(account: Account, *, today: date) -> Standing:
    """Up to four queries."""
    days = scored_days(account.pk, last=today)
    explained = explanation_on(account, day=days[-1].day, compared_with=month_before(days)) if days else None
    stale = stale_scores({account.pk: explained.card.version_id}).get(account.pk) if explained else None
    return Standing(days, explained, stale)


def build_head(account: Account, *, user: User, standing: Standing, today: date, tab: str) -> Head:
    """Of an account that was read with `accounts_in_full`."""
    day = counting_day(standing.as_of, today=today)
    card = standing.explained.card if standing.explained else None
    return Head(
        account=account,
        month=months_in_contract(started_on=account.started_on, day=day) if account.started_on <= day else None,
        as_of=standing.as_of,
        today=today,
        is_churned=account.status == "churned",
        band_colors=card.bands.colors if card else {},
        strip=build_strip(account, explained=standing.explained, today=day),
        may_edit=can(user, Action.EDIT_ACCOUNT),
        may_share=can(user, Action.SHARE_HEALTH),
        may_ask=can(user, Action.SEND_SURVEYS),
        is_waiting=standing.explained is not None and touches.is_waiting(account.pk),
        stale=standing.stale,
        story_url=story_url(account) if account.status == "churned" else "",
        tabs=tabs_of(account, current=tab, today=today),
    )


def story_url(account: Account) -> str:
    event = account.churn_events.filter(is_reactivation=False).order_by("-churned_on", "-pk").first()
    return reverse("churn-story", args=[event.pk]) if event else ""


def tabs_of(account: Account, *, current: str, today: date) -> tuple[Tab, ...]:
    counts = tab_counts(account, today=today)
    texts = {
        "contacts": formats.plain(counts.contacts) if counts.contacts else "",
        "plan": f"{counts.steps_done} of {counts.steps}" if counts.steps else "",
    }
    return tuple(
        Tab(label, reverse(name, args=[account.pk]), texts.get(key, ""), key == current) for key, name, label in TABS
    )


def build_strip(account: Account, *, explained: Explanation | None, today: date) -> Strip:
    """The account's figures as they are today; moods are good, warn or bad."""
    health: AccountHealth | None = getattr(account, "health", None)
    renewal_days = (account.renewal_date - today).days if account.renewal_date else None
    due = ebr_due_on(account, health=health)
    touched = health.last_touchpoint_on if health else None
    snapshot = explained.snapshot if explained else None
    earlier = explained.earlier if explained else None
    score = in_points(snapshot.score) if snapshot else None
    return Strip(
        score=score,
        band=snapshot.band if snapshot else UNDEFINED,
        band_name=band_name(snapshot.band, card=explained.card) if explained and snapshot else "Undefined",
        change=shown_change(score, in_points(earlier.score if earlier else None)),
        coverage=snapshot.coverage if snapshot else None,
        low=points(explained.breakdown.low) if explained else None,
        high=points(explained.breakdown.high) if explained else None,
        arr=account.arr,
        currency=account.currency,
        seats=account.seats,
        renewal_date=account.renewal_date,
        renewal_days=renewal_days,
        renewal_mood=mood(renewal_days, bad_under=RENEWAL_URGENT_DAYS, warn_under=RENEWAL_SOON_DAYS),
        last_ebr_on=health.last_ebr_on if health else None,
        ebr_due_on=due,
        ebr_days=(due - today).days,
        ebr_mood=mood((due - today).days, bad_under=0, warn_under=EBR_SOON_DAYS),
        touch_days=(today - touched).days if touched else None,
        cadence_days=account.segment.touchpoint_cadence_days if account.segment else None,
    )


def mood(days: int | None, *, bad_under: int, warn_under: int) -> str:
    if days is None or days >= warn_under:
        return ""
    return "bad" if days < bad_under else "warn"
