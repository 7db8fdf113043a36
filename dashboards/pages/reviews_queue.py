"""The week's queue: what a rule put there and nobody signed off yet, then what is signed off."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import MitigationPlan, PlanReview
from accounts.operations.reviews import outcome_words
from accounts.queries.plans import with_steps
from dashboards import formats
from dashboards.charts.theme import BandScale
from dashboards.pages.accounts_rows import month_change
from dashboards.pages.choices import Choices
from dashboards.pages.plan_rows import PlanRow, in_points, plan_rows
from scoring.core.bands import UNDEFINED
from scoring.models import AccountHealth
from scoring.queries.plans import with_health
from scoring.queries.reviews import ORDER, Due, ReviewRule, Signed
from scoring.queries.staleness import stale_scores

SORTS = {"": "Most pressing", "csm": "CSM", "arr": "ARR", "effect": "Effect"}
SHOWN = {
    "": "All", ReviewRule.OVERDUE: "Overdue step", ReviewRule.DROP: "Score fell since the last review",
    ReviewRule.NO_PLAN: "At risk without a plan", ReviewRule.UNREVIEWED: "Not reviewed for 7 days",
}  # fmt: skip
RULE_WORDS = {
    ReviewRule.OVERDUE: "Overdue step", ReviewRule.DROP: "Fell since last review",
    ReviewRule.NO_PLAN: "At risk, no plan", ReviewRule.UNREVIEWED: "Not reviewed for 7 days",
}  # fmt: skip
FIRST_SHOWN, DONE_SHOWN, MORE = 12, 6, 50
MOST_SHOWN = 500


@dataclass(frozen=True)
class QueueRow:
    """An account in the queue, as a line; `url` opens it beside the list. `change` is since the plan opened,
    without a plan in a month; `outcome` is what it was signed off with."""

    account: int
    name: str
    csm: str
    band: int
    band_name: str
    score: Decimal | None
    change: Decimal | None
    change_title: str
    arr: Decimal | None
    plan: PlanRow | None
    reasons: tuple[str, ...]
    outcome: str
    url: str
    is_current: bool
    silent_sources: tuple[str, ...]

    @property
    def is_reviewed(self) -> bool:
        return bool(self.outcome)


@dataclass(frozen=True)
class Queue:
    """The lines that are shown, and how many there are besides."""

    to_review: list[QueueRow]
    reviewed: list[QueueRow]
    more_to_review: int
    more_reviewed: int
    next_account: int | None

    @property
    def rows(self) -> list[QueueRow]:
        return self.to_review + self.reviewed


@dataclass(frozen=True)
class Order:
    """Everything in the queue as keys: what is left, in order, and what is signed off."""

    left: Sequence[Due]
    done: Sequence[Signed]
    current: int | None

    def next_left(self) -> int | None:
        """The account after the current one that is left; from the end back to the first."""
        keys = [due.account for due in self.left]
        start = keys.index(self.current) + 1 if self.current in keys else 0
        after = [key for key in keys[start:] + keys[:start] if key != self.current]
        return after[0] if after else None


def order_of(due: Iterable[Due], reviews: Iterable[Signed], *, chosen: int | None, choices: Choices) -> Order:
    """As the reader sorts and narrows what comes with the most pressing first; without a choice the first that is left
    is the current one."""
    show = choices.query.get("show", "")
    left = [one for one in due if show in one.rules] if show else list(due)
    if key := SORT_KEYS.get(choices.query.get("sort", "")):
        left.sort(key=key)
    newest = {review.account: review for review in reversed(list(reviews)) if not show or show in review.rules}
    done = sorted(newest.values(), key=lambda review: review.at, reverse=True)
    first = left[0].account if left else done[0].account if done else None
    return Order(left, done, chosen or first)


# Ties by name. What has no effect stands last.
SORT_KEYS: dict[str, Callable[[Due], tuple[Any, ...]]] = {
    "csm": lambda due: (due.csm, due.name),
    "arr": lambda due: (-due.arr, due.name),
    "effect": lambda due: (due.effect is None, due.effect or 0, due.name),
}


def pressing(due: Due) -> tuple[Any, ...]:
    """By rule; inside it the most late steps, the longest late, the largest ARR."""
    return ORDER[due.rules[0]], -due.overdue, due.oldest_due or date.max, -due.arr, due.name


def build_queue(order: Order, *, shown: int, today: date, choices: Choices, scale: BandScale) -> Queue:
    """The first lines, with the facts of those alone; the current one is always among them."""
    left, done = first_of(order.left, shown, order.current), order.done[: shown if shown > FIRST_SHOWN else DONE_SHOWN]
    keys = [due.account for due in left] + [review.account for review in done]
    facts = facts_of(keys, today=today, scale=scale)
    lines = Lines(facts, order.current, choices, scale)
    return Queue(
        to_review=[lines.of(due.account, due.name, due.csm, reasons=reasons(due, today=today)) for due in left],
        reviewed=[done_line(lines, review) for review in read_whole(done)],
        more_to_review=len(order.left) - len(left),
        more_reviewed=len(order.done) - len(done),
        next_account=order.next_left(),
    )


def first_of(left: Sequence[Due], shown: int, current: int | None) -> list[Due]:
    """So many from the start, and on to the current one."""
    place = next((place for place, due in enumerate(left) if due.account == current), 0)
    return list(left[: max(shown, min(place + 2, MOST_SHOWN))])


def read_whole(done: Sequence[Signed]) -> list[PlanReview]:
    """The reviews with their accounts, in this order."""
    found = PlanReview.objects.select_related("account__owner").in_bulk([signed.pk for signed in done])
    return [found[signed.pk] for signed in done if signed.pk in found]


def done_line(lines: "Lines", review: PlanReview) -> QueueRow:
    account = review.account
    words = outcome_words(review.outcome, has_plan=review.plan_id is not None)
    return lines.of(account.pk, account.name, account.owner.name if account.owner else "", outcome=words)


def reasons(due: Due, *, today: date) -> tuple[str, ...]:
    return tuple(reason(rule, due, today=today) for rule in due.rules)


def reason(rule: ReviewRule, due: Due, *, today: date) -> str:
    """The rule with its number, where it has one."""
    if rule == ReviewRule.OVERDUE and due.oldest_due:
        steps = "step" if due.overdue == 1 else "steps"
        return f"{due.overdue} {steps} overdue, {formats.span((today - due.oldest_due).days)}"
    return RULE_WORDS[rule]


@dataclass(frozen=True)
class Facts:
    """Health, open plan and silent sources of a few accounts."""

    healths: dict[int, AccountHealth]
    plans: dict[int, PlanRow]
    silent: dict[int, tuple[str, ...]]


def facts_of(accounts: Sequence[int], *, today: date, scale: BandScale) -> Facts:
    healths = {health.pk: health for health in AccountHealth.objects.filter(pk__in=accounts).defer("flags")}
    stale = stale_scores({pk: health.version_id for pk, health in healths.items()})
    plans = MitigationPlan.objects.filter(account__in=accounts, closed_at=None)
    rows = plan_rows(with_health(with_steps(plans)), today=today, scale=scale)
    silent = {pk: found.sources for pk, found in stale.items()}
    return Facts(healths, {row.account_id: row for row in rows}, silent)


@dataclass(frozen=True)
class Lines:
    """Makes lines of accounts whose facts are known."""

    facts: Facts
    current: int | None
    choices: Choices
    scale: BandScale

    def of(self, account: int, name: str, csm: str, *, reasons: tuple[str, ...] = (), outcome: str = "") -> QueueRow:
        health, plan = self.facts.healths.get(account), self.facts.plans.get(account)
        band = health.band if health else UNDEFINED
        return QueueRow(
            account=account, name=name, csm=csm, band=band, band_name=self.scale.name(band),
            score=in_points(health.score) if health else None,
            change=plan.effect if plan else month_change(health),
            change_title="Since the plan opened" if plan else "In 1 month",
            arr=health.arr_reporting if health else None,
            plan=plan, reasons=reasons, outcome=outcome,
            url=self.choices.url(account=account),
            is_current=account == self.current,
            silent_sources=self.facts.silent.get(account, ()),
        )  # fmt: skip
