"""Writing the synthetic company: in bulk and in batches, as ingest would have left it."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction

from accounts import audit, bulk
from accounts.demo.synthetic import accounts, events, people
from accounts.demo.synthetic.binary import packed
from accounts.demo.synthetic.company import (
    CSMS,
    FEATURES,
    KEY_FEATURES,
    RATES,
    SEGMENTS,
    Batch,
    Columns,
    Company,
    Keys,
    keys_of,
)
from accounts.demo.synthetic.usage import DayOfUse, Habits, use_on
from accounts.models import (
    Account,
    AccountDay,
    Contact,
    ExchangeRate,
    Feature,
    FeatureDay,
    KnownDay,
    Organization,
    Role,
    Segment,
    Source,
    Team,
    Touchpoint,
    UsageRow,
    User,
    UserDay,
)

SOURCE = "synthetic"
COMPANY = "Synthetic"
# Days whose raw rows are kept beside what they add up to.
RAW_DAYS = 7
# Their keys are given by the generator, so the database must be told how far it has counted.
COUNTED = (Account, Contact, Touchpoint)

Advance = Callable[[int], None]


class NotEmpty(ValueError):
    """There are accounts in the database already."""


def refuse_a_company() -> None:
    """Raises NotEmpty where anybody's accounts are: the synthetic ones would mix with them."""
    if Account.objects.exists():
        raise NotEmpty("There are accounts in this database already. The synthetic company needs an empty one.")


@transaction.atomic
def set_up_frame(*, at: datetime) -> Keys:
    """What stands around the accounts: organization, source, segments, features, CSMs, rates; gives their keys."""
    organization, _ = Organization.objects.get_or_create(pk=1, defaults={"name": COMPANY})
    source, _ = Source.objects.get_or_create(name=SOURCE)
    for currency, rates in RATES.items():
        for valid_from, rate in rates:
            known = {"currency": currency, "valid_from": valid_from}
            ExchangeRate.objects.get_or_create(**known, defaults={"rate": Decimal(rate)})
    audit.record(verb="loaded synthetic company", subject=organization, by=None, at=at)
    return keys_of(source=source.pk, segments=segment_keys(), owners=owner_keys(), features=feature_keys())


def segment_keys() -> list[int]:
    return [
        Segment.objects.get_or_create(
            slug=plan.slug,
            defaults={
                "name": plan.name,
                "position": position,
                "ebr_cadence_months": plan.ebr_months,
                "touchpoint_cadence_days": plan.touchpoint_days,
            },
        )[0].pk
        for position, plan in enumerate(SEGMENTS, start=1)
    ]


def owner_keys() -> list[int]:
    """CSMs who cannot log in: they have no password."""
    team, _ = Team.objects.get_or_create(name=COMPANY)
    about = {"role": Role.CSM, "team": team, "password": "!"}
    emails = [f"csm{n + 1}@synthetic.example" for n in range(CSMS)]
    return [
        User.objects.get_or_create(email=email, defaults={"name": f"CSM {n + 1}", **about})[0].pk
        for n, email in enumerate(emails)
    ]


def feature_keys() -> list[int]:
    return [
        Feature.objects.get_or_create(slug=slug, defaults={"name": slug.title(), "is_key": n < KEY_FEATURES})[0].pk
        for n, slug in enumerate(FEATURES)
    ]


def load_facts(company: Company, *, advance: Advance) -> None:
    """All facts but usage, a batch of accounts in a transaction."""
    for batch in company.batches():
        with transaction.atomic():
            for name, columns in facts_of(batch):
                insert(model_named(name), columns)
        advance(batch.size)
    count_on()


def facts_of(batch: Batch) -> Iterator[tuple[str, Columns]]:
    """The batch's rows by table, in an order in which each finds what it points at."""
    return chain(accounts.tables(batch), people.tables(batch), events.tables(batch))


def model_named(name: str) -> type[models.Model]:
    return Touchpoint.contacts.through if name == "Attendance" else apps.get_model("accounts", name)


def insert(model: type[models.Model], columns: Columns) -> None:
    """New rows; a column that the generator does not speak of has its default."""
    stated = [python_values(column, bulk.column(model, name)) for name, column in columns.items()]
    others = [field for field in model._meta.concrete_fields if field.column not in columns and is_needed(field)]
    defaults = [[field.get_default()] * len(stated[0]) for field in others]
    fields = (*columns, *(str(field.column) for field in others))
    bulk.insert(model=model, fields=fields, rows=zip(*stated, *defaults, strict=True))


def is_needed(field: "models.Field") -> bool:
    return not (field.null or field.primary_key)


def python_values(column: Any, field: "models.Field") -> list[Any]:
    """A column as Python's values: dates, moments in UTC, texts, and None where it is masked."""
    if isinstance(column, list):
        return column
    if column.dtype.kind == "S":
        return column.astype(str).tolist()
    values = column.tolist()
    if isinstance(field, models.DateTimeField):
        return [value and value.replace(tzinfo=UTC) for value in values]
    return [Decimal(value) for value in values] if isinstance(field, models.DecimalField) else values


def count_on() -> None:
    """Lets the database give the next keys after those that were given here."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), COUNTED):
            cursor.execute(statement)


def load_usage(company: Company, *, advance: Advance, raw_days: int = RAW_DAYS) -> None:
    """The days of users, features and accounts, a day in a transaction, and the raw rows of the newest."""
    habits = Habits(company)
    newest = set(company.known_days[-raw_days:] if raw_days else [])
    for day in company.known_days:
        with transaction.atomic():
            write_day(use_on(habits, day), has_raw=day in newest)
            KnownDay.objects.create(source_id=company.keys.source, day=day, has_users=True)
        advance(1)


def write_day(use: DayOfUse, *, has_raw: bool) -> None:
    insert_whole(UserDay, use.user_days())
    insert_whole(FeatureDay, use.feature_days())
    insert_whole(AccountDay, use.account_days())
    if has_raw:
        insert(UsageRow, use.raw_rows())


def insert_whole(model: type[models.Model], columns: Columns) -> None:
    """Rows without an empty value: in binary where the database takes it."""
    if connection.vendor != "postgresql":
        insert(model, columns)
        return
    types = {str(field.column): str(field.db_type(connection)) for field in model._meta.concrete_fields}
    sql = f"COPY {bulk.table_of(model)} ({bulk.names(tuple(columns))}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor:
        cursor.copy_expert(sql, io.BytesIO(packed(columns, types)))


def settle() -> None:
    """What a database does by itself in a quiet minute: it learns how much of what there is."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def months_of(company: Company) -> set[date]:
    """The first days of the months that the usage touches."""
    return {day.replace(day=1) for day in company.known_days}
