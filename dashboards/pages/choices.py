"""What a reader chose in the address of a page about several CSMs: teams, CSMs and segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import QueryDict

from accounts.models import Segment, User
from accounts.queries.organization import csms_with_teams, segments_in_order
from dashboards import filters
from dashboards.filters import Filter
from scoring.queries.selection import Selection


@dataclass(frozen=True)
class Choices:
    """The chosen teams, CSMs (by id) and segments (by slug); nothing chosen means all."""

    path: str
    query: QueryDict
    csms: Sequence[User]
    segments: Sequence[Segment]

    def chosen(self, name: str) -> list[str]:
        return filters.values(self.query, name)

    @cached_property
    def owner_ids(self) -> list[int]:
        return [csm.pk for csm in self.csms if str(csm.pk) in self.chosen("owner")]

    @cached_property
    def team_ids(self) -> list[int]:
        return [pk for pk in self.teams if str(pk) in self.chosen("team")]

    @cached_property
    def slugs(self) -> list[str]:
        return [segment.slug for segment in self.segments if segment.slug in self.chosen("segment")]

    @cached_property
    def teams(self) -> Mapping[int, str]:
        """Names of the teams of these CSMs by id."""
        return {csm.team.pk: csm.team.name for csm in self.csms if csm.team is not None}

    @cached_property
    def filters(self) -> list[Filter]:
        """The filters that offer a choice: a manager has one team and so no filter for it."""
        offered = [
            self.checklist("team", "Team", {str(pk): name for pk, name in self.teams.items()}),
            self.checklist("owner", "CSM", {str(csm.pk): csm.name for csm in self.csms}),
            self.checklist("segment", "Segment", {segment.slug: segment.name for segment in self.segments}),
        ]
        return [found for found in offered if len(found.options) > 1]

    def checklist(self, name: str, label: str, labels: Mapping[str, str]) -> Filter:
        options = filters.options(dict(labels), set(self.chosen(name)), None)
        return Filter(name, label, options, clear_url=self.without(name))

    def single(self, name: str, label: str, labels: Mapping[str, str]) -> Filter:
        """A choice of one; the label of the empty value says what holds without a choice."""
        offered = {value: text for value, text in labels.items() if value}
        options = filters.options(offered, {self.query.get(name, "")}, None)
        return Filter(
            name, label, options, clear_url=self.without(name), any_word=labels.get("", "All"), is_single=True
        )

    def url(self, *, path: str = "", **changes: object) -> str:
        """The address of this page (or another) with some parameters changed; None takes one away."""
        query = self.query.copy()
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = str(value)
        return f"{path or self.path}?{query.urlencode()}" if query else path or self.path

    def without(self, name: str) -> str:
        """The address of this page with one parameter taken away."""
        return self.url(path="", **dict.fromkeys([name]))

    def accounts_url(self, **only: Any) -> str:
        """The accounts behind a number: these choices, narrowed to what the number is about."""
        return filters.accounts_url(self.selection, **only)

    @cached_property
    def selection(self) -> Selection:
        """The same choice as the accounts page makes it."""
        return Selection(segments=tuple(self.slugs), owners=self.owner_keys())

    def owner_keys(self) -> tuple[str, ...]:
        """The chosen CSMs as the accounts page names them: of chosen teams all members, or the chosen among them."""
        owners, teams = self.owner_ids, self.team_ids
        if not owners and not teams:
            return ()
        members = [csm.pk for csm in self.csms if not teams or csm.team_id in teams]
        # A choice that leaves nobody must not read as everybody.
        return tuple(str(pk) for pk in members if not owners or pk in owners) or ("0",)


def choices(user: User, *, path: str, query: QueryDict) -> Choices:
    """Read from the address; what is not on offer is passed over."""
    return Choices(path=path, query=query, csms=list(csms_with_teams(user)), segments=list(segments_in_order()))
