"""Traces in the tables, found by what tells who it is: redacted, emptied, deleted, or given a stand-in."""

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from accounts.erasure.digests import digest
from accounts.erasure.identity import Identity, redacted, sql_pattern
from accounts.erasure.rules import RULES, Rule
from accounts.ingest.events.event import ENCODER, unpack
from accounts.models import EventQuarantine, Fact, InboxBatch, Suppression

AT_ONCE = 500
Table = type[models.Model]
# Where an event names users and accounts.
NAMING = ("user_id", "anonymous_id", "previous_id", "group_id")


@dataclass
class Tally:
    """What an erasure did, by table, and what it must remember so that nothing comes back."""

    deleted: Counter[str] = field(default_factory=Counter)
    rewritten: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    # (kind, digest) → (number of words, stand-in).
    suppressed: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    months: set[date] = field(default_factory=set)

    def suppress(self, kind: str, *parts: object, words: int = 1, stand_in: str = "") -> None:
        self.suppressed[kind, digest(kind, *parts)] = (words, stand_in)


def tables_with(part: str) -> Iterator[tuple[Table, Rule]]:
    """The tables whose rule has that part, in the order of the rules."""
    return ((apps.get_model(label), rule) for label, rule in RULES.items() if getattr(rule, part))


def searched_tables() -> Iterator[tuple[Table, Rule]]:
    return ((apps.get_model(label), rule) for label, rule in RULES.items() if rule.on_mention != "keep")


def texts_of(model: Table) -> list[str]:
    """The columns that may hold words of anybody's."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    return [
        field.attname for field in model._meta.concrete_fields
        if isinstance(field, kinds) and not field.choices
    ]  # fmt: skip


def mentioning(model: Table, identity: Identity) -> "models.QuerySet[Any, Any]":
    """The rows that may mention who it is: the database looks first, and widely."""
    names, pattern = texts_of(model), sql_pattern(identity.needles)
    if not names or not pattern:
        return model._default_manager.none()
    casts: dict[str, Any] = {f"_as_text_{name}": Cast(name, models.TextField()) for name in names}
    wanted = reduce(or_, (Q(**{f"{name}__iregex": pattern}) for name in casts))
    return model._default_manager.annotate(**casts).filter(wanted)


def redact_everywhere(identity: Identity, tally: Tally) -> None:
    """Whatever mentions who it is, in every table that is not kept as it is."""
    for model, rule in searched_tables():
        names = texts_of(model)
        found = [*mentioning(model, identity).values("pk", *names)]
        hits = [row for row in found if any(is_mentioned(row[name], identity) for name in names)]
        if rule.on_mention == "delete":
            delete(model, [row["pk"] for row in hits], tally)
            continue
        for row in hits:
            rewrite(model, row["pk"], {**changed_texts(model, row, names, identity, tally), **rule.emptied}, tally)


def is_mentioned(value: Any, identity: Identity) -> bool:
    return identity.is_in(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def changed_texts(
    model: Table, row: dict[str, Any], names: list[str], identity: Identity, tally: Tally
) -> dict[str, Any]:
    """The columns that are other than before. An id that tells who it is becomes one that does not."""
    changed = {name: redacted(row[name], identity.pattern) for name in names}
    changed = {name: value for name, value in changed.items() if value != row[name]}
    if issubclass(model, Fact) and "external_id" in changed:
        source = model._default_manager.values_list("source__name", flat=True).get(pk=row["pk"])
        tally.suppress(Suppression.Kind.FACT, model._meta.model_name, source, row["external_id"])
        changed["external_id"] = stand_in_of(row["pk"])
    return {name: fitting(model, name, value) for name, value in changed.items()}


def fitting(model: Table, name: str, value: Any) -> Any:
    """A stand-in may be longer than what it stands for."""
    longest = getattr(model._meta.get_field(name), "max_length", None)
    return value[:longest] if isinstance(value, str) and longest else value


def stand_in_of(pk: object) -> str:
    return f"erased-{pk}"


def redact_near(identity: Identity, account_id: int, tally: Tally) -> None:
    """Free text among the facts of the account: also where a first or last name stands alone."""
    for model, rule in tables_with("free"):
        for row in model._default_manager.filter(**{rule.of_account: account_id}).values("pk", *rule.free):
            changed = {name: redacted(row[name], identity.near_pattern) for name in rule.free}
            changed = {name: fitting(model, name, value) for name, value in changed.items() if value != row[name]}
            rewrite(model, row["pk"], changed, tally)


def rewrite(model: Table, pk: Any, values: dict[str, Any], tally: Tally) -> None:
    if values:
        model._default_manager.filter(pk=pk).update(**values)
        tally.rewritten[model._meta.label_lower] += 1


def delete(model: Table, pks: list[Any], tally: Tally) -> None:
    """Without looking for what points at the rows: the rules are in the order in which nothing does any more."""
    for some in in_parts(pks):
        rows = model._default_manager.filter(pk__in=some)
        tally.deleted[model._meta.label_lower] += rows._raw_delete(using=rows.db) or 0


def in_parts(items: list[Any]) -> Iterator[list[Any]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def replace_keys(keys: Iterable[str], tally: Tally) -> None:
    """Each key of a user by a stand-in of its own: who counted as one user before still does."""
    for key in keys:
        stand_in = f"erased-{secrets.token_hex(8)}"
        tally.suppress(Suppression.Kind.USER, key, stand_in=stand_in)
        for model, rule in tables_with("keys"):
            for name in rule.keys:
                replace_key(model, name, key, stand_in, tally)


def replace_key(model: Table, name: str, key: str, stand_in: str, tally: Tally) -> None:
    rows = model._default_manager.filter(**{name: key})
    if any(field.name == "day" for field in model._meta.concrete_fields):
        tally.months |= {day.replace(day=1) for day in rows.order_by().values_list("day", flat=True).distinct()}
    if count := rows.update(**{name: stand_in}):
        tally.rewritten[model._meta.label_lower] += count


def take_out_events(identity: Identity, tally: Tally) -> None:
    """Events on their way in that are about who it is, or mention them."""
    for model, rule in tables_with("events"):
        for name in rule.events:
            for pk, payload in model._default_manager.values_list("pk", name).iterator(chunk_size=100):
                take_out_of(model, pk, name, bytes(payload), identity, tally)
    drop_quarantined(identity, tally)


def drop_quarantined(identity: Identity, tally: Tally) -> None:
    """Events that wait and name one of the ids, however short: what else mentions anybody is found by its words."""
    ids = {name: EventQuarantine.objects.filter(**{f"payload__{name}__in": sorted(identity.keys)}) for name in NAMING}
    for rows in ids.values():
        delete(EventQuarantine, list(rows.values_list("pk", flat=True)), tally)


def take_out_of(model: Table, pk: int, name: str, payload: bytes, identity: Identity, tally: Tally) -> None:
    try:
        events = unpack(payload)
    except ValueError:
        # Whatever it is, it is no batch of ours: it goes if it mentions anybody.
        if identity.is_in(payload.decode("utf-8", errors="replace")):
            rewrite(model, pk, {name: ENCODER.encode([])}, tally)
        return
    left = [event for event in events if not is_about(event, identity)]
    if len(left) == len(events):
        return
    # An empty batch stays, so that its source was heard at that time.
    if left or model is InboxBatch:
        rewrite(model, pk, {name: ENCODER.encode(left)}, tally)
    else:
        delete(model, [pk], tally)


def is_about(event: Any, identity: Identity) -> bool:
    ids = {getattr(event, name) for name in NAMING}
    return bool(ids & identity.keys) or identity.is_in(str(event))
