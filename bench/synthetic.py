"""Many accounts with plausible facts, from a seed, written in bulk: what the benchmarks of scoring stand on."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import models, transaction

from accounts import bulk
from accounts.models import (
    Account,
    AccountDay,
    AccountHistory,
    Feature,
    FeatureDay,
    Invoice,
    KnownDay,
    Milestone,
    Organization,
    Role,
    Segment,
    Source,
    SurveyResponse,
    Team,
    Ticket,
    Touchpoint,
    User,
    UserDay,
)
from scoring.operations import publish_shipped

AS_OF = date(2026, 6, 30)
AT = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
SEGMENTS = ("enterprise", "key", "mid-market", "smb", "public")
USERS_PER_ACCOUNT = 5
USAGE_DAYS = 90
FEATURES = 8
CSMS = 50


class Company:
    """The accounts and their facts; every row the same for the same seed."""

    def __init__(self, *, accounts: int, seed: int = 7) -> None:
        self.size = accounts
        self.chance = np.random.default_rng(seed)
        self.ids: list[int] = []

    @transaction.atomic
    def load(self) -> None:
        """Writes everything that scoring reads."""
        self.load_frame()
        self.load_accounts()
        self.load_usage()
        self.load_facts()

    def load_frame(self) -> None:
        Organization.objects.create(pk=1, name="Synthetic", reporting_currency="USD")
        self.source = Source.objects.create(name="synthetic")
        self.segments = [Segment.objects.create(slug=s, name=s.title(), position=n) for n, s in enumerate(SEGMENTS)]
        team = Team.objects.create(name="Team")
        people = [User(email=f"csm{n}@bench.example", name=f"CSM {n}", role=Role.CSM, team=team) for n in range(CSMS)]
        self.owners = User.objects.bulk_create(people)
        features = [Feature(slug=f"feature-{n}", name=f"Feature {n}", is_key=n < 5) for n in range(FEATURES)]
        self.features = Feature.objects.bulk_create(features)
        days = [AS_OF - timedelta(days=back) for back in range(USAGE_DAYS)]
        KnownDay.objects.bulk_create(KnownDay(source=self.source, day=day, has_users=True) for day in days)
        publish_shipped(by=None, at=AT)

    def load_accounts(self) -> None:
        started = [AS_OF - timedelta(days=int(age)) for age in self.chance.integers(100, 1500, self.size)]
        seats = self.chance.integers(5, 12, self.size)
        shared = [
            {
                "segment_id": self.segments[n % len(SEGMENTS)].pk,
                "phase": "adoption",
                "status": "active",
                "owner_id": self.owners[n % CSMS].pk,
                "arr": Decimal(int(self.chance.integers(5, 200)) * 1000),
                "currency": "USD",
                "seats": int(seats[n]),
                "renewal_date": None,
            }
            for n in range(self.size)
        ]
        Account.objects.bulk_create(
            Account(
                source=self.source, external_id=f"a{n}", recorded_at=AT, name=f"Account {n}", started_on=started[n],
                industry=f"industry {n % 12}", size_tier=f"tier {n % 4}", **shared[n],
            )
            for n in range(self.size)
        )  # fmt: skip
        self.ids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
        AccountHistory.objects.bulk_create(
            AccountHistory(account_id=key, valid_from=started[n], recorded_at=AT, **shared[n])
            for n, key in enumerate(self.ids)
        )

    def load_usage(self) -> None:
        """A user is active on some days; the account's days are the sums of those."""
        active = self.chance.random((self.size, USAGE_DAYS, USERS_PER_ACCOUNT)) < self.chance.beta(
            2, 4, (self.size, 1, 1)
        )
        events = self.chance.integers(1, 60, active.shape)
        days = [AS_OF - timedelta(days=back) for back in range(USAGE_DAYS)]
        ids = self.ids
        write(
            UserDay,
            ("account_id", "day", "user_key", "events", "seconds"),
            (
                (ids[a], days[d], f"u{u}", int(events[a, d, u]), 90 * int(events[a, d, u]))
                for a, d, u in zip(*map(np.ndarray.tolist, np.nonzero(active)), strict=True)
            ),
        )
        users, sums = active.sum(axis=2), (events * active).sum(axis=2)
        present = list(zip(*map(np.ndarray.tolist, np.nonzero(users)), strict=True))
        write(
            AccountDay,
            ("account_id", "day", "users", "events", "seconds", "errors"),
            ((ids[a], days[d], int(users[a, d]), int(sums[a, d]), 90 * int(sums[a, d]), 0) for a, d in present),
        )
        write(
            FeatureDay,
            ("account_id", "day", "feature_id", "events"),
            ((ids[a], days[d], self.features[(a + d) % FEATURES].pk, 3) for a, d in present if d < 60),
        )

    def load_facts(self) -> None:
        """Touchpoints, surveys, tickets, invoices and milestones, a few of each per account."""
        write(Touchpoint, (*FACT, "kind", "state", "day", "cancelled_by", "note"), self.rows(6, self.touchpoint))
        write(SurveyResponse, (*FACT, "kind", "asked_on", "answered_on", "score", "comment"), self.rows(3, self.answer))
        write(
            Ticket,
            (*FACT, "opened_at", "closed_at", "severity", "is_escalated", "subject"),
            self.rows(4, self.ticket),
        )
        fields = (*FACT, "number", "issued_on", "due_on", "amount", "currency", "paid_on", "failed_payments")
        write(Invoice, fields, self.rows(4, self.invoice))
        write(Milestone, (*FACT, "kind", "due_on", "reached_on"), self.rows(1, self.milestone))

    def rows(self, each: int, make: Any) -> Iterable[tuple[Any, ...]]:
        """`each` facts per account: what every fact carries, then what `make` says of one so many days ago."""
        ago = self.chance.integers(0, 200, (self.size, each)).tolist()
        for place, key in enumerate(self.ids):
            for nth in range(each):
                yield (self.source.pk, f"{key}-{nth}", AT, key, *make(AS_OF - timedelta(days=ago[place][nth]), nth))

    def touchpoint(self, day: date, nth: int) -> tuple[Any, ...]:
        return (
            "ebr" if nth == 0 else "call",
            "cancelled" if nth == 5 else "held",
            day,
            "customer" if nth == 5 else "",
            "",
        )

    def answer(self, day: date, nth: int) -> tuple[Any, ...]:
        return ("nps", day, day, day.day % 11, "") if nth else ("csat", day, day, 1 + day.day % 5, "")

    def ticket(self, day: date, nth: int) -> tuple[Any, ...]:
        opened = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        return (opened, None if nth == 0 else opened + timedelta(hours=30), "medium", nth == 3, "")

    def invoice(self, day: date, nth: int) -> tuple[Any, ...]:
        paid = None if nth == 0 else day + timedelta(days=20)
        return (f"I-{nth}", day, day + timedelta(days=30), Decimal(1200), "USD", paid, 0)

    def milestone(self, day: date, nth: int) -> tuple[Any, ...]:
        return ("first_value", day, day if day.day % 3 else None)


FACT = ("source_id", "external_id", "recorded_at", "account_id")


def write(model: type[models.Model], fields: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    bulk.insert(model=model, fields=fields, rows=rows)
