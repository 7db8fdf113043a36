"""Amended facts keep what they said before, and a past state of knowledge can be looked at.

`facts_as_known(at)` puts the facts back as they were known then, inside a transaction that is always rolled back: what
is read within it by the usual queries is what they would have read then. Queries leave out what was recorded later
themselves (it stands in `recorded_at`), since there can be millions of such rows. SQLite has one writer, who waits as
long: so only what differs is put back, and where nothing does there is no transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import QuerySet

from accounts import rollups
from accounts.models import Amendment, UsageRow


def keep_former(*, model: type[models.Model], rows: Iterable[dict[str, Any]], at: datetime) -> None:
    """Note what rows say (all their columns, by attname) that are about to be amended."""
    Amendment.objects.bulk_create(
        [
            Amendment(
                table=model._meta.label_lower,
                fact_id=row["id"],
                content={name: value for name, value in row.items() if name not in ("id", "recorded_at")},
                recorded_at=row["recorded_at"],
                amended_at=at,
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )


@contextmanager
def facts_as_known(at: datetime | None, *, until: date) -> Iterator[None]:
    """Inside, amended facts and days of use are as they were known at that moment; None is now. Nothing stays.

    `until` is the last day that is looked at: days of use after it stay as they are.
    """
    if at is None or not (amended_after(at).exists() or used_after(at, until=until).exists()):
        yield
        return
    with transaction.atomic():
        put_back(at)
        forget_usage(at, until=until)
        yield
        transaction.set_rollback(True)


def amended_after(at: datetime) -> QuerySet[Amendment]:
    """What was known at that moment and said something else then."""
    return Amendment.objects.filter(amended_at__gt=at, recorded_at__lte=at)


def used_after(at: datetime, *, until: date) -> QuerySet[UsageRow]:
    """Rows of use of these days that came after that moment."""
    return UsageRow.objects.filter(recorded_at__gt=at, day__lte=until).order_by()


def put_back(at: datetime) -> None:
    """Each amended fact as it stood at that moment, if it was recorded by then."""
    former: dict[str, dict[int, Amendment]] = defaultdict(dict)
    for amendment in amended_after(at).order_by("-amended_at"):
        # The one that was amended first after the moment is what held at it; it is the last to be seen here.
        former[amendment.table][amendment.fact_id] = amendment
    for table, amendments in former.items():
        model = apps.get_model(table)
        for amendment in amendments.values():
            values = {name: restored(model, name, value) for name, value in amendment.content.items()}
            model._default_manager.filter(pk=amendment.fact_id).update(**values, recorded_at=amendment.recorded_at)


def restored(model: type[models.Model], name: str, value: Any) -> Any:
    """A column's value from JSON."""
    field = next(field for field in model._meta.concrete_fields if field.attname == name)
    return field.target_field.to_python(value) if isinstance(field, models.ForeignKey) else field.to_python(value)


def forget_usage(at: datetime, *, until: date) -> None:
    """The rollups of the days of which rows came later, without those rows."""
    days: list[date] = list(used_after(at, until=until).values_list("day", flat=True).distinct())
    if days:
        rollups.rebuild_days(days=days, at=None, known_at=at)
