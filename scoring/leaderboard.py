"""The leaderboard of a period, worked out over all accounts and kept for the page (docs/leaderboard.md)."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, F, Max, Q
from django.db.models.functions import TruncDate

from accounts.models import PlanStep, Segment, StepState, Touchpoint, TouchpointState
from scoring.core.arrays import Floats, Ints, divide
from scoring.core.standing import Standing, Stints, parts_of_effects, standing
from scoring.extract.columns import columns
from scoring.extract.register import History
from scoring.extract.stints import Held, Scored, held_between, history_until, scored
from scoring.models import Study, StudyKind
from scoring.queries.summaries import ScoredDays, scored_days

PERIODS = (30, 90, 180)
SLACK_DAYS = 31
FEWEST_DAYS = 30
# So many accounts that added most, and that took most, are kept for each person.
MOST_PARTS = 3
DEFAULT_CADENCE_DAYS = 30


def work_out_boards(*, at: datetime) -> list[Study]:
    """Every period's board as of the newest scored day, each in the place of the one before."""
    days = scored_days()
    if days.newest is None:
        return []
    history = history_until(days.newest)
    found = [work_out(days, history, period=period, at=at) for period in PERIODS]
    return [study for study in found if study is not None]


def work_out(days: ScoredDays, history: History, *, period: int, at: datetime) -> Study | None:
    """One period's board; none where history is too short for it."""
    as_of = days.newest
    since = begun(days, as_of, period=period)
    if as_of is None or since is None:
        return None
    board, told = board_between(days, history, since=since, as_of=as_of)
    steps, touched = steps_on_time(since=since, as_of=as_of), cadence_kept(history, as_of=as_of)
    for owner in {*steps, *touched} - board.keys():
        board[owner] = {}
    for owner, row in board.items():
        row |= {"steps": steps.get(owner), "cadence": touched.get(owner)}
    rows = {str(owner): row for owner, row in board.items()}
    study, _ = Study.objects.update_or_create(
        kind=StudyKind.LEADERBOARD,
        days=period,
        defaults={
            "since": since, "as_of": as_of, "computed_at": at,
            "found": {
                "stints": len(told.starts), "hidden": told.hidden, "rows": rows,
                "before": board_before(days, history, until=since, period=period),
            },
        },
    )  # fmt: skip
    return study


def begun(days: ScoredDays, until: date | None, *, period: int) -> date | None:
    """The scored day near which a period that ends on the day began."""
    if until is None:
        return None
    return days.nearest(until - timedelta(days=period), within_days=min(SLACK_DAYS, period // 3))


def board_between(
    days: ScoredDays, history: History, *, since: date, as_of: date
) -> tuple[dict[int, dict[str, Any]], Scored]:
    """What is found of each owner by id, and the stints that were compared."""
    held = held_between(history, since=since, as_of=as_of)
    within = [day for day in days.days if since <= day <= as_of]
    span = (as_of - since).days
    told = scored(held, days=within, fewest_days=min(FEWEST_DAYS, span))
    return rows_of(held, told, span=span), told


def board_before(days: ScoredDays, history: History, *, until: date, period: int) -> dict[str, Any] | None:
    """The same comparison over the period before, to be placed beside this one; None where scores do not reach back."""
    since = begun(days, until, period=period)
    if since is None:
        return None
    board, _ = board_between(days, history, since=since, as_of=until)
    kept = ("stints", "effect", "low", "high")
    rows = {str(owner): {name: row[name] for name in kept} for owner, row in board.items() if "effect" in row}
    return {"since": since.isoformat(), "rows": rows}


def rows_of(held: Held, told: Scored, *, span: int) -> dict[int, dict[str, Any]]:
    """What is found of each owner, by id."""
    board: dict[int, dict[str, Any]] = {}
    owners, codes = np.unique(held.owners, return_inverse=True)
    arr = np.zeros((len(owners), 2), dtype=np.int64)
    np.add.at(arr, codes, np.column_stack([held.arr_cents, held.kept_cents]))
    for owner, (begun, kept) in zip(owners.tolist(), arr.tolist(), strict=True):
        board[owner] = {"arr_cents": begun, "kept_cents": kept}
    if len(told.starts):
        names, codes = np.unique(told.held.owners, return_inverse=True)
        stints = stints_of(told, codes.astype(np.int64), span=span)
        found = standing(stints, people=len(names))
        parts = most_moving(told, stints, found)
        for place, owner in enumerate(names.tolist()):
            board[owner] |= figures(found, place) | {"parts": parts[place]}
    return board


def stints_of(told: Scored, codes: Ints, *, span: int) -> Stints:
    held = told.held
    return Stints(
        owners=codes,
        changes=told.ends - told.starts,
        starts=told.starts,
        cells=(coded(held.segments), coded(held.phases), told.cards),
        shares=divide(held.ends - held.begins, max(span, 1)),
    )


def most_moving(told: Scored, stints: Stints, found: Standing) -> list[list[list[float]]]:
    """For each person the accounts that took and added most: [account, change, expected change, part of the effect]."""
    parts = parts_of_effects(found, stints.owners)
    order = np.lexsort((parts, stints.owners))
    bounds = np.searchsorted(stints.owners[order], np.arange(len(found.counts) + 1)).tolist()
    told_of = np.column_stack(
        [told.held.account_ids, stints.changes, stints.changes - found.residuals, parts]
    ).round(4)  # fmt: skip
    kept: list[list[list[float]]] = []
    for first, last in zip(bounds[:-1], bounds[1:], strict=True):
        mine = order[first:last]
        ends = mine if len(mine) <= 2 * MOST_PARTS else np.append(mine[:MOST_PARTS], mine[-MOST_PARTS:])
        kept.append(told_of[ends].tolist())
    return kept


def coded(values: Floats) -> Ints:
    return np.where(np.isnan(values), -1, values).astype(np.int64)


def figures(found: Standing, place: int) -> dict[str, Any]:
    """One person's numbers, in points, rounded far below what is shown."""
    columns = {
        "change": found.actual, "expected": found.expected, "effect": found.effects, "low": found.lows,
        "high": found.highs, "shrinkage": found.shrinkage,
    }  # fmt: skip
    return {"stints": int(found.counts[place])} | {
        name: round(float(values[place]), 6) for name, values in columns.items()
    }


def steps_on_time(*, since: date, as_of: date) -> dict[int, list[int]]:
    """Per owner of steps: how many first fell due in the period, and how many of them were done by that day."""
    due = PlanStep.objects.filter(first_due_date__gt=since, first_due_date__lte=as_of)
    on_time = Q(state=StepState.DONE, done_on__lte=F("first_due_date"))
    rows = due.annotate(done_on=TruncDate("done_at")).order_by().values("owner_id")
    return {
        row["owner_id"]: [row["kept"], row["due"]]
        for row in rows.annotate(due=Count("pk"), kept=Count("pk", filter=on_time))
    }


def cadence_kept(history: History, *, as_of: date) -> dict[int, list[int]]:
    """Per owner: accounts touched within their segment's cadence, and all of them. A new account has its time."""
    now = history.on(as_of)
    now = now.at((now.statuses == 0) & ~np.isnan(now.owners))
    first = history.at(np.append(True, history.account_ids[1:] != history.account_ids[:-1])[: len(history.since)])
    cadences = dict(Segment.objects.values_list("pk", "touchpoint_cadence_days"))
    allowed = np.array([cadences.get(int(n) if n == n else -1, DEFAULT_CADENCE_DAYS) for n in now.segments.tolist()])
    last = last_touched(now.account_ids, as_of=as_of)
    begun = first.since[np.searchsorted(first.account_ids, now.account_ids)]
    kept = as_of.toordinal() - np.fmax(last, begun) <= allowed
    owners, codes = np.unique(now.owners.astype(np.int64), return_inverse=True)
    sums = np.zeros((len(owners), 2), dtype=np.int64)
    np.add.at(sums, codes, np.column_stack([kept, np.ones_like(kept)]).astype(np.int64))
    return dict(zip(owners.tolist(), sums.tolist(), strict=True))


def last_touched(account_ids: Ints, *, as_of: date) -> Floats:
    """The ordinal of each account's last held touchpoint; NaN without any."""
    held = Touchpoint.objects.filter(state=TouchpointState.HELD, day__lte=as_of).order_by()
    ids, days = columns(held.values("account_id").annotate(last=Max("day")), "account_id", "last", days=("last",))
    found, places = np.full(len(account_ids), np.nan), np.searchsorted(account_ids, ids)
    there = places < len(account_ids)
    there[there] = account_ids[places[there]] == ids[there]
    found[places[there]] = days[there]
    return found
