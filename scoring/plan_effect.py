"""Did plans help? Accounts with a plan against matched accounts without one, kept for the page (docs/plan-effect.md).

Everything is read on a grid of weeks that ends with the newest scored day: 52 cohorts of plans opened in the week
after a day.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Q

from accounts.models import MitigationPlan
from scoring.core.arrays import Bools, Floats, Ints
from scoring.core.matching import Effect, Group, differences, effect, matched
from scoring.extract.register import PHASES, History
from scoring.extract.stints import history_until, read_day
from scoring.models import Study, StudyKind
from scoring.queries.summaries import scored_days

SPANS = (28, 56, 84)
TREND_DAYS = 28
WEEKS = 52
# A day that was not scored is read on the last scored one, up to so many days before.
SLACK_DAYS = 6
OPEN = 10**9


@dataclass(frozen=True)
class Plan:
    account: int
    opened: int  # ordinal
    closed: int
    outcome: str
    playbook: str


@dataclass(frozen=True)
class Past:
    """What the cohorts are cut from."""

    days: Sequence[date]
    history: History
    plans: Mapping[int, list[Plan]]
    read: dict[date, tuple[Ints, Floats]]

    def scores(self, day: date) -> tuple[Ints, Floats] | None:
        """Ids and points of the day, without pulses and overrides; None where it was not scored."""
        near = [one for one in self.days if timedelta(0) <= day - one <= timedelta(days=SLACK_DAYS)]
        if not near:
            return None
        if near[-1] not in self.read:
            ids, found, _ = read_day(near[-1], np.zeros(10**4, dtype=np.int64))
            self.read[near[-1]] = (ids, found / 100)
        return self.read[near[-1]]


def work_out_plan_effects(*, at: datetime) -> list[Study]:
    """For each span of days, as of the newest scored day, in the place of the one before."""
    days = scored_days()
    if days.newest is None:
        return []
    past = Past(days.days, history_until(days.newest), plans_by_account(), {})
    return [work_out(past, span=span, as_of=days.newest, at=at) for span in SPANS]


def plans_by_account() -> dict[int, list[Plan]]:
    found: dict[int, list[Plan]] = defaultdict(list)
    rows = MitigationPlan.objects.filter(~Q(account=None)).order_by("opened_at", "pk")
    fields = ("account_id", "opened_at__date", "closed_at__date", "outcome", "playbook__name")
    for account, opened, closed, outcome, playbook in rows.values_list(*fields):
        end = closed.toordinal() if closed else OPEN
        found[account].append(Plan(account, opened.toordinal(), end, outcome, playbook or ""))
    return found


def work_out(past: Past, *, span: int, as_of: date, at: datetime) -> Study:
    starts = [as_of - timedelta(days=span + 7 * week) for week in range(WEEKS)]
    cohorts = [found for n, day in enumerate(starts) if (found := cohort(past, day, span=span, number=n)) is not None]
    cases, controls = joined([one[0] for one in cohorts]), joined([one[1] for one in cohorts])
    rows, others = matched(cases, controls) if len(cases.cells) else (np.zeros(0, dtype=np.int64),) * 2
    values = differences(cases.at(rows), controls.at(others))
    plans = {plan.account: plan for _, _, told in cohorts for plan in told}
    chosen = [plans[account] for account in cases.accounts[rows].tolist()]
    pairs = pairs_of(cases.at(rows), controls.at(others), values, starts=starts, width=cell_width(past.history))
    study, _ = Study.objects.update_or_create(
        kind=StudyKind.PLANS,
        days=span,
        defaults={
            "since": starts[-1], "as_of": as_of, "computed_at": at,
            "found": {
                "cases": len(cases.cells), "groups": groups_of(values, chosen), "pairs": pairs,
                "without_score": sum(len(told) for _, _, told in cohorts) - len(cases.cells),
            },
        },
    )  # fmt: skip
    return study


def cohort(past: Past, day: date, *, span: int, number: int) -> tuple[Group, Group, list[Plan]] | None:
    """Plans opened in the week after the day, and accounts without a plan from the trend's start to the span's end."""
    first, last = day.toordinal() + 1, day.toordinal() + 7
    opened = {pk: plan for pk, plans in past.plans.items() for plan in plans[:1] if first <= plan.opened <= last}
    three = [past.scores(day + timedelta(days=n)) for n in (-TREND_DAYS, 0, span)]
    if not opened or any(found is None for found in three):
        return None
    before, start, after = (found for found in three if found is not None)
    then = past.history.on(day)
    then = then.at(then.statuses == 0)
    ids = then.account_ids
    scores, earlier, later = (spread(ids, *found) for found in (start, before, after))
    known = ~np.isnan(scores) & ~np.isnan(earlier) & ~np.isnan(later)
    width = cell_width(past.history)
    segments = np.where(np.isnan(then.segments), 0, then.segments).astype(np.int64)
    cells = number * width + segments * (len(PHASES) + 1) + then.phases.astype(np.int64) + 1
    everybody = Group(cells, ids, scores, scores - earlier, later - scores)
    is_case = np.isin(ids, list(opened))
    is_free = ~np.isin(ids, busy(past, first=day.toordinal() - TREND_DAYS, last=day.toordinal() + span))
    return everybody.at(known & is_case), everybody.at(known & is_free & ~is_case), list(opened.values())


def cell_width(history: History) -> int:
    """More than any code of segment and phase."""
    highest = float(np.nanmax(history.segments)) if (~np.isnan(history.segments)).any() else 0.0
    return (int(highest) + 2) * (len(PHASES) + 1)


def busy(past: Past, *, first: int, last: int) -> list[int]:
    """Accounts that had a plan on any day of these."""
    return [pk for pk, plans in past.plans.items() if any(p.opened <= last and p.closed >= first for p in plans)]


def spread(ids: Ints, found: Ints, values: Floats) -> Floats:
    """The values of these accounts; NaN for one that is not found."""
    if not len(found):
        return np.full(len(ids), np.nan)
    places = np.minimum(np.searchsorted(found, ids), len(found) - 1)
    is_there: Bools = found[places] == ids
    return np.where(is_there, values[places], np.nan)


def joined(groups: Sequence[Group]) -> Group:
    if not groups:
        whole, real = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Group(whole, whole, real, real, real)
    names = ("cells", "accounts", "scores", "trends", "changes")
    return Group(*(np.concatenate([getattr(group, name) for group in groups]) for name in names))


def groups_of(values: Floats, plans: Sequence[Plan]) -> list[dict[str, Any]]:
    """All pairs, then those of each closing outcome, then of each playbook."""
    kinds = {"outcome": [plan.outcome or "open" for plan in plans], "playbook": [plan.playbook for plan in plans]}
    return [row_of("all", "", effect(values))] + [
        row_of(kind, key, effect(values[np.array([one == key for one in keys])]))
        for kind, keys in kinds.items()
        for key in sorted({key for key in keys if key})
    ]


def row_of(kind: str, key: str, found: Effect) -> dict[str, Any]:
    """As JSON, which knows no NaN."""
    numbers = {"mean": found.mean, "low": found.low, "high": found.high}
    told = {name: None if value != value else round(value, 4) for name, value in numbers.items()}
    return {"kind": kind, "key": key, "pairs": found.pairs} | told


def pairs_of(cases: Group, controls: Group, values: Floats, *, starts: Sequence[date], width: int) -> list[list[Any]]:
    """[day, case, its score, trend and change, control, the same, difference] of each pair."""
    return [
        [
            starts[cell // width].isoformat(),
            *(round(x, 2) for x in (account, *case)),
            *(round(x, 2) for x in (other, *control)),
            round(value, 4),
        ]
        for cell, account, case, other, control, value in zip(
            cases.cells.tolist(), cases.accounts.tolist(), figures(cases), controls.accounts.tolist(),
            figures(controls), values.tolist(), strict=True,
        )
    ]  # fmt: skip


def figures(group: Group) -> list[list[float]]:
    return np.column_stack([group.scores, group.trends, group.changes]).tolist()  # type: ignore[no-any-return]
