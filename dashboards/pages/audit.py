"""The audit log, for CS operations: who did what when and from where, the newest first, and its filters."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.access import Action
from accounts.models import Account, AuditEntry, User
from dashboards.filters import is_id
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import streamed_csv

PER_PAGE = 50
LONGEST_VERB, LONGEST_ORIGIN = 60, 120
HEAD = ("Entry", "At", "By", "From where", "Deed", "Thing", "Its id", "Account", "Changed", "Detail")
# How entries call what something was and what it became.
CHANGES = (("before", "now"), ("was", "now"))
NOBODY = "none"


@dataclass(frozen=True)
class Asked:
    """What the address asks for; words that make no sense are passed over. `before` is the cursor."""

    by: str
    verb: str
    origin: str
    account: str
    since: date | None
    until: date | None
    before: int | None

    @property
    def query(self) -> dict[str, str]:
        days = {"since": self.since, "until": self.until}
        told = {"by": self.by, "verb": self.verb, "origin": self.origin, "account": self.account}
        return {name: value for name, value in told.items() if value} | {
            name: day.isoformat() for name, day in days.items() if day
        }


@dataclass(frozen=True)
class Change:
    """One thing that is another than before; without a name where the entry tells of one thing alone."""

    name: str
    before: str
    now: str

    def __str__(self) -> str:
        said = f"{self.before or 'nothing'} → {self.now or 'nothing'}"
        return f"{self.name}: {said}" if self.name else said


@dataclass(frozen=True)
class EntryRow:
    pk: int
    at: datetime
    by: str
    origin: str
    verb: str
    subject: str
    subject_id: str
    account_pk: int | None
    account: str
    changes: list[Change]
    detail: str


@dataclass(frozen=True)
class AuditPage:
    asked: Asked
    rows: list[EntryRow]
    people: list[tuple[str, str]]
    account_name: str
    older_url: str
    csv_url: str

    @property
    def is_filtered(self) -> bool:
        return bool(self.asked.query)


def read_asked(params: QueryDict) -> Asked:
    by, account, before = (params.get(name, "").strip() for name in ("by", "account", "before"))
    return Asked(
        by=by if by == NOBODY or is_id(by) else "",
        verb=text_of(params, "verb", LONGEST_VERB),
        origin=text_of(params, "origin", LONGEST_ORIGIN),
        account=account if is_id(account) else "",
        since=day_of(params.get("since", "")),
        until=day_of(params.get("until", "")),
        before=int(before) if is_id(before) else None,
    )


def text_of(params: QueryDict, name: str, longest: int) -> str:
    return params.get(name, "").replace("\x00", "").strip()[:longest]


def day_of(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def entries(asked: Asked) -> QuerySet[AuditEntry]:
    """The newest first. Days are those of the organization's zone, both ends included."""
    found = AuditEntry.objects.select_related("by").order_by("-pk")
    if asked.by:
        found = found.filter(by=None if asked.by == NOBODY else int(asked.by))
    if asked.verb:
        found = found.filter(verb__icontains=asked.verb)
    if asked.origin:
        found = found.filter(origin__icontains=asked.origin)
    if asked.account:
        found = found.alias(about=KT("detail__account")).filter(about=asked.account)
    if asked.since:
        found = found.filter(at__gte=midnight(asked.since))
    if asked.until and asked.until < date.max:
        found = found.filter(at__lt=midnight(asked.until + timedelta(days=1)))
    return found.filter(pk__lt=asked.before) if asked.before is not None else found


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def build_audit_page(params: QueryDict) -> AuditPage:
    """One page from the cursor on; one entry more tells whether there are older ones."""
    asked = read_asked(params)
    found = list(entries(asked)[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    older = asked.query | {"before": str(shown[-1].pk)} if len(found) > PER_PAGE else {}
    people = [(str(pk), name) for pk, name in User.objects.order_by("name", "pk").values_list("pk", "name")]
    name = Account.objects.filter(pk=asked.account).values_list("name", flat=True).first() if asked.account else ""
    return AuditPage(
        asked=asked,
        rows=rows_of(shown),
        people=[*people, (NOBODY, "Nobody: commands and tasks")],
        account_name=name or "",
        older_url=f"{reverse('audit')}?{urlencode(older)}" if older else "",
        csv_url=f"{reverse('audit-csv')}?{urlencode(asked.query)}",
    )


def rows_of(found: Sequence[AuditEntry]) -> list[EntryRow]:
    """With the names of the accounts that they are about, as they are called now. One query."""
    about = {entry.pk: account_of(entry) for entry in found}
    names = dict(Account.objects.filter(pk__in={pk for pk in about.values() if pk}).values_list("pk", "name"))
    return [
        EntryRow(
            pk=entry.pk,
            at=entry.at,
            by=entry.by.name if entry.by else "",
            origin=entry.origin,
            verb=entry.verb,
            subject=entry.subject,
            subject_id=entry.subject_id,
            account_pk=about[entry.pk] if about[entry.pk] in names else None,
            account=names.get(about[entry.pk] or 0, ""),
            changes=changes_of(entry.detail),
            detail=words_of(rest_of(entry.detail)),
        )
        for entry in found
    ]


def account_of(entry: AuditEntry) -> int | None:
    """The account that the entry is about, if it says one."""
    named: Any = entry.subject_id if entry.subject == "account" else entry.detail.get("account")
    return int(named) if is_id(str(named)) else None


def pair_of(detail: dict[str, Any]) -> tuple[str, str] | None:
    """The names under which the entry keeps what was before, and what is now."""
    return next((pair for pair in CHANGES if pair[0] in detail and pair[1] in detail), None)


def changes_of(detail: dict[str, Any]) -> list[Change]:
    """What became what. Of several things, those that are others than before."""
    pair = pair_of(detail)
    if pair is None:
        return []
    before, now = detail[pair[0]], detail[pair[1]]
    sides = [side for side in (before, now) if side is not None]
    if not all(isinstance(side, dict) for side in sides):
        return [Change("", told(before), told(now))]
    # Nothing was there before, or nothing is any more: then all of it changed.
    before, now = before or {}, now or {}
    names = sorted({*before, *now})
    pairs = ((name, before.get(name), now.get(name)) for name in names)
    return [Change(name.replace("_", " "), told(was), told(is_now)) for name, was, is_now in pairs if was != is_now]


def rest_of(detail: dict[str, Any]) -> dict[str, Any]:
    """Without what has columns of its own."""
    return {name: value for name, value in detail.items() if name not in {"account", *(pair_of(detail) or ())}}


def words_of(detail: dict[str, Any]) -> str:
    """What else the entry keeps, in its own names. PostgreSQL keeps no order of them."""
    said = (name for name in sorted(detail) if detail[name] is not None)
    return ", ".join(f"{name.replace('_', ' ')}: {told(detail[name])}" for name in said)


def told(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@requires(Action.VIEW_AUDIT)
def audit_page(request: UserRequest) -> HttpResponse:
    return render(request, "audit.html", {"page": build_audit_page(request.GET)})


@requires(Action.VIEW_AUDIT)
def audit_csv(request: UserRequest) -> HttpResponseBase:
    """All entries of the filters, from the newest on, without the cursor."""
    return streamed_csv(f"audit-{timezone.localdate().isoformat()}", lines(entries(read_asked(request.GET))))


def lines(found: QuerySet[AuditEntry]) -> Iterator[Sequence[Any]]:
    yield HEAD
    some: list[AuditEntry] = []
    for entry in found.iterator(chunk_size=1_000):
        some.append(entry)
        if len(some) == 1_000:
            yield from in_file(some)
            some = []
    yield from in_file(some)


def in_file(some: Sequence[AuditEntry]) -> Iterator[Sequence[Any]]:
    for row in rows_of(some):
        changed = "; ".join(map(str, row.changes))
        yield (
            row.pk, row.at, row.by, row.origin, row.verb, row.subject, row.subject_id, row.account, changed, row.detail,
        )  # fmt: skip
