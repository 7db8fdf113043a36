"""Undoing a run: what it created is removed, what it changed is as before, unless something changed it since.

A run's rows are known by the moment at which they were recorded, what they said before by amendments of that moment.
So a row that was changed again carries another moment, and is left. Batches as in taking in: a worker that dies is
followed by one that goes on, since what is undone is not found again.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import models, transaction

from accounts import bulk, rollups, touches
from accounts.amendments import restored
from accounts.ingest.intake import DERIVING, FACT_KINDS
from accounts.ingest.undo_accounts import accounts_of, undo_accounts, undo_history
from accounts.models import (
    Account,
    AccountHistory,
    AccountTouch,
    Amendment,
    Fact,
    FormerValue,
    IngestRun,
    KnownDay,
    Touchpoint,
    UsageRow,
)

AT_ONCE = 1_000
LEFT_LISTED = 100
LINKS: dict[str, Any] = {"contact_id": Touchpoint.contacts.through, "user_id": Touchpoint.colleagues.through}
CHANGED_SINCE, REFERRED_TO = "changed since", "other facts refer to it"
Told = dict[str, Any]


@dataclass(slots=True)
class Undo:
    """One run on its way back. `told` is what is kept between batches: counts, what was left, how far it is."""

    run: IngestRun
    at: datetime
    told: Told

    def carry_out(self, *, after_batch: Callable[[Told], None]) -> None:
        """`after_batch` is told in each batch's transaction how far it is; it may raise."""
        if self.run.kind == "usage":
            self.undo_usage(after_batch)
        elif self.run.kind == "accounts":
            self.undo_in_batches("accounts", accounts_of(self.run), self.undo_some_accounts, after_batch)
        else:
            self.undo_facts(after_batch)

    def undo_facts(self, after_batch: Callable[[Told], None]) -> None:
        model = FACT_KINDS[self.run.kind].model
        own = model._default_manager.filter(source=self.run.source, recorded_at=self.run.started_at)
        self.undo_in_batches("facts", own.values_list("pk", flat=True), self.undo_some_facts, after_batch)
        if self.run.kind == "touchpoints":
            links = FormerValue.objects.filter(run=self.run).values_list("pk", flat=True)
            self.undo_in_batches("links", links, self.undo_some_links, after_batch)
        if self.run.kind in DERIVING:
            histories = AccountHistory.objects.filter(recorded_at=self.run.started_at)
            accounts = histories.filter(account__source=self.run.source).values_list("account_id", flat=True)
            self.undo_in_batches("history", accounts.distinct(), self.undo_some_histories, after_batch)
        self.note_changed_since(model)
        with transaction.atomic():
            if not model._default_manager.exists():
                # Without any fact of a kind, no account is known to have none any more.
                touches.touch_all(at=self.at)
            after_batch(self.told)

    def undo_in_batches(
        self,
        step: str,
        ids: models.QuerySet[Any, Any],
        undo_some: Callable[[list[int]], None],
        after_batch: Callable[[Told], None],
    ) -> None:
        """By ascending id, each id once, also where another worker began."""
        (name,) = ids._fields  # type: ignore[attr-defined]  # the one column of the values_list
        while True:
            last = self.told.get(f"{step}_up_to", 0)
            some = list(ids.filter(**{f"{name}__gt": last}).order_by(name)[:AT_ONCE])
            if not some:
                return
            with transaction.atomic():
                undo_some(some)
                self.told[f"{step}_up_to"] = some[-1]
                self.add("looked_at", len(some))
                after_batch(self.told)

    def add(self, what: str, count: int) -> None:
        self.told[what] = self.told.get(what, 0) + count

    def leave(self, rows: Iterable[tuple[str, str]], *, why: str) -> None:
        """Rows (id, name) that stay as they are."""
        listed = self.told.setdefault("left_rows", [])
        for external_id, name in rows:
            self.add("left", 1)
            if len(listed) < LEFT_LISTED:
                listed.append({"id": external_id, "name": name, "why": why})

    def undo_some_accounts(self, ids: list[int]) -> None:
        done = undo_accounts(run=self.run, ids=ids, referred=referred_to(Account, ids), at=self.at)
        self.add("removed", done.removed)
        self.add("restored", done.restored)
        self.leave(done.changed_since, why=CHANGED_SINCE)
        self.leave(done.referred_to, why=REFERRED_TO)

    def undo_some_histories(self, ids: list[int]) -> None:
        left = undo_history(moment=self.run.started_at, ids=ids, at=self.at)
        self.leave(
            Account.objects.filter(pk__in=left).values_list("external_id", "name"),
            why="what the account was has changed since",
        )

    def undo_some_facts(self, ids: list[int]) -> None:
        model = FACT_KINDS[self.run.kind].model
        kept = {each.fact_id: each for each in former(model, ids, self.run.started_at)}
        created = [pk for pk in ids if pk not in kept]
        referred = referred_to(model, created)
        about = set(about_accounts(model, ids))
        self.leave(named(model, referred), why=REFERRED_TO)
        gone = [pk for pk in created if pk not in referred]
        model._default_manager.filter(pk__in=gone).delete()
        restore(model, kept)
        self.add("removed", len(gone))
        self.add("restored", len(kept))
        touches.touch(about | set(about_accounts(model, kept)), at=self.at)

    def undo_some_links(self, ids: list[int]) -> None:
        """Who was at touchpoints that were there before."""
        for kept in FormerValue.objects.filter(pk__in=ids):
            column = kept.table.rpartition(" ")[2]
            through = LINKS[column]
            now = through.objects.filter(touchpoint_id=kept.fact_id)
            if sorted(now.values_list(column, flat=True)) != kept.after[column]:
                continue
            if not Touchpoint.objects.filter(pk=kept.fact_id).exists():
                continue
            now.delete()
            through.objects.bulk_create(
                through(touchpoint_id=kept.fact_id, **{column: other}) for other in kept.before[column]
            )
            touches.touch(set(about_accounts(Touchpoint, [kept.fact_id])), at=self.at)

    def note_changed_since(self, model: type[Fact]) -> None:
        """Rows of the run that say something else by now: an amendment keeps what the run had said."""
        later = Amendment.objects.filter(table=model._meta.label_lower, recorded_at=self.run.started_at)
        rows = model._default_manager.filter(
            source=self.run.source, pk__in=later.values("fact_id"), recorded_at__gt=self.run.started_at
        )
        if "changed_since" not in self.told:
            self.leave(named(model, rows.values_list("pk", flat=True)), why=CHANGED_SINCE)
            self.told["changed_since"] = True

    def undo_usage(self, after_batch: Callable[[Told], None]) -> None:
        """Days at a time: their rows of this run go, and the days are added up anew."""
        own = UsageRow.objects.filter(source=self.run.source, recorded_at=self.run.started_at)
        if "days" not in self.told:
            self.told["days"] = [
                day.isoformat() for day in own.order_by("day").values_list("day", flat=True).distinct()
            ]
        while self.told["days"]:
            some = [date.fromisoformat(day) for day in self.told["days"][: rollups.DAYS_AT_ONCE]]
            with transaction.atomic():
                count = own.filter(day__in=some)._raw_delete(using=UsageRow.objects.db)
                KnownDay.objects.filter(source=self.run.source, day__in=some).delete()
                rollups.rebuild_days(days=some, at=self.at)
                touches.touch_accounts_of({self.run.source_id}, at=self.at)
                self.told["days"] = self.told["days"][len(some) :]
                self.add("removed", count)
                self.add("looked_at", count)
                after_batch(self.told)


def former(model: type[models.Model], ids: Collection[int], at: datetime) -> models.QuerySet[Amendment]:
    """What rows said before they were changed at that moment."""
    return Amendment.objects.filter(table=model._meta.label_lower, fact_id__in=ids, amended_at=at)


def restore(model: type[models.Model], kept: dict[int, Amendment]) -> None:
    """The rows as they were; that they ever were otherwise is forgotten with the run."""
    if not kept:
        return
    names = list(next(iter(kept.values())).content)
    bulk.update(
        model=model,
        fields=(*names, "recorded_at"),
        rows=[
            (pk, *(restored(model, name, each.content[name]) for name in names), each.recorded_at)
            for pk, each in kept.items()
        ],
    )
    Amendment.objects.filter(pk__in=[each.pk for each in kept.values()]).delete()


@cache
def blocking(model: type[models.Model]) -> tuple[tuple[type[models.Model], str], ...]:
    """The tables of facts whose rows would lose what they refer to; what is only derived goes along."""
    derived = {AccountHistory, AccountTouch}
    found = []
    for relation in model._meta.get_fields(include_hidden=True):
        other: Any = relation.related_model
        points_here = relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
        if not points_here or other in derived or other._meta.app_label != "accounts":
            continue
        if other._meta.auto_created is model:
            continue
        found.append((other, relation.field.attname))  # type: ignore[union-attr]
    return tuple(found)


def referred_to(model: type[models.Model], ids: Collection[int]) -> set[int]:
    """Those of the rows to which some other fact refers."""
    found = set[int]()
    for other, column in blocking(model):
        rows = other._default_manager.filter(**{f"{column}__in": ids})
        if other is model:
            rows = rows.exclude(pk__in=ids)
        found |= set(rows.values_list(column, flat=True))
    return found


def about_accounts(model: type[models.Model], ids: Iterable[int]) -> models.QuerySet[Any, Any]:
    """The accounts that the rows are about."""
    path = touches.path_to_account(model)
    return model._default_manager.filter(pk__in=list(ids)).values_list(path, flat=True)


def named(model: type[models.Model], ids: Iterable[int]) -> list[tuple[str, str]]:
    """Id and name of each row."""
    rows = model._default_manager.filter(pk__in=list(ids))
    return [(row.external_id, str(row)) for row in rows.order_by("pk")]  # type: ignore[attr-defined]
