"""The people at the accounts, the meetings with them and what they answered.

Primary keys are given here, so that facts can point at each other: an account's contacts and touchpoints follow
from its own key.
"""

from collections.abc import Iterator

import numpy as np

from accounts.demo.synthetic.company import Array, Batch, Columns, as_days, chosen, optional, owner_ids

SUBJECT = 60
PERSONAS = ("decision_maker", "champion", "business_user", "economic_buyer", "")
KINDS = ("ebr", "call", "workshop", "training", "visit", "mail")
STATES = ("held", "cancelled")
CONTACTS = 4
TOUCHPOINTS = 7
ANSWERS = 4
SIX_MONTHS = 200


def tables(batch: Batch) -> Iterator[tuple[str, Columns]]:
    """Contacts first: the others point at them."""
    yield "Contact", contacts(batch)
    yield "Rapport", rapports(batch)
    yield "Touchpoint", touchpoints(batch)
    yield "Attendance", attendances(batch)
    yield "SurveyResponse", responses(batch)


def contact_id(accounts: Array, nth: Array) -> Array:
    return (accounts - 1) * CONTACTS + nth + 1


def touchpoint_id(accounts: Array, nth: Array) -> Array:
    return (accounts - 1) * TOUCHPOINTS + nth + 1


def contacts(batch: Batch) -> Columns:
    rows, nth = batch.several(CONTACTS)
    chance = batch.chance(SUBJECT)
    known = batch.started[rows] + chance.integers(0, 40, len(rows))
    left = np.maximum(batch.company.last - chance.integers(0, 400, len(rows)), known)
    return {
        "id": contact_id(batch.ids[rows], nth),
        **batch.fact(batch.ids[rows], nth, prefix="contact-"),
        "account_id": batch.ids[rows],
        "name": [f"Contact {n + 1}" for n in nth.tolist()],
        "email": [f"contact{key}@mail.example" for key in contact_id(batch.ids[rows], nth).tolist()],
        "title": ["Manager"] * len(rows),
        "persona": chosen(PERSONAS, chance.integers(0, len(PERSONAS), len(rows))),
        "known_from": as_days(known),
        "left_on": as_days(left, empty=chance.random(len(rows)) >= 0.1),
    }


def rapports(batch: Batch) -> Columns:
    """Two ratings of each of the first three contacts; the newer counts."""
    rows, nth = batch.several(6)
    chance = batch.chance(SUBJECT + 1)
    return {
        **batch.fact(batch.ids[rows], nth, prefix="rapport-"),
        "contact_id": contact_id(batch.ids[rows], nth // 2),
        "rated_on": as_days(batch.past_days(chance, rows, within=SIX_MONTHS)),
        "rating": chance.integers(1, 6, len(rows)),
    }


def touchpoints(batch: Batch) -> Columns:
    """The first is an EBR, for two of three accounts."""
    rows, nth = batch.several(TOUCHPOINTS)
    chance = batch.chance(SUBJECT + 2)
    is_ebr = (nth == 0) & (chance.random(batch.size) < 0.67)[rows]
    kinds = np.where(is_ebr, 0, chance.integers(1, len(KINDS), len(rows)))
    is_cancelled = chance.random(len(rows)) < 0.12
    return {
        "id": touchpoint_id(batch.ids[rows], nth),
        **batch.fact(batch.ids[rows], nth, prefix="touchpoint-"),
        "account_id": batch.ids[rows],
        "kind": chosen(KINDS, kinds),
        "state": chosen(STATES, is_cancelled.astype(int)),
        "day": as_days(batch.past_days(chance, rows, within=SIX_MONTHS)),
        "cancelled_by": np.where(is_cancelled, "customer", ""),
        "host_id": owner_ids(batch.company, batch.of(batch.company.owner)[rows]),
        "note": [""] * len(rows),
    }


def attendances(batch: Batch) -> Columns:
    """One or two contacts at each touchpoint."""
    rows, nth = batch.several(TOUCHPOINTS)
    meetings = touchpoint_id(batch.ids[rows], nth)
    chance = batch.chance(SUBJECT + 3)
    first = chance.integers(0, CONTACTS, len(rows))
    second = chance.random(len(rows)) < 0.5
    people = np.concatenate([first, ((first + 1) % CONTACTS)[second]])
    return {
        "touchpoint_id": np.concatenate([meetings, meetings[second]]),
        "contact_id": contact_id(np.concatenate([batch.ids[rows], batch.ids[rows][second]]), people),
    }


def responses(batch: Batch) -> Columns:
    """Three invitations to say whether one would recommend us, and one after a meeting; a quarter stay silent."""
    rows, nth = batch.several(ANSWERS)
    chance = batch.chance(SUBJECT + 4)
    is_csat, silent = nth == ANSWERS - 1, chance.random(len(rows)) < 0.25
    asked = batch.past_days(chance, rows, within=2 * SIX_MONTHS)
    answered = np.minimum(asked + chance.integers(0, 8, len(rows)), batch.company.last)
    scores = np.where(is_csat, chance.integers(1, 6, len(rows)), np.minimum(chance.integers(3, 13, len(rows)), 10))
    return {
        **batch.fact(batch.ids[rows], nth, prefix="response-"),
        "account_id": batch.ids[rows],
        "contact_id": contact_id(batch.ids[rows], chance.integers(0, CONTACTS, len(rows))),
        "touchpoint_id": optional(touchpoint_id(batch.ids[rows], 1 + nth), empty=~is_csat),
        "kind": np.where(is_csat, "csat", "nps"),
        "asked_on": as_days(asked),
        "answered_on": as_days(answered, empty=silent),
        "score": optional(scores, empty=silent),
        "comment": [""] * len(rows),
    }
