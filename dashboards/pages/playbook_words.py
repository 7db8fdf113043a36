"""A playbook in words: when its steps are due, who owns them, what it aims at."""

from dataclasses import dataclass
from datetime import date

from accounts.models import Playbook, PlaybookStep, StepRole
from accounts.queries.workdays import WorkingDays
from scoring.queries.words import Words


def in_working_days(days: int) -> str:
    """On the first day; within 1 working day; within 5 working days."""
    if days == 0:
        return "On the first day"
    return f"Within {days} working day{'' if days == 1 else 's'}"


def target_of(playbook: Playbook, *, words: Words) -> str:
    """Moderate within 60 working days; empty where nothing is aimed at."""
    band = words.band(playbook.target_band) if playbook.target_band is not None else ""
    within = in_working_days(playbook.target_days) if playbook.target_days else ""
    return f"{band} {within[:1].lower()}{within[1:]}".strip() if band else within


@dataclass(frozen=True)
class TemplateStep:
    """A step of the template; `due_on` is its day if it were started today."""

    number: int
    text: str
    note: str
    owner: str
    has_left: bool
    due: str
    due_on: date
    is_shared: bool
    is_customers_turn: bool


def template_step(step: PlaybookStep, *, days: WorkingDays, today: date) -> TemplateStep:
    person = step.person if step.role == StepRole.PERSON else None
    return TemplateStep(
        number=step.position,
        text=step.text,
        note=step.note,
        owner=person.name if person else StepRole(step.role).label,
        has_left=person is not None and not person.is_active,
        due=in_working_days(step.due_days),
        due_on=days.after(today, days=step.due_days),
        is_shared=step.is_shared,
        is_customers_turn=step.is_customers_turn,
    )
