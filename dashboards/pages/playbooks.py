"""All playbooks: what each is for, how long it takes, and how often it was started."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from accounts.access import Action, can
from accounts.models import Playbook, User
from accounts.queries.plans import visible_plans
from accounts.queries.playbooks import Use, uses_of
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from dashboards.pages.plan_rows import day_of
from dashboards.pages.playbook_words import in_working_days, target_of
from scoring.queries.words import Words, words_of_scorecards

NEVER = Use(plans=0, open=0, resolved=0, last_on=None)


@dataclass(frozen=True)
class PlaybookRow:
    """`length` is when the last step is due. Plans are those in the reader's sight."""

    pk: int
    name: str
    url: str
    reason: str
    goal: str
    steps: int
    length: str
    target: str
    use: Use
    changed_on: date
    changed_by: str

    @property
    def closed(self) -> int:
        return self.use.plans - self.use.open


@dataclass(frozen=True)
class PlaybooksPage:
    rows: list[PlaybookRow]
    in_use: int
    archived: int
    is_archive: bool
    csv_url: str
    may_edit: bool


def build_playbooks(user: User, *, query: QueryDict) -> PlaybooksPage:
    """The playbooks in use, or those in the archive."""
    is_archive = query.get("state") == "archived"
    found = Playbook.objects.select_related("changed_by").annotate(count=Count("steps"), last=Max("steps__due_days"))
    every = list(found.order_by("name", "pk"))
    kept = [playbook for playbook in every if (playbook.archived_at is not None) == is_archive]
    uses, words = uses_of(visible_plans(user)), words_of_scorecards()
    return PlaybooksPage(
        rows=[playbook_row(playbook, use=uses.get(playbook.pk, NEVER), words=words) for playbook in kept],
        in_use=sum(playbook.archived_at is None for playbook in every),
        archived=sum(playbook.archived_at is not None for playbook in every),
        is_archive=is_archive,
        csv_url=reverse("playbooks-csv") + ("?state=archived" if is_archive else ""),
        may_edit=can(user, Action.EDIT_PLAYBOOKS),
    )


def playbook_row(playbook: Playbook, *, use: Use, words: Words) -> PlaybookRow:
    return PlaybookRow(
        pk=playbook.pk,
        name=playbook.name,
        url=reverse("playbook", args=[playbook.pk]),
        reason=playbook.reason,
        goal=playbook.goal,
        steps=playbook.count,  # type: ignore[attr-defined]  # annotated
        length=in_working_days(playbook.last or 0),  # type: ignore[attr-defined]  # annotated
        target=target_of(playbook, words=words),
        use=use,
        changed_on=day_of(playbook.changed_at),
        changed_by=playbook.changed_by.name,
    )


HEAD = [
    "Playbook", "Reason", "Goal", "Steps", "Last step due", "Target", "Plans", "Open", "Closed", "Risk resolved",
    "Last started", "Changed", "Changed by",
]  # fmt: skip


def lines(rows: Sequence[PlaybookRow]) -> list[list[Any]]:
    """The playbooks as a file has them."""
    return [HEAD] + [
        [
            row.name, row.reason, row.goal, row.steps, row.length, row.target, row.use.plans, row.use.open, row.closed,
            row.use.resolved, row.use.last_on, row.changed_on, row.changed_by,
        ]
        for row in rows
    ]  # fmt: skip


@requires(Action.VIEW_PLANS)
def playbooks(request: UserRequest) -> HttpResponse:
    return render(request, "playbooks.html", {"page": build_playbooks(request.user, query=request.GET)})


@requires(Action.VIEW_PLANS)
def playbooks_csv(request: UserRequest) -> HttpResponse:
    return csv_file("playbooks", lines(build_playbooks(request.user, query=request.GET).rows))
