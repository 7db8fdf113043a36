"""The quarantine of a source: events that could not be counted, with what they said and why; replay and discard."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import EventQuarantine, QuarantineState, Source
from accounts.operations.events import discard, replay
from accounts.queries.sources import quarantined, waiting_by_code
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from dashboards.pages.source import Reason, reasons
from dashboards.pages.source_words import REASONS

PER_PAGE = 25
STATE_WORDS = {
    QuarantineState.WAITING: "Waiting",
    QuarantineState.REPLAYED: "Replayed",
    QuarantineState.DISCARDED: "Discarded",
}


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class EventRow:
    pk: int
    type: str
    what: str
    who: str
    label: str
    reason: str
    at: datetime
    payload: str
    settled: str


@dataclass(frozen=True)
class QuarantinePage:
    source: Source
    now: datetime
    state: str
    code: str
    tabs: tuple[Tab, ...]
    reasons: tuple[Reason, ...]
    rows: tuple[EventRow, ...]
    page: Page
    url: str

    @property
    def is_waiting(self) -> bool:
        return self.state == QuarantineState.WAITING

    @property
    def total(self) -> int:
        return sum(reason.count for reason in self.reasons)


class SettleForm(forms.Form):
    """Which of the waiting events, and what becomes of them: one, those of a reason, or all."""

    what = forms.ChoiceField(choices=[("replay", "Replay"), ("discard", "Discard")])
    event = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    code = forms.CharField(required=False, max_length=24)


def build_quarantine_page(source: Source, *, query: Mapping[str, str], now: datetime) -> QuarantinePage:
    state = query.get("state", "")
    state, code = (state if state in QuarantineState.values else QuarantineState.WAITING.value), query.get("code", "")
    code = code if code in REASONS else ""
    page = Paginator(quarantined(source, state=state, code=code), PER_PAGE).get_page(query.get("page"))
    url = reverse("source-quarantine", args=[source.pk])
    return QuarantinePage(
        source=source,
        now=now,
        state=state,
        code=code,
        tabs=tuple(Tab(words, f"{url}?state={key}", key == state) for key, words in STATE_WORDS.items()),
        reasons=tuple(reasons(waiting_by_code(source))),
        rows=tuple(event_row(event) for event in page),
        page=page,
        url=url,
    )


def event_row(event: EventQuarantine) -> EventRow:
    said: Mapping[str, Any] = event.payload
    by = event.settled_by.name if event.settled_by else "the command line"
    settled = f"{formats.day(event.settled_at.date())} by {by}" if event.settled_at else ""
    return EventRow(
        pk=event.pk,
        type=event.type or "batch",
        what=str(said.get("name") or event.type or "A batch that cannot be read"),
        who=str(said.get("user_id") or said.get("anonymous_id") or ""),
        label=REASONS.get(event.code, (event.code, ""))[0],
        reason=event.reason,
        at=event.at,
        payload=json.dumps(said, indent=2, ensure_ascii=False),
        settled=settled,
    )


@requires(Action.MANAGE_SOURCES)
def quarantine(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Source, pk=pk)
    page = build_quarantine_page(found, query=request.GET.dict(), now=timezone.now())
    return render(request, "source_quarantine.html", {"page": page})


@require_POST
@requires(Action.MANAGE_SOURCES)
def settle(request: UserRequest, pk: int) -> HttpResponse:
    found, form = get_object_or_404(Source, pk=pk), SettleForm(request.POST)
    back = redirect("source-quarantine", pk)
    if not form.is_valid():
        messages.error(request, "Say which events to replay or to discard.")
        return back
    events = chosen(found, form.cleaned_data)
    operation = replay if form.cleaned_data["what"] == "replay" else discard
    count = operation(events=events, by=request.user, at=timezone.now())
    said = words(form.cleaned_data["what"], count)
    (messages.success if count else messages.warning)(request, said)
    return back


def chosen(source: Source, stated: Mapping[str, Any]) -> QuerySet[EventQuarantine]:
    if stated["event"]:
        return quarantined(source).filter(pk=stated["event"])
    return quarantined(source, code=stated["code"])


def words(what: str, count: int) -> str:
    if not count:
        return "Nothing was waiting any more: somebody else was faster."
    events = f"{formats.plain(count)} {'event' if count == 1 else 'events'}"
    if what == "discard":
        return f"Discarded {events}. Nothing of {'it' if count == 1 else 'them'} counts; it is kept for 90 days."
    return f"Sent {events} through once more. What still cannot be counted comes back here with its reason."


@requires(Action.MANAGE_SOURCES)
def quarantine_csv(request: UserRequest, pk: int) -> HttpResponse:
    """Every event of the tab and reason that are shown."""
    found = get_object_or_404(Source, pk=pk)
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    state = state if state in QuarantineState.values else QuarantineState.WAITING.value
    rows = quarantined(found, state=state, code=code if code in REASONS else "")
    return csv_file(f"source-{found.pk}-quarantine", lines(rows))


def lines(rows: QuerySet[EventQuarantine]) -> Iterable[Sequence[Any]]:
    yield "message_id", "type", "code", "reason", "at", "state", "settled_at", "event"
    for row in rows.iterator(chunk_size=1_000):
        settled, said = row.settled_at.isoformat() if row.settled_at else None, json.dumps(row.payload)
        yield row.message_id, row.type, row.code, row.reason, row.at.isoformat(), row.state, settled, said
