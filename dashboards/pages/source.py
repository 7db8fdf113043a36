"""One source: how fresh it is, what it brought, its keys, how a client is set up, and what of it waits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import Source, SourceKey
from accounts.operations.sources import LONGEST_NAME, create_key, revoke_key, set_rhythm
from accounts.queries.sources import (
    batches_of,
    by_day,
    facts_of,
    held_by_day,
    hours_since,
    keys_of,
    runs_of,
    waiting_by_code,
    waiting_in_inbox,
)
from dashboards import formats
from dashboards.charts.theme import View
from dashboards.charts.throughput import throughput, views
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from dashboards.pages.source_rows import (
    DeliveryRow,
    KeyRow,
    SourceRow,
    batch_row,
    key_row,
    last_days,
    run_row,
    source_row,
)
from dashboards.pages.source_words import REASONS, Setup, setup_of
from dashboards.pages.sources import RhythmForm, take_errors

DAYS, HOURS, DELIVERIES = 30, 48, 12


class KeyForm(forms.Form):
    name = forms.CharField(
        label="What it is for",
        max_length=LONGEST_NAME,
        error_messages={
            "required": "Say what the key is for: the app or the site that sends with it.",
            "max_length": f"At most {LONGEST_NAME} characters.",
        },
    )


@dataclass(frozen=True)
class Reason:
    code: str
    label: str
    what_to_do: str
    count: int


@dataclass(frozen=True)
class SourcePage:
    source: SourceRow
    now: datetime
    kinds: tuple[str, ...]
    waiting: int
    throughput: tuple[View, View]
    keys: tuple[KeyRow, ...]
    key_form: KeyForm
    rhythm_form: RhythmForm
    setup: Setup
    deliveries: tuple[DeliveryRow, ...]
    reasons: tuple[Reason, ...]
    held: tuple[tuple[date, int], ...]

    @property
    def held_events(self) -> int:
        return sum(count for _, count in self.held)


@dataclass(frozen=True)
class CreatedKeyPage:
    """The one page that shows a key: what it holds is stored nowhere."""

    key: SourceKey
    text: str
    setup: Setup


def build_source_page(
    source: Source, *, host: str, now: datetime, key_form: KeyForm | None = None, rhythm_form: RhythmForm | None = None
) -> SourcePage:
    (facts,) = facts_of(Source.objects.filter(pk=source.pk), since=first_hour(now))
    return SourcePage(
        source=source_row(facts, now=now),
        now=now,
        kinds=facts.kinds,
        waiting=waiting_in_inbox(source),
        throughput=charts(source, now=now),
        keys=tuple(key_row(key) for key in keys_of(source)),
        key_form=key_form or KeyForm(),
        rhythm_form=rhythm_form or RhythmForm(initial={"rhythm_days": source.rhythm_days}),
        setup=setup_of(host),
        deliveries=newest_deliveries(source),
        reasons=tuple(reasons(waiting_by_code(source))),
        held=tuple(held_by_day(source)),
    )


def first_hour(now: datetime) -> datetime:
    """The beginning of the first day that is drawn."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=DAYS - 1)


def charts(source: Source, *, now: datetime) -> tuple[View, View]:
    """The same deliveries by day and by hour."""
    found = hours_since(first_hour(now), source=source).get(source.pk, {})
    days = last_days(by_day(found), today=timezone.localtime(now).date(), count=DAYS)
    newest = now.replace(minute=0, second=0, microsecond=0)
    hours = [newest - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    return views(
        throughput(
            "by-day", "What came in", f"the last {DAYS} days", head="Day",
            labels=[formats.short_day(day) for day, _ in days], counts=[count for _, count in days],
        ),
        throughput(
            "by-hour", "What came in", f"the last {HOURS} hours", head="Hour",
            labels=[hour_label(hour) for hour in hours], counts=[found.get(hour, 0) for hour in hours],
        ),
    )  # fmt: skip


def hour_label(hour: datetime) -> str:
    local = timezone.localtime(hour)
    return f"{formats.short_day(local.date())} {formats.clock(local)}"


def newest_deliveries(source: Source) -> tuple[DeliveryRow, ...]:
    rows = [batch_row(batch) for batch in batches_of(source)[:DELIVERIES]]
    rows += [run_row(run) for run in runs_of(source)[:DELIVERIES]]
    return tuple(sorted(rows, key=lambda row: row.at, reverse=True)[:DELIVERIES])


def reasons(counts: dict[str, int]) -> Iterable[Reason]:
    for code, count in counts.items():
        label, what_to_do = REASONS.get(code, (code.replace("_", " ").capitalize(), ""))
        yield Reason(code, label, what_to_do, count)


@requires(Action.MANAGE_SOURCES)
def source(request: UserRequest, pk: int) -> HttpResponse:
    return shown(request, pk)


def shown(request: UserRequest, pk: int, **forms_sent: Any) -> HttpResponse:
    found = get_object_or_404(Source, pk=pk)
    page = build_source_page(found, host=host_of(request), now=timezone.now(), **forms_sent)
    return render(request, "source.html", {"page": page}, status=422 if forms_sent else 200)


def host_of(request: UserRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


@require_POST
@requires(Action.MANAGE_SOURCES)
def rhythm(request: UserRequest, pk: int) -> HttpResponse:
    found, form = get_object_or_404(Source, pk=pk), RhythmForm(request.POST)
    if not form.is_valid():
        return shown(request, pk, rhythm_form=form)
    set_rhythm(source=found, rhythm_days=form.cleaned_data["rhythm_days"], by=request.user, at=timezone.now())
    messages.success(request, f"Saved what is expected of {found.name}.")
    return redirect("source", pk)


@require_POST
@requires(Action.MANAGE_SOURCES)
def new_key(request: UserRequest, pk: int) -> HttpResponse:
    found, form = get_object_or_404(Source, pk=pk), KeyForm(request.POST)
    if not form.is_valid():
        return shown(request, pk, key_form=form)
    try:
        key, text = create_key(source=found, name=form.cleaned_data["name"], by=request.user, at=timezone.now())
    except ValidationError as error:
        take_errors(form, error)
        return shown(request, pk, key_form=form)
    # Not a redirect: the key would have to be kept somewhere on the way.
    page = CreatedKeyPage(key, text, setup_of(host_of(request), key=text))
    response = render(request, "source_key.html", {"page": page})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@requires(Action.MANAGE_SOURCES)
def revoke(request: UserRequest, pk: int, key: int) -> HttpResponse:
    found = get_object_or_404(SourceKey.objects.select_related("source"), pk=key, source=pk)
    revoke_key(key=found, by=request.user, at=timezone.now())
    messages.success(request, f"Revoked {found.name}. The next request with it is refused.")
    return redirect("source", pk)


@requires(Action.MANAGE_SOURCES)
def source_csv(request: UserRequest, pk: int, table: str) -> HttpResponse:
    """A table of the source's page as a file, with all its rows."""
    found = get_object_or_404(Source, pk=pk)
    if table not in TABLES:
        raise Http404
    return csv_file(f"source-{found.pk}-{table}", TABLES[table](found))


def keys_lines(source: Source) -> Iterable[Sequence[Any]]:
    yield "name", "prefix", "created_at", "created_by", "last_used_at", "revoked_at"
    for row in map(key_row, keys_of(source)):
        moments = [moment.isoformat() if moment else None for moment in (row.last_used_at, row.revoked_at)]
        yield row.name, row.prefix, row.created_at.isoformat(), row.created_by, *moments


def deliveries_lines(source: Source) -> Iterable[Sequence[Any]]:
    yield "what", "at", "count", "unit", "state", "detail"
    batches = map(batch_row, batches_of(source).iterator(chunk_size=1_000))
    for row in chain(batches, map(run_row, runs_of(source).iterator(chunk_size=1_000))):
        yield row.what, row.at.isoformat(), row.count, row.unit, row.state, row.detail


def hours_lines(source: Source) -> Iterable[Sequence[Any]]:
    yield "hour", "brought"
    for hour, brought in sorted(hours_since(first_hour(timezone.now()), source=source).get(source.pk, {}).items()):
        yield hour.isoformat(), brought


def held_lines(source: Source) -> Iterable[Sequence[Any]]:
    yield "counts_on", "events"
    yield from held_by_day(source)


TABLES = {"keys": keys_lines, "deliveries": deliveries_lines, "hours": hours_lines, "held": held_lines}
