"""The journey: milestones, outcomes, entitlements, business events and the end."""

from datetime import date, timedelta

import numpy as np

from accounts.demo import chance
from accounts.demo.chance import Stream
from accounts.demo.commerce import Term
from accounts.demo.dates import days_after, workday
from accounts.demo.life import Life
from accounts.demo.market import FEATURES
from accounts.demo.names import COMPANY_WORDS
from accounts.ingest.records import (
    BusinessEventRecord,
    ChurnRecord,
    EntitlementRecord,
    MilestoneRecord,
    OutcomeRecord,
)

MILESTONES = (("kickoff", 14), ("installed", 35), ("first_value", 60), ("rolled_out", 120))
OUTCOMES = (
    "Plan a day in under an hour",
    "Cut overtime by a tenth",
    "One list of assets for all sites",
    "Close the month in three days",
    "Halve the paper forms",
    "All sites on one board",
    "Answer a customer's call with one screen",
    "Forecast within five percent",
)


def milestone_days(life: Life) -> dict[str, date]:
    """When each milestone was reached, or would be; slower where the beginning is hard."""
    rng = life.stream("milestones")
    early = life.at(life.cast.started_on + timedelta(days=45))
    slowness = float(np.exp(1.5 * (0.56 - early) + rng.normal(-0.06, 0.2)))
    days = {}
    for kind, due in MILESTONES:
        days[kind] = workday(life.cast.started_on + timedelta(days=round(due * slowness * rng.uniform(0.85, 1.1))))
    return days


def milestone_records(life: Life) -> list[MilestoneRecord]:
    reached = milestone_days(life)
    return [
        MilestoneRecord(
            external_id=f"{life.cast.external_id}-M-{kind}",
            account=life.cast.external_id,
            kind=kind,
            due_on=workday(life.cast.started_on + timedelta(days=due)),
            reached_on=reached[kind] if reached[kind] <= life.last_day else None,
        )
        for kind, due in MILESTONES
    ]


def outcome_records(life: Life) -> list[OutcomeRecord]:
    """Two results a year that the account bought for, met more often where health is good."""
    rng = life.stream("outcomes")
    names = [OUTCOMES[place] for place in rng.permutation(len(OUTCOMES))]
    records = []
    for number, name in enumerate(names, start=1):
        due_on = workday(life.cast.started_on + timedelta(days=175 * number + chance.whole(rng, -15, 15)))
        met_on = due_on + timedelta(days=chance.whole(rng, -40, 12))
        is_met = chance.happens(rng, 0.05 + 1.05 * life.at(due_on)) and met_on <= life.last_day
        if life.first_day <= due_on <= life.last_day + timedelta(days=200 * (life.churned_on is None)):
            records.append(
                OutcomeRecord(
                    external_id=f"{life.cast.external_id}-O{number}",
                    account=life.cast.external_id,
                    name=name,
                    due_on=due_on,
                    met_on=met_on if is_met else None,
                )
            )
    return records


def entitlement_records(life: Life, terms: tuple[Term, ...]) -> list[EntitlementRecord]:
    """The features paid for; who adds seats adds a feature too."""
    if life.cast.story.key == "silent_gap":
        return []
    features = dict.fromkeys(life.cast.features, life.cast.started_on)
    features |= {feature.slug: life.cast.started_on for feature in FEATURES if not feature.is_key}
    missing = [feature.slug for feature in FEATURES if feature.slug not in features]
    added_on = [term.starts_on for term in terms if term.kind == "Added seats"]
    features |= dict(zip(missing, added_on, strict=False))
    return [
        EntitlementRecord(
            external_id=f"{life.cast.external_id}-E-{slug}",
            account=life.cast.external_id,
            feature=slug,
            starts_on=starts_on,
        )
        for slug, starts_on in features.items()
    ]


def business_event_records(life: Life) -> list[BusinessEventRecord]:
    """What happened to the company itself, and notices given."""
    rng = life.stream("events")
    found: list[tuple[str, date, int | None, str]] = []
    if life.cast.story.key == "acquired":
        buyer = "Norvik Group" if life.cast.name == "Halden Freight" else f"{chance.pick(rng, COMPANY_WORDS)} Holding"
        note = f"Acquired by {buyer}; the new owners are reviewing all vendors."
        found.append(("acquired", life.cast.onset_on, 270, note))
    history_days = (life.last_day - life.first_day).days
    for kind, yearly, lasts_days, note in NEWS:
        if chance.happens(rng, yearly * history_days / 365):
            day = life.first_day + timedelta(days=int(rng.random() * history_days))
            found.append((kind, day, lasts_days, note))
    found.extend(notices(rng, life))
    return [
        BusinessEventRecord(
            external_id=f"{life.cast.external_id}-B{number}",
            account=life.cast.external_id,
            kind=kind,
            occurred_on=day,
            ended_on=ended(life, day, lasts_days),
            note=note,
        )
        for number, (kind, day, lasts_days, note) in enumerate(found, start=1)
        if life.first_day <= day <= life.last_day
    ]


NEWS = (
    ("restructured", 0.05, 120, "Two regions merged into one; the teams that we work with are moving."),
    ("new_executives", 0.06, 150, "A new executive team takes stock of all suppliers."),
)


def notices(rng: Stream, life: Life) -> list[tuple[str, date, int | None, str]]:
    """Most of who leaves gives notice weeks before; a few give it and are still here."""
    notice_on = life.last_day - timedelta(days=chance.whole(rng, 20, 70))
    is_leaving = life.churned_on is not None and chance.happens(rng, 0.6)
    is_wavering = life.churned_on is None and life.at(life.last_day) < 0.22 and chance.happens(rng, 0.15)
    found: list[tuple[str, date, int | None, str]] = []
    if is_leaving or is_wavering:
        found.append(("opt_out", notice_on, None, "Notice given that the contract will not renew by itself."))
    if life.cast.story.key == "price_pressure" and chance.happens(rng, 0.2):
        day = days_after(life.cast.onset_on, 90)
        found.append(("legal", day, 90, "Their legal team asks for new price terms."))
    return found


def ended(life: Life, day: date, lasts_days: int | None) -> date | None:
    if lasts_days is None or day + timedelta(days=lasts_days) > life.last_day:
        return None
    return day + timedelta(days=lasts_days)


def churn_records(life: Life) -> list[ChurnRecord]:
    if life.churned_on is None:
        return []
    return [
        ChurnRecord(
            external_id=f"{life.cast.external_id}-X",
            account=life.cast.external_id,
            churned_on=life.churned_on,
            reason_code=life.cast.story.reason_code,
            note=REASONS[life.cast.story.reason_code],
        )
    ]


REASONS = {
    "budget": "Budget cut; the tool was not on the list of what stays.",
    "product_fit": "Too few of their teams found their work in the product.",
    "sponsor_left": "Our sponsor left and nobody took over.",
    "slow_onboarding": "The rollout never reached the second site.",
    "competitor": "Moved to a suite that their group uses elsewhere.",
    "price": "The renewal price was not accepted.",
    "acquired": "The new owner moves all companies to its own systems.",
    "support": "Lost patience after a season of open tickets.",
    "unknown": "No reason given.",
}
