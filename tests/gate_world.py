"""What the table of all addresses is written with: the world that is asked about, and what each address needs of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import (
    Account,
    BusinessEvent,
    Contact,
    FileImport,
    MitigationPlan,
    ShareLink,
    Survey,
    Touchpoint,
)
from scoring.models import ScorecardDraft, ScoringRun

ROLES = ("csm", "other_csm", "manager", "leader", "viewer", "ops", "guest")


@dataclass(frozen=True)
class World:
    """An account of `csm`, whose manager is `manager`, with a plan and a shared link; a draft and a run."""

    account: Account
    plan: MitigationPlan
    link: ShareLink
    token: str
    draft: ScorecardDraft
    run: ScoringRun
    file: FileImport
    touchpoint: Touchpoint
    contact: Contact
    survey: Survey
    survey_token: str
    event: BusinessEvent


@dataclass(frozen=True)
class Row:
    """What each role is answered, in the order of ROLES, and what the address and the request hold."""

    statuses: str
    method: str = "get"
    arguments: Callable[[World], dict[str, Any]] = lambda world: {}
    data: tuple[tuple[str, str], ...] = ()
    body: str | None = None  # JSON, where the address takes nothing else


def of_account(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk}


def of_figure(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "name": "nps"}


def of_plan(world: World) -> dict[str, Any]:
    return {"pk": world.plan.pk}


def of_step(world: World) -> dict[str, Any]:
    return {"pk": world.plan.steps.get().pk}


def of_link(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "link": world.link.pk}


def of_touchpoint(world: World) -> dict[str, Any]:
    return {"pk": world.touchpoint.pk}


def of_contact(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "contact": world.contact.pk}


def of_event(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "event": world.event.pk}


def of_outcomes(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "kind": "outcome"}


def of_goal(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "kind": "outcome", "goal": world.account.outcomes.get().pk}


def of_pulse(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "kind": "pulse"}


def of_judged(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "kind": "pulse", "judged": world.account.pulses.get().pk}


def of_rating(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "slug": "fit"}


def of_proposal(world: World) -> dict[str, Any]:
    return {"pk": world.account.proposals.get().pk}


def of_measure(world: World) -> dict[str, Any]:
    return {"slug": "fit"}


def of_card(world: World) -> dict[str, Any]:
    return {"slug": world.draft.scorecard.slug}


def of_run(world: World) -> dict[str, Any]:
    return {"pk": world.run.pk}


def of_batch(world: World) -> dict[str, Any]:
    return {"call": "batch"}


def of_import(world: World) -> dict[str, Any]:
    return {"pk": world.file.pk}


def of_missing(world: World) -> dict[str, Any]:
    return {"pk": 999_999}


def of_erasure(world: World) -> dict[str, Any]:
    return {"kind": "account", "pk": world.account.pk}


def of_source(world: World) -> dict[str, Any]:
    return {"pk": world.account.source_id}


def of_token(world: World) -> dict[str, Any]:
    return {"token": world.token}


def of_shared_step(world: World) -> dict[str, Any]:
    return {"token": world.token, "pk": world.plan.steps.get().pk}


def of_survey(world: World) -> dict[str, Any]:
    return {"pk": world.survey.pk}


def of_survey_link(world: World) -> dict[str, Any]:
    return {"token": world.survey_token}


def of_untouched(world: World) -> dict[str, Any]:
    return {"kind": "untouched"}


def of_nobody(world: World) -> dict[str, Any]:
    return {"pk": 987_654}


def of_nothing(world: World) -> dict[str, Any]:
    return {}


TOKEN = (("name", "Sync"), ("scopes", "read"), ("days", "90"))
# One row without any column: refused, and told so.
ROWS = '{"rows": [{}]}'
SHARE = (("recipient", "Ann Lee"), ("days", "90"))
SNOOZE = (("until", "week"), ("cause", "ebr:2026-01-01"))
NEW_CARD = (("name", "Start"), ("scope", "phase:onboarding"), ("like", "default"))
PUBLISH = (("reason", "Agreed"), ("effective_from", "2026-06-30"), ("edition", "1"))
START = (("first", "2026-06-01"), ("last", "2026-06-02"))
REVIEW = (("outcome", "on_track"), ("note", "Steps are on time."))
PAPERS = ("agenda", "agenda-csv", "minutes", "minutes-csv")
