"""Undoing what a run did to accounts: their names, parents and dated history."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts import bulk, touches
from accounts.amendments import restored
from accounts.ingest.accounts import ACCOUNTS, NAMING, PARENTS
from accounts.models import Account, AccountHistory, Amendment, FormerValue, IngestRun
from accounts.operations import history

Pair = tuple[str, str]


@dataclass(slots=True)
class Done:
    removed: int = 0
    restored: int = 0
    changed_since: list[Pair] = field(default_factory=list)
    referred_to: list[Pair] = field(default_factory=list)


def accounts_of(run: IngestRun) -> QuerySet[Any, Any]:
    """The accounts that the run created or changed: by their history, names and parents."""
    by_history = AccountHistory.objects.filter(recorded_at=run.started_at).values("account_id")
    by_name = FormerValue.objects.filter(run=run).values("fact_id")
    of_source = Account.objects.filter(source=run.source)
    return (of_source.filter(pk__in=by_history) | of_source.filter(pk__in=by_name)).values_list("pk", flat=True)


def undo_accounts(*, run: IngestRun, ids: Collection[int], referred: set[int], at: datetime) -> Done:
    """Removes those that the run made and restores the others, but none that changed since or is referred to."""
    done, accounts = Done(), Account.objects.in_bulk(list(ids))
    later = changed_later(run, accounts)
    made = {pk for pk, account in accounts.items() if account.recorded_at == run.started_at}
    gone = made - later - referred
    done.changed_since = pairs(accounts, later)
    done.referred_to = pairs(accounts, (made & referred) - later)
    parents = {account.parent_id for pk, account in accounts.items() if pk in gone and account.parent_id}
    remove(gone)
    done.removed = len(gone)
    back = set(accounts) - made - later
    restore_names(run, back, at=at)
    undo_history(moment=run.started_at, ids=back, at=at)
    done.restored = len(back)
    touches.touch(back | (parents - gone), at=at)
    return done


def pairs(accounts: dict[int, Account], ids: set[int]) -> list[Pair]:
    return [(accounts[pk].external_id, accounts[pk].name) for pk in sorted(ids)]


def changed_later(run: IngestRun, accounts: dict[int, Account]) -> set[int]:
    """Those with a history that came later, or with other names than the run left them with."""
    histories = AccountHistory.objects.filter(account_id__in=accounts)
    later = set(histories.filter(recorded_at__gt=run.started_at).values_list("account_id", flat=True))
    for kept in FormerValue.objects.filter(run=run, table=ACCOUNTS, fact_id__in=accounts):
        account = accounts[kept.fact_id]
        if any(restored(Account, name, kept.after[name]) != getattr(account, name) for name in NAMING):
            later.add(account.pk)
    # Corrected by hand in the back office: the account itself was recorded anew.
    return later | {pk for pk, account in accounts.items() if account.recorded_at > run.started_at}


def remove(ids: set[int]) -> None:
    """Accounts to which no fact refers, with their history and scores. Call it in a transaction."""
    # Whoever writes scores holds their accounts: those of a run that is being closed are waited for, and go along.
    list(Account.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    Account.objects.filter(parent_id__in=ids, pk__in=ids).update(parent=None)
    Account.objects.filter(pk__in=ids).delete()


def restore_names(run: IngestRun, ids: set[int], *, at: datetime) -> None:
    names = FormerValue.objects.filter(run=run, table=ACCOUNTS, fact_id__in=ids)
    bulk.update(
        model=Account,
        fields=("changed_at", *NAMING),
        rows=[(kept.fact_id, at, *(restored(Account, name, kept.before[name]) for name in NAMING)) for kept in names],
    )
    parents = FormerValue.objects.filter(run=run, table=PARENTS, fact_id__in=ids)
    for kept in parents:
        Account.objects.filter(pk=kept.fact_id, parent_id=kept.after["parent_id"]).update(
            parent_id=kept.before["parent_id"], changed_at=at
        )


def undo_history(*, moment: datetime, ids: Collection[int], at: datetime) -> set[int]:
    """Takes back the rows of that moment; returns the accounts whose later history stands upon them."""
    rows = list(AccountHistory.objects.filter(account_id__in=ids).order_by("account_id", "valid_from"))
    later = {row.account_id for row in rows if row.recorded_at > moment}
    own = [row for row in rows if row.recorded_at == moment and row.account_id not in later]
    kept = {each.fact_id: each for each in amendments_of(own, moment)}
    lasting = {row.account_id for row in rows if row.recorded_at < moment or row.pk in kept}
    new = [row.pk for row in own if row.pk not in kept and row.account_id in lasting]
    AccountHistory.objects.filter(pk__in=new).delete()
    restore_rows(kept)
    free = {row.account_id for row in own if row.account_id in lasting}
    history.settle(histories=history.load(free), at=at)
    if later:
        history.derive_from_contracts(account_ids=later, at=at)
    touches.touch(set(ids), at=at)
    return later


def amendments_of(rows: list[AccountHistory], at: datetime) -> QuerySet[Amendment]:
    ids = [row.pk for row in rows]
    return Amendment.objects.filter(table=AccountHistory._meta.label_lower, fact_id__in=ids, amended_at=at)


def restore_rows(kept: dict[int, Amendment]) -> None:
    fields = ("recorded_at", *history.DATED)
    bulk.update(
        model=AccountHistory,
        fields=fields,
        rows=[
            (pk, each.recorded_at, *(restored(AccountHistory, name, each.content[name]) for name in history.DATED))
            for pk, each in kept.items()
        ],
    )
    Amendment.objects.filter(pk__in=[each.pk for each in kept.values()]).delete()
