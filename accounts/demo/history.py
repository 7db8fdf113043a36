"""What an account was over time: its phase, owner, terms and status, told once for each change."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from accounts.demo import chance
from accounts.demo.commerce import Term, arr_on, seats_on
from accounts.demo.journey import milestone_days
from accounts.demo.life import Life
from accounts.demo.people import BY_EMAIL, CSMS
from accounts.ingest.records import AccountRecord

ADOPTION_DAYS, RENEWAL_DAYS, EXPANSION_DAYS, ONBOARDING_DAYS = 330, 90, 120, 270


@dataclass(frozen=True)
class Owners:
    """Who owned the account: the present owner, and before `since` perhaps a former one."""

    now: str
    former: str
    since: date

    def on(self, day: date) -> str:
        return self.now if day >= self.since else self.former


def owners_of(life: Life) -> Owners:
    """One account in fourteen changed hands within a team."""
    rng = life.stream("owner")
    now = life.cast.owner
    team = [person.email for person in CSMS if person.team == BY_EMAIL[now].team and person.email != now]
    since = life.today - timedelta(days=chance.whole(rng, 40, 600))
    former = chance.pick(rng, team)
    is_moved = chance.happens(rng, 0.07) and life.first_day < since <= life.last_day
    return Owners(now, former if is_moved else now, since)


def phase_on(life: Life, terms: tuple[Term, ...], day: date) -> str:
    """Place in the journey: onboarding until rolled out, renewal before a renewal, expansion after added seats."""
    began = life.cast.started_on
    if day < min(milestone_days(life)["rolled_out"], began + timedelta(days=ONBOARDING_DAYS)):
        return "onboarding"
    if (next_renewal(life, day) - day).days <= RENEWAL_DAYS:
        return "renewal"
    if any(t.kind == "Added seats" and 0 <= (day - t.starts_on).days < EXPANSION_DAYS for t in terms):
        return "expansion"
    return "adoption" if (day - began).days < ADOPTION_DAYS else "value"


def next_renewal(life: Life, day: date) -> date:
    return next((end for end in life.renewals() if end > day), life.renewals()[-1])


def change_days(life: Life, terms: tuple[Term, ...], owners: Owners) -> list[date]:
    """The days on which something about the account may have changed."""
    began = life.cast.started_on
    days = {began, began + timedelta(days=ONBOARDING_DAYS), began + timedelta(days=ADOPTION_DAYS), owners.since}
    days.add(milestone_days(life)["rolled_out"])
    for renewal in life.renewals():
        days |= {renewal, renewal - timedelta(days=RENEWAL_DAYS)}
    for term in terms:
        days |= {term.starts_on, term.starts_on + timedelta(days=EXPANSION_DAYS)}
    return sorted(day for day in days if began <= day <= life.last_day and day != life.churned_on)


@dataclass(frozen=True)
class State:
    """What may change about an account."""

    phase: str
    status: str
    owner: str
    arr: Decimal
    seats: int
    renewal_date: date


def state_on(life: Life, terms: tuple[Term, ...], owners: Owners, day: date) -> State:
    return State(
        phase=phase_on(life, terms, day),
        status="active",
        owner=owners.on(day),
        arr=arr_on(terms, day),
        seats=seats_on(terms, day),
        renewal_date=next_renewal(life, day),
    )


def account_records(life: Life, terms: tuple[Term, ...], owners: Owners) -> list[AccountRecord]:
    """What the account was from each change on; equal neighbors are told once."""
    days = change_days(life, terms, owners)
    states = [(day, state_on(life, terms, owners, day)) for day in days]
    told = [states[0], *(now for before, now in pairwise(states) if now[1] != before[1])]
    if life.churned_on is not None:
        told.append((life.churned_on, replace(told[-1][1], status="churned")))
    first, *later = told
    return [
        account_record(life, first[1], valid_from=None),
        *(account_record(life, state, valid_from=day) for day, state in later),
    ]


def account_record(life: Life, state: State, *, valid_from: date | None) -> AccountRecord:
    cast = life.cast
    return AccountRecord(
        external_id=cast.external_id,
        name=cast.name,
        started_on=cast.started_on,
        valid_from=valid_from,
        domain=cast.domain,
        industry=cast.industry,
        size_tier=cast.size_tier,
        country=cast.country,
        segment=cast.segment,
        phase=state.phase,
        status=state.status,
        owner_email=state.owner,
        arr=state.arr,
        currency=cast.currency,
        seats=None if cast.story.key == "silent_gap" else state.seats,
        renewal_date=state.renewal_date,
    )
