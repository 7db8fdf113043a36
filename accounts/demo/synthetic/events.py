"""What happened at the accounts beside use and meetings: money, tickets, steps of the journey, judgments."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from accounts.demo.synthetic.accounts import currencies
from accounts.demo.synthetic.company import Array, Batch, Columns, as_days, chosen, optional, recorded_at

SUBJECT = 80
SEVERITIES = ("low", "medium", "high", "urgent")
MILESTONES = (("kickoff", 10), ("installed", 30), ("first_value", 60), ("rolled_out", 120))
HAPPENINGS = ("acquired", "restructured", "new_executives", "opt_out", "legal")
# (measure, share of accounts that have it, lowest, highest, for how many days it is good)
READINGS = (("csm_sentiment", 0.7, 1, 5, 45), ("advocacy_acts", 0.1, 1, 3, 400), ("rating_index", 0.2, 1, 5, 90))
INVOICES = 4
TICKETS = 5
OUTCOMES = 2
QUARTER = 91
TERM = 30
DAY_SECONDS = 86_400


def tables(batch: Batch) -> Iterator[tuple[str, Columns]]:
    yield "Invoice", invoices(batch)
    yield "Ticket", tickets(batch)
    yield "Milestone", milestones(batch)
    yield "Outcome", outcomes(batch)
    yield "BusinessEvent", happenings(batch)
    yield "ManualReading", readings(batch)
    yield "Pulse", {**judgments(batch, SUBJECT + 6, share=0.02), **pulse(batch)}
    yield "Override", {**judgments(batch, SUBJECT + 8, share=0.005), **override(batch)}


def invoices(batch: Batch) -> Columns:
    """One a quarter; one of twenty is still unpaid, however old."""
    rows, nth = batch.several(INVOICES)
    chance = batch.chance(SUBJECT)
    issued = np.maximum(
        batch.company.last - QUARTER * nth - chance.integers(0, QUARTER, len(rows)), batch.started[rows]
    )
    paid = issued + chance.integers(5, 50, len(rows))
    unpaid = (paid > batch.company.last) | (chance.random(len(rows)) < 0.05)
    return {
        **batch.fact(batch.ids[rows], nth, prefix="invoice-"),
        "account_id": batch.ids[rows],
        "number": [f"I-{n}" for n in nth.tolist()],
        "issued_on": as_days(issued),
        "due_on": as_days(issued + TERM),
        "amount": batch.of(batch.company.dollars)[rows] // 4,
        "currency": currencies(batch, rows),
        "paid_on": as_days(paid, empty=unpaid),
        "failed_payments": unpaid.astype(int),
    }


def tickets(batch: Batch) -> Columns:
    rows, nth = batch.several(TICKETS)
    chance = batch.chance(SUBJECT + 1)
    opened = batch.past_days(chance, rows, within=200) * DAY_SECONDS + chance.integers(0, DAY_SECONDS, len(rows))
    closed = opened + chance.integers(600, 20 * DAY_SECONDS, len(rows))
    still_open = closed >= (batch.company.last + 1) * DAY_SECONDS
    unrated = still_open | (chance.random(len(rows)) < 0.6)
    return {
        **batch.fact(batch.ids[rows], nth, prefix="ticket-"),
        "account_id": batch.ids[rows],
        "opened_at": opened.astype("datetime64[s]"),
        "closed_at": np.where(still_open, np.datetime64("NaT", "s"), closed.astype("datetime64[s]")),
        "severity": chosen(SEVERITIES, chance.integers(0, len(SEVERITIES), len(rows))),
        "is_escalated": chance.random(len(rows)) < 0.1,
        "satisfaction": optional(chance.integers(1, 6, len(rows)), empty=unrated),
        "first_response_minutes": chance.integers(1, 600, len(rows)),
        "subject": ["Question"] * len(rows),
    }


def milestones(batch: Batch) -> Columns:
    """Reached around their due day; what lies ahead is not reached, and some are never."""
    rows, nth = batch.several(len(MILESTONES))
    chance = batch.chance(SUBJECT + 2)
    due = batch.started[rows] + np.array([days for _, days in MILESTONES])[nth]
    reached = np.maximum(due + chance.integers(-10, 30, len(rows)), batch.started[rows])
    never = (reached > batch.company.last) | (chance.random(len(rows)) < 0.1)
    return {
        **batch.fact(batch.ids[rows], nth, prefix="milestone-"),
        "account_id": batch.ids[rows],
        "kind": chosen([kind for kind, _ in MILESTONES], nth),
        "due_on": as_days(due),
        "reached_on": as_days(reached, empty=never),
    }


def outcomes(batch: Batch) -> Columns:
    rows, nth = batch.several(OUTCOMES)
    chance = batch.chance(SUBJECT + 3)
    due = batch.company.last - chance.integers(-100, 300, len(rows))
    met = due + chance.integers(-20, 20, len(rows))
    return {
        **batch.fact(batch.ids[rows], nth, prefix="outcome-"),
        "account_id": batch.ids[rows],
        "name": [f"Result {n + 1}" for n in nth.tolist()],
        "due_on": as_days(due),
        "met_on": as_days(met, empty=(met > batch.company.last) | (chance.random(len(rows)) < 0.3)),
    }


def happenings(batch: Batch) -> Columns:
    rows = some(batch, SUBJECT + 4, share=0.03)
    chance = batch.chance(SUBJECT + 10)
    days = batch.past_days(chance, rows, within=365)
    return {
        **batch.fact(batch.ids[rows], np.zeros_like(rows), prefix="event-"),
        "account_id": batch.ids[rows],
        "kind": chosen(HAPPENINGS, chance.integers(0, len(HAPPENINGS), len(rows))),
        "occurred_on": as_days(days),
        "ended_on": as_days(days + 30, empty=(chance.random(len(rows)) < 0.7) | (days + 30 > batch.company.last)),
        "note": [""] * len(rows),
    }


def readings(batch: Batch) -> Columns:
    """Two of each kind for the accounts that have it."""
    chance = batch.chance(SUBJECT + 5)
    parts = [np.flatnonzero(chance.random(batch.size) < share) for _, share, *_ in READINGS]
    kinds = np.repeat(np.repeat(np.arange(len(READINGS)), [len(part) for part in parts]), 2)
    rows = np.repeat(np.concatenate(parts), 2)
    _, _, low, high, shelf_life = (np.array(column) for column in zip(*READINGS, strict=True))
    read = batch.past_days(chance, rows, within=100)
    return {
        **batch.fact(batch.ids[rows], 2 * kinds + np.arange(len(rows)) % 2, prefix="reading-"),
        "account_id": batch.ids[rows],
        "measure": chosen([measure for measure, *_ in READINGS], kinds),
        "value": (low[kinds] + chance.integers(0, 5, len(rows)) % (high - low + 1)[kinds]).astype(float),
        "read_on": as_days(read),
        "expires_on": as_days(read + shelf_life[kinds]),
    }


def judgments(batch: Batch, subject: int, *, share: float) -> Columns:
    """What a pulse and an override have in common: who says so, why, and from when to when."""
    rows = some(batch, subject, share=share)
    starts = batch.past_days(batch.chance(subject + 10), rows, within=60)
    owners = np.maximum(batch.of(batch.company.owner)[rows], 0)
    return {
        "account_id": batch.ids[rows],
        "category": ["other"] * len(rows),
        "reason": ["Said in the last meeting"] * len(rows),
        "author_id": batch.company.keys.owners[owners],
        "starts_on": as_days(starts),
        "ends_on": as_days(starts + 45),
        "recorded_at": np.full(len(rows), recorded_at(batch.company)),
    }


def pulse(batch: Batch) -> Columns:
    rows = some(batch, SUBJECT + 6, share=0.02)
    return {"percent": batch.chance(SUBJECT + 7).integers(-30, 11, len(rows))}


def override(batch: Batch) -> Columns:
    rows = some(batch, SUBJECT + 8, share=0.005)
    return {"score_hundredths": batch.chance(SUBJECT + 9).integers(0, 101, len(rows)) * 100}


def some(batch: Batch, subject: int, *, share: float) -> Array:
    """The places of a random share of the batch; the same for the same subject."""
    drawn: Any = batch.chance(subject).random(batch.size)
    return np.flatnonzero(drawn < share)
