"""Stories → records, from a seed: the same seed and today give the same records, to the last byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from accounts.demo.cast import make_cast
from accounts.demo.commerce import Term, contract_records, invoice_records, seats_on, terms_of
from accounts.demo.contacts import contact_records, people_at, rapport_records
from accounts.demo.dates import DAY, add_months, month_starts
from accounts.demo.history import Owners, account_records, owners_of
from accounts.demo.journey import (
    business_event_records,
    churn_records,
    entitlement_records,
    milestone_records,
    outcome_records,
)
from accounts.demo.life import Life, live
from accounts.demo.meetings import touchpoint_records
from accounts.demo.plans import PlanStory, PulseStory, plan_of, pulses_of
from accounts.demo.registers import register_records
from accounts.demo.roadmap import FitStory, fits_of
from accounts.demo.usage import UsageTable, usage_table
from accounts.demo.voice import reading_records, survey_records, ticket_records
from accounts.ingest.records import Record, UsageRecord

# In the order in which they must come in: each kind names only kinds before it.
KINDS = (
    "accounts",
    "contacts",
    "contracts",
    "entitlements",
    "milestones",
    "outcomes",
    "business_events",
    "touchpoints",
    "surveys",
    "tickets",
    "invoices",
    "rapports",
    "readings",
    "churn",
)


@dataclass(frozen=True)
class AccountFacts:
    """Everything that the demo company knows of one account."""

    life: Life
    terms: tuple[Term, ...]
    owners: Owners
    records: dict[str, list[Record]]
    usage: UsageTable | None
    plan: PlanStory | None
    pulses: tuple[PulseStory, ...]
    fits: tuple[FitStory, ...]


@dataclass(frozen=True)
class Demo:
    """The whole demo company."""

    today: date
    accounts: tuple[AccountFacts, ...]

    @cached_property
    def records(self) -> dict[str, list[Record]]:
        """All records but usage, by kind."""
        return {kind: [record for facts in self.accounts for record in facts.records[kind]] for kind in KINDS}

    @cached_property
    def usage_months(self) -> tuple[date, ...]:
        first = min(int(facts.usage.days[0]) for facts in self.accounts if facts.usage is not None)
        return tuple(month_starts(date.fromordinal(first), self.today))

    def usage(self, month: date) -> Iterator[UsageRecord]:
        """Usage of all accounts in the month that begins with this day."""
        for facts in self.accounts:
            if facts.usage is not None:
                yield from facts.usage.records(first=month, last=add_months(month, 1) - DAY)

    @cached_property
    def usage_rows(self) -> int:
        return sum(len(facts.usage.days) for facts in self.accounts if facts.usage is not None)


def generate(*, seed: int, today: date, accounts: int) -> Demo:
    """The demo company as it is known at the start of `today`."""
    cast = make_cast(seed=seed, today=today, accounts=accounts)
    return Demo(today, tuple(facts_of(live(cast=one, seed=seed, today=today)) for one in cast))


def facts_of(life: Life) -> AccountFacts:
    terms, owners = terms_of(life), owners_of(life)
    return AccountFacts(
        life=life,
        terms=terms,
        owners=owners,
        records=records_of(life, terms, owners),
        usage=usage_table(life, terms),
        plan=plan_of(life),
        pulses=tuple(pulses_of(life)),
        fits=fits_of(life),
    )


def records_of(life: Life, terms: tuple[Term, ...], owners: Owners) -> dict[str, list[Record]]:
    people = people_at(life)
    touchpoints = touchpoint_records(life, people, owners)
    return {
        "accounts": [*account_records(life, terms, owners)],
        "contacts": [*contact_records(life, people)],
        "contracts": [*contract_records(life, terms)],
        "entitlements": [*entitlement_records(life, terms)],
        "milestones": [*milestone_records(life)],
        "outcomes": [*outcome_records(life)],
        "business_events": [*business_event_records(life)],
        "touchpoints": [*touchpoints],
        "surveys": [*survey_records(life, people, touchpoints)],
        "tickets": [*ticket_records(life, seats=seats_on(terms, life.last_day))],
        "invoices": [*invoice_records(life, terms)],
        "rapports": [*rapport_records(life, people)],
        "readings": [*reading_records(life), *register_records(life, terms)],
        "churn": [*churn_records(life)],
    }
