"""The portfolio page of somebody who sees no account: what is missing, and who can bring it."""

from dataclasses import dataclass

from accounts.access import Action, can
from accounts.models import Organization, User
from scoring.queries.setup import Setup, setup_so_far


@dataclass(frozen=True)
class WelcomeStep:
    number: int
    title: str
    text: str
    command: str
    is_done: bool


@dataclass(frozen=True)
class Welcome:
    """`steps` are for those who may do them; others get one sentence."""

    name: str
    organization: Organization
    title: str
    text: str
    steps: tuple[WelcomeStep, ...] = ()

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)


def build_welcome(user: User, *, organization: Organization) -> Welcome:
    """Steps for CS operations before the first import; a word on whom to ask for all others."""
    setup, name = setup_so_far(), user.get_short_name()
    if setup.has_accounts:
        return Welcome(name, organization, "No accounts are assigned to you", "Ask your manager.")
    if not can(user, Action.USE_BACK_OFFICE):
        text = "Health shows here by band as soon as the first accounts are imported. Ask CS operations."
        return Welcome(name, organization, "No accounts yet", text)
    text = "Health shows here by band as soon as the first accounts are imported and scored."
    return Welcome(name, organization, "No accounts yet", text, steps(setup))


def steps(setup: Setup) -> tuple[WelcomeStep, ...]:
    """In the order in which they must be done."""
    return (
        WelcomeStep(
            1, "Choose how health is scored", "Publish the shipped scorecards, or your own.",
            "manage.py publish_scorecards", setup.has_scorecard,
        ),
        WelcomeStep(
            2, "Import your accounts", "A CSV file; then usage, tickets, touchpoints and the rest in the same way.",
            "manage.py ingest accounts FILE", setup.has_accounts,
        ),
        WelcomeStep(
            3, "Compute the first scores", "After that, the nightly run keeps them up to date.",
            "manage.py recompute", setup.has_scores,
        ),
    )  # fmt: skip
