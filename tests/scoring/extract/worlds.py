"""Random companies for the comparison with the slow reference: the same for the same seed, whatever the order of rows.

Every table is filled around the edges of the windows. There are unknown days, days on which no user is named, empty
accounts, accounts that start within the windows, and accounts of a second source that delivers on other days.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from accounts.models import (
    SUBJECTS,
    Account,
    AccountHistory,
    BusinessEvent,
    Contact,
    Contract,
    Entitlement,
    ExchangeRate,
    Feature,
    Invoice,
    ManualReading,
    Milestone,
    Organization,
    Outcome,
    Rapport,
    Segment,
    Source,
    SurveyResponse,
    Ticket,
    Touchpoint,
    UsageRow,
    User,
)
from accounts.rollups import rebuild_days
from tests.conftest import NOW

AGES = (900, 900, 500, 364, 200, 100, 55, 27, 10, 0)
EDGES = (0, 1, 6, 7, 8, 13, 14, 27, 28, 30, 31, 55, 56, 89, 90, 179, 180, 181, 359, 360, 364, 365, 366)
PERSONAS = ("decision_maker", "economic_buyer", "champion", "business_user", "")
READINGS = ("rating_index", "csm_sentiment", "community_members", "advocacy_acts", "assigned_seats", "people_sentiment")
KINDS = ("ebr", "call", "mail", "training")
LEVELS = ("executive", "director", "manager", "staff", "")
SEVERITIES = ("low", "medium", "high", "urgent", "")
EVENTS = ("acquired", "restructured", "new_executives", "opt_out", "legal")


@dataclass
class World:
    """Draws one company, row by row; `made` holds the rows before they are written, by model."""

    seed: int
    as_of: date
    zone: ZoneInfo
    accounts: list[Account] = field(default_factory=list)
    made: dict[type[models.Model], list[Any]] = field(default_factory=dict)
    links: list[tuple[str, str, Any]] = field(default_factory=list)  # touchpoint, M2M field, who
    users: list[User] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    chance: Random = field(init=False)
    told: int = 0

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)

    def day(self, account: Account) -> date:
        """A day of the account's life, an edge of a window half of the time."""
        back = self.chance.choice(EDGES) if self.chance.random() < 0.5 else self.chance.randrange(420)
        return max(self.as_of - timedelta(days=back), account.started_on)

    def days(self, account: Account, day: Callable[[Account], date], *, most: int) -> list[date]:
        """Some days, none twice: of two facts of one day the one recorded last counts, and that is no law of order."""
        return sorted({day(account) for _ in self.some(most)})

    def later(self, account: Account) -> date:
        """A day after the as-of day."""
        return self.as_of + timedelta(days=self.chance.randrange(1, 40))

    def moment(self, day: date) -> datetime:
        """A time of the day where the organization is, near midnight half of the time."""
        hours = [(0, 0), (0, 30), (1, 59), (2, 30), (3, 0), (23, 30), (23, 59)]
        clock = self.chance.choice(hours) if self.chance.random() < 0.5 else (self.chance.randrange(24), 0)
        return datetime.combine(day, time(*clock), tzinfo=self.zone)

    def maybe(self, make: Callable[[], Any], *, often: float = 0.5) -> Any:
        return make() if self.chance.random() < often else None

    def some(self, most: int) -> Iterator[int]:
        return iter(range(self.chance.randrange(most + 1)))

    def add(self, model: type[models.Model], whose: Account, /, **values: Any) -> Any:
        rows = self.made.setdefault(model, [])
        if model is not AccountHistory:
            self.told += 1
            values |= {"source": whose.source, "external_id": f"{model.__name__}-{self.told}"}
        row = model(recorded_at=NOW, **values)
        rows.append(row)
        return row

    def write(self, *, order: Random | None = None) -> None:
        """Into the tables, in the order of making or in another."""
        # Contacts first: answers and ratings point at them.
        for model, rows in sorted(self.made.items(), key=lambda pair: pair[0] is not Contact):
            if order:
                order.shuffle(rows)
            model.objects.bulk_create(rows)
        touchpoints = dict(Touchpoint.objects.values_list("external_id", "pk"))
        for key, name, who in self.links:
            getattr(Touchpoint.objects.get(pk=touchpoints[key]), name).add(who)
        rebuild_days(days={row.day for row in self.made.get(UsageRow, [])}, at=NOW)
        self.made, self.links = {}, []


def build(*, seed: int, as_of: date, zone: ZoneInfo, order: Random | None = None) -> World:
    """A company of ten accounts with everything up to the day."""
    world = World(seed, as_of, zone)
    make_frame(world)
    for account in world.accounts[1:]:  # the first has nothing at all
        tell(world, account, world.day)
    for source in world.sources:
        tell_usage(world, source, days=[as_of - timedelta(days=n) for n in range(200)])
    world.write(order=order)
    return world


def make_frame(world: World) -> None:
    """Organization, people, segments, features and accounts with their history."""
    Organization.objects.create(pk=1, name="Kestrel Works", reporting_currency="USD")
    ExchangeRate.objects.create(currency="EUR", valid_from=date(2020, 1, 1), rate=Decimal("1.0837"))
    world.users = [
        User.objects.create_user(email=f"u{n}@kestrel.example", name=f"U{n}", role=role)
        for n, role in enumerate(("csm", "leader", "csm"))
    ]
    world.sources = [Source.objects.create(name=name) for name in ("crm", "files")]
    cadences = ((4, 14, {"training": 90, "mail": 30, "visit": 365}), (8, 120, {"call": 31}))
    segments = [
        Segment.objects.create(
            slug=f"s{days}", name=f"S{days}", ebr_cadence_months=m, touchpoint_cadence_days=days, kind_cadences=kinds
        )
        for m, days, kinds in cadences
    ]
    for n in range(4):
        Feature.objects.create(slug=f"f{n}", name=f"F{n}", is_key=n < 3)
    for n, age in enumerate(AGES):
        account = Account.objects.create(
            source=world.sources[n % 4 == 3], external_id=f"a{n}", name=f"A{n}", recorded_at=NOW,
            started_on=world.as_of - timedelta(days=age),
        )  # fmt: skip
        world.accounts.append(account)
        for day in sorted({account.started_on, *world.days(account, world.day, most=4)}):
            add_state(world, account, day, segments)


def add_state(world: World, account: Account, day: date, segments: list[Segment]) -> None:
    draw = world.chance
    world.add(
        AccountHistory, account, account=account, valid_from=day, segment=draw.choice([*segments, None]),
        phase=draw.choice(["onboarding", "value"]), status="active", owner=draw.choice([*world.users, None]),
        arr=Decimal(draw.choice([0, 1200, 4321, 12_000])), currency=draw.choice(["USD", "EUR"]),
        seats=draw.choice([None, 3, 5, 40]),
        renewal_date=world.maybe(lambda: day + timedelta(days=draw.choice([30, 365, 800]))),
    )  # fmt: skip


def tell(world: World, account: Account, day: Callable[[Account], date]) -> None:
    """Facts of every kind about an account, on days that `day` draws."""
    draw = world.chance
    contacts = tell_people(world, account, day)
    tell_billing(world, account, day)
    for _ in world.some(5):
        opened = world.moment(day(account))
        closed = world.maybe(lambda opened=opened: opened + timedelta(days=draw.choice([0, 1, 7, 60])), often=0.6)
        world.add(
            Ticket, account, account=account, opened_at=opened, closed_at=closed, is_escalated=draw.random() < 0.3,
            severity=draw.choice(SEVERITIES),
            satisfaction=closed and world.maybe(lambda: draw.randrange(1, 6)),
        )  # fmt: skip
    for kind in ("nps", "csat"):
        silent = [None for _ in world.some(2)]
        for answered in [*silent, *world.days(account, day, most=6)]:
            scores = range(11) if kind == "nps" else range(1, 6)
            world.add(
                SurveyResponse, account, account=account, kind=kind, answered_on=answered,
                asked_on=answered or account.started_on, score=None if answered is None else draw.choice(scores),
                contact=draw.choice([*contacts, None]),
                **{f"about_{name}": answered and world.maybe(lambda: draw.randrange(1, 6)) for name in SUBJECTS},
            )  # fmt: skip
    for measure in READINGS:
        for read_on in world.days(account, day, most=3):
            world.add(
                ManualReading, account, account=account, measure=measure, value=draw.randrange(1, 6), read_on=read_on,
                expires_on=read_on + timedelta(days=draw.choice([0, 60, 365])),
            )  # fmt: skip
    for _ in world.some(3):
        began = day(account)
        world.add(
            BusinessEvent, account, account=account, kind=draw.choice(EVENTS), occurred_on=began,
            ended_on=world.maybe(lambda began=began: began + timedelta(days=draw.choice([0, 5, 400])), often=0.3),
        )  # fmt: skip
    for kind in ("kickoff", "first_value", "rolled_out"):
        due, reached = world.maybe(lambda: day(account)), world.maybe(lambda: day(account))
        world.add(Milestone, account, account=account, kind=kind, due_on=due, reached_on=reached)
    for _ in world.some(3):
        met = world.maybe(lambda: day(account))
        world.add(Outcome, account, account=account, name="Save", due_on=day(account), met_on=met)


def tell_people(world: World, account: Account, day: Callable[[Account], date]) -> list[Contact]:
    draw = world.chance
    contacts = []
    for _ in world.some(5):
        known, other = sorted([day(account), day(account)])
        left = world.maybe(lambda other=other: other, often=0.3)
        contact = world.add(
            Contact,
            account,
            account=account,
            name="C",
            persona=draw.choice(PERSONAS),
            known_from=known,
            left_on=left,
            level=draw.choice(LEVELS),
        )
        contacts.append(contact)
        for rated_on in world.days(account, day, most=3):
            world.add(Rapport, account, contact=contact, rated_on=rated_on, rating=draw.randrange(1, 6))
    for _ in world.some(8):
        held_on = day(account)
        met = world.add(
            Touchpoint, account, account=account, kind=draw.choice(KINDS), day=held_on,
            state=draw.choice(["held", "held", "cancelled", "planned"]), host=draw.choice([*world.users, None]),
            cancelled_by=draw.choice(["", "us", "customer"]),
            replied_on=world.maybe(lambda held_on=held_on: held_on + timedelta(days=draw.choice([0, 2, 30]))),
        )  # fmt: skip
        world.links += [(met.external_id, "contacts", one) for one in contacts if draw.random() < 0.4]
        world.links += [(met.external_id, "colleagues", one) for one in world.users if draw.random() < 0.2]
    return contacts


def tell_billing(world: World, account: Account, day: Callable[[Account], date]) -> None:
    draw = world.chance
    for _ in world.some(4):
        issued = day(account)
        due = issued + timedelta(days=draw.choice([0, 14, 30]))
        world.add(
            Invoice, account, account=account, issued_on=issued, due_on=due, currency=draw.choice(["USD", "EUR"]),
            amount=Decimal(draw.randrange(1, 90_000)) / 100,
            paid_on=world.maybe(lambda issued=issued: max(issued, day(account))),
            failed_payments=draw.choice([0, 0, 1, 3]),
            failed_on=world.maybe(lambda issued=issued: issued + timedelta(days=draw.choice([0, 20, 60]))),
        )  # fmt: skip
    for starts in world.days(account, day, most=3):
        world.add(
            Contract, account, account=account, starts_on=starts, arr=Decimal(1), currency="USD",
            posture=draw.choice(["", "opted_out", "legal_review", "silent", "auto_renew", "renewed_early"]),
            ends_on=world.maybe(lambda starts=starts: starts + timedelta(days=draw.choice([0, 90, 365]))),
            term_months=draw.choice([None, 1, 12, 36]),
            has_upsell_terms=draw.choice([None, True, False]),
        )  # fmt: skip
    if world.seed % 2:  # in every other company nobody records what was paid for
        for feature in Feature.objects.order_by("pk"):
            if draw.random() < 0.7:
                starts = day(account)
                ends = world.maybe(lambda starts=starts: starts + timedelta(days=300), often=0.3)
                world.add(Entitlement, account, account=account, feature=feature, starts_on=starts, ends_on=ends)


def tell_usage(world: World, source: Source, *, days: list[date]) -> None:
    """Usage of the source's accounts, with gaps in what it delivers and in what it names."""
    draw = world.chance
    delivered = days_between_gaps(draw, days)
    named = set(days_between_gaps(draw, days)) if draw.random() < 0.5 else set(days)
    features = [*Feature.objects.order_by("pk"), None]
    keen = {account.pk: draw.choice([0, 0.05, 0.2, 0.6]) for account in world.accounts}
    ours = [one for one in world.accounts[1:] if one.source_id == source.pk]
    for account in ours:
        stays = [draw.choice([0, 30, 31, 100]) for _ in range(4)]  # days before the last on which each user left
        for day in delivered:
            for user in range(4):
                is_there = account.started_on <= day <= days[0] - timedelta(days=stays[user])
                if is_there and draw.random() < keen[account.pk]:
                    for _ in range(draw.choice([1, 1, 2])):
                        add_use(world, account, day, f"user {user}" if day in named else "", draw.choice(features))


def add_use(world: World, account: Account, day: date, user: str, feature: Feature | None) -> None:
    draw = world.chance
    loads = draw.choice([None, 0, 1, 20])
    failed = loads and draw.randrange(loads + 1)
    took = None if loads is None else (loads - failed) * draw.choice([200, 1_000, 4_000, 12_000])
    world.add(
        UsageRow, account, account=account, day=day, user_key=user, feature=feature, events=draw.choice([0, 1, 3, 50]),
        seconds=draw.choice([None, 0, 60, 999, 3_600, 5_000]), errors=draw.choice([None, 0, 2]), loads=loads,
        failed_loads=failed, load_ms=took,
    )  # fmt: skip


def days_between_gaps(draw: Random, days: list[date]) -> list[date]:
    """The days without up to four stretches of them, one of which may be the newest days."""
    lost: set[date] = set()
    for _ in range(draw.randrange(5)):
        start = draw.choice([0, *(draw.randrange(len(days)) for _ in range(3))])
        lost |= set(days[start : start + draw.choice([1, 7, 16, 40])])
    return [day for day in days if day not in lost]


def add_future(world: World) -> None:
    """Facts of every kind that are dated after the day, and what is later said to have ended, closed or been paid."""
    segments = list(Segment.objects.order_by("pk"))
    for account in world.accounts:
        tell(world, account, world.later)
        for day in world.days(account, world.later, most=2):
            add_state(world, account, day, segments)
    for source in world.sources:
        tell_usage(world, source, days=[world.as_of + timedelta(days=n) for n in range(30, 0, -1)])
    world.write()
    world.chance = Random(world.seed)
    end_later(world)


def end_later(world: World) -> None:
    """What was open at the end of the day ends after it."""
    soon = world.as_of + timedelta(days=1)
    for model, name in ((Contact, "left_on"), (Contract, "ends_on"), (Entitlement, "ends_on"), (Invoice, "paid_on")):
        model.objects.filter(**{name: None}).update(**{name: world.as_of + timedelta(days=99)})
    for model, name in (
        (BusinessEvent, "ended_on"),
        (Milestone, "reached_on"),
        (Outcome, "met_on"),
        (Touchpoint, "replied_on"),
    ):
        model.objects.filter(**{name: None}).update(**{name: world.as_of + timedelta(days=99)})
    Ticket.objects.filter(closed_at=None).update(closed_at=world.moment(soon) + timedelta(days=60))
