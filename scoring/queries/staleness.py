"""Which scores depend on a source that is silent, and by which lines: found from what their cards' parts read.

A score depends on a source if its card weighs a measure, or has a rule or a flag that asks about a fact, of a kind that
the source has brought about the account. One that is made of the scores of accounts below depends on what these do.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value

from accounts.deliveries import EVENTS
from accounts.models import Account, AccountDay, RollUp, StreamAccount
from accounts.queries.facts import STORED
from accounts.queries.silence import Silent, silent_sources
from scoring.cards import Card
from scoring.catalog import CUSTOM_PREFIX, MEASURES, measure
from scoring.core.formulas import parse
from scoring.custom import custom_measures, read_once
from scoring.measure import Measure
from scoring.queries.explanation import cards_of
from scoring.rules import READS

USAGE, ACCOUNTS, READINGS, FORMULA = "usage", "accounts", "readings", "formula"
AT_ONCE = 5_000
# What a measure says that it reads → kinds of facts, where these are not called the same.
KINDS = {"contacts": {"contacts", "rapports"}}
# account → kind of fact → the silent sources that brought it
Brought = Mapping[int, Mapping[str, set[str]]]


@dataclass(frozen=True)
class Staleness:
    """The silent sources that a score depends on, by name, those of each measure, and of what rules and flags ask."""

    sources: tuple[str, ...]
    by_measure: Mapping[str, tuple[str, ...]]
    by_fact: Mapping[str, tuple[str, ...]]

    def of_fact(self, name: str) -> tuple[str, ...]:
        return self.by_fact.get(name, ())


@read_once()
def stale_scores(versions: Mapping[int, int | None], *, silent: Sequence[Silent] | None = None) -> dict[int, Staleness]:
    """The accounts (account → version of its card) whose scores depend on a silent source.

    One query while no source is silent, and few more otherwise, however many accounts there are.
    """
    silent = silent_sources() if silent is None else silent
    if not silent or not versions:
        return {}
    parents, below = accounts_below(versions)
    every = below | dict(versions)
    brought, cards = brought_by(silent, every), cards_of({each for each in every.values() if each is not None})
    found = {
        account: staleness_of(cards[version], brought.get(account, {}))
        for account, version in every.items()
        if version in cards
    }
    for child, parent in reversed(parents):
        found[parent] = joined(found.get(parent), found.get(child))
    return {account: stale for account, stale in found.items() if account in versions and stale.sources}


def stale_among(accounts: Iterable[Account]) -> dict[int, Staleness]:
    """The same for accounts that were read with their health; without a score nothing depends on anything."""
    rows = [(account.pk, getattr(account, "health", None)) for account in accounts]
    return stale_scores({account: health.version_id for account, health in rows if health is not None})


def stale_accounts(ids: Collection[int]) -> dict[int, Staleness]:
    """The same for a few accounts whose numbers are known; nothing is asked while no source is silent."""
    if not ids or not silent_sources():
        return {}
    return stale_scores(dict(Account.objects.filter(pk__in=ids).values_list("pk", "health__version_id")))


def stale_of_all(accounts: QuerySet[Account]) -> dict[int, Staleness]:
    """The same for all of many accounts, some thousand at a time."""
    silent, found = silent_sources(), dict[int, Staleness]()
    rows = list(accounts.order_by("pk").values_list("pk", "health__version_id")) if silent else []
    for start in range(0, len(rows), AT_ONCE):
        found |= stale_scores(dict(rows[start : start + AT_ONCE]), silent=silent)
    return found


def staleness_of(card: Card, brought: Mapping[str, set[str]]) -> Staleness:
    weighed = {item.measure.key: kinds_read(item.measure) for item in card.items if item.weight}
    by_measure = silent_of(weighed, brought)
    by_fact = silent_of({name: kinds_asked(name) for name in card.fact_names}, brought)
    return Staleness(names_in(*by_measure.values(), *by_fact.values()), by_measure, by_fact)


def silent_of(read: Mapping[str, Collection[str]], brought: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    """What reads these kinds of facts → the silent sources that brought any of them, where there is one."""
    found = {key: names_in(*(brought.get(kind, ()) for kind in kinds)) for key, kinds in read.items()}
    return {key: names for key, names in found.items() if names}


def names_in(*several: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for names in several for name in names}))


def joined(own: Staleness | None, child: Staleness | None) -> Staleness:
    """A score that starts from those of the accounts below: its own measures do not count."""
    names = names_in(*(stale.sources for stale in (own, child) if stale))
    return Staleness(names, own.by_measure if own else {}, own.by_fact if own else {})


def kinds_asked(name: str) -> Collection[str]:
    """The kinds of facts that a rule or a flag asks about: one of its own, or what a measure is made of."""
    return READS[name] if name in READS else kinds_read(measure(name))


def kinds_read(read: Measure) -> set[str]:
    """The kinds of facts that a measure is made of; a formula's are those of all that it reads."""
    if read.source != FORMULA:
        return {kind for word in read.source.split(" and ") for kind in KINDS.get(word, {word})}
    known, kinds = custom_measures(), set[str]()
    wanted, seen = [read.key.removeprefix(CUSTOM_PREFIX)], set[str]()
    while wanted:
        name = wanted.pop()
        seen.add(name)
        declared = known.declared.get(name)
        if declared is not None and declared.is_formula:
            wanted += [each for each in parse(declared.measure.formula).names if each not in seen]
        elif name in MEASURES and declared is None:
            kinds |= kinds_read(MEASURES[name])
        else:
            kinds.add(READINGS)
    return kinds


def accounts_below(versions: Mapping[int, int | None]) -> tuple[list[tuple[int, int]], dict[int, int | None]]:
    """The accounts of whose scores these are made, however deep: pairs of child and parent, and the children's cards.

    One query for each level that there is, and one that finds no more.
    """
    pairs, below = list[tuple[int, int]](), dict[int, int | None]()
    level: Collection[int] = versions
    while level:
        rows = Account.objects.filter(parent__in=level).exclude(parent__roll_up=RollUp.OWN)
        found = [row for row in rows.values_list("pk", "parent_id", "health__version_id") if row[0] not in below]
        pairs += [(child, parent) for child, parent, _ in found]
        below |= {child: version for child, _, version in found}
        level = {child for child, *_ in found}
    return pairs, below


def brought_by(silent: Sequence[Silent], accounts: Collection[int]) -> Brought:
    """What each silent source has brought about which of the accounts. One query."""
    parts = [rows for kind, sources in by_kind(silent).items() for rows in rows_of(kind, sources, accounts)]
    names = {each.source_id: each.source for each in silent}
    brought: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    if parts:
        for account, source, kind in parts[0].union(*parts[1:]):
            brought[account][kind].add(names[source])
    return brought


def by_kind(silent: Iterable[Silent]) -> dict[str, list[int]]:
    kinds: dict[str, list[int]] = defaultdict(list)
    for each in silent:
        for kind in each.kinds:
            kinds[kind].append(each.source_id)
    return kinds


def rows_of(kind: str, sources: Collection[int], accounts: Collection[int]) -> Iterator[QuerySet[Any, Any]]:
    """Rows of account, source and kind. Use is a fact of the account's own source, whoever sent the events."""
    if kind == EVENTS:
        yield told(StreamAccount.objects.filter(source__in=sources, account__in=accounts), USAGE)
    elif kind in (USAGE, ACCOUNTS):
        theirs = Account.objects.filter(pk__in=accounts, source__in=sources)
        used = Exists(AccountDay.objects.filter(account=OuterRef("pk")))
        yield told(theirs.filter(used) if kind == USAGE else theirs, kind, account="pk")
    elif kind in STORED:
        model, account = STORED[kind].model, STORED[kind].account
        rows = model._default_manager.filter(source__in=sources, **{f"{account}__in": accounts})
        yield told(rows, kind, account=account)


def told(rows: QuerySet[Any], kind: str, *, account: str = "account") -> QuerySet[Any, Any]:
    stated = rows.annotate(whose=F(account), origin=F("source"), what=Value(kind, output_field=CharField()))
    return stated.order_by().values_list("whose", "origin", "what").distinct()
