"""The demo company's playbooks and days off: entered once, by its CS operations."""

from datetime import date, datetime

from django.db import transaction

from accounts.demo.playbooks import DAYS_OFF, PLAYBOOK, TEMPLATES, Template
from accounts.models import Holiday, Playbook, User
from accounts.operations.playbooks import PlaybookWords, StepWords, make_playbook
from accounts.operations.workdays import add_holidays

# The middle band of the usual three: out of danger.
TARGET_BAND = 1


@transaction.atomic
def make_playbooks(*, today: date, by: User, at: datetime) -> None:
    """Three playbooks, and the holidays of this year and the next; nothing where there are some."""
    if not Holiday.objects.exists():
        days = [
            (date(year, month, day), name) for year in (today.year, today.year + 1) for month, day, name in DAYS_OFF
        ]
        add_holidays(holidays=days, by=by, at=at)
    if not Playbook.objects.exists():
        for template in TEMPLATES:
            make_playbook(words=words_of(template), by=by, at=at)


def words_of(template: Template) -> PlaybookWords:
    story = PLAYBOOK[template.story]
    steps = zip(story.steps, template.due_days, template.roles, strict=True)
    return PlaybookWords(
        name=template.name,
        reason=story.reason,
        goal=story.goal,
        target_band=TARGET_BAND,
        target_days=template.target_days,
        steps=tuple(
            StepWords(
                text=step.text, due_days=due, role=role, is_shared=step.is_shared,
                is_customers_turn=step.is_customers_turn,
            )
            for step, due, role in steps
        ),
    )  # fmt: skip


def playbook_ids() -> dict[str, int]:
    """By the reason of a story: the playbook that a plan of it was started from."""
    return dict(Playbook.objects.values_list("reason", "pk"))
