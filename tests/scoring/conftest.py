"""Facts in a few words, for tests of scoring."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from accounts.models import Account, AccountDay, Contact, Feature, FeatureDay, KnownDay, Source, UserDay
from accounts.months import first_of_month, fold_months
from scoring import catalog
from scoring.cards import Card, card_of
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from scoring.files import CardFile, card_from
from scoring.measures import Entry, Stated, change_measure, define_measure, enter_readings
from scoring.models import CustomMeasure, MeasureKind
from scoring.operations import BEGINNING, publish, publish_shipped
from scoring.queries.measures import manual_of
from tests.conftest import NOW, TODAY

AS_OF = date(2026, 6, 30)


def clock() -> datetime:
    return NOW


@pytest.fixture
def shipped(smb, organization):
    """The shipped cards, published."""
    return publish_shipped(by=None, at=NOW)


@pytest.fixture
def publish_card(organization) -> Callable[..., Card]:
    """Publishes a default card of the given measures; no rules and no flags unless they are given."""

    def publish_it(*measures: dict[str, object], **stated: object) -> Card:
        return card_of(
            publish(card=a_card(*measures, **stated), effective_from=BEGINNING, reason="test", by=None, at=NOW)
        )

    return publish_it


def a_card(*measures: dict[str, object], **stated: object) -> CardFile:
    bands = [
        {"key": "strong", "label": "Strong", "low": 70, "high": 100},
        {"key": "moderate", "label": "Moderate", "low": 50, "high": 69},
        {"key": "weak", "label": "Weak", "low": 0, "high": 49},
    ]
    return card_from(
        {
            "slug": "default",
            "name": "Default",
            "measures": list(measures),
            "min_coverage": 0.5,
            "bands": bands,
            "adjustments": [],
            "flags": [],
            "pulse": {},
            **stated,
        }  # fmt: skip
    )


@pytest.fixture
def use(source):
    """Days of usage: `use(account, days=range(28), users=("a", "b"))` counts back from the as-of day."""

    def record(
        account: Account,
        *,
        days: range,
        users: tuple[str, ...] = ("ann",),
        events: int = 1,
        seconds: int | None = 3600,
        features: tuple[str, ...] = (),
    ) -> None:
        for back in days:
            day = AS_OF - timedelta(days=back)
            know(source, day)
            UserDay.objects.bulk_create(
                UserDay(account=account, day=day, user_key=user, events=events, seconds=seconds) for user in users
            )
            AccountDay.objects.create(
                account=account, day=day, users=len(users), events=events * len(users), seconds=seconds, errors=0
            )
            for slug in features:
                feature, _ = Feature.objects.get_or_create(slug=slug, defaults={"name": slug})
                FeatureDay.objects.create(account=account, day=day, feature=feature, events=1)
        fold(account)

    return record


def fold(account: Account) -> None:
    """What rollups do after days were written."""
    days = AccountDay.objects.filter(account=account).values_list("day", flat=True)
    fold_months(months={first_of_month(day) for day in days}, account_ids=[account.pk])


def know(source: Source, day: date) -> None:
    KnownDay.objects.get_or_create(source=source, day=day, defaults={"has_users": True})


@pytest.fixture
def make_contact(source):
    def make(account: Account, name: str, **fields: object) -> Contact:
        values = {"known_from": account.started_on, **fields}
        return Contact.objects.create(
            account=account, name=name, source=source, external_id=f"{account.pk}/{name}", recorded_at=NOW, **values
        )

    return make


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def stated(**said) -> Stated:
    """What a custom measure is said to be; what is not said is plain."""
    return Stated(**{"label": "Executive rating", "question": "How do executives see it?", **said})


def read_by_hand(**said) -> Stated:
    return stated(**{"unit": "of 5", "shelf_life_days": 45, "lowest": 1.0, "highest": 5.0, **said})


@pytest.fixture
def define(ops):
    """Defines a formula measure, or with `shelf_life_days` one that is entered."""

    def define_it(slug: str, formula: str = "", *, kind: str | None = None, at: datetime = NOW, **said):
        words = stated(formula=formula, **said) if formula else read_by_hand(**said)
        default = MeasureKind.FORMULA if formula else MeasureKind.ENTERED
        return define_measure(slug=slug, kind=MeasureKind(kind or default), stated=words, by=ops, at=at)

    return define_it


@pytest.fixture
def change(ops):
    """Changes what is said of a custom measure."""

    def change_it(measure: CustomMeasure, *, reason: str = "Agreed in June", at: datetime = NOW, **said):
        words = {name: getattr(measure, name) for name in Stated.__dataclass_fields__} | said
        return change_measure(measure=measure, stated=Stated(**words), reason=reason, by=ops, at=at)

    return change_it


@pytest.fixture
def enter(ops):
    """Enters a value of a measure for an account."""

    def enter_it(slug: str, account, value: float, *, on: date = TODAY, by=None):
        entries = [Entry(account=account, value=value, read_on=on)]
        return enter_readings(manual=manual_of(slug), entries=entries, by=by or ops, at=NOW)

    return enter_it


def facts_of(*accounts, as_of: date = TODAY) -> Facts:
    return Facts(Scope(account_ids=np.array([account.pk for account in accounts]), as_of=as_of))


def values(key: str, *accounts, as_of: date = TODAY) -> list[float | None]:
    found = catalog.measure(key).compute(facts_of(*accounts, as_of=as_of))
    return [None if value != value else round(float(value), 6) for value in found]
