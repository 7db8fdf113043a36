"""What the events of a source mean, as a form: only what differs from the usual names is stored."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import Action
from accounts.ingest.events.aside import as_payload
from accounts.ingest.events.event import unpack
from accounts.ingest.events.mapping import CONTACT, GROUP, USUAL, as_stored, mapping_of
from accounts.models import InboxBatch, Persona, Segment, Source
from accounts.operations.events import set_mapping
from accounts.queries.imports import source_names
from accounts.queries.sources import batches_of
from dashboards.gate import UserRequest, requires

SAMPLES = 5
LONGEST_TEXT = 20_000
# name → label, help
PATHS = {
    "account": ("The account's id", "Where a trait or property names the account, for events without groupId."),
    "feature": ("The feature's name", "Where a property names the feature that was used."),
    "load_ms": ("Milliseconds to load", "Where a page states how long it took."),
    "load_status": ("Status of a page load", "From 400 on, or one of the words below, the load has failed."),
}
WORDS = {
    "personas": ("Personas", "One a line: their word = ours."),
    "segments": ("Segments", "One a line: their plan = the segment here."),
    "features": ("Features", "One a line: the event's name = the feature; with nothing behind the = it is none."),
}
LISTS = {
    "error_events": ("Events that are errors", "One name a line."),
    "failed_words": ("Words for a failed load", "One a line."),
}
FIELDS_OF = {"contact": CONTACT, "group": GROUP}


class MappingForm(forms.Form):
    """Each name of a mapping as a field: paths with commas, tables and lists by lines."""

    accounts_of = forms.ChoiceField(
        label="Account ids are those of", required=False, help_text="Empty: of this source, else of the only other."
    )
    makes_accounts = forms.BooleanField(label="A group makes the account that it names", required=False)
    anonymous = forms.ChoiceField(
        label="Events of nobody known",
        choices=[("keep", "Keep in quarantine"), ("drop", "Drop")],
    )
    unknown_events = forms.ChoiceField(
        label="Events that name no known feature",
        choices=[("count", "Count without a feature"), ("make_feature", "Make a feature of the name")],
    )

    def __init__(self, data: Any = None, *, source: Source) -> None:
        stored = as_stored(mapping_of(source.mapping))
        super().__init__(data, initial=dict(initial_of(stored)))
        others = [name for name in source_names() if name != source.name]
        self.fields["accounts_of"].choices = [("", "Work it out"), *((name, name) for name in others)]  # type: ignore[attr-defined]
        for name, (label, words) in PATHS.items():
            self.fields[name] = line(label, help_text=words)
        for name, (label, words) in (WORDS | LISTS).items():
            self.fields[name] = text(label, help_text=words)
        for group, known in FIELDS_OF.items():
            for name in known:
                self.fields[f"{group}.{name}"] = line(name.replace("_", " ").capitalize())

    def clean(self) -> dict[str, Any]:
        """Beside the fields the mapping that they make."""
        said = super().clean() or {}
        if not self.errors:
            said["mapping"] = dict(self.stated(said))
        return said

    def stated(self, said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """What differs from the usual."""
        usual = as_stored(USUAL)
        for name, value in self.every(said):
            if name in FIELDS_OF:
                value = {each: where for each, where in value.items() if where != usual[name][each]}
                if value:
                    yield name, value
            elif value != usual[name]:
                yield name, value

    def every(self, said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name in ("accounts_of", "makes_accounts", "anonymous", "unknown_events"):
            yield name, said[name]
        for name in PATHS:
            yield name, by_commas(said[name])
        for name in LISTS:
            yield name, by_lines(said[name])
        for name in WORDS:
            yield name, self.table(name, said[name])
        for group, known in FIELDS_OF.items():
            yield group, {name: by_commas(said[f"{group}.{name}"]) for name in known}

    def table(self, name: str, written: str) -> dict[str, str]:
        """Lines of theirs = ours; the last = divides, since names of events may have one."""
        found: dict[str, str] = {}
        for number, each in enumerate(written.splitlines(), start=1):
            theirs, sign, ours = each.rpartition("=")
            if not each.strip():
                continue
            if not sign or not theirs.strip():
                self.add_error(name, f"Line {number}: write theirs = ours, such as Pro plan = mid-market.")
                continue
            found[theirs.strip().lower() if name != "features" else theirs.strip()] = ours.strip()
        return found

    @property
    def of_contacts(self) -> list[forms.BoundField]:
        return [self[f"contact.{name}"] for name in CONTACT]

    @property
    def of_groups(self) -> list[forms.BoundField]:
        return [self[f"group.{name}"] for name in GROUP]

    @property
    def of_use(self) -> list[forms.BoundField]:
        return [self[name] for name in ("feature", "unknown_events", "features", "error_events")]

    @property
    def of_loads(self) -> list[forms.BoundField]:
        return [self[name] for name in ("load_ms", "load_status", "failed_words")]

    @property
    def of_words(self) -> list[forms.BoundField]:
        return [self[name] for name in ("personas", "segments")]


def line(label: str, *, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=2_000, help_text=help_text)


def text(label: str, *, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea({"rows": 4})
    return forms.CharField(label=label, required=False, max_length=LONGEST_TEXT, help_text=help_text, widget=widget)


def by_commas(written: str) -> list[str]:
    return [each.strip() for each in written.split(",") if each.strip()]


def by_lines(written: str) -> list[str]:
    return [each.strip() for each in written.splitlines() if each.strip()]


def initial_of(stored: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The whole mapping as the fields show it."""
    for name, value in stored.items():
        if name in FIELDS_OF:
            yield from ((f"{name}.{each}", ", ".join(where)) for each, where in value.items())
        elif name in WORDS:
            yield name, "\n".join(f"{theirs} = {ours}" for theirs, ours in value.items())
        elif isinstance(value, list):
            yield name, (", " if name in PATHS else "\n").join(value)
        else:
            yield name, value


@dataclass(frozen=True)
class Sample:
    title: str
    text: str


@dataclass(frozen=True)
class MappingPage:
    source: Source
    form: MappingForm
    samples: tuple[Sample, ...]
    personas: tuple[str, ...]
    segments: tuple[str, ...]
    is_usual: bool


def build_mapping_page(source: Source, *, form: MappingForm) -> MappingPage:
    return MappingPage(
        source=source,
        form=form,
        samples=tuple(samples(source)),
        personas=tuple(Persona.values),
        segments=tuple(Segment.objects.order_by("position").values_list("slug", flat=True)),
        is_usual=asdict(mapping_of(source.mapping)) == asdict(USUAL),
    )


def samples(source: Source) -> Iterator[Sample]:
    """Some events of the newest batch that is still kept, of as many kinds as there are."""
    newest = batches_of(source).first()
    if newest is None:
        return
    payload = InboxBatch.objects.values_list("payload", flat=True).get(pk=newest.pk)
    events = unpack(payload)
    first_of_kind = {(event.type, event.name): event for event in reversed(events)}
    for event in list(first_of_kind.values())[::-1][:SAMPLES]:
        title = f"{event.type}: {event.name}" if event.name else event.type
        yield Sample(title, json.dumps(as_payload(event), indent=2, ensure_ascii=False))


@requires(Action.MANAGE_SOURCES)
def mapping(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Source, pk=pk)
    if request.method != "POST":
        return shown(request, found, MappingForm(source=found))
    form = MappingForm(request.POST, source=found)
    if not form.is_valid():
        return shown(request, found, form)
    try:
        set_mapping(source=found, mapping=form.cleaned_data["mapping"], by=request.user, at=timezone.now())
    except ValidationError as error:
        for sentence in error.messages:
            form.add_error(None, sentence)
        return shown(request, found, form)
    messages.success(request, f"Saved what the events of {found.name} mean. What comes from now on is read so.")
    return redirect("source", pk)


def shown(request: UserRequest, source: Source, form: MappingForm) -> HttpResponse:
    page = build_mapping_page(source, form=form)
    return render(request, "source_mapping.html", {"page": page}, status=422 if form.errors else 200)
